// A network under glass: computed in the browser, every map drawn, each number down to its products.

import {
  Demo,
  button,
  decoded,
  element,
  focusable,
  moveFocus,
  ownPicture,
  paint,
  short,
  widget,
} from "./common.js";

const FINGER = 0.9; // pixels of the network's picture that a finger paints around its place
const STEPS = 2 ** 23 - 1; // of a number, up to the largest of its array
const LISTED = 8; // sources of a sum, the largest first
const WITH_KERNEL = new Set(["Conv2D", "DepthwiseConv2D", "Dense"]);
const WINDOWED = new Set([...WITH_KERNEL, "MaxPooling2D", "AveragePooling2D"]);

/** Numbers in three bytes each, the largest possible of which stands for `largest`. */
export function floats(bytes, largest) {
  const found = new Float32Array(bytes.length / 3);
  for (let index = 0; index < found.length; index += 1) {
    const [low, middle, high] = bytes.subarray(3 * index, 3 * index + 3);
    found[index] = (((low << 8) | (middle << 16) | (high << 24)) >> 8) * (largest / STEPS);
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
function eachTap(layer, [height, width], visit) {
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

/** What cells of a layer see of layer `target`: [top, left, bottom, right], the last two not included. */
export function field(layers, number, [top, left, bottom, right], target = 0) {
  if (number === target) return [top, left, bottom, right];
  const layer = layers[number];
  const [height, width] = layers[layer.inputs[0]].shape;
  let range = [top, left, bottom, right];
  if (layer.class_name.startsWith("Global") || layer.class_name === "Flatten") range = [0, 0, height, width];
  else if (WINDOWED.has(layer.class_name) && layer.class_name !== "Dense") {
    const along = (from, to, size, axis) => {
      const [kernel, stride] = [layer.window[axis], layer.strides[axis]];
      const before = windows(size, kernel, stride, layer.padding)[1];
      return [Math.max(0, from * stride - before), Math.min(size, (to - 1) * stride - before + kernel)];
    };
    const [rows, columns] = [along(top, bottom, height, 0), along(left, right, width, 1)];
    range = [rows[0], columns[0], rows[1], columns[1]];
  }
  const found = layer.inputs
    .filter((input) => input >= target)
    .map((input) => field(layers, input, range, target));
  const every = (place, choose) => choose(...found.map((one) => one[place]));
  return [every(0, Math.min), every(1, Math.min), every(2, Math.max), every(3, Math.max)];
}

/** The window and the kernel of a cell, for one channel of what the layer reads; null where padding is read. */
export function windowOf(layers, weights, values, number, [row, column, channel], source) {
  const layer = layers[number];
  const [height, width, channels] = layers[layer.inputs[0]].shape;
  const given = values[layer.inputs[0]];
  const [[kernelRows, kernelColumns], [down, right]] = [layer.window, layer.strides];
  const above = windows(height, kernelRows, down, layer.padding)[1];
  const before = windows(width, kernelColumns, right, layer.padding)[1];
  const each = (make) =>
    Array.from({ length: kernelRows }, (_, k) => Array.from({ length: kernelColumns }, (__, l) => make(k, l)));
  const place = (k, l) => weightPlace(layer, channels, k, l, source, channel);
  return {
    window: each((k, l) => {
      const [i, j] = [row * down - above + k, column * right - before + l];
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

const best = (values) => values.indexOf(Math.max(...values));
const percent = (value) => `${(100 * value).toFixed(1)} %`;
const round = (value) => short(Number(value.toPrecision(3)));

class UnderGlass extends Demo {
  static title = "a network under glass";
  static fields = [
    "image",
    "layer",
    "channel",
    "row",
    "column",
    "source",
    "down",
    "right",
    "off",
    "changed",
    "predict",
  ];
  static wide = true;

  constructor(model, root) {
    super(model, root);
    this.call = model.get("python");
    this.network = model.get("layers");
    this.stored = unpacked(this.network, model.get("weights"));
    this.pictures = picturesOf(this.network, model.get("pictures"));
    this.classes = model.get("classes");
    this.made = new Map();
    this.build();
    // What is painted knows no style sheet.
    this.themes = new MutationObserver(() => (this.root.isConnected ? this.soon() : this.themes.disconnect()));
    for (const node of [document.documentElement, document.body])
      this.themes.observe(node, {
        attributeFilter: ["data-theme", "data-mode", "data-jp-theme-light", "class"],
      });
  }

  controls() {
    const layers = this.model.get("layers");
    const [height, width, channels] = layers[0].shape;
    const count = picturesOf(layers, this.model.get("pictures")).length / (height * width * channels);
    return [
      this.slider("image", "picture", 0, count - 1, 1),
      this.slider("down", "moved down", -Math.min(14, height - 1), Math.min(14, height - 1), 1),
      this.slider("right", "moved right", -Math.min(14, width - 1), Math.min(14, width - 1), 1),
      ownPicture(this.root, 400, (canvas, problem) => (canvas ? this.take(canvas) : this.say(problem))),
      button("empty", "an empty picture, to draw on", () => this.empty()),
    ];
  }

  // ---- the parts of the stage

  build() {
    this.strip = element("div", {
      class: "glass-strip",
      role: "group",
      "aria-label": "layers, from the picture to the classes",
    });
    this.tiles = this.network.map((layer, number) => {
      const canvas = element("canvas", { role: "img", "aria-hidden": "true" });
      const size = layer.shape[0] * layer.shape[1] > 1 ? layer.shape.map(String).join("×") : `${layer.shape[2]}`;
      const tile = focusable(
        "button",
        {
          type: "button",
          onclick: () => this.change({ layer: number }),
          "aria-label": `${layer.name}, ${size}`,
        },
        canvas,
        element("span", {}, layer.class_name === "InputLayer" ? "picture" : layer.class_name),
        element("small", {}, size),
      );
      tile.addEventListener("keydown", (event) => this.stepLayer(event, number));
      return { tile, canvas };
    });
    this.strip.append(...this.tiles.map(({ tile }) => tile));
    this.input = this.plane("the picture: paint with the pointer, or with arrow keys and space", (event) =>
      this.pen(event),
    );
    this.whole = this.plane("all maps of the layer, by arrow keys", (event) => this.keyMap(event));
    this.one = this.plane("the chosen map, cell by cell by arrow keys", (event) => this.keyCell(event));
    this.sum = element("div", { class: "glass-sum" });
    this.bars = element("ol", { class: "glass-bars", "aria-label": "what the network says" });
    this.switch = button("", "switch this map off or on", () => this.toggle());
    this.back = button("as it was", "all maps on, all weights as they were, the picture in its place", () =>
      this.change({ off: [], changed: {}, down: 0, right: 0 }),
    );
    this.captions = {};
    const panel = (name, title, ...content) => {
      const made = this.panel(title, ...content);
      this.captions[name] = made.querySelector("figcaption");
      return made;
    };
    const column = (...content) => element("div", { class: "stack glass-column" }, ...content);
    this.panels.append(
      this.strip,
      element(
        "p",
        { class: "glass-note" },
        "Above 0 in orange, below 0 in purple, the fuller the larger; one scale for each layer.",
      ),
      column(
        panel("input", "the picture", this.input.plane),
        panel("bars", "what it says; the mark: as it was", this.bars, this.back),
      ),
      column(panel("whole", "maps", this.whole.plane), panel("one", "map", this.one.plane, this.switch)),
      panel("sum", "how the cell is computed", this.sum),
    );
    this.whole.canvas.addEventListener("pointerdown", (event) => this.pickMap(event));
    this.one.canvas.addEventListener("pointerdown", (event) => this.pickCell(event));
    for (const name of ["pointerdown", "pointermove"])
      this.input.canvas.addEventListener(
        name,
        (event) => event.buttons && this.paintAt(...this.at(this.input.canvas, event)),
      );
  }

  plane(label, keys) {
    const canvas = element("canvas", { role: "img", "aria-hidden": "true" });
    const frame = element("div", { class: "frame moving" });
    const plane = focusable(
      "div",
      { class: "plane arrows", role: "application", tabindex: "0", "aria-label": label },
      canvas,
      frame,
    );
    plane.addEventListener("keydown", keys);
    return { plane, canvas, frame };
  }

  // ---- state

  /** Every choice within what there is. */
  within(state) {
    const layer = Math.max(0, Math.min(state.layer, this.network.length - 1));
    const [rows, columns, channels] = this.network[layer].shape;
    const near = (value, count) => Math.max(0, Math.min(value, count - 1));
    const [read] = this.network[layer].inputs;
    const sources = read === undefined ? 1 : this.network[read].shape[2];
    const count = this.pictures.length / this.network[0].shape.reduce((a, b) => a * b);
    return {
      ...state,
      layer,
      image: near(state.image, count),
      channel: near(state.channel, channels),
      row: near(state.row, rows),
      column: near(state.column, columns),
      source: near(state.source, sources),
    };
  }

  seen(state = this.state()) {
    return this.network ? this.within(state) : state;
  }

  change(values) {
    if ("image" in values) this.own = null;
    const wanted = this.within({ ...this.state(), ...values });
    if ("layer" in values && values.layer !== this.state().layer) wanted.source = this.strongest(wanted);
    super.change(wanted);
  }

  strongest(state) {
    const { values } = this.computed(state);
    return (
      shares(this.network, this.weights(state), values, state.layer, [
        state.row,
        state.column,
        state.channel,
      ])[0]?.[0] ?? 0
    );
  }

  weights({ changed }) {
    return this.once("weights", JSON.stringify(changed), () => {
      const found = this.stored.slice();
      for (const [place, value] of Object.entries(changed)) found[Number(place)] = value;
      return found;
    });
  }

  /** Compute something once for what it depends on. */
  once(name, key, make) {
    if (this.made.get(name)?.key !== key) this.made.set(name, { key, value: make() });
    return this.made.get(name).value;
  }

  picture({ image }) {
    const size = this.network[0].shape.reduce((a, b) => a * b);
    return this.own ?? this.pictures.subarray(image * size, (image + 1) * size);
  }

  computed(state) {
    const { image, down, right, off, changed } = state;
    const key = JSON.stringify([image, down, right, off, changed, this.owned ?? 0, Boolean(this.own)]);
    return this.once("through", key, () => {
      const picture = moved(this.picture(state), this.network[0].shape, down, right);
      return through(this.network, this.weights(state), picture, off);
    });
  }

  /** What the network says of the picture as it was. */
  before(state) {
    return this.once("before", JSON.stringify([state.image, this.owned ?? 0, Boolean(this.own)]), () =>
      through(this.network, this.stored, this.picture(state)).values.at(-1),
    );
  }

  // ---- what is said

  /** The channel whose window is written out: one of those that are mixed, or the cell's own. */
  shownSource({ layer, channel, source }) {
    return ["Conv2D", "Dense"].includes(this.network[layer].class_name) ? source : channel;
  }

  /** A map, or a number where a layer has a vector; with its class, at the end. */
  named(layer, channel) {
    const [rows, columns] = this.network[layer].shape;
    if (rows * columns > 1) return `map ${channel}`;
    return layer === this.network.length - 1
      ? `number ${channel} (${this.classes[channel]})`
      : `number ${channel}`;
  }

  /** What the shown window is cut from. */
  readBy(layer, source) {
    return this.named(this.network[layer].inputs[0], source);
  }

  question(state) {
    if (!this.network || !WITH_KERNEL.has(this.network[state.layer].class_name)) return "";
    const source = this.readBy(state.layer, this.shownSource(state));
    return `Window times kernel, all products added: what does ${source} add?`;
  }

  answer(state) {
    const { values } = this.computed(state);
    const cell = [state.row, state.column, state.channel];
    const found = shares(this.network, this.weights(state), values, state.layer, cell);
    return found.find(([source]) => source === this.shownSource(state))[1];
  }

  tolerance() {
    return 0.03 + 0.03 * Math.abs(this.answer(this.seen())); // what is shown is rounded
  }

  hint() {
    return "Multiply each number of the window by the kernel's at its place, and add up; a rough sum will do.";
  }

  challenges(state) {
    const other = best(this.before(state)) !== best(this.computed(state).values.at(-1));
    const { off, changed, down, right } = state;
    const [maps, weights, shift] = [off.length, Object.keys(changed).length, Math.abs(down) + Math.abs(right)];
    return [
      ["another answer by moving the picture alone", other && shift > 0 && !maps && !weights],
      ["another answer by switching off one map", other && maps === 1 && !weights && !shift],
      ["another answer by a single weight", other && weights === 1 && !maps && !shift],
    ];
  }

  sentence(state, hidden) {
    const { sums, values } = this.computed(state);
    const { layer, channel, row, column } = state;
    const [, columns, channels] = this.network[layer].shape;
    const index = (row * columns + column) * channels + channel;
    const last = values.at(-1);
    const says = `It says ${this.classes[best(last)]}, ${percent(last[best(last)])}.`;
    if (!layer) return `${says} The chosen pixel holds ${round(values[0][index])}.`;
    const { activation, name, shape } = this.network[layer];
    const at = shape[0] * shape[1] > 1 ? `, row ${row}, column ${column}` : "";
    const cell = `${name}, ${this.named(layer, channel)}${at}`;
    if (hidden) return `${says} ${cell}: ?`;
    const acted =
      activation && activation !== "linear" ? `, after ${activation === "relu" ? "ReLU" : activation} ` : "";
    const value = acted ? `${acted}${round(values[layer][index])}` : "";
    return `${says} ${cell}: ${round(sums[layer][index])}${value}.`;
  }

  table(state) {
    const [now, was] = [this.computed(state).values.at(-1), this.before(state)];
    return [
      ["class", "now", "as it was"],
      ...this.classes.map((name, at) => [name, percent(now[at]), percent(was[at])]),
    ];
  }

  // ---- drawing

  colours() {
    const style = getComputedStyle(this.root);
    const key = ["--course-surface", "--course-positive", "--course-negative"].map((name) =>
      style.getPropertyValue(name).trim(),
    );
    return this.once("colours", key.join(), () => key.map(rgb));
  }

  draw(state, hidden) {
    const { values } = this.computed(state);
    const chosen = this.network[state.layer];
    this.tiles.forEach(({ tile, canvas }, number) => {
      tile.setAttribute("aria-pressed", String(number === state.layer));
      if (number) this.mosaic(canvas, values[number], this.network[number].shape);
      else this.photo(canvas, values[0], this.network[0].shape);
    });
    this.bringIntoView(this.tiles[state.layer].tile);
    this.photo(this.input.canvas, values[0], this.network[0].shape);
    this.whole.plane.parentElement.hidden = this.one.plane.parentElement.hidden = !state.layer;
    if (state.layer) this.drawLayer(state, values, chosen);
    this.place(this.input, this.fieldOf(state), this.network[0].shape);
    this.drawSum(state, values, chosen, hidden);
    this.drawBars(state, values.at(-1));
  }

  /** Scroll the row of layers, and nothing else of the page. */
  bringIntoView(tile) {
    const { offsetLeft: left, offsetWidth: wide } = tile;
    const from = left - this.strip.offsetLeft;
    const { scrollLeft, clientWidth } = this.strip;
    if (from < scrollLeft || from + wide > scrollLeft + clientWidth)
      this.strip.scrollLeft = from - clientWidth / 2;
  }

  drawLayer(state, values, chosen) {
    const [rows, columns, channels] = chosen.shape;
    const grid = this.mosaic(this.whole.canvas, values[state.layer], chosen.shape);
    const [line, across] = [Math.floor(state.channel / grid.across), state.channel % grid.across];
    const [down, right] = [line * grid.tall, across * grid.wide];
    this.place(this.whole, [down, right, down + rows, right + columns], [grid.height, grid.width]);
    const map = Float32Array.from(
      { length: rows * columns },
      (_, at) => values[state.layer][at * channels + state.channel],
    );
    this.mosaic(this.one.canvas, map, [rows, columns, 1], most(values[state.layer]));
    this.place(this.one, [state.row, state.column, state.row + 1, state.column + 1], chosen.shape);
    const kind = rows * columns > 1 ? "map" : "number";
    this.captions.whole.textContent = `${chosen.name}: ${channels} ${kind}${channels > 1 ? "s" : ""}, one scale`;
    this.one.plane.hidden = kind === "number";
    const silent = state.off.includes(`${state.layer}:${state.channel}`);
    const size = kind === "map" ? `, ${rows} × ${columns}` : "";
    const name = this.named(state.layer, state.channel);
    this.captions.one.textContent = `${name}${size}${silent ? ", switched off" : ""}`;
    this.switch.textContent = silent ? "switch on" : "switch off";
  }

  fieldOf({ layer, row, column }) {
    return field(this.network, layer, [row, column, row + 1, column + 1]);
  }

  /** A frame around rows and columns of a picture. */
  place({ frame, canvas }, [top, left, bottom, right], [height, width]) {
    const share = (part, of) => `${(100 * part) / of}%`;
    const box = {
      top: share(top, height),
      left: share(left, width),
      width: share(right - left, width),
      height: share(bottom - top, height),
    };
    Object.assign(frame.style, box);
    canvas.style.aspectRatio = `${width} / ${height}`;
  }

  photo(canvas, values, [height, width, channels]) {
    const [low, high] = this.reach();
    const level = (value) => (255 * (value - low)) / (high - low);
    paint(canvas, width, height, (pixels, to, index) => {
      for (let c = 0; c < 3; c += 1) pixels[to + c] = level(values[index * channels + (channels === 3 ? c : 0)]);
    });
  }

  /** The smallest and the largest value of the pictures that came with the demo. */
  reach() {
    return this.once("reach", "", () => {
      const found = this.pictures.reduce(
        ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
        [Infinity, -Infinity],
      );
      return found[0] < found[1] ? found : [0, 1];
    });
  }

  /** All maps of a layer beside each other, at one scale; above 0 in one colour, below in another. */
  mosaic(canvas, values, [rows, columns, channels], scale = most(values)) {
    const across = Math.ceil(Math.sqrt((channels * rows) / columns));
    const gap = rows * columns > 1 ? 1 : 0;
    const [tall, wide] = [rows + gap, columns + gap];
    const [height, width] = [Math.ceil(channels / across) * tall - gap, across * wide - gap];
    const [ground, positive, negative] = this.colours();
    paint(canvas, width, height, (pixels, to, index) => {
      const [y, x] = [Math.floor(index / width), index % width];
      const [i, j, map] = [y % tall, x % wide, Math.floor(y / tall) * across + Math.floor(x / wide)];
      const value = i < rows && j < columns && map < channels ? values[(i * columns + j) * channels + map] : 0;
      const share = Math.min(1, Math.abs(value) / scale);
      const colour = value < 0 ? negative : positive;
      for (let c = 0; c < 3; c += 1) pixels[to + c] = ground[c] + share * (colour[c] - ground[c]);
    });
    return { across, tall, wide, height, width };
  }

  drawSum(state, values, chosen, hidden) {
    const { layer, row, column, channel } = state;
    const cell = [row, column, channel];
    this.captions.sum.parentElement.hidden = !layer;
    if (!WINDOWED.has(chosen.class_name))
      return this.sum.replaceChildren(element("p", {}, this.inWords(state, values, chosen)));
    const weights = this.weights(state);
    const parts = shares(this.network, weights, values, layer, cell);
    const fixed = this.shownSource(state);
    const found = windowOf(this.network, weights, values, layer, cell, fixed);
    this.editing = { found, layer, channel, fixed };
    this.keepSum(found, parts, state, fixed);
    if (hidden) this.told.textContent = `${this.readBy(layer, fixed)} adds ?`;
    this.list.hidden ||= hidden;
  }

  /** What a layer without a window does to the cell. */
  inWords({ layer, row, column, channel }, values, chosen) {
    if (!layer) return "";
    const [, columns, channels] = chosen.shape;
    const index = (row * columns + column) * channels + channel;
    const given = chosen.inputs.map((input) => round(values[input][index] ?? 0));
    const weights = this.stored;
    const [factor, summand] = [weights[chosen.start + channel], weights[chosen.start + channels + channel]];
    return (
      {
        BatchNormalization: `${given[0]} · ${round(factor ?? 1)} + ${round(summand ?? 0)}: learned for each map`,
        Add: `${given.join(" + ")}: the shortcut is added`,
        Flatten: `${given[0]}: the same numbers in a row`,
        GlobalAveragePooling2D: "the mean of the whole map",
        GlobalMaxPooling2D: "the largest value of the whole map",
        Rescaling: `${given[0]} · ${round(chosen.scale ?? 1)} + ${round(chosen.offset ?? 0)}`,
        ReLU: `the larger of 0 and ${given[0]}`,
      }[chosen.class_name] ?? `${chosen.activation ?? "nothing"} of ${given[0]}`
    );
  }

  /** The window, the kernel, and what each source adds; the fields stay while their shape does. */
  keepSum({ window, kernel }, parts, state, source) {
    const form = `${window.length}×${window[0].length}, ${Boolean(kernel)}`;
    if (this.sumForm !== form || !this.list.isConnected)
      this.buildSum(form, window.length, window[0].length, kernel);
    const plain = window.map((line) => line.map((value) => value ?? 0));
    this.eachCell(this.windowGrid, (cell, i, j) => {
      cell.classList.toggle("padding", window[i][j] === null);
      this.write(cell, plain[i][j], plain, brief(plain[i][j]));
    });
    if (kernel)
      this.eachCell(this.kernelGrid, (cell, i, j) =>
        this.write(cell, kernel[i][j], kernel, brief(kernel[i][j])),
      );
    this.tell(parts, state, source);
  }

  buildSum(form, rows, columns, kernel) {
    this.sumForm = form;
    this.windowGrid = this.grid("window", "input");
    this.kernelGrid = this.grid("kernel", "kernel");
    this.shape(this.windowGrid, rows, columns, () => element("span"));
    if (kernel)
      this.shape(this.kernelGrid, rows, columns, (i, j) => this.numberCell("kernel", this.kernelGrid, i, j));
    this.list = element("div", {
      class: "glass-sources",
      role: "group",
      "aria-label": "what each map that is read adds",
    });
    this.told = element("p", {});
    const beside = kernel ? [element("span", { class: "operator" }, "·"), this.kernelGrid] : [];
    this.sum.replaceChildren(
      element("div", { class: "group" }, this.windowGrid, ...beside),
      this.told,
      this.list,
    );
  }

  tell(parts, state, source) {
    const chosen = this.network[state.layer];
    if (!parts.length) {
      const which = chosen.class_name.startsWith("Max") ? "the largest" : "the mean";
      this.told.textContent = `${which} of the window`;
      this.list.replaceChildren();
      return;
    }
    const total = parts.reduce((sum, [, part]) => sum + part, 0);
    const at = chosen.start + chosen.sizes[0] + state.channel;
    const added = chosen.sizes.length > 1 ? this.weights(state)[at] : 0;
    const bias = added ? ` ${added < 0 ? "−" : "+"} ${round(Math.abs(added))} (bias)` : "";
    const own = parts.find(([one]) => one === source)?.[1] ?? 0;
    const read =
      parts.length > 1 ? `${this.readBy(state.layer, source)} adds ${round(own)}; all ${parts.length}: ` : "";
    this.told.textContent = `${read}${round(total)}${bias}`;
    this.list.hidden = parts.length < 2;
    const listed = parts.slice(0, LISTED);
    while (this.list.children.length > listed.length) this.list.lastChild.remove();
    while (this.list.children.length < listed.length) {
      const one = button("", "", () => this.change({ source: Number(one.dataset.source) }));
      this.list.append(one);
    }
    listed.forEach(([one, part], place) => {
      const shown = this.list.children[place];
      shown.dataset.source = one;
      shown.textContent = `${one}: ${round(part)}`;
      shown.setAttribute("aria-label", `${this.readBy(state.layer, one)} adds ${round(part)}`);
      shown.title = "show its window and kernel";
      shown.setAttribute("aria-pressed", String(one === source));
    });
  }

  drawBars(state, now) {
    const was = this.before(state);
    if (this.bars.children.length !== now.length)
      this.bars.replaceChildren(
        ...this.classes.map((name) =>
          element(
            "li",
            {},
            element("span", {}, name),
            element("i", {}, element("b"), element("u")),
            element("output"),
          ),
        ),
      );
    [...this.bars.children].forEach((line, at) => {
      const [, bar, value] = line.children;
      bar.firstChild.style.width = `${100 * Math.max(0, now[at])}%`;
      bar.lastChild.style.left = `${100 * Math.max(0, Math.min(1, was[at]))}%`;
      value.textContent = percent(now[at]);
      line.className = at === best(now) ? "best" : "";
    });
    this.back.disabled = !(state.off.length || Object.keys(state.changed).length || state.down || state.right);
  }

  // ---- kernels are edited

  matrix() {
    return this.editing.found.kernel;
  }

  changeMatrix(name, matrix) {
    const changed = { ...this.state().changed };
    matrix.forEach((line, i) =>
      line.forEach((value, j) => {
        if (value !== this.editing.found.kernel[i][j]) changed[this.editing.found.place(i, j)] = value;
      }),
    );
    this.change({ changed });
  }

  toggle() {
    const { layer, channel, off } = this.seen();
    const name = `${layer}:${channel}`;
    this.change({ off: off.includes(name) ? off.filter((one) => one !== name) : [...off, name] });
  }

  // ---- pointer and keys

  /** Row and column of a canvas's pixel below the pointer. */
  at(canvas, event) {
    const box = canvas.getBoundingClientRect();
    const along = (place, start, length, count) =>
      Math.max(0, Math.min(count - 1, Math.floor(((place - start) / length) * count)));
    return [
      along(event.clientY, box.top, box.height, canvas.height),
      along(event.clientX, box.left, box.width, canvas.width),
    ];
  }

  pickMap(event) {
    const [rows, columns, channels] = this.network[this.seen().layer].shape;
    const [y, x] = this.at(this.whole.canvas, event);
    const gap = rows * columns > 1 ? 1 : 0;
    const across = Math.ceil(Math.sqrt((channels * rows) / columns));
    this.change({
      channel: Math.min(channels - 1, Math.floor(y / (rows + gap)) * across + Math.floor(x / (columns + gap))),
    });
  }

  pickCell(event) {
    const [row, column] = this.at(this.one.canvas, event);
    this.change({ row, column });
  }

  keyMap(event) {
    const { layer, channel } = this.seen();
    const [rows, columns, channels] = this.network[layer].shape;
    const across = Math.ceil(Math.sqrt((channels * rows) / columns));
    const next = moveFocus(
      event,
      [Math.floor(channel / across), channel % across],
      Math.ceil(channels / across),
      across,
    );
    if (next) this.change({ channel: Math.min(channels - 1, next[0] * across + next[1]) });
  }

  keyCell(event) {
    const { layer, row, column } = this.seen();
    const [rows, columns] = this.network[layer].shape;
    const next = moveFocus(event, [row, column], rows, columns);
    if (next) this.change({ row: next[0], column: next[1] });
  }

  stepLayer(event, number) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = this.tiles[number + (by ?? NaN)];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    next.tile.focus();
    this.change({ layer: number + by });
  }

  // ---- a picture of one's own

  /** Go over to a picture of one's own. */
  use(values) {
    this.own = values;
    this.owned = (this.owned ?? 0) + 1;
    this.soon();
  }

  empty() {
    this.use(new Float32Array(this.picture(this.seen()).length).fill(this.reach()[0]));
  }

  take(canvas) {
    const [height, width, channels] = this.network[0].shape;
    const small = element("canvas", { width, height });
    const scale = Math.min(width / canvas.width, height / canvas.height);
    const [wide, tall] = [canvas.width * scale, canvas.height * scale];
    const context = small.getContext("2d");
    const corner = canvas.getContext("2d").getImageData(0, 0, 1, 1).data;
    context.fillStyle = `rgb(${corner[0]} ${corner[1]} ${corner[2]})`;
    context.fillRect(0, 0, width, height);
    context.drawImage(canvas, (width - wide) / 2, (height - tall) / 2, wide, tall);
    const { data } = context.getImageData(0, 0, width, height);
    const [low, high] = this.reach();
    const grey = (at) => 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    const turned = channels === 1 && grey(0) > 127; // what is learned is bright on black
    this.use(
      Float32Array.from({ length: height * width * channels }, (_, index) => {
        const at = 4 * Math.floor(index / channels);
        const level = (channels === 1 ? grey(at) : data[at + (index % channels)]) / 255;
        return low + (high - low) * (turned ? 1 - level : level);
      }),
    );
  }

  /** Paint a bright dot on the picture, which is the user's own from then on. */
  paintAt(row, column) {
    const [height, width, channels] = this.network[0].shape;
    const { down, right } = this.seen();
    const values = this.picture(this.seen()).slice();
    const high = this.reach()[1];
    for (let i = 0; i < height; i += 1)
      for (let j = 0; j < width; j += 1)
        if (Math.hypot(i - (row - down), j - (column - right)) <= FINGER)
          values.fill(high, (i * width + j) * channels, (i * width + j + 1) * channels);
    this.use(values);
  }

  pen(event) {
    const [height, width] = this.network[0].shape;
    this.dot ??= [Math.floor(height / 2), Math.floor(width / 2)];
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      return this.paintAt(...this.dot);
    }
    const next = moveFocus(event, this.dot, height, width);
    if (!next) return;
    this.dot = next;
    this.place(this.input, [next[0], next[1], next[0] + 1, next[1] + 1], [height, width]);
    this.say(`pen at row ${next[0]}, column ${next[1]}; space paints`);
  }

  reset() {
    this.owned = (this.owned ?? 0) + 1;
    super.reset();
  }
}

/** The largest size of a value; 1 where all are 0. */
function most(values) {
  return values.reduce((found, value) => Math.max(found, Math.abs(value)), 0) || 1;
}

/** As many digits as a cell has room for. */
function brief(value) {
  return short(Number(value.toFixed(2)));
}

/** Red, green and blue of a colour of the page. */
function rgb(colour) {
  const context = element("canvas", { width: 1, height: 1 }).getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

export default widget(UnderGlass);
