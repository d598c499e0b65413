// The stage of a network: every map of it drawn, and each number down to its products.

import { Demo, button, colours, element, focusable, moveFocus, ownPicture, paint, short } from "./common.js";
import {
  WINDOWED,
  WITH_KERNEL,
  cornerOf,
  field,
  moved,
  picturesOf,
  shares,
  through,
  unpacked,
  windowOf,
} from "./plain_network.js";
import { Walk, fly } from "./walk.js";

// Kinds with long names, as a tile has room for them.
const SHORT = {
  BatchNormalization: "BatchNorm",
  DepthwiseConv2D: "Depthwise",
  GlobalAveragePooling2D: "GlobalAvgPool",
  GlobalMaxPooling2D: "GlobalMaxPool",
  MaxPooling2D: "MaxPool",
  AveragePooling2D: "AvgPool",
};
const FINGER = 0.9; // pixels of the network's picture that a finger paints around its place
const LISTED = 8; // sources of a sum, the largest first
const MANY = 12; // classes, beyond which their list scrolls

const best = (values) => values.indexOf(Math.max(...values));
const percent = (value) => `${(100 * value).toFixed(1)} %`;
const round = (value) => short(Number(value.toPrecision(3)));
const plus = (value) => `${value < 0 ? "−" : "+"} ${round(Math.abs(value))}`;

export class NetworkStage extends Demo {
  static looks = "glass"; // of all whose stage it is
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
    this.made = new Map();
    this.load();
    this.build();
    this.layTiles();
    this.repaintWithTheme();
  }

  /** Take the network, its weights, the pictures and what they may be. */
  load() {
    this.network = this.model.get("layers");
    this.stored = unpacked(this.network, this.model.get("weights"));
    this.pictures = picturesOf(this.network, this.model.get("pictures"));
    this.classes = this.model.get("classes");
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
      button("draw one", "an empty picture, to draw on", () => this.empty()),
    ];
  }

  transport() {
    this.walk = new Walk(this);
    return this.walk.controls;
  }

  // ---- the parts of the stage

  build() {
    this.strip = element("div", {
      class: "glass-strip",
      role: "group",
      "aria-label": "layers, from the picture to the classes",
    });
    this.input = this.plane("the picture: paint with the pointer, or with arrow keys and space", (event) =>
      this.pen(event),
    );
    this.whole = this.plane("all maps of the layer, by arrow keys", (event) => this.keyMap(event));
    this.one = this.plane("the chosen map, cell by cell by arrow keys", (event) => this.keyCell(event));
    this.sum = element("div", { class: "glass-sum" });
    const scrolls = this.classes.length > MANY ? { tabindex: "0" } : {};
    this.bars = element("ol", { class: "bars", "aria-label": "what the network says", ...scrolls });
    this.switch = button("", "switch this map off or on", () => this.toggle());
    this.back = button("undo all", "all maps on, all weights as they were, the picture in its place", () =>
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
        panel("bars", "what the network says (mark: before)", this.bars, this.back),
      ),
      column(panel("whole", "maps", this.whole.plane), panel("one", "map", this.one.plane, this.switch)),
      panel("sum", "how the cell is computed", this.sum),
    );
    this.whole.canvas.addEventListener("pointerdown", (event) => this.pickMap(event));
    this.one.canvas.addEventListener("pointerdown", (event) => this.pickCell(event));
    this.input.plane.addEventListener("blur", () => this.soon()); // the frame is that of the cell again
    for (const name of ["pointerdown", "pointermove"])
      this.input.canvas.addEventListener(
        name,
        (event) => event.buttons && this.paintAt(...this.at(this.input.canvas, event)),
      );
  }

  /** A button for each layer, with its maps. */
  layTiles() {
    this.tiles = this.network.map((layer, number) => {
      const canvas = element("canvas", { role: "img", "aria-hidden": "true" });
      const size =
        layer.shape[0] * layer.shape[1] > 1 ? layer.shape.map(String).join("×") : `${layer.shape[2]}`;
      const tile = focusable(
        "button",
        {
          type: "button",
          onclick: () => this.change({ layer: number }),
          "aria-label": `${layer.name}, ${size}`,
        },
        canvas,
        element("span", {}, this.kindOf(number)),
        element("small", {}, size),
      );
      tile.addEventListener("keydown", (event) => this.stepLayer(event, number));
      return { tile, canvas };
    });
    this.strip.replaceChildren(...this.tiles.map(({ tile }) => tile));
  }

  /** A layer's kind, with its number among its kind where there are several. */
  kindOf(number) {
    const kind = this.network[number].class_name;
    if (kind === "InputLayer") return "picture";
    const same = this.network.flatMap((layer, at) => (layer.class_name === kind ? [at] : []));
    const name = SHORT[kind] ?? kind;
    return same.length > 1 ? `${name} ${same.indexOf(number) + 1}` : name;
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
    this.walk.leave();
    const before = this.seen();
    const wanted = this.within({ ...this.state(), ...values });
    if (wanted.layer !== before.layer) wanted.source = this.strongest(wanted);
    if (wanted.layer !== before.layer) this.flight = () => this.flyToLayer();
    else if (wanted.channel !== before.channel) this.flight = () => this.flyToMap();
    super.change(wanted);
  }

  // ---- from the whole to a cell, by flights and by stops

  /** What the walk can stop at, for what is chosen now. */
  stops() {
    const state = this.seen();
    const { layer, row, column, channel } = state;
    const chosen = this.network[layer];
    const [rows, columns, channels] = chosen.shape;
    const what = rows * columns > 1 ? `maps of ${rows} × ${columns}` : "numbers";
    const figure = (node) => node.closest("figure");
    const count = this.network.length - 1;
    const found = [
      { name: "all layers", words: `The picture, and ${count} layers up to the classes.`, node: this.strip },
      {
        name: "one layer",
        words: `${chosen.name}: ${channels} ${what}, all at one scale.`,
        node: figure(this.whole.plane),
        flight: () => this.flyToLayer(),
      },
    ];
    if (rows * columns > 1)
      found.push({
        name: "one of its maps",
        words: `${chosen.name}, ${this.named(layer, channel)}, with the cell in row ${row}, column ${column}.`,
        node: figure(this.one.plane),
        flight: () => this.flyToMap(),
      });
    const read = WINDOWED.has(chosen.class_name);
    if (read)
      found.push({
        name: "the window of a cell",
        words: `The cell reads this window of ${this.readBy(layer, this.shownSource(state))}, one layer before.`,
        node: this.windowGrid,
        flight: () => this.flyToWindow(),
      });
    const words = this.sentence(state, this.hidden(state));
    found.push({ name: read ? "its sum" : "what is done to it", words, node: figure(this.sum) });
    return found;
  }

  /** Whether the picture is chosen, which has no stops of its own. */
  atPicture() {
    return !this.seen().layer;
  }

  toPicture() {
    this.change({ layer: 0 });
  }

  stop() {
    this.walk.stop();
  }

  nextLayer() {
    const { layer } = this.seen();
    if (layer + 1 < this.network.length) this.change({ layer: layer + 1 });
    return layer + 1 < this.network.length;
  }

  flyToLayer() {
    const { layer } = this.seen();
    const { canvas } = this.tiles[layer];
    if (layer) fly(this.root, canvas, [0, 0, canvas.width, canvas.height], this.whole.canvas);
  }

  flyToMap() {
    const { layer, channel } = this.seen();
    if (!this.one.plane.hidden)
      fly(this.root, this.whole.canvas, mapIn(this.network[layer].shape, channel), this.one.canvas);
  }

  flyToWindow() {
    const state = this.seen();
    const { inputs, window } = this.network[state.layer];
    const [read] = inputs;
    const [left, top] = read ? mapIn(this.network[read].shape, this.shownSource(state)) : [0, 0];
    const [down, right] = cornerOf(this.network, state.layer, [state.row, state.column]);
    fly(this.root, this.tiles[read].canvas, [left + right, top + down, window[1], window[0]], this.windowGrid);
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
    const says = `It says ${this.classes[best(last)]}, ${this.result(last[best(last)])}.`;
    if (!layer) return `${says} The chosen pixel holds ${round(values[0][index])}.`;
    const { activation, name, shape } = this.network[layer];
    const at = shape[0] * shape[1] > 1 ? `, row ${row}, column ${column}` : "";
    const cell = `${name}, ${this.named(layer, channel)}${at}`;
    if (hidden) return `${says} ${cell}: ?`;
    const acted =
      activation && activation !== "linear" ? `, after ${activation === "relu" ? "ReLU" : activation} ` : "";
    const value = acted ? `${acted}${round(values[layer][index])}` : "";
    const silent = state.off.includes(`${layer}:${channel}`) ? "; switched off, it gives 0" : value;
    return `${says} ${cell}: ${round(sums[layer][index])}${silent}.`;
  }

  /** A number that comes out: a percentage, where these are probabilities. */
  result(value) {
    return ["softmax", "sigmoid"].includes(this.network.at(-1).activation) ? percent(value) : round(value);
  }

  table(state) {
    const [now, was] = [this.computed(state).values.at(-1), this.before(state)];
    return [
      ["class", "now", "as it was"],
      ...this.classes.map((name, at) => [name, this.result(now[at]), this.result(was[at])]),
    ];
  }

  // ---- drawing

  colours() {
    const key = getComputedStyle(this.root).getPropertyValue("--course-surface");
    return this.once("colours", key, () => colours(this.root, "surface", "positive", "negative"));
  }

  draw(state, hidden) {
    const { values } = this.computed(state);
    const chosen = this.network[state.layer];
    this.tiles.forEach(({ tile, canvas }, number) => {
      tile.setAttribute("aria-pressed", String(number === state.layer));
      if (number) this.mosaic(canvas, values[number], this.network[number].shape);
      else this.photo(canvas, values[0], this.network[0].shape);
    });
    if (this.scrolledTo !== state.layer) this.bringIntoView(this.tiles[state.layer].tile);
    this.scrolledTo = state.layer;
    this.photo(this.input.canvas, values[0], this.network[0].shape);
    this.whole.plane.parentElement.hidden = this.one.plane.parentElement.hidden = !state.layer;
    if (state.layer) this.drawLayer(state, values, chosen);
    this.place(this.input, this.penAt() ?? this.fieldOf(state), this.network[0].shape);
    this.drawSum(state, values, chosen, hidden);
    this.drawBars(state, values.at(-1));
    this.flight?.();
    this.flight = null;
  }

  /** Where the pen is, while the picture has the focus and is painted by keys. */
  penAt() {
    if (!this.dot || document.activeElement !== this.input.plane) return null;
    return [this.dot[0], this.dot[1], this.dot[0] + 1, this.dot[1] + 1];
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
    this.mosaic(this.whole.canvas, values[state.layer], chosen.shape);
    const grid = layout(chosen.shape);
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

  fieldOf({ layer, row, column, channel }) {
    return field(this.network, layer, [row, column, row + 1, column + 1], channel);
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
      for (let c = 0; c < 3; c += 1)
        pixels[to + c] = level(values[index * channels + (channels === 3 ? c : 0)]);
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
    const { across, tall, wide, height, width } = layout([rows, columns, channels]);
    const [ground, positive, negative] = this.colours();
    paint(canvas, width, height, (pixels, to, index) => {
      const [y, x] = [Math.floor(index / width), index % width];
      const [i, j, map] = [y % tall, x % wide, Math.floor(y / tall) * across + Math.floor(x / wide)];
      const value = i < rows && j < columns && map < channels ? values[(i * columns + j) * channels + map] : 0;
      const share = Math.min(1, Math.abs(value) / scale);
      const colour = value < 0 ? negative : positive;
      for (let c = 0; c < 3; c += 1) pixels[to + c] = ground[c] + share * (colour[c] - ground[c]);
    });
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
    this.shownWindow = found;
    this.keepSum(found, parts, state, fixed);
    if (hidden) this.told.textContent = `Σ window · kernel = ? from ${this.readBy(layer, fixed)}`;
    this.list.hidden ||= hidden;
  }

  /** What a layer without a window does to the cell. */
  inWords({ layer, row, column, channel }, values, chosen) {
    if (!layer) return "";
    const [, columns, channels] = chosen.shape;
    const index = (row * columns + column) * channels + channel;
    const given = chosen.inputs.map((input) => round(values[input][index] ?? 0));
    const [factor, summand] = [0, channels].map((from) => this.stored[chosen.start + from + channel] ?? 0);
    return (
      {
        BatchNormalization: `${given[0]} · ${round(factor)} ${plus(summand)}: learned for each map`,
        Add: `${given[0]} ${plus(values[chosen.inputs[1]]?.[index] ?? 0)}: the shortcut is added`,
        Flatten: `${given[0]}: the same numbers in a row`,
        GlobalAveragePooling2D: "the mean of the whole map",
        GlobalMaxPooling2D: "the largest value of the whole map",
        Rescaling: `${given[0]} · ${round(chosen.scale ?? 1)} ${plus(chosen.offset ?? 0)}`,
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
    const bias = added ? ` ${plus(added)} (bias)` : "";
    const own = parts.find(([one]) => one === source)?.[1] ?? 0;
    const read =
      parts.length > 1 ? `${round(own)} from ${this.readBy(state.layer, source)}; all ${parts.length}: ` : "";
    this.told.textContent = `Σ window · kernel = ${read}${round(total)}${bias}`;
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
    const longest = Math.max(1, ...now, ...was);
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
      bar.firstChild.style.width = `${(100 * Math.max(0, now[at])) / longest}%`;
      bar.lastChild.style.left = `${(100 * Math.max(0, was[at])) / longest}%`;
      value.textContent = this.result(now[at]);
      line.className = at === best(now) ? "best" : "";
    });
    this.back.disabled = !(state.off.length || Object.keys(state.changed).length || state.down || state.right);
  }

  // ---- kernels are edited

  matrix() {
    return this.shownWindow.kernel;
  }

  changeMatrix(name, matrix) {
    const changed = { ...this.state().changed };
    matrix.forEach((line, i) =>
      line.forEach((value, j) => {
        if (value !== this.shownWindow.kernel[i][j]) changed[this.shownWindow.place(i, j)] = value;
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
    const { shape } = this.network[this.seen().layer];
    const [y, x] = this.at(this.whole.canvas, event);
    const { across, tall, wide } = layout(shape);
    this.change({ channel: Math.min(shape[2] - 1, Math.floor(y / tall) * across + Math.floor(x / wide)) });
  }

  pickCell(event) {
    const [row, column] = this.at(this.one.canvas, event);
    this.change({ row, column });
  }

  keyMap(event) {
    const { layer, channel } = this.seen();
    const [, , channels] = this.network[layer].shape;
    const { across } = layout(this.network[layer].shape);
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
    this.place(this.input, this.penAt(), [height, width]);
    this.say(`pen at row ${next[0]}, column ${next[1]}; space paints`);
  }

  reset() {
    this.owned = (this.owned ?? 0) + 1;
    super.reset();
  }
}

/** How maps lie beside each other: in a square, as far as that goes, with a line between them. */
function layout([rows, columns, channels]) {
  const across = Math.ceil(Math.sqrt((channels * rows) / columns));
  const gap = rows * columns > 1 ? 1 : 0;
  const [tall, wide] = [rows + gap, columns + gap];
  return { across, tall, wide, height: Math.ceil(channels / across) * tall - gap, width: across * wide - gap };
}

/** Left, top, width and height of a map among all of its layer. */
function mapIn(shape, map) {
  const { across, tall, wide } = layout(shape);
  return [(map % across) * wide, Math.floor(map / across) * tall, shape[1], shape[0]];
}

/** The largest size of a value; 1 where all are 0. */
function most(values) {
  return values.reduce((found, value) => Math.max(found, Math.abs(value)), 0) || 1;
}

/** As many digits as a cell has room for. */
function brief(value) {
  return short(Number(value.toFixed(2)));
}
