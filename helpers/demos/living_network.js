// A living network: build it, let it learn in the browser, and watch curves, kernels, maps and mistakes.

import { button, element, svg, widget } from "./common.js";
import { generator, shuffled } from "./random.js";
import { Adam, addGradient, drawnWeights } from "./descent.js";
import { SHAPES, SIDE, drawnShapes } from "./drawn_shapes.js";
import { NetworkStage } from "./network_stage.js";
import { through } from "./plain_network.js";

const KINDS = {
  conv: { filters: 8 },
  pool: {},
  global: {},
  dense: { units: 16 },
};
const LIMITS = { filters: [1, 16], units: [2, 64] };
const [KERNEL, WINDOW] = [3, 2]; // rows of a convolution's kernel and of a pooling window
const MOST_BLOCKS = 6;
const MEASURED = 150; // pictures of training, and of validation, on which the network is measured
const BATCH = 16;
const EVERY = 10; // steps from one measurement to the next
const MOST_STEPS = 3000;
const BUDGET = 11; // milliseconds of a frame in which it learns
const PIXELS = SIDE * SIDE;
const [WIDE, HIGH] = [300, 150]; // of a curve, in units of the drawing

/** Why blocks cannot follow each other; nothing where they can. */
export function problemOf(blocks) {
  let [side, flat] = [SIDE, false];
  for (const { kind } of blocks) {
    const window = { conv: KERNEL, pool: WINDOW }[kind];
    if (flat && kind !== "dense") return "After a dense layer or a global maximum there are no maps left.";
    if (window > side) return `A window of ${window} × ${window} does not fit into maps of ${side} × ${side}.`;
    side = { conv: side - KERNEL + 1, pool: Math.floor(side / WINDOW) }[kind] ?? side;
    flat ||= kind === "global" || kind === "dense";
  }
  return "";
}

/** The layers of a network as `through` computes them, from the picture to the classes. */
export function layersOf(blocks) {
  const layers = [
    { class_name: "InputLayer", name: "InputLayer 1", shape: [SIDE, SIDE, 1], inputs: [], sizes: [], start: 0 },
  ];
  const add = (kind, shape, more) => {
    const before = layers.at(-1);
    const start = before.start + before.sizes.reduce((a, b) => a + b, 0);
    const number = layers.filter((layer) => layer.class_name === kind).length + 1;
    const about = { window: [1, 1], strides: [1, 1], padding: "valid", activation: "linear", sizes: [] };
    layers.push({
      class_name: kind,
      name: `${kind} ${number}`,
      shape,
      inputs: [layers.length - 1],
      start,
      ...about,
      ...more,
    });
  };
  const dense = (units, activation, block) => {
    const [rows, columns, channels] = layers.at(-1).shape;
    const values = rows * columns * channels;
    if (rows * columns > 1) add("Flatten", [1, 1, values], { block });
    add("Dense", [1, 1, units], { sizes: [values * units, units], activation, block });
  };
  blocks.forEach(({ kind, filters, units }, block) => {
    const [rows, columns, channels] = layers.at(-1).shape;
    const after = (window, stride) => [rows, columns].map((size) => Math.floor((size - window) / stride) + 1);
    const kernel = {
      window: [KERNEL, KERNEL],
      sizes: [KERNEL * KERNEL * channels * filters, filters],
      activation: "relu",
    };
    const window = { window: [WINDOW, WINDOW], strides: [WINDOW, WINDOW] };
    if (kind === "conv") add("Conv2D", [...after(KERNEL, 1), filters], { ...kernel, block });
    if (kind === "pool") add("MaxPooling2D", [...after(WINDOW, WINDOW), channels], { ...window, block });
    if (kind === "global") add("GlobalMaxPooling2D", [1, 1, channels], { block });
    if (kind === "dense") dense(units, "relu", block);
  });
  dense(SHAPES.length, "softmax");
  return layers;
}

/** How many weights a network has. */
export function parametersOf(layers) {
  return layers.flatMap((layer) => layer.sizes).reduce((a, b) => a + b, 0);
}

/** A network in training: its data, its weights, and how well it does. */
export class Training {
  constructor({ blocks, images, noise, spread, seed }) {
    this.layers = layersOf(blocks);
    this.random = generator(1000 * seed);
    this.weights = drawnWeights(this.layers, this.random);
    this.adam = new Adam(this.weights.length);
    this.train = drawnShapes(images, { noise, by: spread, seed: 1000 * seed + 1 });
    this.order = [];
    this.history = [];
  }

  /** Draw the pictures that it does not learn from. */
  drawValidation({ noise, moved, seed }) {
    this.validation = drawnShapes(MEASURED, { noise, by: moved, seed: 1000 * seed + 2 });
  }

  /** Learn from the next pictures, each of which comes once before any comes again. */
  step(rate) {
    const gradient = new Float32Array(this.weights.length);
    const count = Math.min(BATCH, this.train.labels.length);
    for (let picture = 0; picture < count; picture += 1) {
      if (!this.order.length) this.order = shuffled(this.train.labels.length, this.random);
      const at = this.order.pop();
      addGradient(this.layers, this.weights, pictureAt(this.train, at), this.train.labels[at], gradient);
    }
    this.adam.step(
      this.weights,
      gradient.map((slope) => slope / count),
      rate,
    );
  }

  /** Loss, accuracy and answers on pictures, the first ones of many. */
  measured(data) {
    const count = Math.min(MEASURED, data.labels.length);
    let loss = 0;
    const says = data.labels.slice(0, count).map((label, at) => {
      const last = through(this.layers, this.weights, pictureAt(data, at)).values.at(-1);
      loss -= Math.log(Math.max(last[label], 1e-7)) / count;
      return last.indexOf(Math.max(...last));
    });
    return { loss, accuracy: says.filter((said, at) => said === data.labels[at]).length / count, says };
  }

  measure() {
    const found = {
      steps: this.adam.steps,
      train: this.measured(this.train),
      validation: this.measured(this.validation),
    };
    this.history = [...this.history.filter(({ steps }) => steps < found.steps), found];
  }

  get last() {
    return this.history.at(-1);
  }
}

function pictureAt({ pictures }, at) {
  return pictures.subarray(at * PIXELS, (at + 1) * PIXELS);
}

class LivingNetwork extends NetworkStage {
  static title = "a network that you build and train";
  static python = "living_network";
  static fields = [
    "blocks",
    "images",
    "spread",
    "moved",
    "noise",
    "rate",
    "seed",
    "image",
    "layer",
    "channel",
    "row",
    "column",
    "source",
    "off",
  ];

  // ---- the network, and what it learns from

  load() {
    this.classes = SHAPES;
    this.training = null;
    this.prepare();
  }

  /** Begin anew where the network or what it learns from has changed; draw other pictures where these have. */
  prepare() {
    const { blocks, images, noise, spread, moved, seed } = this.state();
    const [wanted, validated] = [
      JSON.stringify([blocks, images, noise, spread, seed]),
      JSON.stringify([noise, moved, seed]),
    ];
    const anew = this.trainedOn !== wanted;
    if (anew) {
      this.pause();
      this.training = new Training(this.state());
      [this.network, this.stored] = [this.training.layers, this.training.weights];
      if (this.strip) this.layTiles();
    }
    if (anew || this.measuredOn !== validated) {
      this.training.drawValidation(this.state());
      this.pictures = this.training.validation.pictures;
      this.training.measure();
      this.owned = (this.owned ?? 0) + 1;
    }
    [this.trainedOn, this.measuredOn] = [wanted, validated];
  }

  update() {
    this.prepare();
    super.update();
  }

  state() {
    // What the demo of a trained network has besides.
    const idle = { down: 0, right: 0, changed: {}, predict: false };
    return { ...super.state(), ...idle };
  }

  problem({ blocks }) {
    return problemOf(blocks);
  }

  weights() {
    return this.stored;
  }

  before(state) {
    return this.computed(state).values.at(-1);
  }

  reach() {
    return [0, 1];
  }

  // ---- controls

  controls() {
    const add = Object.keys(KINDS).map((kind) => button(`+ ${kind}`, `add ${kind}`, () => this.add(kind)));
    this.taken = button("take away", "take the chosen block away", () => this.takeAway());
    this.size = this.stepper(
      "filters",
      { "aria-label": "size of the chosen block", min: 1, max: 64 },
      (value) => this.resize(value),
    );
    return [
      element("div", { class: "group" }, ...add, this.size, this.taken),
      this.slider("images", "training pictures", 10, 400, 10),
      this.slider("spread", "training moved by", 0, 4, 1),
      this.slider("moved", "validation moved by", 0, 4, 1),
      this.slider("noise", "noise", 0, 0.5, 0.05),
      this.choice("rate", "learning rate", [0.0005, 0.002, 0.005, 0.02, 0.1], (value) =>
        this.change({ rate: Number(value) }),
      ),
      this.slider("image", "picture shown", 0, MEASURED - 1, 1),
      button("draw one", "an empty picture, to draw on", () => this.empty()),
    ];
  }

  transport() {
    this.learn = button("", "", () => (this.running ? this.pause() : this.start()));
    this.learn.className = "main";
    this.name();
    const anew = button("other weights", "begin anew, with other weights and other pictures", () =>
      this.change({ seed: (this.state().seed + 1) % 100 }),
    );
    return [
      this.learn,
      button("one step", "learn from sixteen pictures", () => this.oneStep()),
      anew,
      ...super.transport(),
    ];
  }

  name() {
    const [sign, title] = this.running ? ["❚❚ pause", "pause the training"] : ["▶ train", "train the network"];
    this.learn.textContent = sign;
    this.learn.title = title;
    this.learn.setAttribute("aria-label", title);
  }

  /** A convolution or pooling goes before whatever has no maps, all else to the end. */
  add(kind) {
    const { blocks } = this.state();
    const end = blocks.findIndex((block) => block.kind === "global" || block.kind === "dense");
    const at = kind === "dense" || end < 0 ? blocks.length : end;
    if (blocks.length === MOST_BLOCKS)
      return this.say(`A network of more than ${MOST_BLOCKS} blocks has no room here.`);
    this.change({ blocks: blocks.toSpliced(at, 0, { kind, ...KINDS[kind] }) });
  }

  /** The number of the block whose layer is chosen. */
  chosenBlock() {
    return this.network[this.seen().layer].block;
  }

  takeAway() {
    const chosen = this.chosenBlock();
    if (chosen !== undefined) this.change({ blocks: this.state().blocks.toSpliced(chosen, 1) });
  }

  resize(value) {
    const [chosen, { blocks }] = [this.chosenBlock(), this.state()];
    const name = blocks[chosen].kind === "conv" ? "filters" : "units";
    const [lowest, highest] = LIMITS[name];
    if (value >= lowest && value <= highest)
      return this.change({ blocks: blocks.with(chosen, { ...blocks[chosen], [name]: value }) });
    this.update();
    return this.say(`${name}: a whole number from ${lowest} to ${highest} is needed; nothing was changed.`);
  }

  // ---- learning

  start() {
    if (this.training.adam.steps >= MOST_STEPS)
      return this.say(`That was the last of ${MOST_STEPS} steps; “other weights” begins anew.`);
    this.running = true;
    this.name();
    const frame = () => {
      if (!this.running) return;
      if (!this.root.isConnected || this.training.adam.steps >= MOST_STEPS) return this.pause();
      const until = performance.now() + BUDGET;
      do this.advance();
      while (this.running && performance.now() < until);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    this.soon();
  }

  advance() {
    this.training.step(this.model.get("rate"));
    if (this.training.adam.steps % EVERY === 0) this.training.measure();
    this.owned += 1;
    this.soon();
  }

  oneStep() {
    this.pause();
    this.advance();
    this.training.measure();
  }

  pause() {
    this.running = false;
    if (!this.learn) return;
    this.name();
    this.soon();
  }

  stop() {
    super.stop();
    this.pause();
  }

  reset() {
    this.trainedOn = null;
    super.reset();
  }

  /** A weight that is changed by hand stays changed, until it learns on. */
  changeMatrix(name, matrix) {
    matrix.forEach((line, i) =>
      line.forEach((value, j) => (this.stored[this.shownWindow.place(i, j)] = value)),
    );
    this.training.measure();
    this.owned += 1;
    this.soon();
  }

  // ---- what is said

  challenges({ moved, spread }) {
    const { train, validation } = this.training.last;
    const good = validation.accuracy >= 0.95;
    const small = parametersOf(this.network) < 500;
    return [
      ["19 of 20 validation pictures right", good],
      ["the same with fewer than 500 weights", good && small],
      [
        "all training pictures right, and fewer than 3 of 4 validation pictures",
        train.accuracy === 1 && validation.accuracy < 0.75 && !moved,
      ],
      [
        "4 of 5 right when the validation pictures alone are moved by up to 4",
        moved === 4 && !spread && validation.accuracy >= 0.8,
      ],
    ];
  }

  question() {
    return "";
  }

  sentence(state, hidden) {
    return this.running
      ? "The network is learning. Pause to look at its numbers."
      : super.sentence(state, hidden);
  }

  table() {
    const lines = this.network.map(({ name, shape, sizes }) => [
      name,
      shape.filter((n, at) => at > 1 || shape[0] > 1).join(" × "),
      sizes.reduce((a, b) => a + b, 0),
    ]);
    const { steps, train, validation } = this.training.last;
    return [
      ["layer", "output", "weights"],
      ...lines,
      ["in all", "", parametersOf(this.network)],
      [`after ${steps} steps`, "training pictures right", share(train.accuracy)],
      ["", "validation pictures right", share(validation.accuracy)],
    ];
  }

  // ---- drawing

  build() {
    super.build();
    this.accuracy = svg("svg", { role: "img" });
    this.loss = svg("svg", { role: "img" });
    this.mistakes = this.grid("what the network says to each shape", "output");
    this.kernels = element("canvas", { role: "img", "aria-hidden": "true", class: "kernels" });
    this.progress = this.panel("", this.accuracy, this.loss);
    this.confusion = this.panel("validation: row by row, what each shape is taken for", this.mistakes);
    this.learned = this.panel("kernels", this.kernels);
    const [strip] = this.panels.children;
    strip.after(element("div", { class: "training" }, this.progress, this.confusion));
    this.sum.after(this.learned);
    this.captions.bars.textContent = "what the network says";
    this.back.textContent = "all maps on";
    const marks = ["○", "□", "△", "+", "×"];
    this.shape(this.mistakes, SHAPES.length, SHAPES.length, (row, column) =>
      button("", "", () => this.showMistake(row, column)),
    );
    const head = (at) => element("th", { scope: "col", "aria-label": SHAPES[at] }, marks[at]);
    [...this.mistakes.rows].forEach((line, row) =>
      line.prepend(element("th", { scope: "row", "aria-label": SHAPES[row] }, marks[row])),
    );
    this.mistakes.prepend(
      element("tr", { role: "row" }, element("td", {}), ...SHAPES.map((_, at) => head(at))),
    );
  }

  /** Show the next validation picture of a shape that is taken for another one, or for itself. */
  showMistake(row, column) {
    const { says } = this.training.last.validation;
    const { labels } = this.training.validation;
    const found = says.flatMap((said, at) => (labels[at] === row && said === column ? [at] : []));
    if (!found.length)
      return this.say(
        row === column
          ? `No ${SHAPES[row]} is recognised.`
          : `No ${SHAPES[row]} is taken for a ${SHAPES[column]}.`,
      );
    const now = this.seen().image;
    this.change({ image: found.find((at) => at > now) ?? found[0] });
  }

  draw(state, hidden) {
    super.draw(state, hidden);
    this.drawControls(state);
    this.drawProgress();
    this.drawMistakes();
    this.drawKernels(state);
  }

  drawControls({ blocks }) {
    const block = blocks[this.chosenBlock()];
    const name = { conv: "filters", dense: "units" }[block?.kind];
    this.taken.disabled = !block;
    this.size.toggleAttribute("inert", !name);
    this.size.firstChild.textContent = name ?? "filters";
    this.size.querySelector("input").value = name ? block[name] : "";
  }

  drawProgress() {
    const { history, last } = this.training;
    const { steps, train, validation } = last;
    const [right, validated] = [train, validation].map(({ accuracy }) => share(accuracy));
    this.progress.firstChild.textContent = `step ${steps}: training ${right} right, validation ${validated}`;
    const line = (name) => (of) => history.map((one) => [one.steps, one[of][name]]);
    drawCurves(this.accuracy, line("accuracy"), 1, (value) => `${Math.round(100 * value)} %`, "right");
    const highest = Math.max(...history.map((one) => Math.max(one.train.loss, one.validation.loss)), 0.1);
    drawCurves(this.loss, line("loss"), highest, (value) => value.toFixed(1), "loss");
  }

  drawMistakes() {
    const counts = SHAPES.map(() => SHAPES.map(() => 0));
    const { labels } = this.training.validation;
    this.training.last.validation.says.forEach((said, at) => (counts[labels[at]][said] += 1));
    const cells = this.mistakes.querySelectorAll("[role=gridcell]");
    cells.forEach((cell, at) => {
      const [row, column] = [Math.floor(at / SHAPES.length), at % SHAPES.length];
      const count = counts[row][column];
      this.write(cell, count, counts);
      cell.firstChild.setAttribute("aria-label", `${SHAPES[row]} taken for ${SHAPES[column]}: ${count}`);
      cell.classList.toggle("missed", row !== column && count > 0);
    });
  }

  /** All kernels of the layer, for the map that is read. */
  drawKernels(state) {
    const layer = this.network[state.layer];
    const shown = layer.class_name === "Conv2D";
    this.learned.hidden = !shown;
    if (!shown) return;
    const [channels, count] = [this.network[layer.inputs[0]].shape[2], layer.shape[2]];
    const values = Float32Array.from({ length: KERNEL * KERNEL * count }, (_, at) => {
      const [place, map] = [Math.floor(at / count), at % count];
      return this.stored[layer.start + (place * channels + state.source) * count + map];
    });
    this.mosaic(this.kernels, values, [KERNEL, KERNEL, count]);
    const from = channels > 1 ? `, from map ${state.source}` : "";
    this.learned.firstChild.textContent = `${layer.name}: its ${count} kernels${from}`;
  }
}

function share(value) {
  return `${Math.round(100 * value)} %`;
}

/** Two curves with their names and ticks: of training and validation. */
function drawCurves(picture, points, highest, format, name) {
  const [left, right, top, bottom] = [44, 70, 20, 24];
  const series = ["train", "validation"].map(points);
  const most = Math.max(series[0].at(-1)[0], 50);
  const x = (steps) => left + ((WIDE - left - right) * steps) / most;
  const y = (value) => HIGH - bottom - ((HIGH - top - bottom) * value) / highest;
  const text = (words, at, look) => svg("text", { x: at[0], y: at[1], class: "small", ...look }, words);
  const ticks = [0, highest / 2, highest].flatMap((value) => [
    svg("line", { x1: left, x2: WIDE - right, y1: y(value), y2: y(value), stroke: "var(--course-line)" }),
    text(format(value), [left - 5, y(value) + 4], { "text-anchor": "end" }),
  ]);
  const names = ["training", "validation"];
  const ends = series.map((one) => y(one.at(-1)[1]));
  if (Math.abs(ends[0] - ends[1]) < 12) {
    const [middle, way] = [(ends[0] + ends[1]) / 2, ends[0] <= ends[1] ? -6 : 6];
    [ends[0], ends[1]] = [middle + way, middle - way];
  }
  const lines = series.map((one, at) => {
    const colour = `var(--course-${["input", "output"][at]})`;
    const path = one.map(([steps, value], place) => `${place ? "L" : "M"}${x(steps)} ${y(value)}`).join("");
    const look = {
      fill: "none",
      stroke: colour,
      "stroke-width": 2,
      ...(at ? { "stroke-dasharray": "6 3" } : {}),
    };
    return svg(
      "g",
      {},
      svg("path", { d: path, ...look }),
      text(names[at], [WIDE - right + 6, ends[at] + 4], { style: `fill: ${colour}` }),
    );
  });
  const steps = [
    text("0", [left, HIGH - 8], {}),
    text(`${most} steps`, [WIDE - right, HIGH - 8], { "text-anchor": "end" }),
  ];
  picture.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH}`);
  picture.setAttribute(
    "aria-label",
    `${name}: training ${format(series[0].at(-1)[1])}, validation ${format(series[1].at(-1)[1])}`,
  );
  picture.replaceChildren(...ticks, ...lines, ...steps, text(name, [left, top - 8], {}));
}

export default widget(LivingNetwork);
