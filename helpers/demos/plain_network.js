// A network, layer by layer: what Keras computes at inference, and what a single cell of it is made of.

import { decoded } from "./common.js";

const STEPS = 2 ** 23 - 1; // of a number, up to the largest of its array
export const WITH_KERNEL = new Set(["Conv2D", "DepthwiseConv2D", "Dense"]);
export const WINDOWED = new Set([...WITH_KERNEL, "MaxPooling2D", "AveragePooling2D"]);

/** Numbers in three bytes each, the largest possible of which stands for `largest`. */
export function floats(bytes, largest) {
  const found = new Float32Array(bytes.length / 3);
  for (let index = 0; index < found.length; index += 1) {
    const from = 3 * index; // the sign comes with the shift to the left
    const whole = ((bytes[from] << 8) | (bytes[from + 1] << 16) | (bytes[from + 2] << 24)) >> 8;
    found[index] = whole * (largest / STEPS);
  }
  return found;
}

/** The weights of all layers, in a row. */
export function unpacked(layers, base64) {
  const bytes = decoded(base64);
  const found = new Float32Array(bytes.length / 3);
  for (const { start, sizes, largest } of layers.slice(1))
    for (let array = 0, from = start; array < sizes.length; from += sizes[array], array += 1)
      found.set(floats(bytes.subarray(3 * from, 3 * (from + sizes[array])), largest[array]), from);
  return found;
}

/** The pictures that came with a network, in a row. */
export function picturesOf(layers, base64) {
  return floats(decoded(base64), layers[0].largest[0]);
}

/** How many windows there are along an axis, and how far the first one begins before the values. */
export function windows(size, kernel, stride, padding) {
  if (padding !== "same") return [Math.floor((size - kernel) / stride) + 1, 0];
  const count = Math.ceil(size / stride);
  return [count, Math.floor(Math.max((count - 1) * stride + kernel - size, 0) / 2)];
}

/** Call `visit(output index, input index, kernel place)` for each cell that each window reads. */
export function eachTap(layer, [height, width], visit) {
  const [[kernelRows, kernelColumns], [down, right]] = [layer.window, layer.strides];
  const [rows, above] = windows(height, kernelRows, down, layer.padding);
  const [columns, before] = windows(width, kernelColumns, right, layer.padding);
  for (let i = 0; i < rows; i += 1)
    for (let j = 0; j < columns; j += 1)
      for (let k = 0; k < kernelRows; k += 1)
        for (let l = 0; l < kernelColumns; l += 1) {
          const [row, column] = [i * down - above + k, j * right - before + l];
          if (row >= 0 && row < height && column >= 0 && column < width)
            visit(i * columns + j, row * width + column, k * kernelColumns + l);
        }
}

/** Start with a layer's second array, for each place; zeros where it has none. */
function biased(layer, weights) {
  const [rows, columns, channels] = layer.shape;
  const sums = new Float32Array(rows * columns * channels);
  if (layer.sizes.length > 1) {
    const from = layer.start + layer.sizes[0];
    for (let index = 0; index < sums.length; index += 1) sums[index] = weights[from + (index % channels)];
  }
  return sums;
}

function convolve(layer, values, shape, weights) {
  const [sums, [, , channels], count] = [biased(layer, weights), shape, layer.shape[2]];
  eachTap(layer, shape, (output, input, place) => {
    for (let channel = 0; channel < channels; channel += 1) {
      const value = values[input * channels + channel];
      if (value === 0) continue;
      const from = layer.start + (place * channels + channel) * count;
      const to = output * count;
      for (let map = 0; map < count; map += 1) sums[to + map] += value * weights[from + map];
    }
  });
  return sums;
}

function convolveEach(layer, values, shape, weights) {
  const [sums, channels] = [biased(layer, weights), shape[2]];
  eachTap(layer, shape, (output, input, place) => {
    for (let channel = 0; channel < channels; channel += 1)
      sums[output * channels + channel] +=
        values[input * channels + channel] * weights[layer.start + place * channels + channel];
  });
  return sums;
}

function dense(layer, values, [, , channels], weights) {
  const [sums, count] = [biased(layer, weights), layer.shape[2]];
  for (let index = 0; index < values.length; index += 1) {
    const [to, from] = [Math.floor(index / channels) * count, layer.start + (index % channels) * count];
    if (values[index])
      for (let unit = 0; unit < count; unit += 1) sums[to + unit] += values[index] * weights[from + unit];
  }
  return sums;
}

function largest(layer, values, shape) {
  const [rows, columns, channels] = layer.shape;
  const found = new Float32Array(rows * columns * channels).fill(-Infinity);
  eachTap(layer, shape, (output, input) => {
    for (let channel = 0; channel < channels; channel += 1) {
      const [to, value] = [output * channels + channel, values[input * channels + channel]];
      if (value > found[to]) found[to] = value;
    }
  });
  return found;
}

/** The mean of what lies within the picture. */
function average(layer, values, shape) {
  const [rows, columns, channels] = layer.shape;
  const sums = new Float32Array(rows * columns * channels);
  const counts = new Float32Array(rows * columns);
  eachTap(layer, shape, (output, input) => {
    counts[output] += 1;
    for (let channel = 0; channel < channels; channel += 1)
      sums[output * channels + channel] += values[input * channels + channel];
  });
  return sums.map((sum, index) => sum / counts[Math.floor(index / channels)]);
}

function overAll(values, channels, start, join) {
  const found = new Float32Array(channels).fill(start);
  values.forEach((value, index) => (found[index % channels] = join(found[index % channels], value)));
  return found;
}

const COMPUTE = {
  Conv2D: convolve,
  DepthwiseConv2D: convolveEach,
  Dense: dense,
  MaxPooling2D: largest,
  AveragePooling2D: average,
  GlobalAveragePooling2D: (layer, values, [rows, columns, channels]) =>
    overAll(values, channels, 0, (sum, value) => sum + value).map((sum) => sum / (rows * columns)),
  GlobalMaxPooling2D: (layer, values, [, , channels]) => overAll(values, channels, -Infinity, Math.max),
  BatchNormalization: (layer, values, [, , channels], weights) =>
    values.map(
      (value, index) =>
        value * weights[layer.start + (index % channels)] + weights[layer.start + channels + (index % channels)],
    ),
  Rescaling: (layer, values) => values.map((value) => value * layer.scale + layer.offset),
};

function softmax(values, channels) {
  const powers = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += channels) {
    const group = values.subarray(from, from + channels);
    const most = Math.max(...group);
    const found = Array.from(group, (value) => Math.exp(value - most));
    const sum = found.reduce((a, b) => a + b);
    powers.set(
      found.map((power) => power / sum),
      from,
    );
  }
  return powers;
}

const ACTIVATIONS = {
  linear: (value) => value,
  relu: (value) => Math.max(value, 0),
  sigmoid: (value) => 1 / (1 + Math.exp(-value)),
  tanh: Math.tanh,
  elu: (value) => (value > 0 ? value : Math.expm1(value)),
  selu: (value) => 1.0507009873554805 * (value > 0 ? value : 1.6732632423543772 * Math.expm1(value)),
  leaky_relu: (value) => (value > 0 ? value : 0.2 * value), // Keras' own slope
  relu6: (value) => Math.min(Math.max(value, 0), 6),
  silu: (value) => value / (1 + Math.exp(-value)),
  gelu: (value) => (value / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3))),
  softplus: (value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value))),
};

/** What a layer's activation makes of its sums. */
function activated(name, values, channels) {
  if (name === "softmax") return softmax(values, channels);
  return !name || name === "linear" ? values : values.map(ACTIVATIONS[name]);
}

/** What each layer gives, before its activation and after it; `off` names maps that give 0, as "layer:channel". */
export function through(layers, weights, picture, off = []) {
  const [sums, values] = [[picture], [picture]];
  const silent = off.map((name) => name.split(":").map(Number));
  layers.forEach((layer, number) => {
    if (!number) return;
    const [first, second] = layer.inputs;
    const compute = COMPUTE[layer.class_name] ?? ((_, given) => given);
    sums[number] =
      layer.class_name === "Add"
        ? values[first].map((value, index) => value + values[second][index])
        : compute(layer, values[first], layers[first].shape, weights);
    const channels = layer.shape[2];
    values[number] = Float32Array.from(activated(layer.activation, sums[number], channels));
    for (const [at, channel] of silent)
      if (at === number)
        for (let index = channel; index < values[number].length; index += channels) values[number][index] = 0;
  });
  return { sums, values };
}

/**
 * What cells of a layer see of the picture: [top, left, bottom, right], the last two not included. A single
 * channel is given where it tells a place: a flattened number was one cell.
 */
export function field(layers, number, [top, left, bottom, right], channel = null) {
  if (!number) return [top, left, bottom, right];
  const { class_name: name, activation, inputs, padding, strides, window } = layers[number];
  const [height, width, channels] = layers[inputs[0]].shape;
  let range = [top, left, bottom, right];
  if (name === "Flatten" && channel !== null) {
    const [row, column] = [Math.floor(channel / (width * channels)), Math.floor(channel / channels) % width];
    range = [row, column, row + 1, column + 1];
  } else if (name.startsWith("Global") || name === "Flatten") range = [0, 0, height, width];
  else if (WINDOWED.has(name) && name !== "Dense") {
    const along = (from, to, size, axis) => {
      const before = windows(size, window[axis], strides[axis], padding)[1];
      const end = (to - 1) * strides[axis] - before + window[axis];
      return [Math.max(0, from * strides[axis] - before), Math.min(size, end)];
    };
    const [rows, columns] = [along(top, bottom, height, 0), along(left, right, width, 1)];
    range = [rows[0], columns[0], rows[1], columns[1]];
  }
  const mixes = ["Conv2D", "Dense", "Flatten"].includes(name) || activation === "softmax";
  const found = inputs.map((input) => field(layers, input, range, mixes ? null : channel));
  const every = (place, choose) => choose(...found.map((one) => one[place]));
  return [every(0, Math.min), every(1, Math.min), every(2, Math.max), every(3, Math.max)];
}

/** Row and column where a cell's window begins, in the maps that the layer reads; negative in the padding. */
export function cornerOf(layers, number, cell) {
  const { inputs, padding, strides, window } = layers[number];
  const { shape } = layers[inputs[0]];
  return [0, 1].map(
    (axis) => cell[axis] * strides[axis] - windows(shape[axis], window[axis], strides[axis], padding)[1],
  );
}

/** The window and the kernel of a cell, for one channel of what the layer reads; null where padding is read. */
export function windowOf(layers, weights, values, number, [row, column, channel], source) {
  const layer = layers[number];
  const [height, width, channels] = layers[layer.inputs[0]].shape;
  const given = values[layer.inputs[0]];
  const [kernelRows, kernelColumns] = layer.window;
  const [top, left] = cornerOf(layers, number, [row, column]);
  const each = (make) =>
    Array.from({ length: kernelRows }, (_, k) => Array.from({ length: kernelColumns }, (__, l) => make(k, l)));
  const place = (k, l) => weightPlace(layer, channels, k, l, source, channel);
  return {
    window: each((k, l) => {
      const [i, j] = [top + k, left + l];
      return i >= 0 && i < height && j >= 0 && j < width ? given[(i * width + j) * channels + source] : null;
    }),
    kernel: WITH_KERNEL.has(layer.class_name) ? each((k, l) => weights[place(k, l)]) : null,
    place,
  };
}

/** Where a weight stands in the row of all weights. */
function weightPlace(layer, channels, k, l, source, channel) {
  const at = k * layer.window[1] + l;
  if (layer.class_name === "DepthwiseConv2D") return layer.start + at * channels + source;
  return layer.start + (at * channels + source) * layer.shape[2] + channel;
}

/** What each channel that a cell reads adds to its sum, the largest first: [[channel, sum]]. */
export function shares(layers, weights, values, number, cell) {
  const layer = layers[number];
  if (!WITH_KERNEL.has(layer.class_name)) return [];
  const channels = layers[layer.inputs[0]].shape[2];
  const mixing = layer.class_name === "Conv2D" || layer.class_name === "Dense";
  const sources = mixing ? Array.from({ length: channels }, (_, source) => source) : [cell[2]];
  return sources
    .map((source) => {
      const { window, kernel } = windowOf(layers, weights, values, number, cell, source);
      return [source, window.flat().reduce((sum, value, at) => sum + (value ?? 0) * kernel.flat()[at], 0)];
    })
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
}

/** A picture moved down and to the right; what comes in is the value of its first corner. */
export function moved(picture, [height, width, channels], down, right) {
  const ground = picture.slice(0, channels);
  const found = new Float32Array(picture.length);
  for (let i = 0; i < height; i += 1)
    for (let j = 0; j < width; j += 1)
      for (let c = 0; c < channels; c += 1) {
        const [row, column] = [i - down, j - right];
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        found[(i * width + j) * channels + c] = inside
          ? picture[(row * width + column) * channels + c]
          : ground[c];
      }
  return found;
}
