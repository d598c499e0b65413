// AlexNet: one drawing, five views. All numbers come from the course's table of layers; here they are only drawn.

import {
  Demo,
  HATCH,
  arrowRight,
  block,
  element,
  extent,
  focusable,
  hatches,
  layerColours,
  moveFocus,
  sized,
  svg,
  widget,
} from "./common.js";

const [COLUMN, MIDDLE] = [78, 68]; // of a layer's drawing
const SCALE = 110 / 227; // units for a pixel

/** The largest of a view's numbers, or 1. */
export function largest(rows, name) {
  return Math.max(...rows.map((row) => row[name] ?? 0), 1);
}

/** Where the first layer's window with this number ends, counted from 1: kernels of 11, steps of 4. */
export function lastEnd(window) {
  return 4 * (window - 1) + 11;
}

class AlexnetViews extends Demo {
  static title = "AlexNet in five views";
  static python = "alexnet_views";
  static fields = ["view", "groups", "input", "layer", "predict"];
  static answerIndependent = ["layer"];
  static wide = true;

  constructor(model, root) {
    super(model, root);
    this.known = new Set(); // layers whose number may be shown
    this.picture = svg("svg", { role: "img" }); // of the first layer's windows
    this.layers = element("div", { class: "network", role: "group", "aria-label": "layers" });
    this.key = element("span");
    this.figure = this.panel(this.key, this.layers);
    this.head.append(this.segmented("view", "view", model.get("views")));
  }

  controls() {
    return [
      this.choice("groups", "groups of channels", ["1", "2"], (value) => this.change({ groups: Number(value) })),
      this.choice("input", "side of the input", ["227", "224"], (value) =>
        this.change({ input: Number(value) }),
      ),
    ];
  }

  // ---- predictions: each layer for itself

  forget() {
    super.forget();
    this.known.clear();
  }

  /** A guess belongs to its layer. */
  notice(state) {
    super.notice(state);
    if (this.guessedAt !== undefined && this.guessedAt !== state.layer) {
      this.guess.value = "";
      this.judge("");
    }
    this.guessedAt = state.layer;
  }

  isHidden(state, layer) {
    const whole = state.view === "dense share" || state.view === "input"; // one question about all layers
    return state.predict && !this.known.has(whole ? "all" : layer);
  }

  hidden(state) {
    return this.isHidden(state, state.layer);
  }

  reveal() {
    const { view, layer } = this.state();
    this.known.add(view === "dense share" || view === "input" ? "all" : layer);
    this.update();
  }

  rows({ groups, input }) {
    return this.model.get("tables")[`${groups},${input}`];
  }

  number(name) {
    return {
      sizes: "neurons",
      input: "neurons",
      parameters: "parameters",
      groups: "parameters",
      "dense share": "parameters",
    }[name];
  }

  share(rows) {
    const total = rows.reduce((sum, row) => sum + row.parameters, 0);
    const dense = rows.filter((row) => row.kind === "dense").reduce((sum, row) => sum + row.parameters, 0);
    return { total, dense };
  }

  question(state) {
    if (state.view === "dense share") return "What percentage of the parameters do the dense layers have?";
    if (state.view === "input") return "How many pixels does the 55th window lack, without padding?";
    const { name } = this.rows(state)[state.layer];
    return this.asksRows(state) ? `${name}: how many rows?` : `${name}: how many parameters?`;
  }

  answer(state) {
    const { total, dense } = this.share(this.rows(state));
    if (state.view === "dense share") return (100 * dense) / total;
    if (state.view === "input") return Math.max(0, lastEnd(55) - state.input);
    const { shape, parameters } = this.rows(state)[state.layer];
    return this.asksRows(state) ? shape[0] : parameters;
  }

  tolerance() {
    return this.model.get("view") === "dense share" ? 1 : 1e-6;
  }

  hint() {
    const { view } = this.state();
    if (view === "dense share")
      return "The kernels are few and shared; a dense layer has a weight for each of its inputs and units.";
    if (view === "input") return "The 55th window begins 54 steps of 4 after the first, and is 11 wide.";
    return (
      "Windows: ⌊(n + 2p − k) / s⌋ + 1. Parameters: (k · k · C + 1) for each kernel, (inputs + 1) for " +
      "each unit of a dense layer."
    );
  }

  asksRows({ view }) {
    return view === "sizes";
  }

  sentence(state, hidden) {
    const rows = this.rows(state);
    const { name, shape, parameters, neurons, sees } = rows[state.layer];
    const subject = { input: `Input ${state.input}`, "dense share": "Dense layers" };
    if (hidden) return `${subject[state.view] ?? name}: ?`;
    const { total, dense } = this.share(rows);
    const about = {
      sizes: `${name}: ${shape.length > 1 ? `${shape.join(" × ")}, ` : ""}${neurons.toLocaleString("en")} values.`,
      input: `Input ${state.input}: ${this.model.get("notes")[state.input]}`,
      parameters: `${name}: ${parameters.toLocaleString("en")} of ${total.toLocaleString("en")} parameters.`,
      groups:
        `${name}: ${parameters.toLocaleString("en")} parameters${sees ? `; ${sees}` : ""}. With ` +
        `${state.groups} ${state.groups === 1 ? "group" : "groups"} in all ${total.toLocaleString("en")}.`,
      "dense share":
        `The dense layers have ${dense.toLocaleString("en")} of ${total.toLocaleString("en")} ` +
        `parameters: ${((100 * dense) / total).toFixed(1)} %.`,
    };
    return about[state.view];
  }

  table(state) {
    return [
      ["layer", "output", "values", "parameters"],
      ...this.rows(state).map((row, i) => [
        row.name,
        ...(this.isHidden(state, i)
          ? ["?", "?", "?"]
          : [row.shape.join(" × "), row.neurons.toLocaleString("en"), row.parameters.toLocaleString("en")]),
      ]),
    ];
  }

  /** The input's width as a strip of pixels, and windows of the first layer along it; the last may stick out. */
  ruler({ input }, hidden) {
    const scale = 4;
    const look = { ...layerColours("conv"), rx: 3 };
    const parts = [
      svg("rect", { x: 30, y: 40, width: scale * input, height: 28, rx: 3, ...layerColours("dense") }),
      svg("text", { x: 30, y: 28 }, `${input} pixels`),
    ];
    for (const [line, window] of [1, 2, 3, 53, 54, 55].entries()) {
      const [start, end] = [lastEnd(window) - 11, lastEnd(window)];
      const y = 88 + 34 * line;
      const out = !hidden && end > input;
      parts.push(svg("rect", { x: 30 + scale * start, y, width: scale * 11, height: 24, ...look }));
      const rest = { x: 30 + scale * input, y, width: scale * (end - input), height: 24 };
      if (out)
        parts.push(svg("rect", { ...rest, fill: `url(#unread-${HATCH})`, stroke: "var(--course-unread)" }));
      const label =
        `window ${window}: pixels ${start + 1} to ` +
        `${hidden ? "?" : end}${out ? `, but there are only ${input}` : ""}`;
      const place = window < 10 ? 42 + scale * end : 18 + scale * start;
      parts.push(svg("text", { x: place, y: y + 17, "text-anchor": window < 10 ? "start" : "end" }, label));
    }
    return parts;
  }

  /** A layer as a block to scale, or as two where each card has its half. */
  drawing(state, row, i) {
    const [width, height, deep] = extent(row.shape, SCALE);
    const left = (COLUMN - width - deep / 2) / 2;
    const apart = ["conv", "pool"].includes(row.kind) || ["dense 6", "dense 7"].includes(row.name);
    const grouped = state.view === "groups" && state.groups === 2 && apart;
    const halves = [-1, 1].map((up) => [left, MIDDLE + up * (height / 4 + 4), width, height / 2, deep / 2]);
    const blocks = grouped ? halves : [[left, MIDDLE, width, height, deep]];
    return svg(
      "svg",
      { viewBox: `0 0 ${COLUMN} ${2 * MIDDLE}`, "aria-hidden": "true" },
      ...(i ? [arrowRight(3, 15, MIDDLE)] : []),
      ...blocks.map((one) => block(...one, row.kind)),
    );
  }

  /** A layer's number as a bar. */
  bar(state, rows, i) {
    const counted = this.number(state.view);
    const { fill, stroke } = layerColours(rows[i].kind);
    const share = this.isHidden(state, i) ? 0 : rows[i][counted] / largest(rows, counted);
    const others = state.view === "dense share" && rows[i].kind !== "dense";
    const style = `--share: ${share}; background-color: ${fill}; border-color: ${stroke}; color: ${stroke}`;
    return element("span", { class: others ? "bar hatched" : "bar", style });
  }

  /** What is chosen by a click: a layer with its name, its drawing and its number. */
  layerButtons(rows) {
    return rows.map((_, i) =>
      focusable("button", {
        type: "button",
        onclick: () => this.change({ layer: i }),
        onkeydown: (event) => {
          const next = moveFocus(event, [i, 0], rows.length, 1);
          if (!next) return;
          this.change({ layer: next[0] });
          this.layers.children[next[0]].focus();
        },
      }),
    );
  }

  label(state, row, i) {
    if (this.isHidden(state, i)) return "?";
    if (!this.asksRows(state)) return row.parameters.toLocaleString("en");
    const [rows, ...rest] = row.shape;
    return rest.length ? `${rows}\u00a0×\u00a0${rest[0]} ×\u00a0${rest[1]}` : rows.toLocaleString("en");
  }

  draw(state, hidden) {
    const rows = this.rows(state);
    const shown = state.view === "input" ? this.picture : this.figure;
    this.key.textContent =
      "Blocks: rows and columns to one scale, vectors by their logarithm. " +
      `Bars: ${this.asksRows(state) ? "how many values" : "parameters"}.`;
    if (shown !== this.panels.firstChild) this.panels.replaceChildren(shown); // else a layer would lose the focus
    sized(this.picture, 988, 300, this.sentence(state, hidden));
    this.picture.replaceChildren(hatches(), ...this.ruler(state, hidden));
    if (!this.layers.children.length) this.layers.replaceChildren(...this.layerButtons(rows));
    [...this.layers.children].forEach((one, i) => {
      const chosen = i === state.layer;
      one.className = chosen ? "chosen" : "";
      one.tabIndex = chosen ? 0 : -1;
      one.setAttribute("aria-pressed", chosen);
      one.replaceChildren(
        element("strong", {}, rows[i].name),
        this.drawing(state, rows[i], i),
        this.bar(state, rows, i),
        element("span", {}, this.label(state, rows[i], i)),
      );
    });
  }
}

export default widget(AlexnetViews);
