// Receptive fields: a stack of layers with kernel, stride and dilation; what one output of the last layer sees.

import { Demo, HATCH, button, element, focusable, hatches, sized, svg, widget } from "./common.js";

const [LEFT, WIDTH, HEIGHT] = [70, 780, 400]; // of the drawing: the names of its levels, and all of it
const LIMITS = { kernel: [1, 7], stride: [1, 3], dilation: [1, 4] };

/** Field and jump behind each layer: r ← r + (k − 1)·d·j, j ← j·s. */
export function fields(layers) {
  let [field, jump] = [1, 1];
  return layers.map(([kernel, stride, dilation]) => {
    field += (kernel - 1) * dilation * jump;
    jump *= stride;
    return { field, jump };
  });
}

/** Which places of the input, and of each layer's output, one output of the last layer reads; the input first. */
export function read(layers) {
  const levels = [[0]];
  for (const [kernel, stride, dilation] of [...layers].reverse()) {
    const places = new Set();
    for (const place of levels[0]) for (let u = 0; u < kernel; u += 1) places.add(place * stride + u * dilation);
    levels.unshift([...places].sort((a, b) => a - b));
  }
  return levels;
}

class ReceptiveFields extends Demo {
  static title = "receptive fields";
  static python = "receptive_fields";
  static fields = ["layers", "predict"];

  constructor(model, root) {
    super(model, root);
    this.picture = svg("svg", { role: "img" });
    this.panels.append(this.panel("what one output of the last layer reads", this.picture));
  }

  controls() {
    const add = (layer) => this.change({ layers: [...this.model.get("layers"), layer] });
    this.stack = element("div", { class: "stack layers" });
    return [
      element(
        "div",
        { class: "group" },
        button("+ convolution", "add a convolution of 3", () => add([3, 1, 1])),
        button("+ pooling", "add a pooling of 2", () => add([2, 2, 1])),
        button("− last", "take the last layer away", () =>
          this.change({ layers: this.model.get("layers").slice(0, -1) }),
        ),
      ),
      this.stack,
    ];
  }

  challenges({ layers }) {
    const gaps = fields(layers).at(-1).field > read(layers)[0].length;
    const found = !this.hidden(this.state()) && fields(layers).at(-1).field === 18;
    return [
      ["a stack that sees 18 pixels", found],
      ["the same with three layers", found && layers.length <= 3],
      ["a cone with gaps", gaps],
    ];
  }

  problem({ layers }) {
    if (layers.length < 1) return "One layer has to stay.";
    if (layers.length > 6) return "Six layers are enough for a drawing.";
    return fields(layers).at(-1).field > 120 ? "More than 120 pixels would not fit into the drawing." : "";
  }

  question() {
    return "How many pixels does one output see?";
  }

  answer({ layers }) {
    return fields(layers).at(-1).field;
  }

  hint() {
    return "Go up layer by layer: r ← r + (k − 1)·d·j, then j ← j·s.";
  }

  sentence({ layers }, hidden) {
    const { field, jump } = fields(layers).at(-1);
    const gaps = field - read(layers)[0].length;
    const unread = gaps ? ` ${gaps} of them lie in gaps that it does not read.` : "";
    return (
      `${layers.length} ${layers.length === 1 ? "layer" : "layers"}: one output sees ` +
      `${hidden ? "?" : field} pixels along the axis; neighbours' fields are ${hidden ? "?" : jump} ` +
      `apart.${hidden ? "" : unread}`
    );
  }

  table({ layers }) {
    const found = fields(layers);
    return [
      ["layer", "kernel", "stride", "dilation", "r", "j"],
      ...layers.map(([k, s, d], i) => [i + 1, k, s, d, found[i].field, found[i].jump]),
    ];
  }

  draw({ layers }, hidden) {
    if (this.stack.childElementCount !== layers.length)
      this.stack.replaceChildren(...layers.map((_, i) => this.line(i)));
    const found = fields(layers);
    layers.forEach((layer, i) => {
      const line = this.stack.children[i];
      line.querySelectorAll("input").forEach((input, part) => (input.value = layer[part]));
      line.lastChild.textContent = hidden
        ? ""
        : `r = ${i ? found[i - 1].field : 1} + ${layer[0] - 1}·${layer[2]}·${i ? found[i - 1].jump : 1} = ` +
          `${found[i].field}, j = ${found[i].jump}`;
    });
    this.drawCones(layers, hidden);
  }

  line(i) {
    const inputs = Object.entries(LIMITS).map(([name, [min, max]], part) => {
      const input = focusable("input", { type: "number", min, max, "aria-label": `layer ${i + 1}, ${name}` });
      input.addEventListener("change", () => {
        const value = Number(input.value);
        if (!Number.isInteger(value) || value < min || value > max) {
          this.update();
          return this.say(
            `layer ${i + 1}, ${name}: a whole number from ${min} to ${max} is needed; nothing was changed.`,
          );
        }
        this.change({
          layers: this.model
            .get("layers")
            .map((layer, place) => (place === i ? layer.map((old, at) => (at === part ? value : old)) : layer)),
        });
      });
      return element("label", {}, element("small", {}, name), input);
    });
    return element("div", {}, element("b", {}, String(i + 1)), ...inputs, element("span", { class: "growth" }));
  }

  /** Cones from the output above to the input below, always as wide and as high as the stage. */
  drawCones(layers, hidden) {
    const levels = read(layers);
    const found = fields(layers);
    const shown = hidden ? levels.slice(-2) : levels;
    const starts = levels.map((_, level) => (level ? (found[level - 1].field - 1) / 2 : 0));
    const jumps = [1, ...found.map(({ jump }) => jump)];
    const width = Math.max(...levels[0]) + 1;
    const cell = Math.min(48, (WIDTH - LEFT) / width);
    const margin = LEFT + (WIDTH - LEFT - cell * width) / 2;
    const apart = (HEIGHT - 60) / (shown.length - 1);
    const at = (level, place) => [
      margin + (starts[level] + place * jumps[level] + 0.5) * cell,
      HEIGHT - 30 - apart * (level - (levels.length - shown.length)),
    ];
    const parts = [];
    for (let level = levels.length - shown.length + 1; level < levels.length; level += 1) {
      const [kernel, stride, dilation] = layers[level - 1];
      for (const place of levels[level])
        for (let u = 0; u < kernel; u += 1) {
          const [[x1, y1], [x2, y2]] = [at(level, place), at(level - 1, place * stride + u * dilation)];
          parts.push(svg("line", { x1, y1, x2, y2, stroke: "var(--course-padding)", "stroke-width": 1.2 }));
        }
    }
    shown.forEach((places, index) => {
      const level = index + levels.length - shown.length;
      const role = level ? "output" : "input";
      const radius = Math.max(1.5, Math.min(15, cell / 2 - 0.5));
      const look = { fill: `var(--course-${role}-soft)`, stroke: `var(--course-${role})`, "stroke-width": 1.5 };
      parts.push(svg("text", { x: 0, y: at(level, 0)[1] + 4 }, level ? `layer ${level}` : "input"));
      for (const place of places) {
        const [cx, cy] = at(level, place);
        const square = { x: cx - radius, y: cy - radius, width: 2 * radius, height: 2 * radius, rx: 3 };
        parts.push(level ? svg("circle", { cx, cy, r: radius, ...look }) : svg("rect", { ...square, ...look }));
      }
      if (!level)
        for (let place = 0; place < width; place += 1)
          if (!places.includes(place)) {
            const [cx, cy] = at(0, place);
            const square = { x: cx - radius, y: cy - radius, width: 2 * radius, height: 2 * radius };
            parts.push(svg("rect", { ...square, fill: `url(#unread-${HATCH})`, stroke: "var(--course-unread)" }));
          }
    });
    sized(this.picture, WIDTH, HEIGHT, this.sentence({ layers }, hidden));
    this.picture.replaceChildren(hatches(), ...parts);
  }
}

export default widget(ReceptiveFields);
