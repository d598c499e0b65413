// Network builder: layers from top to bottom; shapes, parameters, multiply-adds and receptive field, or why
// a layer cannot be.

import { Demo, arrowRight, block, button, element, extent, focusable, sized, svg, widget } from "./common.js";

const KINDS = {
  Conv: { filters: 16, kernel: 3, stride: 1, padding: "same", dilation: 1 },
  Pool: { size: 2, stride: 2, padding: "valid" },
  GlobalPool: {},
  Flatten: {},
  Dense: { units: 10 },
};
const LIMITS = {
  filters: [1, 1024],
  kernel: [1, 11],
  stride: [1, 8],
  dilation: [1, 8],
  size: [1, 8],
  units: [1, 5000],
};
const PADDINGS = ["valid", "same"];
const [COLUMN, MIDDLE, HEIGHT] = [134, 95, 256]; // of the drawing
const SMALLEST = 0.85; // share of its size to which the drawing of many layers is made smaller; then it scrolls
const ROLES = { Conv: "conv", Pool: "pool", GlobalPool: "pool", Flatten: "flatten", Dense: "dense" };

/** One axis behind a sliding window, or a sentence that says why there is not one. */
function slid(size, kernel, stride, dilation, padding) {
  if (padding === "same") return Math.ceil(size / stride);
  const covered = (kernel - 1) * dilation + 1;
  return covered > size
    ? `the window covers ${covered} pixels and the input has only ${size}`
    : Math.floor((size - covered) / stride) + 1;
}

/**
 * What a layer makes of a shape: its output shape, parameters and multiply-adds, or the reason why it cannot
 * follow.
 */
export function follow(layer, shape) {
  const volume = shape.length === 3;
  const [height, width, channels] = shape;
  const values = shape.reduce((product, n) => product * n, 1);
  if (layer.kind === "Flatten") return { shape: [values], parameters: 0, work: 0 };
  if (layer.kind === "Dense") {
    const inputs = shape.at(-1);
    return {
      shape: [...shape.slice(0, -1), layer.units],
      parameters: (inputs + 1) * layer.units,
      work: values * layer.units,
    };
  }
  if (!volume)
    return { problem: `it needs height, width and channels, and the layer before gives ${shape.join(" × ")}` };
  if (layer.kind === "GlobalPool") return { shape: [channels], parameters: 0, work: 0 };
  const conv = layer.kind === "Conv";
  if (conv && layer.stride > 1 && layer.dilation > 1)
    return { problem: "Keras refuses a stride above 1 together with a dilation above 1" };
  const [kernel, dilation] = conv ? [layer.kernel, layer.dilation] : [layer.size, 1];
  const sizes = [height, width].map((size) => slid(size, kernel, layer.stride, dilation, layer.padding));
  const problem = sizes.find((size) => typeof size === "string");
  if (problem) return { problem };
  const weights = kernel * kernel * channels;
  const made = [...sizes, conv ? layer.filters : channels];
  return {
    shape: made,
    parameters: conv ? (weights + 1) * layer.filters : 0,
    work: conv ? made[0] * made[1] * made[2] * weights : 0,
  };
}

/**
 * A row for each layer, as far as they fit; the receptive field is null from the layer on that sees everything.
 */
export function rowsOf({ input, layers }) {
  let [shape, field, jump] = [input, 1, 1];
  const rows = [];
  for (const layer of layers) {
    const found = follow(layer, shape);
    if (found.problem)
      return { rows, problem: `Layer ${rows.length + 1}, ${layer.kind}, cannot follow: ${found.problem}.` };
    if (layer.kind === "Conv" || layer.kind === "Pool") {
      if (field !== null) field += ((layer.kernel ?? layer.size) - 1) * (layer.dilation ?? 1) * jump;
      jump *= layer.stride;
    } else field = null;
    rows.push({ ...found, field });
    shape = found.shape;
  }
  return { rows, problem: "" };
}

/** A large count in few letters: 2.3 M. */
function compact(count) {
  return count < 1e4
    ? count.toLocaleString("en")
    : count < 1e6
      ? `${Math.round(count / 1e3)} k`
      : `${(count / 1e6).toFixed(1)} M`;
}

/** The network as Keras code. */
export function asKeras({ input, layers }) {
  const lines = layers.map((layer, i) => {
    const last = i === layers.length - 1;
    if (layer.kind === "Conv")
      return (
        `Conv2D(${layer.filters}, ${layer.kernel}, strides=${layer.stride}, ` +
        `padding="${layer.padding}", dilation_rate=${layer.dilation}, activation="relu")`
      );
    if (layer.kind === "Pool")
      return `MaxPooling2D(${layer.size}, strides=${layer.stride}, padding="${layer.padding}")`;
    if (layer.kind === "Dense") return `Dense(${layer.units}, activation="${last ? "softmax" : "relu"}")`;
    return layer.kind === "Flatten" ? "Flatten()" : "GlobalAveragePooling2D()";
  });
  return [
    "network = keras.Sequential([",
    `    keras.Input((${input.join(", ")})),`,
    ...lines.map((line) => `    keras.layers.${line},`),
    "])",
  ].join("\n");
}

class NetworkBuilder extends Demo {
  static title = "network builder";
  static python = "network_builder";
  static wide = true;
  static fields = ["input", "layers", "predict"];

  constructor(model, root) {
    super(model, root);
    this.chosen = 0; // the layer that the drawing and the list show lit
    this.picture = svg("svg", { role: "group" });
    this.stack = element("div", { class: "lines" });
    this.refused = element("p", { class: "refused", role: "status" });
    this.panels.append(element("div", { class: "blocks" }, this.picture), this.refused, this.stack);
  }

  controls() {
    const add = Object.keys(KINDS).map((kind) =>
      button(`+ ${kind}`, `add ${kind}`, () => {
        this.chosen = this.model.get("layers").length;
        this.change({ layers: [...this.model.get("layers"), { kind, ...KINDS[kind] }] });
      }),
    );
    return [...add, button("as Keras code", "copy the network as Keras code", () => this.keras())];
  }

  challenges(state) {
    const { rows, problem } = rowsOf(state);
    const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
    const field = Math.max(1, ...rows.map((row) => row.field ?? 1));
    const done = !problem && rows.length > 0 && rows.at(-1).shape.length === 1 && !this.hidden(state);
    return [
      [
        "a network below 10,000 parameters that sees 28 pixels or more before Flatten or the global average",
        done && parameters < 10_000 && field >= 28,
      ],
    ];
  }

  async keras() {
    this.showCode(asKeras(this.state()));
    this.say("The network is shown below as Keras code.");
    await navigator.clipboard?.writeText(this.code.textContent).catch(() => {});
  }

  question({ layers }) {
    return layers.length ? "How many parameters in all?" : "";
  }

  answer(state) {
    return rowsOf(state).rows.reduce((sum, row) => sum + row.parameters, 0);
  }

  hint() {
    return (
      "(k · k · C + 1) for each kernel of a convolution, (inputs + 1) for each unit of a dense layer; " +
      "pooling has none."
    );
  }

  sentence(state, hidden) {
    const { rows } = rowsOf(state);
    const total = (name) => (hidden ? "?" : rows.reduce((sum, row) => sum + row[name], 0).toLocaleString("en"));
    return (
      `${rows.length} layers, output ${(rows.at(-1)?.shape ?? state.input).join(" × ")}: ` +
      `${total("parameters")} parameters, ${total("work")} multiply-adds per image.`
    );
  }

  table(state) {
    const lines = rowsOf(state).rows.map((row, i) => [
      i + 1,
      state.layers[i].kind,
      row.shape.join(" × "),
      row.parameters,
      row.work,
      row.field ?? "all",
    ]);
    return [
      ["", "layer", "output", "parameters", "multiply-adds", "receptive field"],
      ["", "Input", state.input.join(" × "), 0, 0, 1],
      ...lines,
    ];
  }

  draw(state, hidden) {
    const kinds = state.layers.map((layer) => layer.kind).join();
    if (this.kinds !== kinds)
      this.stack.replaceChildren(this.inputLine(), ...state.layers.map((layer, i) => this.line(layer, i)));
    this.kinds = kinds;
    this.chosen = Math.min(this.chosen, state.layers.length - 1);
    const { rows, problem } = rowsOf(state);
    this.refused.textContent = problem;
    this.stack.firstChild.querySelectorAll("input").forEach((input, axis) => (input.value = state.input[axis]));
    state.layers.forEach((layer, i) => {
      const line = this.stack.children[i + 1];
      for (const input of line.querySelectorAll("[data-part]")) input.value = layer[input.dataset.part];
      const row = rows[i];
      line.className = i === this.chosen ? "chosen" : "";
      line.lastChild.textContent = row
        ? `→ ` +
          `${row.shape.join(" × ")}${hidden ? "" : `, ${row.parameters.toLocaleString("en")} parameters`}, ` +
          `sees ${row.field ?? "all"}`
        : i === rows.length
          ? "✗ impossible"
          : "";
      line.lastChild.className = row ? "result" : "result refused";
    });
    this.drawBlocks(state, rows, problem, hidden);
  }

  // ---- the drawing: blocks to one scale, to be chosen, moved and taken away

  drawBlocks(state, rows, problem, hidden) {
    const focused = this.picture.contains(document.activeElement);
    const shapes = [state.input, ...rows.map((row) => row.shape)];
    const highest = Math.max(
      ...shapes.filter((shape) => shape.length === 3).map((shape) => Math.max(shape[0], shape[1])),
      1,
    );
    const parts = [this.drawnBlock("input", state.input, highest, 0, ["input", state.input.join(" × ")])];
    state.layers.forEach((layer, i) => {
      const row = rows[i];
      parts.push(arrowRight(COLUMN * (i + 1) - 9, COLUMN * (i + 1) + 9, MIDDLE));
      const name = this.nameOf(layer);
      const words = row
        ? [
            name,
            row.shape.join(" × "),
            hidden ? "?" : `${row.parameters.toLocaleString("en")} parameters`,
            row.work && !hidden ? `${compact(row.work)} mult-adds` : "",
            `sees ${row.field ?? "all"}`,
          ]
        : [name, i === rows.length ? "cannot follow" : "waits"];
      const drawn = row
        ? this.drawnBlock(ROLES[layer.kind], row.shape, highest, i + 1, words)
        : this.absentBlock(i + 1, words, i === rows.length);
      parts.push(this.handle(drawn, i, words.filter(Boolean).join(", ")));
    });
    const width = COLUMN * (state.layers.length + 1);
    this.picture.style.minWidth = `${(SMALLEST * width) / 15}em`;
    sized(this.picture, width, HEIGHT, `the network as a drawing to scale${problem ? `. ${problem}` : ""}`);
    this.picture.replaceChildren(...parts);
    this.scrollToChosen();
    if (focused) this.picture.querySelector(`[data-layer="${this.chosen}"]`)?.focus();
  }

  /** Scroll a long drawing so far that the chosen layer is seen. */
  scrollToChosen() {
    const frame = this.picture.parentElement;
    const column = this.picture.getBoundingClientRect().width / (this.model.get("layers").length + 1);
    const left = column * (this.chosen + 1);
    frame.scrollLeft = Math.min(Math.max(frame.scrollLeft, left + column - frame.clientWidth), left);
  }

  nameOf({ kind, kernel, size, stride }) {
    const step = stride > 1 && kind === "Conv" ? `, stride ${stride}` : "";
    return (
      {
        Conv: `conv ${kernel} × ${kernel}${step}`,
        Pool: `pool ${size} × ${size}`,
        GlobalPool: "global average",
      }[kind] ?? kind.toLowerCase()
    );
  }

  drawnBlock(kind, shape, highest, place, words) {
    const middle = COLUMN * (place + 0.5);
    const size = extent(shape, 110 / highest);
    const left = middle - (size[0] + size[2] / 2) / 2;
    return svg("g", {}, block(left, MIDDLE, ...size, kind), ...this.captions(middle, words));
  }

  /** A layer without an output: the first of them is refused, those behind it wait until it is fixed. */
  absentBlock(place, words, refused) {
    const middle = COLUMN * (place + 0.5);
    const look = {
      fill: refused ? "var(--course-wrong-soft)" : "none",
      stroke: refused ? "var(--course-wrong)" : "var(--course-ink-2)",
      "stroke-dasharray": "4 3",
      rx: 6,
    };
    return svg(
      "g",
      {},
      svg("rect", { x: middle - 22, y: MIDDLE - 30, width: 44, height: 60, ...look }),
      ...(refused ? [svg("text", { x: middle, y: MIDDLE + 6, "text-anchor": "middle", class: "no" }, "✗")] : []),
      ...this.captions(middle, words),
    );
  }

  captions(middle, words) {
    return words.map((text, line) =>
      svg(
        "text",
        { x: middle, y: 178 + 17 * line, "text-anchor": "middle", class: line ? "small" : "name" },
        text,
      ),
    );
  }

  /** A block: chosen by click or arrow keys, moved by dragging or Shift and an arrow, taken away by Delete. */
  handle(drawn, i, label) {
    const halo = svg("rect", {
      class: `halo${i === this.chosen ? " chosen" : ""}`,
      x: COLUMN * (i + 1) + 11,
      y: 4,
      width: COLUMN - 22,
      height: HEIGHT - 8,
      rx: 8,
      fill: "transparent",
    });
    const group = svg(
      "g",
      {
        role: "button",
        tabindex: i === this.chosen ? 0 : -1,
        "data-layer": i,
        "data-lm-suppress-shortcuts": "true",
        "aria-label": `layer ${i + 1}: ${label}`,
      },
      halo,
      drawn,
    );
    let from = null;
    const scale = () => this.picture.getScreenCTM().a;
    const lay = (by) => drawn.setAttribute("transform", `translate(${by} 0)`);
    group.addEventListener("pointermove", (event) => from !== null && lay((event.clientX - from) / scale()));
    group.addEventListener("pointercancel", () => ((from = null), lay(0)));
    group.addEventListener("pointerdown", (event) => {
      from = event.clientX;
      group.setPointerCapture(event.pointerId);
      if (this.chosen !== i) this.choose(i);
    });
    group.addEventListener("pointerup", (event) => {
      const by = from === null ? 0 : Math.round((event.clientX - from) / (COLUMN * scale()));
      from = null;
      lay(0);
      if (by) this.move(i, by);
    });
    group.addEventListener("keydown", (event) => this.blockKey(event, i));
    return group;
  }

  choose(i) {
    this.chosen = Math.min(Math.max(i, 0), this.model.get("layers").length - 1);
    for (const one of this.picture.querySelectorAll("[data-layer]")) {
      const here = Number(one.dataset.layer) === this.chosen;
      one.setAttribute("tabindex", here ? 0 : -1);
      one.querySelector(".halo").classList.toggle("chosen", here);
    }
    [...this.stack.children].forEach((line, at) => (line.className = at === this.chosen + 1 ? "chosen" : ""));
    this.scrollToChosen();
  }

  blockKey(event, i) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const acts = {
      Delete: () => this.take(i),
      Backspace: () => this.take(i),
      Enter: () => this.stack.children[i + 1].querySelector("input, select, button").focus(),
    };
    if (!by && !acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    if (acts[event.key]) return acts[event.key]();
    if (event.shiftKey) return this.move(i, by);
    this.choose(i + by);
    this.picture.querySelector(`[data-layer="${this.chosen}"]`).focus();
  }

  /** Move a layer to the left or right, as far as there are places. */
  move(i, by) {
    const layers = [...this.model.get("layers")];
    const to = Math.min(Math.max(i + by, 0), layers.length - 1);
    layers.splice(to, 0, ...layers.splice(i, 1));
    this.chosen = to;
    this.change({ layers });
    return to;
  }

  take(i) {
    this.change({ layers: this.model.get("layers").filter((_, place) => place !== i) });
  }

  inputLine() {
    const inputs = ["height", "width", "channels"].map((name, axis) =>
      this.part(`input, ${name}`, name, 1, axis === 2 ? 1024 : 512, (value) =>
        this.change({ input: this.model.get("input").map((old, place) => (place === axis ? value : old)) }),
      ),
    );
    return element("div", {}, element("strong", {}, "Input"), element("span", { class: "fields" }, ...inputs));
  }

  line(layer, i) {
    const set = (name) => (value) =>
      this.change({
        layers: this.model.get("layers").map((old, place) => (place === i ? { ...old, [name]: value } : old)),
      });
    const parts = Object.keys(KINDS[layer.kind]).map((name) => {
      if (name !== "padding")
        return this.part(`layer ${i + 1}, ${name}`, name, ...LIMITS[name], set(name), name);
      const input = focusable(
        "select",
        { "aria-label": `layer ${i + 1}, padding`, "data-part": name, onchange: () => set(name)(input.value) },
        ...PADDINGS.map((one) => element("option", {}, one)),
      );
      return element("label", {}, "padding ", input);
    });
    const move = (by) => this.focusLater(`move layer ${this.move(i, by) + 1} ${by < 0 ? "up" : "down"}`);
    const moves = [
      button("↑", `move layer ${i + 1} up`, () => move(-1)),
      button("↓", `move layer ${i + 1} down`, () => move(1)),
      button("✗", `take layer ${i + 1} away`, () => {
        this.take(i);
        this.focusLater(`take layer ${Math.max(1, Math.min(i + 1, this.model.get("layers").length))} away`);
      }),
    ];
    return element(
      "div",
      { onfocusin: () => this.chosen !== i && this.choose(i) },
      element("strong", {}, `${i + 1} ${layer.kind}`),
      element("span", { class: "fields" }, ...parts),
      element("span", { class: "moves" }, ...moves),
      element("span"),
    );
  }

  /** Go on by keyboard where it was left, once the lines are drawn anew. */
  focusLater(label) {
    queueMicrotask(() => this.root.querySelector(`[aria-label="${label}"]`)?.focus());
  }

  part(label, name, min, max, set, part) {
    const input = focusable("input", {
      type: "number",
      min,
      max,
      "aria-label": label,
      ...(part ? { "data-part": part } : {}),
    });
    input.addEventListener("change", () => {
      const value = Number(input.value);
      if (Number.isInteger(value) && value >= min && value <= max) return set(value);
      this.update();
      this.say(`${label}: a whole number from ${min} to ${max} is needed; nothing was changed.`);
    });
    return element("label", {}, `${name} `, input);
  }
}

export default widget(NetworkBuilder);
