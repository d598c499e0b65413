// How a network learns: the gradient of its loss, from the last layer back to the first, and Adam's steps.

import { eachTap, through } from "./plain_network.js";

const LEAST = 1e-7; // of a probability, before its logarithm

function convolutionBack(layer, slopes, values, shape, weights, into) {
  const [channels, count] = [shape[2], layer.shape[2]];
  const found = new Float32Array(values.length);
  eachTap(layer, shape, (output, input, place) => {
    const to = output * count;
    for (let channel = 0; channel < channels; channel += 1) {
      const at = input * channels + channel;
      const from = layer.start + (place * channels + channel) * count;
      for (let map = 0; map < count; map += 1) {
        const slope = slopes[to + map];
        if (slope === 0) continue;
        into[from + map] += values[at] * slope;
        found[at] += weights[from + map] * slope;
      }
    }
  });
  biasBack(layer, slopes, into);
  return found;
}

function denseBack(layer, slopes, values, shape, weights, into) {
  const count = layer.shape[2];
  const found = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += 1)
    for (let unit = 0, from = layer.start + at * count; unit < count; unit += 1) {
      into[from + unit] += values[at] * slopes[unit];
      found[at] += weights[from + unit] * slopes[unit];
    }
  biasBack(layer, slopes, into);
  return found;
}

function biasBack(layer, slopes, into) {
  const [from, count] = [layer.start + layer.sizes[0], layer.shape[2]];
  for (let at = 0; at < slopes.length; at += 1) into[from + (at % count)] += slopes[at];
}

/** A window hands its slope to the largest of its values. */
function largestBack(layer, slopes, values, shape) {
  const channels = shape[2];
  const chosen = new Int32Array(slopes.length).fill(-1);
  eachTap(layer, shape, (output, input) => {
    for (let channel = 0; channel < channels; channel += 1) {
      const [to, at] = [output * channels + channel, input * channels + channel];
      if (chosen[to] < 0 || values[at] > values[chosen[to]]) chosen[to] = at;
    }
  });
  const found = new Float32Array(values.length);
  chosen.forEach((at, to) => (found[at] += slopes[to]));
  return found;
}

/** Of each map, the largest value of all takes the slope. */
function overallBack(layer, slopes, values) {
  const [channels, found] = [slopes.length, new Float32Array(values.length)];
  slopes.forEach((slope, channel) => {
    let chosen = channel;
    for (let at = channel; at < values.length; at += channels) if (values[at] > values[chosen]) chosen = at;
    found[chosen] = slope;
  });
  return found;
}

const BACK = {
  Conv2D: convolutionBack,
  Dense: denseBack,
  MaxPooling2D: largestBack,
  GlobalMaxPooling2D: overallBack,
  Flatten: (layer, slopes) => slopes,
};

/**
 * Add the gradient of the cross-entropy for one picture to `into`; each layer reads the one before, and the
 * last one ends with softmax. Gives the loss, and whether the largest probability is the right one's.
 */
export function addGradient(layers, weights, picture, label, into) {
  const { sums, values } = through(layers, weights, picture);
  const says = values.at(-1);
  let slopes = says.map((probability, at) => probability - (at === label ? 1 : 0));
  for (let number = layers.length - 1; number > 0; number -= 1) {
    const layer = layers[number];
    if (layer.activation === "relu") slopes = slopes.map((slope, at) => (sums[number][at] > 0 ? slope : 0));
    const before = layers[number - 1].shape;
    slopes = BACK[layer.class_name](layer, slopes, values[number - 1], before, weights, into);
  }
  return { loss: -Math.log(Math.max(says[label], LEAST)), right: says.indexOf(Math.max(...says)) === label };
}

/** Weights as Keras draws them: uniformly, up to Glorot's bound; biases are 0. */
export function drawnWeights(layers, random) {
  const size = layers.reduce((sum, layer) => sum + layer.sizes.reduce((a, b) => a + b, 0), 0);
  const weights = new Float32Array(size);
  layers.forEach(({ start, sizes, shape, window }, number) => {
    if (!sizes.length) return;
    const taps = window[0] * window[1];
    const bound = Math.sqrt(6 / (taps * (layers[number - 1].shape[2] + shape[2])));
    for (let at = start; at < start + sizes[0]; at += 1) weights[at] = bound * (2 * random() - 1);
  });
  return weights;
}

/** Adam, as Kingma and Ba give it, with Keras' numbers. */
export class Adam {
  constructor(size) {
    this.steps = 0;
    this.mean = new Float32Array(size);
    this.square = new Float32Array(size);
  }

  step(weights, gradient, rate) {
    this.steps += 1;
    const scaled = (rate * Math.sqrt(1 - 0.999 ** this.steps)) / (1 - 0.9 ** this.steps);
    for (let at = 0; at < weights.length; at += 1) {
      this.mean[at] += 0.1 * (gradient[at] - this.mean[at]);
      this.square[at] += 0.001 * (gradient[at] ** 2 - this.square[at]);
      weights[at] -= (scaled * this.mean[at]) / (Math.sqrt(this.square[at]) + 1e-7);
    }
  }
}
