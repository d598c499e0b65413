// AlexNet: one drawing, five views. All numbers come from the course's table of layers; here they are only drawn.

import { Demo, HATCH, focusable, hatches, moveFocus, svg, widget } from "./common.js";

const COLOURS = { conv: "#e69f00", pool: "#56b4e9", flatten: "#8c8c8c", dense: "#009e73", input: "#ffffff" };

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

  constructor(model, root) {
    super(model, root);
    this.picture = svg("svg", { role: "img" });
    this.list = this.grid("layers");
    this.panels.append(this.picture, this.panel("choose a layer", this.list));
  }

  controls() {
    return [
      this.choice("view", "view", this.model.get("views")),
      this.choice("groups", "groups", ["1", "2"], (value) => this.change({ groups: Number(value) })),
      this.choice("input", "input", ["227", "224"], (value) => this.change({ input: Number(value) })),
    ];
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
    if (state.view === "dense share") return "what percentage of the parameters do the dense layers have?";
    if (state.view === "input") return "how many pixels does the 55th window lack, without padding?";
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
      ...this.rows(state).map((row) => [
        row.name,
        row.shape.join(" × "),
        row.neurons.toLocaleString("en"),
        row.parameters.toLocaleString("en"),
      ]),
    ];
  }

  /** The input's width as a strip of pixels, and windows of the first layer along it; the last may stick out. */
  ruler({ input }, hidden) {
    const scale = 3;
    const parts = [
      svg("rect", { x: 30, y: 40, width: scale * input, height: 24, fill: COLOURS.input, stroke: "#000" }),
      svg("text", { x: 30, y: 30 }, `${input} pixels`),
    ];
    for (const [line, window] of [1, 2, 3, 53, 54, 55].entries()) {
      const [start, end] = [lastEnd(window) - 11, lastEnd(window)];
      const y = 80 + 24 * line;
      const out = !hidden && end > input;
      parts.push(
        svg("rect", {
          x: 30 + scale * start,
          y,
          width: scale * 11,
          height: 18,
          fill: COLOURS.conv,
          stroke: "#000",
        }),
      );
      if (out)
        parts.push(
          svg("rect", {
            x: 30 + scale * input,
            y,
            width: scale * (end - input),
            height: 18,
            fill: `url(#unread-${HATCH})`,
            stroke: "#000",
          }),
        );
      const label =
        `window ${window}: pixels ${start + 1} to ` +
        `${hidden ? "?" : end}${out ? `, but there are only ${input}` : ""}`;
      parts.push(
        svg(
          "text",
          {
            x: window < 10 ? 40 + scale * end : 20 + scale * start,
            y: y + 14,
            "text-anchor": window < 10 ? "start" : "end",
            style: "font-size: 12px",
          },
          label,
        ),
      );
    }
    return parts;
  }

  draw(state, hidden) {
    const rows = this.rows(state);
    const counted = this.number(state.view);
    const parts = [hatches()];
    if (state.view === "input") parts.push(...this.ruler(state, hidden));
    else
      rows.forEach((row, i) => {
        const x = 30 + 70 * i;
        const chosen = i === state.layer;
        const height = row.shape.length === 3 ? 20 + 100 * Math.sqrt(row.shape[0] / 227) : 60;
        const bar = hidden ? 0 : 80 * (row[counted] / largest(rows, counted));
        const grouped =
          state.view === "groups" && state.groups === 2 && row.kind !== "input" && row.shape.length === 3;
        const box = {
          x,
          width: 44,
          stroke: chosen ? "#0072b2" : "#000",
          "stroke-width": chosen ? 4 : 1,
          fill: COLOURS[row.kind],
        };
        if (grouped)
          parts.push(
            svg("rect", { ...box, y: 70 - height / 2, height: height / 2 - 3 }),
            svg("rect", { ...box, y: 73, height: height / 2 - 3 }),
          );
        else parts.push(svg("rect", { ...box, y: 70 - height / 2, height }));
        if (state.view === "dense share" && row.kind !== "dense" && row.parameters)
          parts.push(svg("rect", { ...box, y: 70 - height / 2, height, fill: `url(#padding-${HATCH})` }));
        const label = hidden
          ? "?"
          : this.asksRows(state)
            ? row.shape.join("×")
            : row.parameters.toLocaleString("en");
        parts.push(
          svg("text", { x: x + 22, y: 152, "text-anchor": "middle" }, row.name),
          svg("rect", {
            x: x + 10,
            y: 250 - bar,
            width: 24,
            height: bar,
            fill: COLOURS[row.kind],
            stroke: "#000",
          }),
        );
        parts.push(svg("text", { x: x + 22, y: 270, "text-anchor": "middle", style: "font-size: 12px" }, label));
      });
    const width = state.view === "input" ? 760 : 40 + 70 * rows.length;
    for (const [name, value] of Object.entries({
      viewBox: `0 0 ${width} 280`,
      width,
      height: 280,
      "aria-label": this.sentence(state, hidden),
    }))
      this.picture.setAttribute(name, value);
    this.picture.replaceChildren(...parts);
    this.list.closest("figure").hidden = state.view === "input";
    this.shape(this.list, 1, rows.length, (_, j) =>
      focusable("button", {
        type: "button",
        onmouseenter: () => this.change({ layer: j }),
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
