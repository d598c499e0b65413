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
  const made = element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
  if (tag === "input" && !["checkbox", "radio", "range", "file"].includes(attributes.type)) takesEnter(made);
  return made;
}

/**
 * Enter takes over what is written, Escape what was there before: by their keys, since JupyterLab cancels
 * what the browser would do of itself at Enter.
 */
function takesEnter(input) {
  let before = input.value;
  input.addEventListener("focus", () => (before = input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") input.value = before;
    else if (input.form) input.form.requestSubmit();
    else input.dispatchEvent(new Event("change"));
    before = input.value;
  });
}

export function button(label, title, onclick) {
  return focusable("button", { type: "button", title, "aria-label": title, onclick }, label);
}

/** What no window reads: dots, where padding is hatched. */
function dots() {
  return svg(
    "pattern",
    { id: `unread-${HATCH}`, width: 6, height: 6, patternUnits: "userSpaceOnUse" },
    svg("rect", { width: 6, height: 6, fill: "var(--course-surface)" }),
    svg("circle", { cx: 3, cy: 3, r: 1.3, fill: "var(--course-unread)" }),
  );
}

/** Two patterns that say in a drawing, without colour, what is padding and what no window reads. */
export function hatches() {
  const hatch = (id, colour, turn) =>
    svg(
      "pattern",
      { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` },
      svg("rect", { width: 6, height: 6, fill: "var(--course-surface)" }),
      svg("line", { y2: 6, stroke: `var(--course-${colour})`, "stroke-width": 3 }),
    );
  return svg("defs", {}, hatch(`padding-${HATCH}`, "padding", 45), dots());
}

const LAYER_ROLES = { input: "input", conv: "kernel", pool: "output", flatten: "line", dense: "kernel" };

/** The colours of a layer's kind, by its role. */
export function layerColours(kind) {
  const role = LAYER_ROLES[kind] ?? "line";
  if (role === "line") return { fill: "var(--course-surface-2)", stroke: "var(--course-ink-2)" };
  return { fill: `var(--course-${role}-soft)`, stroke: `var(--course-${role})` };
}

/**
 * The width, height and depth of a block for `shape`: rows and columns to scale, wider with more channels; a
 * vector is as tall as its logarithm.
 */
export function extent(shape, scale) {
  if (shape.length < 3) return [6, 12 + 19 * Math.log10(shape.at(-1)), 3];
  return [2.5 + 1.8 * Math.sqrt(shape[2]), Math.max(2, shape[0] * scale), 0.44 * Math.max(2, shape[1] * scale)];
}

/** A volume as a block in perspective about the middle line `y`: rows high, `width` wide, columns deep. */
export function block(x, y, width, height, deep, kind) {
  const [dx, dy] = [0.5 * deep, 0.3 * deep];
  const [left, right, top, bottom] = [x, x + width, y - height / 2 + dy / 2, y + height / 2 + dy / 2];
  const look = { ...layerColours(kind), "stroke-width": 1.2, "stroke-linejoin": "round" };
  const face = (...points) => svg("polygon", { ...look, points: points.map((one) => one.join(",")).join(" ") });
  return svg(
    "g",
    {},
    face([left, top], [left + dx, top - dy], [right + dx, top - dy], [right, top]),
    face([right, top], [right + dx, top - dy], [right + dx, bottom - dy], [right, bottom]),
    face([left, top], [right, top], [right, bottom], [left, bottom]),
  );
}

/** An arrow to the right, from one place to another. */
export function arrowRight(from, to, y) {
  const look = { stroke: "var(--course-ink-2)", "stroke-width": 1.3, fill: "none" };
  return svg("path", { ...look, d: `M${from} ${y}H${to}m-5 -4l5 4l-5 4` });
}

/** Set the size of a drawing, and what it is for people who do not see it. */
export function sized(picture, width, height, label) {
  const [wide, high] = [width, height].map((side) => `${side / 15}em`); // it grows with the letters, as in a hall
  const attributes = { viewBox: `0 0 ${width} ${height}`, width: wide, height: high, "aria-label": label };
  for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, value);
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

/** Colours of the course as a canvas needs them: red, green, blue of each name, in the theme around a node. */
export function colours(node, ...names) {
  const style = getComputedStyle(node);
  const context = element("canvas", { width: 1, height: 1 }).getContext("2d");
  return names.map((name) => {
    context.fillStyle = style.getPropertyValue(`--course-${name}`).trim();
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });
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
    context.fillStyle = "white"; // behind what is transparent
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
      current(() => take(null, "The browser cannot read this file as a picture; nothing was changed.")),
    );
  };
  const photograph = () =>
    photographed().then(draw, () =>
      take(null, "There is no camera that this page may use; nothing was changed."),
    );
  document.addEventListener("paste", function paste(event) {
    if (!root.isConnected) return document.removeEventListener("paste", paste);
    if (!root.matches(":hover, :focus-within")) return;
    const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    if (file) {
      event.preventDefault();
      read(file);
    }
  });
  const input = focusable("input", {
    type: "file",
    accept: "image/*",
    "aria-label": "own picture, from a file",
  });
  input.addEventListener("change", () => input.files[0] && read(input.files[0]));
  return element(
    "span",
    { class: "group" },
    element("label", { class: "file", title: "choose a file, or paste a picture" }, "own picture …", input),
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
    this.judged = element("p", { role: "status", class: "judged" });
    this.panels = element("div", { class: "panels" });
    this.code = focusable("code", { class: "code", hidden: "", tabindex: "0" });
    this.numbers = focusable("div", {
      class: "numbers",
      role: "region",
      "aria-label": "the numbers as a table",
      tabindex: "0",
      hidden: "",
    });
    this.shown = element("div", { class: "show" }, this.panels);
    this.head = element(
      "header",
      {},
      element("span", { class: "title" }, this.constructor.title ?? model.get("title")),
    );
    this.foot = element("footer", {}, this.tools());
    const asked = element("div", { class: "question" }, this.prediction(), this.judged);
    this.side = element("div", { class: "controls" });
    root.append(
      this.head,
      element("div", { class: "body" }, this.shown, this.side),
      this.foot,
      this.code,
      this.numbers,
    );
    const steps = this.transport();
    if (steps.length) this.shown.append(element("div", { class: "transport" }, ...steps));
    this.shown.append(this.said, asked);
    const predict = this.fields.includes("predict") ? [this.box("predict", "predict first")] : [];
    this.solved = new Set();
    this.tasks = element("ul", { "aria-live": "polite", "aria-label": "can you find" });
    this.wanted = element("div", { class: "tasks" }, element("strong", {}, "Can you find …"), this.tasks);
    this.side.append(...this.controls(), ...predict, this.wanted);
    asked.hidden = !predict.length && !this.constructor.judges;
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

  /** Controls that stand right below the stage: steps, play. */
  transport() {
    return [];
  }

  /** What can be looked for: [text, whether it is found], to be ticked off. */
  challenges() {
    return [];
  }

  stop() {}

  // ---- state

  state() {
    return Object.fromEntries(this.fields.map((name) => [name, this.model.get(name)]));
  }

  /** The state as it is drawn, where a demo shows something else in a trait's place. */
  seen(state = this.state()) {
    return state;
  }

  /** Change some traits, unless the state that results cannot be; then say so and leave everything as it was. */
  change(values) {
    const problem = this.problem(this.seen({ ...this.state(), ...values }));
    if (problem) {
      this.update();
      this.say(`${problem} Nothing was changed.`);
      return;
    }
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.model.save_changes();
    this.soon();
  }

  /** What is painted knows no style sheet: paint again once it stands in a page, and when its theme changes. */
  repaintWithTheme() {
    const placed = new ResizeObserver(() => {
      placed.disconnect();
      this.soon();
    });
    placed.observe(this.root);
    const themes = new MutationObserver(() => (this.root.isConnected ? this.soon() : themes.disconnect()));
    const attributeFilter = ["data-theme", "data-mode", "data-jp-theme-light", "class"];
    for (const node of [document.documentElement, document.body]) themes.observe(node, { attributeFilter });
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
    this.guess.value = "";
    this.judge("");
  }

  update() {
    const state = this.seen();
    this.notice(state);
    const hidden = this.hidden(state);
    if (this.codeOf !== JSON.stringify(this.state())) this.code.hidden = true;
    this.draw(state, hidden);
    this.say(this.sentence(state, hidden));
    this.asked.textContent = this.question(state);
    this.form.hidden = !hidden;
    this.form.parentElement.classList.toggle("asking", Boolean(state.predict));
    for (const input of this.root.querySelectorAll("[data-field]")) {
      const value = state[input.dataset.field];
      if (input.type === "checkbox") input.checked = value;
      else if (input.value !== String(value)) input.value = value;
      if (input.nextElementSibling?.tagName === "OUTPUT")
        input.nextElementSibling.textContent = short(Number(value));
    }
    for (const one of this.root.querySelectorAll("[data-choice]")) {
      const [name, value] = one.dataset.choice.split("=");
      one.setAttribute("aria-pressed", String(String(state[name]) === value));
    }
    this.tickOff(state);
    if (!this.numbers.hidden) this.fillTable(hidden);
  }

  /** Challenges stay solved once they are. */
  tickOff(state) {
    const found = this.challenges(state);
    for (const [text, solved] of found) if (solved) this.solved.add(text);
    this.wanted.hidden = !found.length;
    this.tasks.replaceChildren(
      ...found.map(([text]) =>
        element(
          "li",
          { class: this.solved.has(text) ? "right" : "" },
          `${this.solved.has(text) ? "✓" : "☆"} ${text}`,
        ),
      ),
    );
  }

  /** A sentence; or its parts, each a text or [text, the role that colours it]. */
  say(sentence) {
    const parts = [sentence].flat();
    const text = parts.map((part) => [part].flat()[0]).join("");
    if (this.said.dataset.parts === JSON.stringify(parts)) return;
    this.said.dataset.parts = JSON.stringify(parts);
    if (parts.length === 1) this.said.textContent = text;
    else
      this.said.replaceChildren(
        ...parts.map((part) => (Array.isArray(part) ? element("i", { class: part[1] }, part[0]) : part)),
      );
  }

  /** Say what a guess is worth, by a sign, a colour and words; what is asked stays in sight. */
  judge(sentence, look = "open") {
    this.judged.className = `judged ${look}`;
    this.judged.textContent = sentence && `${{ right: "✓", wrong: "✗", open: "○" }[look]} ${sentence}`;
  }

  // ---- controls

  number(name, label, min, max) {
    const take = (value) => this.change({ [name]: value });
    return this.stepper(label, { "aria-label": label, "data-field": name, min, max }, take);
  }

  /** A whole number between two buttons; `take` gets a new one. */
  stepper(label, attributes, take) {
    const { min, max, "aria-label": name } = attributes;
    const input = focusable("input", { type: "number", step: 1, ...attributes });
    const commit = (value) => {
      if (Number.isInteger(value) && value >= min && value <= max) return take(value);
      this.update();
      return this.say(`${name}: a whole number from ${min} to ${max} is needed; nothing was changed.`);
    };
    input.addEventListener("change", () => commit(input.value.trim() === "" ? NaN : Number(input.value)));
    const by = (sign, step) =>
      button(sign, `${name}, one ${step > 0 ? "more" : "less"}`, () => commit(Number(input.value) + step));
    return element(
      "div",
      { class: "step" },
      element("span", {}, label),
      element("span", {}, by("−", -1), input, by("+", 1)),
    );
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
    return element("label", { class: "slider" }, element("span", {}, label), input, element("output"));
  }

  box(name, label) {
    const input = focusable("input", {
      type: "checkbox",
      "data-field": name,
      onchange: () => this.change({ [name]: input.checked }),
    });
    return element("label", { class: "tick" }, input, label);
  }

  choice(name, label, options, change = (value) => this.change({ [name]: value })) {
    const input = focusable(
      "select",
      { "data-field": name, onchange: () => change(input.value) },
      ...options.map((one) => element("option", { value: one }, one)),
    );
    return element("label", { class: "line" }, `${label} `, input);
  }

  /** A choice of a few words, side by side; goes into the head. */
  segmented(name, label, options) {
    return element(
      "div",
      { class: "segmented", role: "group", "aria-label": label },
      ...options.map((one) =>
        focusable(
          "button",
          { type: "button", "data-choice": `${name}=${one}`, onclick: () => this.change({ [name]: one }) },
          one,
        ),
      ),
    );
  }

  tools() {
    return element(
      "div",
      { class: "tools" },
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
      this.say("Copied; the code is also shown below.");
    } catch {
      this.say("The browser did not allow copying: select the code below and copy it by hand.");
    }
  }

  toggleTable() {
    this.numbers.hidden = !this.numbers.hidden;
    this.update();
  }

  fillTable(hidden) {
    const [head, ...lines] = hidden ? [["Predict first, then the numbers are shown."]] : this.table(this.seen());
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
      autocomplete: "off",
      size: 8,
      "aria-label": "your prediction",
    });
    this.form = element(
      "form",
      { class: "prediction", hidden: "" },
      this.asked,
      this.guess,
      focusable("button", { type: "submit", class: "main" }, "check"),
      button("show", "show the result", () => this.reveal()),
    );
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.checkGuess()));
    return this.form;
  }

  reveal() {
    this.revealed = true;
    this.update();
    this.judge(`It is ${short(this.answer(this.seen()))}.`, "open");
  }

  checkGuess() {
    const guess = numberIn(this.guess.value);
    if (Number.isNaN(guess)) return this.judge("Write a number first.");
    const answer = this.answer(this.seen());
    const near = Math.max(this.tolerance(), 1e-5 * Math.abs(answer)); // as many digits as are shown
    if (Math.abs(guess - answer) >= near) {
      this.guess.select();
      return this.judge(`${short(guess)} is not it. ${this.hint()}`, "wrong");
    }
    this.reveal();
    this.judge(`Right: ${short(guess)}.`, "right");
  }

  tolerance() {
    return 1e-6;
  }

  hint() {
    return "Try again, or press “show”.";
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
    table.style.setProperty("--cells", Math.max(rows, columns));
    table.replaceChildren(
      ...(table.caption ? [table.caption] : []),
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

  /** Write a value into its cell, tinted by its size against the largest of its matrix. */
  write(cell, value, matrix, text = value) {
    const share = Math.min(1, Math.abs(value) / Math.max(...matrix.flat().map(Math.abs), 1e-9));
    cell.style.setProperty("--share", share.toFixed(3));
    cell.classList.toggle("negative", value < 0);
    const inside = cell.firstChild;
    if (inside.tagName !== "INPUT") inside.textContent = typeof text === "number" ? short(text) : text;
    else if (document.activeElement !== inside) inside.value = typeof text === "number" ? short(text) : text;
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
        taken = input.value = short(matrix[i][j]);
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

  /** A table of cells; its role, `input`, `kernel` or `output`, colours them. */
  grid(label, role = "") {
    return element("table", { role: "grid", "aria-label": label, class: role });
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
      const name = demo.call.split("(")[0].replaceAll("_", "-");
      const looks = ["course-demo", kind.wide && "wide", kind.looks, name];
      root.className = looks.filter(Boolean).join(" ");
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
