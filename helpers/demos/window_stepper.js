// Window stepper: edit an image and a kernel, step through the windows, see patch · kernel = sum.
// One module, no build step: the pure functions on top are tested against helpers.convolution.

const FIELDS = ["image", "kernel", "bias", "stride", "padding", "flip", "row", "column", "predict"];
const MILLISECONDS = 900; // a step while playing

/** The kernel as it is laid on the image. */
export function laidOn({ kernel, flip }) {
  return flip ? [...kernel].reverse().map((line) => [...line].reverse()) : kernel;
}

/** Windows along one axis: ⌊(n + 2p − k) / s⌋ + 1, at least 0. */
export function outputSize(size, kernel, stride, padding) {
  return Math.max(0, Math.floor((size + 2 * padding - kernel) / stride) + 1);
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
export function response(state, row, column) {
  return products(state, row, column).reduce((sum, [x, w]) => sum + x * w, state.bias);
}

/** The whole output. */
export function convolve(state) {
  const { image, kernel, stride, padding } = state;
  const rows = outputSize(image.length, kernel.length, stride, padding);
  const columns = outputSize(image[0].length, kernel[0].length, stride, padding);
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => response(state, i, j)));
}

/** One step written out, its result hidden or not. */
export function arithmetic(state, row, column, hidden) {
  const terms = products(state, row, column).map(([x, w]) => `${bracket(x)}·${bracket(w)}`);
  if (state.bias) terms.push(bracket(state.bias));
  return `${terms.join(" + ")} = ${hidden ? "?" : short(response(state, row, column))}`;
}

/** The state as a line of Python. */
export function asCode(state) {
  const python = (value) => (value === true ? "True" : value === false ? "False" : JSON.stringify(value).replaceAll(",", ", "));
  return `window_stepper(${FIELDS.map((name) => `${name}=${python(state[name])}`).join(", ")})`;
}

function short(value) {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

function bracket(value) {
  return value < 0 ? `(${short(value)})` : short(value);
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A control that keeps its keys to itself: JupyterLab has one-letter commands that would cut the cell. */
function focusable(tag, attributes, ...children) {
  return element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
}

function resized(matrix, rows, columns) {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => matrix[i]?.[j] ?? 0));
}

class Stepper {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.initial = this.state();
    this.known = new Set(); // output cells whose result may be shown
    this.timer = null;
    this.build();
  }

  state() {
    return Object.fromEntries(FIELDS.map((name) => [name, this.model.get(name)]));
  }

  change(values) {
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.model.save_changes();
    const moved = Object.keys(values).every((name) => name === "row" || name === "column");
    if (!moved) this.known.clear();
    this.update();
  }

  build() {
    const button = (label, title, onclick) => focusable("button", { type: "button", title, "aria-label": title, onclick }, label);
    const number = (name, label, min, max, step = 1) => {
      const input = focusable("input", { type: "number", min, max, step, name });
      input.addEventListener("change", () => this.setNumber(name, input, min, max));
      return element("label", {}, `${label} `, input);
    };
    const box = (name, label) =>
      element("label", {}, focusable("input", { type: "checkbox", name, onchange: (event) => this.change({ [name]: event.target.checked }) }), ` ${label}`);
    this.play = button("play", "play", () => this.togglePlay());
    this.image = element("table", { role: "grid", "aria-label": "image" });
    this.kernel = element("table", { role: "grid", "aria-label": "kernel" });
    this.output = element("table", { role: "grid", "aria-label": "output" });
    this.sentence = element("p", { "aria-live": "polite", class: "sentence" });
    this.sizes = element("p", { class: "sizes" });
    this.guess = focusable("input", { type: "number", step: "any", "aria-label": "your prediction for this cell" });
    this.prediction = element("form", { class: "prediction" }, "your prediction: ", this.guess, " ",
      focusable("button", { type: "submit" }, "check"), " ", button("show", "show the result", () => this.reveal()));
    this.prediction.addEventListener("submit", (event) => (event.preventDefault(), this.checkGuess()));
    this.code = element("code", { class: "code", hidden: "" });
    const panel = (title, grid, ...more) => element("figure", {}, element("figcaption", {}, title), grid, ...more);
    const size = (name) => element("span", { class: "size" }, number(`${name}Rows`, "rows", 1, 8), number(`${name}Columns`, "columns", 1, 8));
    this.caption = element("span");
    this.root.append(
      element("div", { class: "panels" },
        panel("image", this.image, size("image")), element("span", { class: "operator", "aria-hidden": "true" }, "⊛"),
        panel(this.caption, this.kernel, size("kernel")), element("span", { class: "operator", "aria-hidden": "true" }, "="),
        panel("output", this.output)),
      this.sentence, this.prediction, this.sizes,
      element("div", { class: "controls" },
        button("first", "first window", () => this.go(0)), button("◀ back", "step back", () => this.step(-1)), this.play,
        button("next ▶", "step forward", () => this.step(1)),
        number("stride", "stride", 1, 4), number("padding", "padding", 0, 3), number("bias", "bias", -99, 99, "any"),
        box("flip", "turn the kernel by 180°"), box("predict", "predict first"),
        button("reset", "reset to the first state", () => this.reset()), button("copy as code", "copy this state as code", () => this.copy())),
      this.code);
    this.update();
  }

  setNumber(name, input, min, max) {
    const value = Number(input.value);
    const whole = name === "bias" || Number.isInteger(value);
    if (input.value.trim() === "" || !(value >= min && value <= max) || !whole) {
      this.update();
      this.say(`${name}: a ${name === "bias" ? "" : "whole "}number from ${short(min)} to ${max} is needed; nothing was changed.`);
      return;
    }
    const state = this.state();
    const match = name.match(/^(image|kernel)(Rows|Columns)$/);
    const values = !match ? { [name]: value } : {
      [match[1]]: resized(state[match[1]], match[2] === "Rows" ? value : state[match[1]].length, match[2] === "Columns" ? value : state[match[1]][0].length),
    };
    const next = { ...state, ...values };
    if (convolve(next).length === 0 || convolve(next)[0].length === 0) {
      this.update();
      this.say("The kernel would be larger than the padded image; nothing was changed.");
      return;
    }
    this.change(values);
  }

  // ---- where the window stands

  cells() {
    return convolve(this.state()).flatMap((line, i) => line.map((_, j) => [i, j]));
  }

  place() {
    const { row, column } = this.state();
    return Math.max(0, this.cells().findIndex(([i, j]) => i === row && j === column));
  }

  go(index) {
    const cells = this.cells();
    const [row, column] = cells[Math.min(Math.max(index, 0), cells.length - 1)];
    this.change({ row, column });
  }

  step(by) {
    const index = this.place() + by;
    if (index < 0 || index >= this.cells().length) return this.stop();
    this.go(index);
  }

  togglePlay() {
    if (this.timer) return this.stop();
    if (this.place() === this.cells().length - 1) this.go(0);
    this.timer = setInterval(() => this.step(1), MILLISECONDS);
    this.update();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.update();
  }

  // ---- predictions

  hidden(row, column) {
    return this.model.get("predict") && !this.known.has(`${row},${column}`);
  }

  reveal() {
    const { row, column } = this.state();
    this.known.add(`${row},${column}`);
    this.update();
  }

  checkGuess() {
    const { row, column } = this.state();
    if (this.guess.value === "") return this.say("Write a number first.");
    if (Math.abs(Number(this.guess.value) - response(this.state(), row, column)) < 1e-6) {
      this.reveal();
      this.say(`Right: ${this.sentence.textContent}`);
    } else this.say(`${short(Number(this.guess.value))} is not it: multiply each pixel by the weight that lies on it, then add up.`);
  }

  // ---- drawing

  update() {
    const state = this.state();
    const output = convolve(state);
    if (!output[state.row]?.length || state.column >= output[0].length) {
      Object.assign(state, { row: 0, column: 0 });
      this.model.set("row", 0);
      this.model.set("column", 0);
      this.model.save_changes();
    }
    this.drawImage(state, output);
    this.drawKernel(state);
    this.drawOutput(state, output);
    this.caption.textContent = state.flip ? "kernel, turned when laid on" : "kernel";
    const hidden = this.hidden(state.row, state.column);
    this.say(`Row ${state.row}, column ${state.column}: ${arithmetic(state, state.row, state.column, hidden)}`);
    this.prediction.hidden = !hidden;
    this.sizes.textContent = this.sizeSentence(state, output);
    const shown = { ...state, imageRows: state.image.length, imageColumns: state.image[0].length,
      kernelRows: state.kernel.length, kernelColumns: state.kernel[0].length };
    for (const input of this.root.querySelectorAll("input[name]")) {
      if (input.type === "checkbox") input.checked = state[input.name];
      else if (input.value !== String(shown[input.name])) input.value = shown[input.name];
    }
    this.play.textContent = this.play.title = this.timer ? "pause" : "play";
    this.play.setAttribute("aria-label", this.play.title);
  }

  say(sentence) {
    this.sentence.textContent = sentence;
  }

  sizeSentence({ image, kernel, stride, padding }, output) {
    const one = (name, n, k, m) => `${name} ⌊(${n} + 2·${padding} − ${k}) / ${stride}⌋ + 1 = ${m}`;
    return `Output ${output.length} × ${output[0].length}: ${one("rows", image.length, kernel.length, output.length)}, ` +
      `${one("columns", image[0].length, kernel[0].length, output[0].length)}.`;
  }

  /** Give a table the wanted number of cells, made by `make`, and keep those that are there. */
  shape(table, rows, columns, make) {
    if (table.rows.length === rows && table.rows[0]?.cells.length === columns) return;
    table.replaceChildren(...Array.from({ length: rows }, (_, i) =>
      element("tr", { role: "row" }, ...Array.from({ length: columns }, (_, j) => element("td", { role: "gridcell" }, make(i, j))))));
  }

  drawImage(state, output) {
    const { padding, stride, image } = state;
    const [rows, columns] = [image.length + 2 * padding, image[0].length + 2 * padding];
    if (this.drawnPadding !== padding) this.image.replaceChildren();
    this.drawnPadding = padding;
    const inside = (i, j) => i >= padding && j >= padding && i < rows - padding && j < columns - padding;
    this.shape(this.image, rows, columns, (i, j) =>
      inside(i, j) ? this.numberCell("image", i - padding, j - padding) : element("span", { "aria-label": "padding, 0" }, "0"));
    const read = [(output.length - 1) * stride + state.kernel.length, (output[0].length - 1) * stride + state.kernel[0].length];
    const largest = Math.max(...image.flat().map(Math.abs), 1);
    this.eachCell(this.image, (cell, i, j) => {
      const [u, v] = [i - state.row * stride, j - state.column * stride];
      cell.className = [inside(i, j) ? "" : "padding", i >= read[0] || j >= read[1] ? "unread" : "",
        u >= 0 && v >= 0 && u < state.kernel.length && v < state.kernel[0].length ? "window" : ""].join(" ").trim();
      cell.title = i >= read[0] || j >= read[1] ? "no window reads this cell" : "";
      if (!inside(i, j)) return;
      const value = image[i - padding][j - padding];
      const light = 35 + 60 * Math.min(1, Math.abs(value) / largest);
      this.fill(cell, value, `hsl(0 0% ${light}%)`, light < 47);
    });
  }

  drawKernel(state) {
    this.shape(this.kernel, state.kernel.length, state.kernel[0].length, (i, j) => this.numberCell("kernel", i, j));
    this.eachCell(this.kernel, (cell, i, j) => this.signed(cell, state.kernel[i][j], state.kernel));
  }

  drawOutput(state, output) {
    this.shape(this.output, output.length, output[0].length, (i, j) => this.outputCell(i, j));
    this.eachCell(this.output, (cell, i, j) => {
      const hidden = this.hidden(i, j);
      const button = cell.firstChild;
      const here = i === state.row && j === state.column;
      cell.className = here ? "window" : "";
      button.tabIndex = here ? 0 : -1;
      button.setAttribute("aria-label", `output row ${i}, column ${j}: ${hidden ? "hidden" : short(output[i][j])}`);
      this.signed(cell, hidden ? 0 : output[i][j], output);
      button.textContent = hidden ? "?" : short(output[i][j]);
    });
  }

  eachCell(table, visit) {
    [...table.rows].forEach((line, i) => [...line.cells].forEach((cell, j) => visit(cell, i, j)));
  }

  /** Colour by sign, always symmetric about 0: orange above, purple below. */
  signed(cell, value, matrix) {
    const share = Math.abs(value) / Math.max(...matrix.flat().map(Math.abs), 1e-9);
    const colour = value >= 0 ? `hsl(35 90% ${97 - 42 * share}%)` : `hsl(262 45% ${97 - 52 * share}%)`;
    this.fill(cell, value, colour, value < 0 && share > 0.55);
  }

  fill(cell, value, colour, white) {
    cell.style.background = colour;
    cell.firstChild.style.color = white ? "white" : "black";
    const input = cell.firstChild;
    if (input.tagName === "INPUT" && document.activeElement !== input) input.value = String(value);
  }

  numberCell(name, i, j) {
    const input = focusable("input", { inputmode: "decimal", autocomplete: "off", "aria-label": `${name} row ${i}, column ${j}`, "data-cell": `${i},${j}` });
    const commit = () => {
      const matrix = this.model.get(name).map((line) => [...line]);
      const value = Number(input.value.replace("−", "-").replace(",", "."));
      if (input.value.trim() === "" || !Number.isFinite(value)) {
        input.value = String(matrix[i][j]);
        return this.say(`${name} row ${i}, column ${j} needs a number; nothing was changed.`);
      }
      if (value === matrix[i][j]) return;
      matrix[i][j] = value;
      this.change({ [name]: matrix });
    };
    input.addEventListener("change", commit);
    input.addEventListener("focus", () => input.select());
    input.addEventListener("keydown", (event) => this.moveBetween(event, this[name], name === "image" ? this.model.get("padding") : 0, i, j, commit));
    if (name === "image") input.addEventListener("mouseenter", () => this.markReaders(i, j));
    if (name === "image") input.addEventListener("mouseleave", () => this.eachCell(this.output, (cell) => cell.classList.remove("reader")));
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

  /** Arrow keys leave a number's field for the next one; left and right only at the ends of the text. */
  moveBetween(event, table, offset, i, j, commit) {
    const { key, target } = event;
    const whole = target.selectionStart === 0 && target.selectionEnd === target.value.length;
    const atStart = whole || (target.selectionStart === 0 && target.selectionEnd === 0);
    const atEnd = whole || target.selectionStart === target.value.length;
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0], ArrowLeft: atStart && [0, -1], ArrowRight: atEnd && [0, 1] }[key];
    event.stopPropagation();
    if (!by) return;
    event.preventDefault();
    commit();
    table.rows[i + offset + by[0]]?.cells[j + offset + by[1]]?.querySelector("input")?.focus();
  }

  outputCell(i, j) {
    const show = () => this.timer || (this.change({ row: i, column: j }), undefined);
    const button = focusable("button", { type: "button", onmouseenter: show, onfocus: () => this.model.get("row") === i && this.model.get("column") === j || this.change({ row: i, column: j }) });
    button.addEventListener("click", () => (this.stop(), this.change({ row: i, column: j })));
    button.addEventListener("keydown", (event) => this.outputKey(event));
    return button;
  }

  outputKey(event) {
    const columns = this.output.rows[0].cells.length;
    const moves = { ArrowRight: 1, ".": 1, ArrowLeft: -1, ",": -1, ArrowDown: columns, ArrowUp: -columns };
    const index = this.place();
    if (event.key === " ") this.togglePlay();
    else if (event.key === "Home") this.go(0);
    else if (event.key === "End") this.go(this.cells().length - 1);
    else if (event.key in moves) {
      const next = index + moves[event.key];
      if (next >= 0 && next < this.cells().length) this.go(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    const { row, column } = this.state();
    this.output.rows[row].cells[column].firstChild.focus();
  }

  reset() {
    this.stop();
    this.code.hidden = true;
    this.change(this.initial);
  }

  async copy() {
    this.code.textContent = asCode(this.state());
    this.code.hidden = false;
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      this.say("Copied; it stands below as well.");
    } catch {
      this.say("The code stands below, to be copied by hand.");
    }
  }
}

function render({ model, el }) {
  const root = element("div", { class: "window-stepper", role: "group", "aria-label": "window stepper" });
  el.append(root);
  const stepper = new Stepper(model, root);
  const redraw = () => stepper.update();
  for (const name of FIELDS) model.on(`change:${name}`, redraw);
  return () => {
    stepper.stop();
    for (const name of FIELDS) model.off(`change:${name}`, redraw);
  };
}

export default { render };
