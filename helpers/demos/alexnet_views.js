// AlexNet: one drawing, five views. All numbers come from the course's table of layers; here they are only drawn.

import {
  Demo,
  HATCH,
  arrowRight,
  block,
  focusable,
  hatches,
  layerColours,
  moveFocus,
  sized,
  svg,
  widget,
} from "./common.js";

const [COLUMN, HEIGHT] = [76, 320]; // of the drawing

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
    this.picture = svg("svg", { role: "img" });
    this.list = this.grid("layers");
    this.list.classList.add("columns");
    this.panels.append(this.picture, this.list);
    this.head.append(this.segmented("view", "view", model.get("views")));
  }

  controls() {
    return [
      this.choice("groups", "groups", ["1", "2"], (value) => this.change({ groups: Number(value) })),
      this.choice("input", "input", ["227", "224"], (value) => this.change({ input: Number(value) })),
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
      sizes: `${name}: ${shape.join(" × ")}, ${neurons.toLocaleString("en")} values.`,
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
      if (out) parts.push(svg("rect", { ...rest, fill: `url(#unread-${HATCH})`, stroke: "var(--course-unread)" }));
      const label =
        `window ${window}: pixels ${start + 1} to ` +
        `${hidden ? "?" : end}${out ? `, but there are only ${input}` : ""}`;
      const place = window < 10 ? 42 + scale * end : 18 + scale * start;
      parts.push(svg("text", { x: place, y: y + 17, "text-anchor": window < 10 ? "start" : "end" }, label));
    }
    return parts;
  }

  /** A layer as a block to scale, its number as a bar below it. */
  column(state, rows, i) {
    const row = rows[i];
    const counted = this.number(state.view);
    const hidden = this.isHidden(state, i);
    const middle = COLUMN * (i + 0.5);
    const volume = row.shape.length === 3;
    const side = volume ? 12 + 96 * (row.shape[0] / 227) : 92;
    const width = volume ? 4 + 0.045 * row.shape[2] : 8;
    const deep = volume ? side * 0.7 : 6;
    const left = middle - (width + deep / 2) / 2;
    const parts = [];
    if (i) parts.push(arrowRight(middle - COLUMN / 2 - 6, middle - COLUMN / 2 + 6, 84));
    const grouped = state.view === "groups" && state.groups === 2 && row.kind !== "input" && volume;
    if (grouped)
      for (const up of [-1, 1])
        parts.push(
          block(left, 84 + up * (side / 4 + 4), width, side / 2 - 3, deep / 2, row.kind, i === state.layer),
        );
    else parts.push(block(left, 84, width, side, deep, row.kind, i === state.layer));
    const bar = hidden ? 0 : 90 * (row[counted] / largest(rows, counted));
    const look = layerColours(row.kind);
    parts.push(svg("rect", { x: middle - 13, y: 278 - bar, width: 26, height: bar, rx: 2, ...look }));
    const others = state.view === "dense share" && row.kind !== "dense" && row.parameters;
    if (others && !hidden)
      parts.push(
        svg("rect", { x: middle - 13, y: 278 - bar, width: 26, height: bar, fill: `url(#padding-${HATCH})` }),
      );
    const label = hidden ? "?" : this.asksRows(state) ? row.shape.join("×") : row.parameters.toLocaleString("en");
    parts.push(svg("text", { x: middle, y: 298, "text-anchor": "middle", class: "small" }, label));
    return parts;
  }

  draw(state, hidden) {
    const rows = this.rows(state);
    const parts =
      state.view === "input" ? this.ruler(state, hidden) : rows.flatMap((_, i) => this.column(state, rows, i));
    sized(this.picture, COLUMN * rows.length, HEIGHT, [this.sentence(state, hidden)].flat().join(""));
    this.picture.replaceChildren(hatches(), ...parts);
    this.list.hidden = state.view === "input";
    this.shape(this.list, 1, rows.length, (_, j) =>
      focusable("button", {
        type: "button",
        onclick: () => this.change({ layer: j }),
        onkeydown: (event) => {
          const next = moveFocus(event, [0, this.model.get("layer")], 1, rows.length);
          if (!next) return;
          this.change({ layer: next[1] });
          this.list.rows[0].cells[next[1]].firstChild.focus();
        },
      }),
    );
    this.eachCell(this.list, (cell, _, j) => {
      cell.className = j === state.layer ? "window" : "";
      cell.firstChild.tabIndex = j === state.layer ? 0 : -1;
      cell.firstChild.textContent = rows[j].name;
    });
  }
}

export default widget(AlexnetViews);
