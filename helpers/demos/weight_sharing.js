// From a dense layer to a convolution: share its weights, cut those that reach far, and watch what is left.

import { Demo, button, focusable, sized, svg, widget } from "./common.js";

const SIDE = 250; // of a square panel, in units of the drawing
const MEGAPIXEL = 1000; // rows and columns of the large image whose weights are counted
const PATTERN = [
  [0, 0],
  [1, 0],
  [1, 1],
]; // of bright pixels, from the second row and column on

/** Pairs of an input and an output along an axis that are at most `reach` apart. */
export function pairs(side, reach) {
  const far = Math.min(reach, side - 1);
  return side * (2 * far + 1) - far * (far + 1);
}

/** How many different weights a layer has that maps an image to one of the same size. */
export function countWeights(side, shared, reach) {
  const far = Math.min(reach, side - 1);
  return (shared ? 2 * far + 1 : pairs(side, far)) ** 2;
}

/** A number from −3 to 3 that seems to be drawn at random, and is always the same. */
function drawn(seed) {
  let state = (seed + 1) * 2654435761;
  state = Math.imul(state ^ (state >>> 15), 2246822519);
  return (((state ^ (state >>> 13)) >>> 0) % 7) - 3;
}

/** The weight from pixel (k, l) to neuron (i, j); null where none reaches. */
export function weight(side, shared, reach, [i, j], [k, l]) {
  const [down, right] = [k - i, l - j];
  if (Math.max(Math.abs(down), Math.abs(right)) > reach) return null;
  return drawn(shared ? 100 * (down + 20) + right + 20 : 7919 * (i * side + j) + 31 * (k * side + l));
}

/** The pattern in an image of zeros, moved to the right. */
export function imageOf(side, shift) {
  const image = Array.from({ length: side }, () => Array(side).fill(0));
  for (const [row, column] of PATTERN) image[row + 1][column + 1 + shift] = 1;
  return image;
}

/** What comes out of the layer. */
export function outputOf(side, shared, reach, image) {
  const sum = (place) =>
    image
      .flatMap((line, k) => line.map((pixel, l) => pixel * (weight(side, shared, reach, place, [k, l]) ?? 0)))
      .reduce((a, b) => a + b);
  return image.map((line, i) => line.map((_, j) => sum([i, j])));
}

/** Whether the output of the shifted image is the shifted output, as far as both are in the frame. */
export function movesAlong(side, shared, reach, shift) {
  const [still, moved] = [0, shift].map((by) => outputOf(side, shared, reach, imageOf(side, by)));
  return still.every((line, i) => line.every((value, j) => j + shift >= side || moved[i][j + shift] === value));
}

class WeightSharing extends Demo {
  static title = "from a dense layer to a convolution";
  static python = "weight_sharing";
  static fields = ["size", "shared", "reach", "shift", "row", "column", "predict"];
  static answerIndependent = ["shift", "row", "column"];
  static wide = true;

  constructor(model, root) {
    super(model, root);
    this.root.classList.add("wide");
    this.pictures = [
      "image; shaded: what is read",
      "weights, a row per neuron; purple: < 0",
      "output",
    ].map((caption) => {
      const picture = svg("svg", { role: "img" });
      this.panels.append(this.panel(caption, picture));
      return picture;
    });
    const field = focusable("div", {
      role: "application",
      tabindex: "0",
      "aria-label": "the chosen neuron, moved by arrow keys",
      class: "arrows",
    });
    field.append(this.pictures[2]);
    this.panels.lastChild.append(field);
    field.addEventListener("keydown", (event) => this.key(event));
  }

  controls() {
    return [
      this.box("shared", "share the weights"),
      this.slider("reach", "reach in pixels", 0, 7, 1),
      this.slider("shift", "shift", 0, 5, 1),
      this.slider("size", "image side", 4, 8, 1),
    ];
  }

  transport() {
    this.stages = [
      ["dense", { shared: false, reach: 7 }],
      ["shared weights", { shared: true, reach: 7 }],
      ["shared and local", { shared: true, reach: 1 }],
    ].map(([label, values]) => [button(label, `show ${label}`, () => this.change(values)), values]);
    return this.stages.map(([shown]) => shown);
  }

  seen(state = this.state()) {
    const last = state.size - 1;
    const within = { reach: Math.min(state.reach, last), shift: Math.min(state.shift, last - 2) };
    return { ...state, ...within, row: Math.min(state.row, last), column: Math.min(state.column, last) };
  }

  challenges({ size, shared, reach, shift }) {
    const moves = shift > 0 && movesAlong(size, shared, reach, shift);
    return [
      ["a layer whose output moves along with the image", moves],
      ["the same with nine weights", moves && countWeights(size, shared, reach) === 9],
      ["a layer with few weights whose output does not move along", shift > 0 && !moves && reach === 0],
    ];
  }

  question() {
    return "How many different weights are there?";
  }

  answer({ size, shared, reach }) {
    return countWeights(size, shared, reach);
  }

  hint({ shared } = this.seen()) {
    return shared
      ? "A shared weight depends on the distance alone: how many distances are there along an axis? Then square."
      : "Count the pairs of a pixel and a neuron that are near enough, along one axis; then square.";
  }

  sentence(state, hidden) {
    const { size, shared, reach, shift } = state;
    const many = hidden ? "?" : countWeights(size, shared, reach).toLocaleString("en");
    const far = reach >= size - 1 ? MEGAPIXEL : reach;
    const large = hidden ? "?" : countWeights(MEGAPIXEL, shared, far).toLocaleString("en");
    const verb = shift && movesAlong(size, shared, reach, shift) ? "moves" : "does not move";
    const along = shift ? ` The output ${verb} along with the image.` : "";
    return `${many} different weights; on a megapixel image, ${large}.${along}`;
  }

  table({ size, reach }) {
    const far = reach >= size - 1 ? MEGAPIXEL : reach;
    const line = (name, shared, near) => [
      name,
      countWeights(size, shared, near ? reach : size).toLocaleString("en"),
      countWeights(MEGAPIXEL, shared, near ? far : MEGAPIXEL).toLocaleString("en"),
    ];
    return [
      ["layer", `weights on ${size} × ${size}`, "weights on a megapixel"],
      line("dense", false, false),
      line("shared", true, false),
      line(`within ${reach}, not shared`, false, true),
      line(`within ${reach}, shared`, true, true),
    ];
  }

  key(event) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const { size, row, column } = this.seen();
    const within = (place) => Math.max(0, Math.min(size - 1, place));
    this.change({ row: within(row + by[0]), column: within(column + by[1]) });
  }

  draw(state) {
    const { size, shared, reach, shift, row, column } = state;
    for (const [name, last] of [
      ["reach", size - 1],
      ["shift", size - 3],
    ])
      this.side.querySelector(`[data-field=${name}]`).max = last;
    const image = imageOf(size, shift);
    const output = outputOf(size, shared, reach, image);
    const near = (k, l) => weight(size, shared, reach, [row, column], [k, l]) !== null;
    const cell = SIDE / size;
    this.grid(
      this.pictures[0],
      image,
      (value, k, l) => ({
        fill: value
          ? "var(--course-input)"
          : near(k, l)
            ? "var(--course-kernel-soft)"
            : "var(--course-surface-2)",
      }),
      `the image, ${size} by ${size}, three bright pixels`,
    );
    for (const [shown, values] of this.stages) {
      const chosen = values.shared === shared && Math.min(values.reach, size - 1) === reach;
      shown.setAttribute("aria-pressed", String(chosen));
    }
    this.matrix(state);
    this.grid(
      this.pictures[2],
      output,
      (value) => signed(value, 9),
      `the output: ${output.map((line) => line.join(", ")).join("; ")}`,
    );
    const frame = {
      x: column * cell,
      y: row * cell,
      width: cell,
      height: cell,
      fill: "none",
      stroke: "var(--course-output)",
      "stroke-width": 3,
    };
    this.pictures[2].append(svg("rect", frame));
    this.pictures[2].querySelectorAll("[data-place]").forEach((one) => {
      one.addEventListener("pointerdown", () => {
        const place = Number(one.dataset.place);
        this.change({ row: Math.floor(place / size), column: place % size });
      });
    });
  }

  grid(picture, values, look, told) {
    const cell = SIDE / values.length;
    const parts = values.flatMap((line, i) =>
      line.map((value, j) =>
        svg("rect", {
          x: j * cell,
          y: i * cell,
          width: cell,
          height: cell,
          stroke: "var(--course-line)",
          "data-place": i * values.length + j,
          ...look(value, i, j),
        }),
      ),
    );
    sized(picture, SIDE, SIDE, told);
    picture.replaceChildren(...parts);
  }

  /** The weights as a matrix: a row for each neuron, a column for each pixel; the chosen one is framed. */
  matrix({ size, shared, reach, row, column }) {
    const [all, wide] = [size * size, 1.5 * SIDE];
    const cell = wide / all;
    const parts = [svg("rect", { width: wide, height: wide, fill: "var(--course-surface-2)" })];
    for (let neuron = 0; neuron < all; neuron += 1)
      for (let pixel = 0; pixel < all; pixel += 1) {
        const places = [neuron, pixel].map((n) => [Math.floor(n / size), n % size]);
        const value = weight(size, shared, reach, ...places);
        if (value !== null)
          parts.push(
            svg("rect", {
              x: pixel * cell,
              y: neuron * cell,
              width: cell,
              height: cell,
              ...signed(value || 0.4, 3),
            }),
          );
      }
    const chosen = {
      y: (row * size + column) * cell,
      width: wide,
      height: cell,
      fill: "none",
      stroke: "var(--course-output)",
      "stroke-width": 2,
    };
    sized(this.pictures[1], wide, wide, `${all} by ${all} weights; those that are 0 by design are left empty`);
    this.pictures[1].replaceChildren(...parts, svg("rect", chosen));
  }
}

/** Orange above 0, purple below, the fuller the larger. */
function signed(value, reach) {
  return {
    fill: `var(--course-${value < 0 ? "negative" : "positive"})`,
    "fill-opacity": Math.min(1, Math.abs(value) / reach),
  };
}

export default widget(WeightSharing);
