// Kernel painter: a kernel on a whole picture, of one channel or three; choose a pixel and see its sum.

import {
  Demo,
  bracket,
  colours,
  decoded,
  element,
  focusable,
  moveFocus,
  ownPicture,
  paint,
  short,
  widget,
} from "./common.js";

const PRESETS = {
  identity: [
    [0, 0, 0],
    [0, 1, 0],
    [0, 0, 0],
  ],
  "vertical edges": [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ],
  "horizontal edges": [
    [-1, -2, -1],
    [0, 0, 0],
    [1, 2, 1],
  ],
  blur: [
    [0.0625, 0.125, 0.0625],
    [0.125, 0.25, 0.125],
    [0.0625, 0.125, 0.0625],
  ],
  sharpen: [
    [0, -1, 0],
    [-1, 5, -1],
    [0, -1, 0],
  ],
  emboss: [
    [-2, -1, 0],
    [-1, 1, 1],
    [0, 1, 2],
  ],
  outline: [
    [-1, -1, -1],
    [-1, 8, -1],
    [-1, -1, -1],
  ],
};

const VIEWS = ["numbers", "one pixel", "whole picture", "playground"];
const EYE = [0.2126, 0.7152, 0.0722]; // how bright red, green and blue are to the eye
const COLOURS = ["red", "green", "blue"];
const AROUND = 2; // pixels shown around the kernel's window, where a picture is looked at as numbers

/** A weight as it is shown, in its cell as in the sum. */
const rounded = (weight) => Number(weight.toFixed(3));

const turned = (kernel) => [...kernel].reverse().map((line) => [...line].reverse());

/** The kernel of each channel as it is laid on the picture; one for all is multiplied by each channel's factor. */
export function laid({ kernels, weights, flip }) {
  const each =
    kernels.length > 1
      ? kernels
      : weights.map((factor) => kernels[0].map((line) => line.map((weight) => weight * factor)));
  return flip ? each.map(turned) : each;
}

/** Where a kernel's first row and column lie, seen from the pixel that is computed. */
function corner(kernel) {
  return [Math.floor((kernel.length - 1) / 2), Math.floor((kernel[0].length - 1) / 2)];
}

/** The response at every pixel: `same`, zeros outside, summed over the channels. */
export function responses({ width, height, channels }, values, state) {
  const out = new Float32Array(width * height).fill(state.bias);
  laid(state).forEach((kernel, channel) => {
    const [top, left] = corner(kernel);
    kernel.forEach((line, u) =>
      line.forEach((weight, v) => {
        if (!weight) return;
        const [down, right] = [u - top, v - left];
        for (let i = Math.max(0, -down); i < Math.min(height, height - down); i += 1) {
          const [to, from] = [i * width, (i + down) * width + right];
          for (let j = Math.max(0, -right); j < Math.min(width, width - right); j += 1)
            out[to + j] += weight * values[(from + j) * channels + channel];
        }
      }),
    );
  });
  return out;
}

/** A kernel with more or fewer rows and columns about its middle; new ones are 0. */
export function resized(old, side) {
  const at = (i, of) => i - Math.floor((side - of) / 2);
  return Array.from({ length: side }, (_, i) =>
    Array.from({ length: side }, (_, j) => old[at(i, old.length)]?.[at(j, old[0].length)] ?? 0),
  );
}

class KernelPainter extends Demo {
  static title = "kernel painter";
  static python = "kernel_painter";
  static wide = true;
  static fields = ["kernels", "weights", "bias", "flip", "row", "column", "view", "predict"];

  constructor(model, root) {
    super(model, root);
    this.inputCanvas = this.canvas("picture");
    this.outputCanvas = this.canvas("response");
    this.patches = element("div", { class: "stack" });
    this.grids = element("div", { class: "stack" });
    this.patchTitle = element("span");
    this.scale = element("span");
    this.kernelPanel = this.panel("kernel", this.grids);
    this.outputPanel = this.panel(this.scale, this.outputCanvas);
    this.panels.append(
      this.panel("picture: choose a pixel", this.inputCanvas),
      this.panel(this.patchTitle, this.patches),
      this.kernelPanel,
      this.outputPanel,
    );
    this.head.append(this.segmented("view", "view", VIEWS));
    this.repaintWithTheme();
  }

  controls() {
    const presets = focusable(
      "select",
      {
        "aria-label": "a kernel with a name",
        onchange: () => presets.value && this.preset(PRESETS[presets.value]),
      },
      element("option", { value: "" }, "choose a kernel …"),
      ...Object.keys(PRESETS).map((name) => element("option", {}, name)),
    );
    this.into = focusable(
      "select",
      { "aria-label": "the channel that gets the kernel with a name" },
      ...COLOURS.map((name) => element("option", {}, name)),
    );
    const take = (canvas, problem) => {
      if (!canvas) return this.say(problem);
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      this.own = {
        picture: { width: canvas.width, height: canvas.height, channels: 3 },
        values: Uint8Array.from(
          { length: canvas.width * canvas.height * 3 },
          (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)],
        ),
      };
      this.together = null;
      this.change({ kernels: [this.model.get("kernels")[0]], weights: EYE, row: 0, column: 0 });
    };
    this.side = focusable(
      "select",
      { "aria-label": "size of the kernel", onchange: () => this.resize(Number(this.side.value)) },
      ...[1, 3, 5, 7].map((side) => element("option", { value: side }, `${side} × ${side}`)),
    );
    this.each = focusable("input", { type: "checkbox", onchange: () => this.separate(this.each.checked) });
    this.eachLabel = element("label", {}, this.each, " a kernel for each channel");
    this.play = element(
      "span",
      { class: "group" },
      presets,
      this.side,
      this.eachLabel,
      this.into,
      this.mixer(),
      this.slider("bias", "bias", -255, 255, 5),
      ownPicture(this.root, 240, take),
    );
    this.turn = this.box("flip", "turn the kernel by 180°");
    return [this.play, this.turn];
  }

  mixer() {
    const part = (name, c) => {
      const take = (value) =>
        this.change({ weights: this.model.get("weights").map((old, i) => (i === c ? value : old)) });
      const input = this.decimal(`factor of ${name}`, take, {
        "aria-label": `factor of the channel ${name}`,
        "data-channel": c,
      });
      return element("label", {}, `${name} `, input);
    };
    this.factors = element(
      "div",
      { class: "group", title: "how much each channel counts; by default, as much as it adds to brightness" },
      "share of brightness:",
      ...COLOURS.map(part),
    );
    return this.factors;
  }

  preset(kernel) {
    const kernels = this.model.get("kernels");
    if (kernels.length === 1) return this.change({ kernels: [kernel] });
    const chosen = COLOURS.indexOf(this.into.value);
    this.change({ kernels: kernels.map((old, c) => resized(c === chosen ? kernel : old, 3)) });
  }

  /** One kernel for all channels, or each channel its own; off again, all is as it was before. */
  separate(wanted) {
    const { kernels, weights } = this.state();
    if (!wanted) return this.change(this.together ?? { kernels: [kernels[0]], weights: weights.map(() => 1) });
    this.together = { kernels, weights };
    this.change({
      kernels: weights.map((factor) => kernels[0].map((line) => line.map((weight) => rounded(weight * factor)))),
    });
  }

  resize(side) {
    this.change({ kernels: this.model.get("kernels").map((old) => resized(old, side)) });
  }

  matrix(name) {
    return this.model.get("kernels")[this.channelOf(name)];
  }

  changeMatrix(name, matrix) {
    this.change({
      kernels: this.model.get("kernels").map((old, c) => (c === this.channelOf(name) ? matrix : old)),
    });
  }

  channelOf(name) {
    return Math.max(
      0,
      COLOURS.findIndex((colour) => name.endsWith(colour)),
    );
  }

  /** The picture at hand, and its values; both are decoded once. */
  picture() {
    if (this.own) return this.own;
    const picture = this.model.get("picture");
    if (this.decodedFrom !== picture)
      [this.decodedFrom, this.given] = [picture, { picture, values: decoded(picture.data) }];
    return this.given;
  }

  canvas(name) {
    const canvas = focusable("canvas", {
      tabindex: "0",
      role: "application",
      "aria-label": `${name}; arrow keys choose a pixel`,
    });
    const choose = (event) => {
      const { picture } = this.picture();
      const box = canvas.getBoundingClientRect();
      const place = (share, size) => Math.min(Math.max(Math.floor(share * size), 0), size - 1);
      this.change({
        row: place((event.clientY - box.top) / box.height, picture.height),
        column: place((event.clientX - box.left) / box.width, picture.width),
      });
    };
    canvas.addEventListener("pointerdown", choose);
    canvas.addEventListener("pointermove", (event) => event.buttons && choose(event));
    canvas.addEventListener("keydown", (event) => {
      const { picture } = this.picture();
      const next = moveFocus(
        event,
        [this.model.get("row"), this.model.get("column")],
        picture.height,
        picture.width,
      );
      if (next) this.change({ row: next[0], column: next[1] });
    });
    return canvas;
  }

  /** The value of a pixel in a channel, 0 outside. */
  pixel(i, j, channel) {
    const {
      picture: { width, height, channels },
      values,
    } = this.picture();
    return i < 0 || j < 0 || i >= height || j >= width ? 0 : values[(i * width + j) * channels + channel];
  }

  /**
   * What lies around the chosen pixel: one matrix a channel, or a single one with the channels mixed by their
   * factors.
   */
  patchesOf(state, around) {
    const {
      weights,
      kernels: [kernel],
      row,
      column,
    } = state;
    const [top, left] = corner(kernel);
    const at = (value) =>
      Array.from({ length: kernel.length + 2 * around }, (_, u) =>
        Array.from({ length: kernel[0].length + 2 * around }, (_, v) =>
          value(row + u - top - around, column + v - left - around),
        ),
      );
    if (state.kernels.length === 1 && !around)
      return [at((i, j) => weights.reduce((sum, factor, c) => sum + factor * this.pixel(i, j, c), 0))];
    return weights.map((_, c) => at((i, j) => this.pixel(i, j, c)));
  }

  /** The products at the chosen pixel. */
  terms(state) {
    const kernels = state.flip ? state.kernels.map(turned) : state.kernels;
    return this.patchesOf(state, 0).flatMap((patch, c) =>
      patch.flatMap((line, u) => line.map((value, v) => [value, kernels[c][u][v]])),
    );
  }

  question({ view }) {
    return view === "numbers" ? "" : "The response at this pixel, rounded?";
  }

  answer(state) {
    return this.terms(state).reduce((total, [x, w]) => total + x * w, state.bias);
  }

  tolerance() {
    return 1; // the pixels are shown rounded
  }

  hint() {
    return "Multiply each pixel under the kernel by the weight on top of it, then add up.";
  }

  sentence(state, hidden) {
    const here = `Row ${state.row}, column ${state.column}: `;
    if (state.view === "numbers") {
      const value = (c) => `${this.channelName(c)}${this.pixel(state.row, state.column, c)}`;
      const values = state.weights.map((_, c) => value(c));
      return `${here}${values.join(", ")}. A picture is numbers, from 0 (dark) to 255 (bright).`;
    }
    const terms = this.terms(state);
    const sum = this.answer(state);
    const shown = terms.filter(([, weight]) => weight);
    const text =
      shown
        .slice(0, 9)
        .map(([x, w]) => `${bracket(Number(x.toFixed(1)))}·${bracket(rounded(w))}`)
        .join(" + ") || "0";
    const bias = state.bias ? ` + ${bracket(state.bias)}` : "";
    const exact = shown.every(([x, weight]) => Number(x.toFixed(1)) === x && rounded(weight) === weight);
    return (
      `${here}${text}${shown.length > 9 ? " + …" : ""}${bias} ${exact || hidden ? "=" : "≈"} ` +
      `${hidden ? "?" : short(Number(sum.toFixed(exact ? 2 : 1)))}` +
      (this.isInside(state) ? "" : ". Part of the window lies outside of the picture, on zeros.")
    );
  }

  /** Whether the whole window lies on the picture. */
  isInside({ row, column, kernels: [kernel] }) {
    const { width, height } = this.picture().picture;
    const [top, left] = corner(kernel);
    const [down, right] = [kernel.length - 1 - top, kernel[0].length - 1 - left];
    return row >= top && column >= left && row < height - down && column < width - right;
  }

  channelName(channel) {
    return this.picture().picture.channels === 1 ? "" : `${COLOURS[channel]} `;
  }

  table(state) {
    if (state.view === "numbers")
      return [
        ["channel", "row", "column", "value"],
        ...this.patchesOf(state, AROUND).flatMap((patch, c) =>
          patch.flatMap((line, u) =>
            line.map((value, v) => {
              const [top, left] = corner(state.kernels[0]);
              return [
                this.channelName(c) || "grey",
                state.row + u - top - AROUND,
                state.column + v - left - AROUND,
                value,
              ];
            }),
          ),
        ),
      ];
    return [
      ["pixel", "weight", "product"],
      ...this.terms(state).map(([x, w]) => [
        short(Number(x.toFixed(2))),
        short(w),
        short(Number((x * w).toFixed(2))),
      ]),
    ];
  }

  draw(state, hidden) {
    const stage = VIEWS.indexOf(state.view);
    this.kernelPanel.hidden = this.turn.hidden = stage < 1;
    this.outputPanel.hidden = stage < 2;
    this.play.hidden = stage < 3;
    this.outputCanvas.style.visibility = hidden ? "hidden" : "";
    this.drawControls(state);
    this.drawPatches(state, stage);
    this.drawKernels(state);
    this.drawPicture();
    if (stage > 1) this.drawResponse(state);
    this.outline(state);
  }

  drawControls(state) {
    const coloured = this.picture().picture.channels > 1;
    this.side.value = state.kernels[0].length;
    this.each.checked = state.kernels.length > 1;
    this.eachLabel.hidden = !coloured;
    this.into.hidden = state.kernels.length === 1;
    this.factors.hidden = !coloured || state.kernels.length > 1;
    for (const input of this.root.querySelectorAll("[data-channel]"))
      input.value = state.weights[input.dataset.channel];
  }

  /** Grids in a stack, one for each matrix, made by `make` where their number has changed. */
  stacked(stack, count, label) {
    if (stack.children.length !== count)
      stack.replaceChildren(
        ...Array.from({ length: count }, (_, c) =>
          this.named(
            count > 1 ? COLOURS[c] : "",
            count > 1 ? `${label} ${COLOURS[c]}` : label,
            label === "kernel" ? "kernel" : "input",
          ),
        ),
      );
    return [...stack.children];
  }

  /** A grid with its channel's name above it. */
  named(name, label, role) {
    const grid = this.grid(label, role);
    if (name) grid.append(element("caption", {}, name));
    return grid;
  }

  drawPatches(state, stage) {
    const around = stage ? 0 : AROUND;
    const patches = this.patchesOf(state, around);
    this.patches.classList.toggle("beside", !stage);
    this.patchTitle.textContent = stage ? "pixels under the kernel" : "pixels around it, as numbers";
    this.stacked(this.patches, patches.length, "pixels").forEach((grid, c) => {
      this.shape(grid, patches[c].length, patches[c][0].length, () => element("span"));
      grid.classList.toggle("long", !patches[c].flat().every(Number.isInteger));
      this.eachCell(grid, (cell, i, j) => {
        const value = patches[c][i][j];
        cell.className =
          around && i === Math.floor(patches[c].length / 2) && j === Math.floor(patches[c][0].length / 2)
            ? "window"
            : "";
        this.write(cell, value, [[255]], Number(value.toFixed(1)));
      });
    });
  }

  drawKernels(state) {
    const several = state.kernels.length > 1;
    this.stacked(this.grids, state.kernels.length, "kernel").forEach((grid, c) => {
      const name = several ? `kernel ${COLOURS[c]}` : "kernel";
      this.shape(grid, state.kernels[c].length, state.kernels[c][0].length, (i, j) =>
        this.numberCell(name, grid, i, j),
      );
      grid.classList.toggle(
        "long",
        state.kernels.flat(2).some((weight) => short(rounded(weight)).length > 4),
      );
      this.eachCell(grid, (cell, i, j) =>
        this.write(cell, state.kernels[c][i][j], state.kernels[c], rounded(state.kernels[c][i][j])),
      );
    });
  }

  drawPicture() {
    const {
      picture: { width, height, channels },
      values,
    } = this.picture();
    if (this.painted === values) return this.inputCanvas.getContext("2d").putImageData(this.plain, 0, 0);
    paint(this.inputCanvas, width, height, (pixels, to, index) => {
      for (let c = 0; c < 3; c += 1) pixels[to + c] = values[index * channels + (channels === 3 ? c : 0)];
    });
    this.painted = values;
    this.plain = this.inputCanvas.getContext("2d").getImageData(0, 0, width, height);
  }

  drawResponse(state) {
    const { picture, values } = this.picture();
    const out = responses(picture, values, state);
    const weights = laid(state).flat(2);
    const image = Math.abs(weights.reduce((sum, weight) => sum + weight, 0)) > 1e-6;
    // Where the weights add up to 0 the ground is 0, and what one response in twenty exceeds is fully coloured.
    const sizes = Float32Array.from(out, Math.abs).sort();
    const reach = Math.max(sizes[Math.floor(0.95 * sizes.length)], 1e-9);
    this.scale.textContent = image
      ? "response: 0 is black, 255 white"
      : `response: orange up to ${short(Math.round(reach))}, purple down to ${short(-Math.round(reach))}`;
    const [ground, line, positive, negative] = colours(this.root, "surface", "padding", "positive", "negative");
    paint(this.outputCanvas, picture.width, picture.height, (pixels, to, index) => {
      const [row, column] = [Math.floor(index / picture.width), index % picture.width];
      if (!this.isInside({ ...state, row, column }))
        return pixels.set((row + column) % 4 < 2 ? line : ground, to);
      if (image) return pixels.fill(out[index], to, to + 3);
      const share = Math.max(-1, Math.min(1, out[index] / reach));
      const colour = share >= 0 ? positive : negative;
      for (let c = 0; c < 3; c += 1) pixels[to + c] = ground[c] + (colour[c] - ground[c]) * Math.abs(share);
    });
  }

  /** Frame the window in the picture, and its pixel in the response. */
  outline({ row, column, view, kernels: [kernel] }) {
    const around = view === "numbers" ? AROUND : 0;
    const style = getComputedStyle(this.root);
    for (const [canvas, name] of [
      [this.inputCanvas, "kernel"],
      [this.outputCanvas, "output"],
    ]) {
      const context = canvas.getContext("2d");
      const half = name === "kernel" ? Math.max(1, (kernel.length - 1) / 2 + around) : 1;
      // On a ring of the ground's colour, so that it is seen on any picture.
      for (const [colour, width] of [
        ["surface", 5],
        [name, 2],
      ]) {
        context.strokeStyle = style.getPropertyValue(`--course-${colour}`);
        context.lineWidth = width;
        context.strokeRect(column - half - 0.5, row - half - 0.5, 2 * half + 2, 2 * half + 2);
      }
    }
  }
}

export default widget(KernelPainter);
