// Window stepper: edit an image and a kernel, step through the windows, see patch · kernel = sum.
// The pure functions on top are tested against helpers.convolution.

import { Demo, bracket, button, element, focusable, moveFocus, outputSize, short, widget } from "./common.js";

const MILLISECONDS = 900; // a step while playing

/** The kernel as it is laid on the image. */
export function laidOn({ kernel, flip }) {
  return flip ? [...kernel].reverse().map((line) => [...line].reverse()) : kernel;
}

/** Pixel of the padded image; outside the image it is 0. */
function pixel({ image, padding }, row, column) {
  return image[row - padding]?.[column - padding] ?? 0;
}

/** The products of one step, in reading order: [pixel, weight] pairs. */
export function products(state, row, column) {
  const laid = laidOn(state);
  return laid.flatMap((line, u) =>
    line.map((weight, v) => [pixel(state, row * state.stride + u, column * state.stride + v), weight]),
  );
}

/** One output cell. */
export function sumAt(state, row, column) {
  return products(state, row, column).reduce((sum, [x, w]) => sum + x * w, state.bias);
}

/** The whole output. */
export function convolve(state) {
  const { image, kernel, stride, padding } = state;
  const rows = outputSize(image.length, kernel.length, stride, padding);
  const columns = outputSize(image[0].length, kernel[0].length, stride, padding);
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => sumAt(state, i, j)));
}

/** One step written out, its result hidden or not. */
export function arithmetic(state, row, column, hidden) {
  const terms = products(state, row, column).map(([x, w]) => `${bracket(x)}·${bracket(w)}`);
  if (state.bias) terms.push(bracket(state.bias));
  return `${terms.join(" + ")} = ${hidden ? "?" : short(sumAt(state, row, column))}`;
}

function resized(matrix, rows, columns) {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => matrix[i]?.[j] ?? 0));
}

class Stepper extends Demo {
  static title = "window stepper";
  static python = "window_stepper";
  static fields = ["image", "kernel", "bias", "stride", "padding", "flip", "row", "column", "predict"];
  static answerIndependent = ["row", "column"];

  constructor(model, root) {
    super(model, root);
    this.known = new Set(); // output cells whose result may be shown
    this.timer = null;
    this.caption = element("span");
    this.sizes = element("p", { class: "sizes" });
    this.image = this.grid("image");
    this.kernel = this.grid("kernel");
    this.output = this.grid("output");
    const operator = (sign) => element("span", { class: "operator", "aria-hidden": "true" }, sign);
    this.panels.append(
      this.panel("image", this.image, this.size("image")),
      operator("⊛"),
      this.panel(this.caption, this.kernel, this.size("kernel")),
      operator("="),
      this.panel("output", this.output),
    );
    this.form.after(this.sizes);
  }

  controls() {
    this.play = button("play", "play", () => this.togglePlay());
    const bias = this.decimal("bias", (value) => this.change({ bias: value }), { "data-field": "bias" });
    return [
      button("first", "first window", () => this.go(0)),
      button("◀ back", "step back", () => this.step(-1)),
      this.play,
      button("next ▶", "step forward", () => this.step(1)),
      this.number("stride", "stride", 1, 4),
      this.number("padding", "padding", 0, 3),
      element("label", {}, "bias ", bias),
      this.box("flip", "turn the kernel by 180°"),
    ];
  }

  /** Rows and columns of a matrix, each from 1 to 8. */
  size(name) {
    const part = (axis, label) => {
      const input = focusable("input", {
        type: "number",
        min: 1,
        max: 8,
        name: `${name}${axis}`,
        "aria-label": `${name}, ${label}`,
      });
      input.addEventListener("change", () => {
        const [rows, columns] =
          axis === "Rows"
            ? [Number(input.value), this.model.get(name)[0].length]
            : [this.model.get(name).length, Number(input.value)];
        if (![rows, columns].every((count) => Number.isInteger(count) && count >= 1 && count <= 8)) {
          this.update();
          return this.say(`${name}, ${label}: a whole number from 1 to 8 is needed; nothing was changed.`);
        }
        this.change({ [name]: resized(this.model.get(name), rows, columns) });
      });
      return element("label", {}, `${label} `, input);
    };
    return element("span", { class: "size" }, part("Rows", "rows"), part("Columns", "columns"));
  }

  problem(state) {
    return convolve(state)[0]?.length ? "" : "The kernel would be larger than the padded image.";
  }

  forget() {
    this.known.clear();
  }

  // ---- where the window stands

  places() {
    return convolve(this.state()).flatMap((line, i) => line.map((_, j) => [i, j]));
  }

  place() {
    const { row, column } = this.state();
    return Math.max(
      0,
      this.places().findIndex(([i, j]) => i === row && j === column),
    );
  }

  go(index) {
    const places = this.places();
    const [row, column] = places[Math.min(Math.max(index, 0), places.length - 1)];
    this.change({ row, column });
  }

  step(by) {
    const index = this.place() + by;
    if (index < 0 || index >= this.places().length) return this.stop();
    this.go(index);
  }

  togglePlay() {
    if (this.timer) return this.stop();
    if (this.place() === this.places().length - 1) this.go(0);
    this.timer = setInterval(() => this.step(1), MILLISECONDS);
    this.update();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.update();
  }

  // ---- predictions: each cell for itself

  question({ row, column }) {
    return `your prediction for row ${row}, column ${column}:`;
  }

  answer(state) {
    return sumAt(state, state.row, state.column);
  }

  hint() {
    return "Multiply each pixel by the weight that lies on it, then add up.";
  }

  isHidden(row, column) {
    return this.model.get("predict") && !this.known.has(`${row},${column}`);
  }

  hidden({ row, column }) {
    return this.isHidden(row, column);
  }

  reveal() {
    const { row, column } = this.state();
    this.known.add(`${row},${column}`);
    this.update();
  }

  // ---- drawing

  sentence(state, hidden) {
    return `Row ${state.row}, column ${state.column}: ${arithmetic(state, state.row, state.column, hidden)}`;
  }

  table(state) {
    const head = ["row", "column", "sum"];
    const line = ([i, j]) => [i, j, this.isHidden(i, j) ? "?" : arithmetic(state, i, j, false)];
    return [head, ...this.places().map(line)];
  }

  draw(state) {
    const output = convolve(state);
    if (!output[state.row]?.length || state.column >= output[0].length) {
      Object.assign(state, { row: 0, column: 0 });
      this.model.set("row", 0);
      this.model.set("column", 0);
      this.model.save_changes();
    }
    this.drawImage(state, output);
    this.shape(this.kernel, state.kernel.length, state.kernel[0].length, (i, j) =>
      this.numberCell("kernel", this.kernel, i, j),
    );
    this.eachCell(this.kernel, (cell, i, j) => this.signed(cell, state.kernel[i][j], state.kernel));
    this.drawOutput(state, output);
    this.caption.textContent = state.flip ? "kernel, turned when laid on" : "kernel";
    const one = (name, n, k, m) => `${name} ⌊(${n} + 2·${state.padding} − ${k}) / ${state.stride}⌋ + 1 = ${m}`;
    this.sizes.textContent =
      `Output ${output.length} × ${output[0].length}: ` +
      `${one("rows", state.image.length, state.kernel.length, output.length)}, ` +
      `${one("columns", state.image[0].length, state.kernel[0].length, output[0].length)}.`;
    for (const name of ["image", "kernel"]) {
      this.root.querySelector(`[name=${name}Rows]`).value = state[name].length;
      this.root.querySelector(`[name=${name}Columns]`).value = state[name][0].length;
    }
    this.play.textContent = this.play.title = this.timer ? "pause" : "play";
    this.play.setAttribute("aria-label", this.play.title);
  }

  drawImage(state, output) {
    const { padding, stride, image } = state;
    const [rows, columns] = [image.length + 2 * padding, image[0].length + 2 * padding];
    if (this.drawnPadding !== padding) this.image.replaceChildren();
    this.drawnPadding = padding;
    const inside = (i, j) => i >= padding && j >= padding && i < rows - padding && j < columns - padding;
    this.shape(this.image, rows, columns, (i, j) =>
      inside(i, j)
        ? this.pixelCell(i - padding, j - padding)
        : element("span", { "aria-label": "padding, 0" }, "0"),
    );
    const read = [
      (output.length - 1) * stride + state.kernel.length,
      (output[0].length - 1) * stride + state.kernel[0].length,
    ];
    const largest = Math.max(...image.flat().map(Math.abs), 1);
    this.eachCell(this.image, (cell, i, j) => {
      const [u, v] = [i - state.row * stride, j - state.column * stride];
      cell.className = [
        inside(i, j) ? "" : "padding",
        i >= read[0] || j >= read[1] ? "unread" : "",
        u >= 0 && v >= 0 && u < state.kernel.length && v < state.kernel[0].length ? "window" : "",
      ]
        .join(" ")
        .trim();
      cell.title = i >= read[0] || j >= read[1] ? "no window reads this cell" : "";
      if (!inside(i, j)) return;
      const value = image[i - padding][j - padding];
      const light = 35 + 60 * Math.min(1, Math.abs(value) / largest);
      this.fill(cell, value, `hsl(0 0% ${light}%)`, light < 47);
    });
  }

  pixelCell(i, j) {
    const input = this.numberCell("image", this.image, i, j, this.model.get("padding"));
    input.addEventListener("mouseenter", () => this.markReaders(i, j));
    input.addEventListener("mouseleave", () =>
      this.eachCell(this.output, (cell) => cell.classList.remove("reader")),
    );
    return input;
  }

  /** Frame the outputs whose window holds this pixel. */
  markReaders(i, j) {
    const { stride, padding, kernel } = this.state();
    this.eachCell(this.output, (cell, row, column) => {
      const [u, v] = [i + padding - row * stride, j + padding - column * stride];
      cell.classList.toggle("reader", u >= 0 && v >= 0 && u < kernel.length && v < kernel[0].length);
    });
  }

  drawOutput(state, output) {
    this.shape(this.output, output.length, output[0].length, (i, j) => this.outputCell(i, j));
    this.eachCell(this.output, (cell, i, j) => {
      const hidden = this.isHidden(i, j);
      const here = i === state.row && j === state.column;
      const shown = cell.firstChild;
      cell.className = here ? "window" : "";
      shown.tabIndex = here ? 0 : -1;
      shown.setAttribute("aria-label", `output row ${i}, column ${j}: ${hidden ? "hidden" : short(output[i][j])}`);
      this.signed(cell, hidden ? 0 : output[i][j], output);
      shown.textContent = hidden ? "?" : short(output[i][j]);
    });
  }

  outputCell(i, j) {
    const here = () => this.model.get("row") === i && this.model.get("column") === j;
    const cell = focusable("button", {
      type: "button",
      onmouseenter: () => this.timer || this.change({ row: i, column: j }),
      onfocus: () => here() || this.change({ row: i, column: j }),
      onclick: () => (this.stop(), this.change({ row: i, column: j })),
      onkeydown: (event) => this.outputKey(event),
    });
    return cell;
  }

  outputKey(event) {
    if (event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      return this.togglePlay();
    }
    const next = moveFocus(
      event,
      [this.model.get("row"), this.model.get("column")],
      this.output.rows.length,
      this.output.rows[0].cells.length,
    );
    if (!next) return;
    this.change({ row: next[0], column: next[1] });
    this.output.rows[next[0]].cells[next[1]].firstChild.focus();
  }
}

export default widget(Stepper);
