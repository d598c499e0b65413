// Size calculator: input, kernel, padding, stride and dilation along one axis; which pixels each window
// reads, and which none does.

import { Demo, HATCH, focusable, hatches, moveFocus, outputSize, short, svg, widget } from "./common.js";

const CELL = 30;

/** What each window reads, as places of the padded input. */
export function taps({ size, kernel, padding, stride, dilation }) {
  const windows = outputSize(size, kernel, stride, padding, dilation);
  return Array.from({ length: windows }, (_, i) =>
    Array.from({ length: kernel }, (_, u) => i * stride + u * dilation),
  );
}

/** Places behind the last window, which no window reaches. */
export function dropped(state) {
  const last = taps(state).at(-1)?.at(-1) ?? -1;
  return Array.from({ length: state.size + 2 * state.padding - last - 1 }, (_, i) => last + 1 + i);
}

/** The formula with the numbers in it. */
export function formula({ size, kernel, padding, stride, dilation }, hidden) {
  const covered = (kernel - 1) * dilation + 1;
  const share = (size + 2 * padding - covered) / stride;
  const whole = Number.isInteger(share) ? "" : ` = ⌊${short(share)}⌋ + 1`;
  return (
    `⌊(${size} + 2·${padding} − ${covered}) / ${stride}⌋ + ` +
    `1${hidden ? " = ?" : `${whole} = ${Math.floor(share) + 1}`}`
  );
}

class SizeCalculator extends Demo {
  static title = "size calculator";
  static python = "size_calculator";
  static fields = ["size", "kernel", "padding", "stride", "dilation", "window", "predict"];
  static answerIndependent = ["window"];

  constructor(model, root) {
    super(model, root);
    this.picture = svg("svg", { role: "img" });
    this.outputs = this.grid("output");
    this.panels.append(
      this.panel("input with its padding, and below it the windows", this.picture),
      this.panel("output: choose a window", this.outputs),
    );
  }

  controls() {
    return [
      this.slider("size", "input size", 1, 24, 1),
      this.slider("kernel", "kernel size", 1, 11, 1),
      this.slider("padding", "padding", 0, 5, 1),
      this.slider("stride", "stride", 1, 5, 1),
      this.slider("dilation", "dilation", 1, 4, 1),
    ];
  }

  change(values) {
    const next = { ...this.state(), ...values };
    const windows = taps(next).length;
    super.change({ ...values, ...(windows && next.window >= windows ? { window: windows - 1 } : {}) });
  }

  problem(state) {
    const covered = (state.kernel - 1) * state.dilation + 1;
    if (taps(state).length) return "";
    return (
      `A kernel of ${state.kernel} with dilation ${state.dilation} covers ${covered} pixels, and the ` +
      `padded input has only ${state.size + 2 * state.padding}.`
    );
  }

  question() {
    return "how many outputs?";
  }

  answer(state) {
    return taps(state).length;
  }

  hint() {
    return "Count the places where the window can stand; what is left over at the end fills no window.";
  }

  sentence(state, hidden) {
    const { size, kernel, padding, stride, dilation } = state;
    const left = dropped(state).length;
    const covered = dilation > 1 ? `, which covers ${(kernel - 1) * dilation + 1}` : "";
    const rest = hidden
      ? ""
      : left
        ? ` The last ${left === 1 ? "one is" : `${left} are`} read by no window.`
        : " Every place up to the end is reached.";
    return (
      `Input ${size}, padding ${padding}, kernel ` +
      `${kernel}${dilation > 1 ? ` with dilation ${dilation}` : ""}${covered}, stride ${stride}: ` +
      `${formula(state, hidden)}.${rest}`
    );
  }

  table(state) {
    return [
      ["output", "reads (0 is the first pixel)"],
      ...taps(state).map((places, i) => [i, places.map((place) => this.name(state, place)).join(", ")]),
    ];
  }

  name({ size, padding }, place) {
    return place < padding || place >= padding + size ? "padding" : String(place - padding);
  }

  draw(state, hidden) {
    const { size, padding } = state;
    const windows = taps(state);
    const chosen = Math.min(state.window, windows.length - 1);
    const left = new Set(hidden ? [] : dropped(state));
    const total = size + 2 * padding;
    const shown = hidden ? windows.slice(0, 1) : windows;
    const height = CELL + 14 + 12 * shown.length;
    const parts = [hatches()];
    for (let place = 0; place < total; place += 1) {
      const outside = place < padding || place >= padding + size;
      const taken = !hidden && windows[chosen].includes(place);
      const colour = left.has(place)
        ? `url(#unread-${HATCH})`
        : outside
          ? `url(#padding-${HATCH})`
          : taken
            ? "#9fd0ef"
            : "#fff";
      parts.push(
        svg("rect", {
          x: place * CELL + 1,
          y: 1,
          width: CELL - 2,
          height: CELL - 2,
          fill: colour,
          stroke: taken ? "#0072b2" : "#767676",
          "stroke-width": taken ? 3 : 1,
        }),
      );
      if (!outside)
        parts.push(
          svg(
            "text",
            {
              x: (place + 0.5) * CELL,
              y: CELL / 2 + 5,
              "text-anchor": "middle",
              "paint-order": "stroke",
              stroke: "#fff",
              "stroke-width": 4,
            },
            String(place - padding),
          ),
        );
    }
    shown.forEach((places, i) => {
      const y = CELL + 10 + 12 * i;
      const colour = i === chosen && !hidden ? "#0072b2" : "#767676";
      parts.push(
        svg("line", {
          x1: (places[0] + 0.1) * CELL,
          x2: (places.at(-1) + 0.9) * CELL,
          y1: y,
          y2: y,
          stroke: colour,
          "stroke-width": 2,
        }),
      );
      for (const place of places)
        parts.push(svg("circle", { cx: (place + 0.5) * CELL, cy: y, r: 4, fill: colour }));
    });
    for (const [name, value] of Object.entries({
      viewBox: `0 0 ${total * CELL} ${height}`,
      width: total * CELL,
      height,
      "aria-label": this.sentence(state, hidden),
    }))
      this.picture.setAttribute(name, value);
    this.picture.replaceChildren(...parts);
    this.drawOutputs(state, hidden, windows);
  }

  drawOutputs(state, hidden, windows) {
    const choose = (window) => this.hidden(this.state()) || this.change({ window });
    this.shape(this.outputs, 1, hidden ? 1 : windows.length, (_, j) =>
      focusable("button", {
        type: "button",
        onmouseenter: () => choose(j),
        onclick: () => choose(j),
        onkeydown: (event) => {
          const next = moveFocus(event, [0, this.model.get("window")], 1, taps(this.state()).length);
          if (!next || this.hidden(this.state())) return;
          this.change({ window: next[1] });
          this.outputs.rows[0].cells[next[1]].firstChild.focus();
        },
      }),
    );
    this.eachCell(this.outputs, (cell, _, j) => {
      cell.className = j === state.window && !hidden ? "window" : "";
      cell.firstChild.tabIndex = j === state.window || hidden ? 0 : -1;
      cell.firstChild.textContent = hidden ? "?" : String(j);
      cell.firstChild.setAttribute(
        "aria-label",
        hidden
          ? "output: hidden"
          : `output ${j} reads ${windows[j].map((place) => this.name(state, place)).join(", ")}`,
      );
    });
  }
}

export default widget(SizeCalculator);
