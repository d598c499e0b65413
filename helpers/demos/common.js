// What all demos share. Imports are written into one module when a demo is served: no build step, nothing
// loaded from elsewhere.

// patterns are found by name in the whole page: each module has names of its own
export const HATCH = crypto.randomUUID();
export const SVG = "http://www.w3.org/2000/svg";

/** A number as people write it: at most six digits, a real minus. */
export function short(value) {
  return String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(6))).replace("-", "−");
}

/** A number as people type it, with a comma or a real minus too; NaN where it is not a number. */
export function numberIn(text) {
  return text.trim() === "" ? NaN : Number(text.trim().replace("−", "-").replace(",", "."));
}

/** The same within a product: a negative number in brackets. */
export function bracket(value) {
  return value < 0 ? `(${short(value)})` : short(value);
}

/** Windows along one axis: ⌊(n + 2p − (k − 1)d − 1) / s⌋ + 1, at least 0. */
export function outputSize(size, kernel, stride, padding, dilation = 1) {
  return Math.max(0, Math.floor((size + 2 * padding - (kernel - 1) * dilation - 1) / stride) + 1);
}

/** A state as a line of Python; `call` is the function's name, or the call up to its named arguments. */
export function asCode(call, fields, state, own = false) {
  const python = (value) => {
    if (value === true) return "True";
    if (value === false) return "False";
    if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
    if (value && typeof value === "object")
      return `{${Object.entries(value)
        .map(([key, one]) => `"${key}": ${python(one)}`)
        .join(", ")}}`;
    return JSON.stringify(value);
  };
  const named = fields.map((field) => `${field}=${python(state[field])}`).join(", ");
  return `${call.includes("(") ? call : `${call}(`}${named})${own ? "  # without the picture of your own" : ""}`;
}

/** Colour by sign, symmetric about 0: orange above, purple below; `share` goes from −1 to 1. */
export function signedColour(share) {
  return share >= 0 ? `hsl(35 90% ${97 - 42 * share}%)` : `hsl(262 45% ${97 + 52 * share}%)`;
}

export function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A control that keeps its keys to itself: JupyterLab has one-letter commands that would cut the cell. */
export function focusable(tag, attributes, ...children) {
  return element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
}

export function button(label, title, onclick) {
  return focusable("button", { type: "button", title, "aria-label": title, onclick }, label);
}

/** Two patterns that say in a drawing, without colour, what is padding and what no window reads. */
export function hatches() {
  const hatch = (id, colour, turn) =>
    svg(
      "pattern",
      { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` },
      svg("rect", { width: 6, height: 6, fill: "#fff" }),
      svg("line", { y2: 6, stroke: colour, "stroke-width": 3 }),
    );
  return svg("defs", {}, hatch(`padding-${HATCH}`, "#b0b0b0", 45), hatch(`unread-${HATCH}`, "#d55e00", -45));
}

/** Grey or colour values from 0 to 255, in base64, as an array. */
export function decoded(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/**
 * Paint values on a canvas of their own size; `colour` writes red, green and blue of place `index` into
 * `pixels` at `to`.
 */
export function paint(canvas, width, height, colour) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let index = 0, to = 0; index < width * height; index += 1, to += 4) {
    colour(image.data, to, index);
    image.data[to + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** One picture of the camera, which is switched off again at once. */
export async function photographed() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  try {
    const video = element("video", { muted: "", playsinline: "" });
    video.srcObject = stream;
    await video.play();
    return await createImageBitmap(video);
  } finally {
    stream.getTracks().forEach((track) => track.stop());
  }
}

/**
 * Let the user choose a file, paste a picture or take one; `take` gets its canvas, shrunk to fit into `side`,
 * or null. Pasted is
 * into the demo that has the focus or lies below the pointer.
 */
export function ownPicture(root, side, take) {
  const draw = (picture) => {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = element("canvas", {
      width: Math.max(1, Math.round(picture.width * scale)),
      height: Math.max(1, Math.round(picture.height * scale)),
    });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff"; // behind what is transparent
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    take(canvas);
  };
  let latest = 0; // of several files the one chosen last counts, however long each takes to read
  const read = (file) => {
    const turn = (latest += 1);
    const current = (act) => (result) => turn === latest && act(result);
    return createImageBitmap(file).then(
      current(draw),
      current(() => take(null, "This file is no picture that the browser can read; nothing was changed.")),
    );
  };
  const photograph = () =>
    photographed().then(draw, () => take(null, "There is no camera that this page may use; nothing was changed."));
  document.addEventListener("paste", function paste(event) {
    if (!root.isConnected) return document.removeEventListener("paste", paste);
    if (!root.matches(":hover, :focus-within")) return;
    const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    if (file) {
      event.preventDefault();
      read(file);
    }
  });
  const input = focusable("input", { type: "file", accept: "image/*", "aria-label": "own picture, from a file" });
  input.addEventListener("change", () => input.files[0] && read(input.files[0]));
  return element(
    "span",
    {},
    element("label", {}, "own picture (or paste one): ", input),
    " ",
    button("camera", "own picture, from the camera", photograph),
  );
}

/**
 * Move by arrow keys, Home and End through a grid of `rows` × `columns`; the new place, or null for another
 * key.
 */
export function moveFocus(event, [row, column], rows, columns) {
  const steps = { ArrowRight: 1, ".": 1, ArrowLeft: -1, ",": -1, ArrowDown: columns, ArrowUp: -columns };
  const place = row * columns + column;
  let next = { Home: 0, End: rows * columns - 1 }[event.key];
  if (event.key in steps) next = place + steps[event.key];
  if (next === undefined) return null;
  event.preventDefault();
  event.stopPropagation();
  if (next < 0 || next >= rows * columns) next = place;
  return [Math.floor(next / columns), next % columns];
}

/**
 * A demo: its state are the widget's traits; `update` draws them.
 * A demo names in `fields` its traits, and in `answerIndependent` those that the answer does not depend on.
 * It gives `draw(state)`, `sentence(state)` and `table(state)`; `problem(state)` where not every state can be; and
 * `question(state)` and `answer(state)` where a number is to be predicted first.
 */
export class Demo {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.fields = this.constructor.fields ?? model.get("names");
    this.call = this.constructor.python ?? model.get("python");
    this.initial = this.state();
    this.revealed = false;
    this.waiting = false;
    this.own = null; // a picture of the user's, in demos that take one
    this.said = element("p", { "aria-live": "polite", class: "sentence" });
    this.panels = element("div", { class: "panels" });
    this.code = focusable("code", { class: "code", hidden: "", tabindex: "0" });
    this.numbers = focusable("div", {
      class: "numbers",
      role: "region",
      "aria-label": "the numbers as a table",
      tabindex: "0",
      hidden: "",
    });
    root.append(this.panels, this.said, this.prediction(), this.bar(), this.code, this.numbers);
  }

  // ---- what a demo says of itself

  problem() {
    return "";
  }

  question() {
    return "";
  }

  controls() {
    return [];
  }

  stop() {}

  // ---- state

  state() {
    return Object.fromEntries(this.fields.map((name) => [name, this.model.get(name)]));
  }

  /** Change some traits, unless the state that results cannot be; then say so and leave everything as it was. */
  change(values) {
    const problem = this.problem({ ...this.state(), ...values });
    if (problem) {
      this.update();
      this.say(`${problem} Nothing was changed.`);
      return;
    }
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.model.save_changes();
    this.soon();
  }

  /** Several changes at once are drawn once. */
  soon() {
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      this.update();
    });
  }

  /** Hide the answer again when something that it depends on has changed, from wherever. */
  notice(state) {
    const independent = this.constructor.answerIndependent ?? [];
    const decisive = this.fields.filter((name) => !independent.includes(name));
    const asked = JSON.stringify(decisive.map((name) => state[name]));
    if (this.askedBefore !== undefined && this.askedBefore !== asked) this.forget();
    this.askedBefore = asked;
  }

  forget() {
    this.revealed = false;
  }

  update() {
    const state = this.state();
    this.notice(state);
    const hidden = this.hidden(state);
    if (this.codeOf !== JSON.stringify(state)) this.code.hidden = true;
    this.draw(state, hidden);
    this.say(this.sentence(state, hidden));
    this.asked.textContent = this.question(state);
    this.form.hidden = !hidden;
    for (const input of this.root.querySelectorAll("[data-field]")) {
      const value = state[input.dataset.field];
      if (input.type === "checkbox") input.checked = value;
      else if (input.value !== String(value)) input.value = value;
      if (input.nextElementSibling?.tagName === "OUTPUT")
        input.nextElementSibling.textContent = short(Number(value));
    }
    if (!this.numbers.hidden) this.fillTable(hidden);
  }

  say(sentence) {
    if (this.said.textContent !== sentence) this.said.textContent = sentence;
  }

  // ---- controls

  number(name, label, min, max) {
    const input = focusable("input", { type: "number", min, max, step: 1, "data-field": name });
    input.addEventListener("change", () => {
      const value = Number(input.value);
      if (input.value.trim() === "" || !Number.isInteger(value) || value < min || value > max) {
        this.update();
        return this.say(`${label}: a whole number from ${min} to ${max} is needed; nothing was changed.`);
      }
      this.change({ [name]: value });
    });
    return element("label", {}, `${label} `, input);
  }

  /** A number of any kind, written with a point or a comma; `take` gets it. */
  decimal(label, take, attributes) {
    const input = focusable("input", { type: "text", inputmode: "decimal", size: 6, ...attributes });
    input.addEventListener("change", () => {
      const value = numberIn(input.value);
      if (Number.isFinite(value)) return take(value);
      this.update();
      this.say(`${label}: a number is needed; nothing was changed.`);
    });
    return input;
  }

  slider(name, label, min, max, step) {
    const input = focusable("input", {
      type: "range",
      min,
      max,
      step,
      "data-field": name,
      oninput: () => this.change({ [name]: Number(input.value) }),
    });
    return element("label", { class: "slider" }, `${label} `, input, element("output"));
  }

  box(name, label) {
    const input = focusable("input", {
      type: "checkbox",
      "data-field": name,
      onchange: () => this.change({ [name]: input.checked }),
    });
    return element("label", {}, input, ` ${label}`);
  }

  choice(name, label, options, change = (value) => this.change({ [name]: value })) {
    const input = focusable(
      "select",
      { "data-field": name, onchange: () => change(input.value) },
      ...options.map((one) => element("option", { value: one }, one)),
    );
    return element("label", {}, `${label} `, input);
  }

  bar() {
    const predict = this.fields.includes("predict") ? [this.box("predict", "predict first")] : [];
    return element(
      "div",
      { class: "controls" },
      ...this.controls(),
      ...predict,
      button("reset", "reset to the first state", () => this.reset()),
      button("copy as code", "copy this state as code", () => this.copy()),
      button("as a table", "show the numbers as a table", () => this.toggleTable()),
    );
  }

  reset() {
    this.stop();
    this.code.hidden = true;
    this.own = null;
    this.change(this.initial);
  }

  /** Show code that belongs to the present state; with the next change it goes. */
  showCode(text) {
    this.code.textContent = text;
    this.code.hidden = false;
    this.codeOf = JSON.stringify(this.state());
  }

  async copy() {
    this.showCode(asCode(this.call, this.fields, this.state(), Boolean(this.own)));
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      this.say("Copied; it stands below as well.");
    } catch {
      this.say("The code stands below, to be copied by hand.");
    }
  }

  toggleTable() {
    this.numbers.hidden = !this.numbers.hidden;
    this.update();
  }

  fillTable(hidden) {
    const [head, ...lines] = hidden ? [["Predict first, then the numbers are shown."]] : this.table(this.state());
    this.numbers.replaceChildren(
      element(
        "table",
        {},
        element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
        element(
          "tbody",
          {},
          ...lines.map((line) => element("tr", {}, ...line.map((text) => element("td", {}, String(text))))),
        ),
      ),
    );
  }

  // ---- predictions

  hidden(state) {
    return Boolean(state.predict && this.question(state) && !this.revealed);
  }

  prediction() {
    this.asked = element("span");
    this.guess = focusable("input", {
      type: "text",
      inputmode: "decimal",
      size: 8,
      "aria-label": "your prediction",
    });
    this.form = element(
      "form",
      { class: "prediction", hidden: "" },
      this.asked,
      " ",
      this.guess,
      " ",
      focusable("button", { type: "submit" }, "check"),
      " ",
      button("show", "show the result", () => this.reveal()),
    );
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.checkGuess()));
    return this.form;
  }

  reveal() {
    this.revealed = true;
    this.update();
  }

  checkGuess() {
    const guess = numberIn(this.guess.value);
    if (Number.isNaN(guess)) return this.say("Write a number first.");
    const answer = this.answer(this.state());
    const near = Math.max(this.tolerance(), 1e-5 * Math.abs(answer)); // as many digits as are shown
    if (Math.abs(guess - answer) >= near) return this.say(`${short(guess)} is not it. ${this.hint()}`);
    this.reveal();
    this.say(`Right: ${this.said.textContent}`);
  }

  tolerance() {
    return 1e-6;
  }

  hint() {
    return "Try again, or let it be shown.";
  }

  // ---- grids of numbers

  matrix(name) {
    return this.model.get(name);
  }

  changeMatrix(name, matrix) {
    this.change({ [name]: matrix });
  }

  /** Give a table the wanted number of cells, made by `make`, and keep those that are there. */
  shape(table, rows, columns, make) {
    if (table.rows.length === rows && table.rows[0]?.cells.length === columns) return;
    table.replaceChildren(
      ...Array.from({ length: rows }, (_, i) =>
        element(
          "tr",
          { role: "row" },
          ...Array.from({ length: columns }, (_, j) => element("td", { role: "gridcell" }, make(i, j))),
        ),
      ),
    );
  }

  eachCell(table, visit) {
    [...table.rows].forEach((line, i) => [...line.cells].forEach((cell, j) => visit(cell, i, j)));
  }

  /** Colour a cell by its value's sign, against the largest value of its matrix. */
  signed(cell, value, matrix) {
    const share = value / Math.max(...matrix.flat().map(Math.abs), 1e-9);
    this.fill(cell, value, signedColour(share), share < -0.55);
  }

  fill(cell, value, colour, white) {
    cell.style.backgroundColor = colour; // the hatching of a class stays
    const input = cell.firstChild;
    input.style.color = white ? "white" : "black";
    if (input.tagName === "INPUT" && document.activeElement !== input) input.value = String(value);
  }

  /** A number of the matrix `name` that can be edited; arrow keys lead to its neighbours in `table`. */
  numberCell(name, table, i, j, offset = 0) {
    const input = focusable("input", {
      inputmode: "decimal",
      autocomplete: "off",
      "aria-label": `${name} row ${i}, column ${j}`,
      "data-cell": `${i},${j}`,
    });
    let taken = ""; // what was there when the field was entered, or last taken over
    const commit = () => {
      if (input.value === taken) return;
      taken = input.value;
      const matrix = this.matrix(name).map((line) => [...line]);
      const value = numberIn(input.value);
      if (!Number.isFinite(value)) {
        taken = input.value = String(matrix[i][j]);
        return this.say(`${name} row ${i}, column ${j} needs a number; nothing was changed.`);
      }
      if (value === matrix[i][j]) return;
      matrix[i][j] = value;
      this.changeMatrix(name, matrix);
    };
    input.addEventListener("change", commit);
    input.addEventListener("focus", () => {
      taken = input.value;
      input.select();
    });
    input.addEventListener("keydown", (event) => this.moveBetween(event, table, offset, i, j, commit));
    return input;
  }

  /** Arrow keys leave a number's field for the next one; left and right only at the ends of the text. */
  moveBetween(event, table, offset, i, j, commit) {
    const { key, target } = event;
    const whole = target.selectionStart === 0 && target.selectionEnd === target.value.length;
    const atStart = whole || (target.selectionStart === 0 && target.selectionEnd === 0);
    const atEnd = whole || target.selectionStart === target.value.length;
    const by = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Enter: [1, 0],
      ArrowLeft: atStart && [0, -1],
      ArrowRight: atEnd && [0, 1],
    }[key];
    event.stopPropagation();
    if (!by) return;
    event.preventDefault();
    commit();
    table.rows[i + offset + by[0]]?.cells[j + offset + by[1]]?.querySelector("input")?.focus();
  }

  grid(label) {
    return element("table", { role: "grid", "aria-label": label });
  }

  panel(title, ...content) {
    return element("figure", {}, element("figcaption", {}, title), ...content);
  }
}

/** What Jupyter, a page of the site and the tests call. */
export function widget(kind) {
  return {
    render({ model, el }) {
      const root = element("div", { role: "group", "aria-label": kind.title ?? model.get("title") });
      el.append(root);
      const demo = new kind(model, root);
      root.className = `course-demo ${demo.call.split("(")[0].replaceAll("_", "-")}`;
      demo.update();
      const redraw = () => demo.soon();
      const heard = [...demo.fields, ...(kind.answered ?? [])];
      for (const name of heard) model.on(`change:${name}`, redraw);
      return () => {
        demo.stop();
        for (const name of heard) model.off(`change:${name}`, redraw);
      };
    },
  };
}
