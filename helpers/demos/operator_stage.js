// The operator stage: what a convolution reads and writes, in two dimensions, number by number. Convolution,
// depthwise and transposed convolution; as a gathering, a scattering, with zeros inserted, as a matrix.
// The pure functions on top are tested against helpers.convolution.

import {
  Demo,
  bracket,
  button,
  colours,
  decoded,
  element,
  focusable,
  moveFocus,
  outputSize,
  ownPicture,
  paint,
  short,
  sized,
  svg,
  widget,
} from "./common.js";

const OPERATORS = ["convolution", "depthwise", "transposed"];
const VIEWS = ["gather", "scatter", "zero insertion", "matrix row"];
const MILLISECONDS = { cell: 900, term: 450 }; // a step while playing
const LARGE = 12; // rows or columns above which a matrix is shown as pixels
const TERMS = 27; // as many products are written out

/** What a kernel covers of an axis. */
export const covered = (kernel, dilation) => (kernel - 1) * dilation + 1;

/** The kernel of each channel as it is laid on the image. */
export function laidOn({ kernel, flip, operator }) {
  if (!flip || operator === "transposed") return kernel;
  return kernel.map((plane) => [...plane].reverse().map((line) => [...line].reverse()));
}

/** Rows and columns of the output. */
export function outputShape({ operator, image, kernel, stride, padding, dilation }) {
  return [image[0].length, image[0][0].length].map((size, axis) => {
    const taps = axis ? kernel[0][0].length : kernel[0].length;
    if (operator === "transposed") return (size - 1) * stride + covered(taps, dilation) - 2 * padding;
    return outputSize(size, taps, stride, padding, dilation);
  });
}

/** Which channels of the input an output channel is made of. */
function sources({ operator, image }, channel) {
  return operator === "depthwise" ? [channel] : image.map((_, c) => c);
}

/**
 * What an output cell reads: [channel, row, column] of the input and [u, v] of the kernel, in reading order;
 * outside of the image is padding.
 */
export function reads(state, channel, i, j) {
  const { operator, image, kernel, stride, padding, dilation } = state;
  const from = (place, u, size) => {
    if (operator !== "transposed") return place * stride + u * dilation - padding;
    const at = (place + padding - u * dilation) / stride;
    return Number.isInteger(at) && at >= 0 && at < size ? at : null;
  };
  const found = [];
  for (const c of sources(state, channel))
    kernel[c].forEach((line, u) =>
      line.forEach((_, v) => {
        const [row, column] = [from(i, u, image[c].length), from(j, v, image[c][0].length)];
        if (row !== null && column !== null) found.push([c, row, column, u, v]);
      }),
    );
  return found;
}

/** The products of an output cell: [pixel, weight]. */
export function products(state, channel, i, j) {
  const laid = laidOn(state);
  return reads(state, channel, i, j).map(([c, row, column, u, v]) => [
    state.image[c][row]?.[column] ?? 0,
    laid[c][u][v],
  ]);
}

/** One output cell. */
export function sumAt(state, channel, i, j) {
  return products(state, channel, i, j).reduce((sum, [x, w]) => sum + x * w, state.bias);
}

/** The whole output: a matrix for each of its channels. */
export function outputs(state) {
  const [rows, columns] = outputShape(state);
  const count = state.operator === "depthwise" ? state.image.length : 1;
  return Array.from({ length: count }, (_, q) =>
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => sumAt(state, q, i, j))),
  );
}

/** Where a pixel is added to: [channel, row, column] of the output and [u, v] of the kernel. */
export function writes(state, channel, row, column) {
  const { operator, kernel, stride, padding, dilation } = state;
  const shape = outputShape(state);
  const to = (place, u, size) => {
    const at =
      operator === "transposed"
        ? place * stride + u * dilation - padding
        : (place + padding - u * dilation) / stride;
    return Number.isInteger(at) && at >= 0 && at < size ? at : null;
  };
  const found = [];
  kernel[channel].forEach((line, u) =>
    line.forEach((_, v) => {
      const [i, j] = [to(row, u, shape[0]), to(column, v, shape[1])];
      if (i !== null && j !== null) found.push([operator === "depthwise" ? channel : 0, i, j, u, v]);
    }),
  );
  return found;
}

/** The output as far as the pixels up to this one have been added, in reading order. */
export function scattered(state, channel, row, column) {
  const laid = laidOn(state);
  const sum = outputs({ ...state, image: state.image.map((plane) => plane.map((line) => line.map(() => 0))) });
  state.image.slice(0, channel + 1).forEach((plane, c) =>
    plane.forEach((line, r) =>
      line.forEach((value, at) => {
        if (c === channel && (r > row || (r === row && at > column))) return;
        for (const [q, i, j, u, v] of writes(state, c, r, at)) sum[q][i][j] += value * laid[c][u][v];
      }),
    ),
  );
  return sum;
}

/** A transposed convolution's input as its windows see it: zeros between the pixels, and around them. */
export function inserted({ image, kernel, stride, padding, dilation }) {
  const border = [kernel[0].length, kernel[0][0].length].map((taps) => covered(taps, dilation) - 1 - padding);
  const [rows, columns] = [image[0].length, image[0][0].length];
  const size = [(rows - 1) * stride + 1 + 2 * border[0], (columns - 1) * stride + 1 + 2 * border[1]];
  return image.map((plane) =>
    Array.from({ length: size[0] }, (_, i) =>
      Array.from({ length: size[1] }, (_, j) => plane[(i - border[0]) / stride]?.[(j - border[1]) / stride] ?? 0),
    ),
  );
}

/** How many rows and columns at the end no window reads. */
export function unread(state) {
  const shape = outputShape(state);
  return [state.image[0].length, state.image[0][0].length].map((size, axis) => {
    if (state.operator === "transposed") return 0;
    const taps = axis ? state.kernel[0][0].length : state.kernel[0].length;
    return size + 2 * state.padding - ((shape[axis] - 1) * state.stride + covered(taps, state.dilation));
  });
}

/** A row of the matrix that the operator is: the weight of each pixel in one output cell. */
export function matrixRow(state, channel, i, j) {
  const laid = laidOn(state);
  const row = state.image.map((plane) => plane.map((line) => line.map(() => 0)));
  for (const [c, r, at, u, v] of reads(state, channel, i, j))
    if (row[c][r]?.[at] !== undefined) row[c][r][at] += laid[c][u][v];
  return row.flat(2);
}

/** The size along one axis, with the numbers in the formula. */
export function formula({ operator, stride, padding, dilation }, size, taps, hidden) {
  const over = covered(taps, dilation);
  const made = hidden ? "?" : (size - 1) * stride + over - 2 * padding;
  if (operator === "transposed") return `(${size} − 1)·${stride} + ${over} − 2·${padding} = ${made}`;
  const room = size + 2 * padding - over;
  const floor = room % stride ? ` = ⌊${room}/${stride}⌋ + 1` : "";
  return (
    `⌊(${size} + 2·${padding} − ${over}) / ${stride}⌋ + 1` +
    (hidden ? " = ?" : `${floor} = ${Math.floor(room / stride) + 1}`)
  );
}

function resized(matrix, rows, columns) {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => matrix[i]?.[j] ?? 0));
}

const zeros = ([rows, columns]) => Array.from({ length: rows }, () => Array(columns).fill(0));

class OperatorStage extends Demo {
  static title = "operator stage";
  static python = "operator_stage";
  static fields = [
    "image",
    "kernel",
    "operator",
    "stride",
    "padding",
    "dilation",
    "bias",
    "flip",
    "view",
    "photo",
    "channel",
    "row",
    "column",
    "terms",
    "asks",
    "predict",
  ];
  static answerIndependent = ["channel", "row", "column", "view", "terms"];

  constructor(model, root) {
    super(model, root);
    this.known = new Set(); // output cells whose result may be shown
    this.written = model.get("terms") ? 1 : Infinity; // products that are written out, while a sum is built up
    this.timer = null;
    this.grids = { input: [], kernel: [], output: [], patch: [], stretched: [] };
    this.places = Object.fromEntries(
      Object.keys(this.grids).map((role) => [role, element("div", { class: "stack" })]),
    );
    this.titles = Object.fromEntries(Object.keys(this.grids).map((role) => [role, element("span")]));
    const panel = (role) => this.panel(this.titles[role], this.places[role]);
    const operator = (sign) => element("span", { class: "operator", "aria-hidden": "true" }, sign);
    this.star = operator("⊛");
    this.matrixPicture = svg("svg", { role: "img" });
    this.matrixPanel = this.panel("the operator as a matrix: a row for each output cell", this.matrixPicture);
    this.panelOf = Object.fromEntries(Object.keys(this.grids).map((role) => [role, panel(role)]));
    const { input, stretched, patch, kernel, output } = this.panelOf;
    this.panels.append(input, stretched, patch, this.star, kernel, operator("="), output, this.matrixPanel);
    this.sizes = element("p", { class: "sizes" });
    this.foot.prepend(this.sizes);
    this.head.append(this.segmented("view", "view", VIEWS));
    this.repaintWithTheme();
  }

  transport() {
    this.play = button("▶", "play", () => this.togglePlay());
    this.play.className = "main";
    this.scrub = focusable("input", { type: "range", min: 0, step: 1, "aria-label": "place in the run" });
    this.scrub.addEventListener("input", () => {
      const place = Number(this.scrub.value);
      this.stop();
      this.go(place);
    });
    return [
      button("|‹", "first place", () => this.go(0)),
      button("‹", "step back", () => this.step(-1)),
      this.play,
      button("›", "step forward", () => this.step(1)),
      this.scrub,
    ];
  }

  controls() {
    const take = (canvas, problem) => {
      if (!canvas) return this.say(problem);
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const grey = (at) => Math.round(0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2]);
      this.own = Array.from({ length: canvas.height }, (_, i) =>
        Array.from({ length: canvas.width }, (_, j) => grey(4 * (i * canvas.width + j))),
      );
      this.change({ photo: true, channel: 0, row: 0, column: 0 });
    };
    this.turn = this.box("flip", "turn the kernel by 180°");
    this.channels = this.stepper("channels", { "aria-label": "channels", min: 1, max: 3 }, (count) =>
      this.setChannels(count),
    );
    const bias = this.decimal("bias", (value) => this.change({ bias: value }), { "data-field": "bias" });
    return [
      this.choice("operator", "operator", OPERATORS),
      this.size("image", 12),
      this.size("kernel", 5),
      this.channels,
      this.number("stride", "stride", 1, 4),
      this.number("padding", "padding", 0, 5),
      this.number("dilation", "dilation", 1, 4),
      element("label", { class: "line" }, "bias ", bias),
      this.turn,
      this.box("terms", "term by term"),
      this.box("photo", "on a photo"),
      ownPicture(this.root, 48, take),
    ];
  }

  /** Rows and columns of image or kernel. */
  size(name, most) {
    const part = (axis, label) => {
      const input = focusable("input", {
        type: "number",
        min: 1,
        max: most,
        "data-size": `${name},${axis}`,
        "aria-label": `${name}, ${label}`,
      });
      input.addEventListener("change", () => {
        const count = Number(input.value);
        if (!Number.isInteger(count) || count < 1 || count > most) {
          this.update();
          return this.say(`${name}, ${label}: a whole number from 1 to ${most} is needed; nothing was changed.`);
        }
        const shape = [this.model.get(name)[0].length, this.model.get(name)[0][0].length];
        shape[axis] = count;
        this.change({ [name]: this.model.get(name).map((plane) => resized(plane, ...shape)) });
      });
      return input;
    };
    return element(
      "div",
      { class: "step" },
      element("span", {}, name),
      element("span", {}, part(0, "rows"), "×", part(1, "columns")),
    );
  }

  /** More channels repeat the image turned, and get kernels of their own; fewer drop the last ones. */
  setChannels(count) {
    const grown = (planes, next) => {
      const out = planes.slice(0, count);
      while (out.length < count) out.push(next(out.at(-1)));
      return out;
    };
    this.change({
      image: grown(this.model.get("image"), (plane) => plane.map((line) => [...line].reverse())),
      kernel: grown(this.model.get("kernel"), (plane) => [...plane].reverse()),
      channel: 0,
    });
  }

  /** The state with the photo in the image's place, where one is shown. */
  seen(state = this.state()) {
    return state.photo ? { ...state, image: [this.photo()], kernel: state.kernel.slice(0, 1) } : state;
  }

  photo() {
    if (this.own) return this.own;
    const { side, data } = this.model.get("picture");
    if (!this.decoded) {
      const values = decoded(data);
      this.decoded = Array.from({ length: side }, (_, i) => Array.from(values.subarray(i * side, (i + 1) * side)));
    }
    return this.decoded;
  }

  change(values) {
    const next = { ...this.state(), ...values };
    if (next.operator !== "transposed" && next.view === "zero insertion") values = { ...values, view: "gather" };
    if (next.photo && next.view === "matrix row") values = { ...values, view: "gather" };
    this.written = next.terms ? 1 : Infinity;
    super.change(values);
  }

  problem(state) {
    if (Math.min(...outputShape(state)) < 1)
      return state.operator === "transposed"
        ? "The padding would cut off the whole output."
        : "The kernel would be larger than the padded image.";
    const least = Math.min(state.kernel[0].length, state.kernel[0][0].length);
    if (state.operator === "transposed" && state.padding >= covered(least, state.dilation))
      return "A padding as large as the kernel would cut off whole stamps.";
    return "";
  }

  forget() {
    super.forget();
    this.known.clear();
  }

  /** A guess belongs to its cell. */
  notice(state) {
    super.notice(state);
    const place = `${state.channel},${state.row},${state.column}`;
    if (state.asks === "cell" && this.guessedAt !== undefined && this.guessedAt !== place) {
      this.guess.value = "";
      this.judge("");
    }
    this.guessedAt = place;
  }

  // ---- where it stands

  /** What is stepped through: pixels where they scatter, else output cells. */
  shapeOfRun(state) {
    if (state.view === "scatter") return [state.image.length, state.image[0].length, state.image[0][0].length];
    return [state.operator === "depthwise" ? state.image.length : 1, ...outputShape(state)];
  }

  index({ channel, row, column }, [, rows, columns]) {
    return (channel * rows + row) * columns + column;
  }

  go(index) {
    const shape = this.shapeOfRun(this.seen());
    const place = Math.min(Math.max(index, 0), shape[0] * shape[1] * shape[2] - 1);
    this.change({
      channel: Math.floor(place / (shape[1] * shape[2])),
      row: Math.floor(place / shape[2]) % shape[1],
      column: place % shape[2],
    });
  }

  step(by) {
    const state = this.seen();
    const count = products(state, state.channel, ...this.cell(state)).length;
    if (state.terms && state.view !== "scatter" && by > 0 && this.written < count) {
      this.written += 1;
      return this.update();
    }
    const shape = this.shapeOfRun(state);
    const index = this.index(state, shape) + by;
    if (index < 0 || index >= shape[0] * shape[1] * shape[2]) return this.stop();
    this.go(index);
    if (this.timer && this.hidden(this.seen())) this.stop();
  }

  cell({ row, column }) {
    return [row, column];
  }

  /** Play to the end, or, while results are to be predicted, to the next one that is asked for. */
  togglePlay() {
    if (this.timer) return this.stop();
    const state = this.seen();
    const shape = this.shapeOfRun(state);
    if (this.index(state, shape) === shape[0] * shape[1] * shape[2] - 1 && this.written === Infinity) this.go(0);
    this.timer = setInterval(() => this.step(1), state.terms ? MILLISECONDS.term : MILLISECONDS.cell);
    this.update();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.update();
  }

  // ---- predictions: the output's size, or each cell for itself

  question({ asks, row, column, view }) {
    if (asks === "size") return "How many rows does the output have?";
    return view === "scatter" ? "" : `Your prediction for row ${row}, column ${column}:`;
  }

  answer(state) {
    return state.asks === "size" ? outputShape(state)[0] : sumAt(state, state.channel, state.row, state.column);
  }

  hint() {
    const { asks, operator } = this.state();
    if (asks !== "size") return "Multiply each pixel by the weight on top of it, then add up.";
    return operator === "transposed"
      ? "The last stamp begins (n − 1)·s rows below the first one; the padding is cut off at both ends."
      : "Count the rows in which the window can begin; what is left over at the end fills no window.";
  }

  isHidden(channel, row, column) {
    const { predict, asks } = this.state();
    return predict && (asks === "size" ? !this.revealed : !this.known.has(`${channel},${row},${column}`));
  }

  hidden(state) {
    return Boolean(this.question(state)) && this.isHidden(state.channel, state.row, state.column);
  }

  reveal() {
    const { asks, channel, row, column } = this.state();
    if (asks === "size") this.revealed = true;
    else this.known.add(`${channel},${row},${column}`);
    this.update();
  }

  challenges(state) {
    const rest = unread(state);
    return state.asks === "size" && state.operator === "convolution"
      ? [
          [
            "a stride above 1 that drops nothing",
            state.stride > 1 && !this.hidden(state) && Math.max(...rest) === 0,
          ],
          [
            "a stride that drops as much as it can",
            state.stride > 1 && !this.hidden(state) && Math.max(...rest) === state.stride - 1,
          ],
        ]
      : [];
  }

  // ---- what is said

  sentence(state, hidden) {
    const { channel, row, column, asks, view } = state;
    if (hidden && asks === "size") return "Predict the size first.";
    const several = state.image.length > 1 && (view === "scatter" || state.operator === "depthwise");
    const place = `${several ? `Channel ${channel}, row` : "Row"} ${row}, column ${column}`;
    if (view === "scatter") {
      const value = state.image[channel][row][column];
      const found = writes(state, channel, row, column);
      const laid = laidOn(state);
      const terms = found
        .slice(0, TERMS)
        .flatMap(([, i, j, u, v], n) => [
          n ? ", " : "",
          [bracket(value), "input"],
          "·",
          [bracket(laid[channel][u][v]), "kernel"],
          ` to (${i}, ${j})`,
        ]);
      if (!found.length) return `${place}: no window reads this pixel.`;
      return [`${place} adds `, ...terms, "."];
    }
    const found = products(state, channel, row, column);
    const shown = found.slice(0, Math.min(this.written, TERMS));
    const parts = shown.flatMap(([x, w], n) => [
      n ? " + " : "",
      [bracket(x), x * w ? "input" : "nothing"],
      "·",
      [bracket(w), x * w ? "kernel" : "nothing"],
    ]);
    if (!found.length) parts.push("no stamp reaches this cell: 0");
    const building = this.written < found.length;
    if (building || found.length > TERMS) parts.push(" + …");
    else if (state.bias) parts.push(` + ${bracket(state.bias)}`);
    const sofar = shown.reduce((sum, [x, w]) => sum + x * w, 0);
    const result = hidden ? "?" : short(building ? sofar : sumAt(state, channel, row, column));
    return [
      `${place}: `,
      ...parts,
      building ? " (so far " : " = ",
      [result, "output"],
      ...(building ? [")"] : []),
    ];
  }

  /** The formulas with their numbers, and what no window reads. */
  sizesOf(state, hidden) {
    if (hidden) return "";
    const [[rows, columns], [high, wide]] = [state.image[0], state.kernel[0]].map((one) => [
      one.length,
      one[0].length,
    ]);
    const along = (size, taps) => formula(state, size, taps, false);
    const square = rows === columns && high === wide;
    const axes = square
      ? `${along(rows, high)} along each axis`
      : `rows ${along(rows, high)}, columns ${along(columns, wide)}`;
    const told = unread(state).map((count, axis) => {
      const name = axis ? "column" : "row";
      return count > 1 ? `${count} ${name}s` : count ? name : "";
    });
    const left = told.filter(Boolean).join(" and ");
    return `Output ${outputShape(state).join(" × ")}: ${axes}.${left ? ` No window reads the last ${left}.` : ""}`;
  }

  table(state) {
    const line = (q, i, j) => {
      const hidden = this.isHidden(q, i, j);
      const terms = products(state, q, i, j).map(([x, w]) => `${bracket(x)}·${bracket(w)}`);
      if (state.bias) terms.push(bracket(state.bias));
      return [q, i, j, `${terms.join(" + ") || "0"} = ${hidden ? "?" : short(sumAt(state, q, i, j))}`];
    };
    const [rows, columns] = outputShape(state).map((size) => Math.min(size, LARGE));
    const count = state.operator === "depthwise" ? state.image.length : 1;
    const lines = [];
    for (let q = 0; q < count; q += 1)
      for (let i = 0; i < rows; i += 1) for (let j = 0; j < columns; j += 1) lines.push(line(q, i, j));
    return [["channel", "row", "column", "sum"], ...lines];
  }

  // ---- drawing

  draw(state, hidden) {
    const shape = this.shapeOfRun(state);
    const place = [state.channel, state.row, state.column];
    if (place.some((at, axis) => at >= shape[axis])) {
      const values = Object.fromEntries(
        ["channel", "row", "column"].map((name, axis) => [name, Math.min(place[axis], shape[axis] - 1)]),
      );
      Object.assign(state, values);
      for (const [name, value] of Object.entries(values)) this.model.set(name, value);
      this.model.save_changes();
    }
    const sized = hidden && state.asks === "size"; // the output is not even shown in outline
    this.drawInput(state, sized);
    this.drawKernel(state, sized);
    this.drawStretched(state, sized);
    this.drawPatch(state, sized);
    this.drawOutput(state, sized);
    this.matrixPanel.hidden = state.view !== "matrix row" || sized;
    if (!this.matrixPanel.hidden) this.drawMatrix(state);
    this.sizes.textContent = this.sizesOf(state, sized);
    this.inOneRow();
    this.drawControls(state, shape);
  }

  /** Cells small enough for matrices of few columns to stand side by side; on a phone, one size for all. */
  inOneRow() {
    const shown = Object.values(this.panelOf).filter((one) => !one.hidden);
    const columns = shown.map((one) => one.querySelector("table")?.rows[0]?.cells.length ?? 0);
    const all = columns.reduce((sum, one) => sum + one, 0);
    this.panels.style.setProperty("--columns", columns.includes(0) || all > 24 ? 1 : all);
    this.panels.style.setProperty("--largest", Math.min(10, Math.max(...columns, 1)));
  }

  drawControls(state, shape) {
    this.play.textContent = this.timer ? "❚❚" : "▶";
    this.play.title = this.timer ? "pause" : "play";
    this.play.setAttribute("aria-label", this.play.title);
    this.scrub.max = shape[0] * shape[1] * shape[2] - 1;
    this.scrub.value = this.index(state, shape);
    this.turn.hidden = state.operator === "transposed";
    this.channels.inert = state.photo; // in its place, so that the others keep theirs
    this.channels.querySelector("input").value = state.image.length;
    for (const input of this.root.querySelectorAll("[data-size]")) {
      const [name, axis] = input.dataset.size.split(",");
      const plane = this.model.get(name)[0];
      if (document.activeElement !== input) input.value = axis === "1" ? plane[0].length : plane.length;
      input.closest(".step").inert = state.photo && name === "image";
    }
    for (const one of this.root.querySelectorAll("[data-choice]")) {
      const view = one.dataset.choice.split("=")[1];
      one.hidden =
        (view === "zero insertion" && state.operator !== "transposed") || (view === "matrix row" && state.photo);
    }
  }

  /** As many planes as there are channels: tables of cells, or canvases where a matrix is large. */
  planes(role, matrices, make) {
    const large = matrices[0].length > LARGE + 4 || matrices[0][0].length > LARGE + 12;
    const grids = this.grids[role];
    if (grids.length !== matrices.length || grids.large !== large) {
      this.grids[role] = matrices.map((_, c) => this.plane(role, matrices.length > 1 ? c : null, large));
      this.grids[role].large = large;
      this.places[role].replaceChildren(...this.grids[role].map(({ home }) => home));
    }
    this.grids[role].forEach((plane, c) => {
      const matrix = matrices[c];
      plane.home.style.setProperty("--cells", Math.max(matrix.length * matrices.length, matrix[0].length));
      if (!large) this.shape(plane.table, matrix.length, matrix[0].length, (i, j) => make(i, j, c, plane));
    });
    return this.grids[role];
  }

  plane(role, channel, large) {
    const label =
      { patch: "under the window", stretched: "zeros inserted" }[role] ?? (role === "input" ? "image" : role);
    const name = channel === null ? label : `${label} ${channel}`;
    const frame = element("span", { class: `frame moving ${role}`, hidden: "" });
    const table = this.grid(name, { patch: "input", stretched: "input" }[role] ?? role);
    const canvas = focusable("canvas", {
      tabindex: "0",
      role: "application",
      "aria-label": `${name}; arrow keys move`,
    });
    const home = element("div", { class: "plane" }, large ? canvas : table, frame);
    if (large) this.reachable(canvas, role);
    return { home, table, canvas, frame, name };
  }

  /** A canvas is reached by pointer and arrow keys. */
  reachable(canvas, role) {
    const target = (row, column) => {
      const state = this.seen();
      const scatter = state.view === "scatter";
      const [, rows, columns] = this.shapeOfRun(state);
      const chosen =
        (role === "output") !== scatter
          ? [row, column]
          : role === "input"
            ? [
                Math.round((row + state.padding) / state.stride),
                Math.round((column + state.padding) / state.stride),
              ]
            : [row, column];
      this.change({
        row: Math.min(Math.max(chosen[0], 0), rows - 1),
        column: Math.min(Math.max(chosen[1], 0), columns - 1),
      });
    };
    const choose = (event) => {
      const box = canvas.getBoundingClientRect();
      const at = (share, size) => Math.min(Math.max(Math.floor(share * size), 0), size - 1);
      this.stop();
      target(
        at((event.clientY - box.top) / box.height, canvas.height) - (role === "input" ? this.state().padding : 0),
        at((event.clientX - box.left) / box.width, canvas.width) - (role === "input" ? this.state().padding : 0),
      );
    };
    canvas.addEventListener("pointerdown", choose);
    canvas.addEventListener("pointermove", (event) => event.buttons && choose(event));
    canvas.addEventListener("keydown", (event) => this.runKey(event));
  }

  /** Arrow keys move through the run, Space plays. */
  runKey(event, table = null) {
    if (event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      return this.togglePlay();
    }
    const state = this.seen();
    const [, rows, columns] = this.shapeOfRun(state);
    const next = moveFocus(event, [state.row, state.column], rows, columns);
    if (!next) return;
    this.change({ row: next[0], column: next[1] });
    table?.rows[next[0]].cells[next[1]].firstChild.focus();
  }

  /** Lay a plane's frame over some of its cells, or hide it. */
  frame({ frame }, [rows, columns], place) {
    frame.hidden = !place;
    if (!place) return;
    const [row, column, height, width] = place;
    const share = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(frame.style, {
      top: share(row, rows),
      left: share(column, columns),
      height: share(height, rows),
      width: share(width, columns),
    });
  }

  drawInput(state, sized) {
    const { padding, stride, image, view, operator, channel, row, column } = state;
    const around = operator === "transposed" ? 0 : padding;
    const inside = (i, j) => i >= 0 && j >= 0 && i < image[0].length && j < image[0][0].length;
    const padded = image.map((plane) =>
      Array.from({ length: plane.length + 2 * around }, (_, i) =>
        Array.from({ length: plane[0].length + 2 * around }, (_, j) => plane[i - around]?.[j - around] ?? 0),
      ),
    );
    if (this.paddingDrawn !== around) this.grids.input.length = 0;
    this.paddingDrawn = around;
    const taken = new Set(
      view === "scatter" || sized
        ? []
        : reads(state, channel, row, column)
            .slice(0, this.written)
            .map(([c, r, j]) => `${c},${r},${j}`),
    );
    const planes = this.planes("input", padded, (i, j, c, plane) =>
      inside(i - around, j - around)
        ? this.pixelCell(plane, c, i - around, j - around, around)
        : element("span", { "aria-label": "padding, 0" }, "0"),
    );
    const rest = unread(state);
    const end = [padded[0].length - rest[0], padded[0][0].length - rest[1]];
    const title = `${image[0].length} × ${image[0][0].length}${image.length > 1 ? ` × ${image.length}` : ""}`;
    this.titles.input.textContent = `image ${title}${around ? `, padding ${around}` : ""}`;
    const size = [padded[0].length, padded[0][0].length];
    planes.forEach((plane, c) => {
      const of = operator === "depthwise" && c !== channel;
      if (plane.home.firstChild === plane.canvas)
        this.paintGrey(plane.canvas, padded[c], around, sized ? undefined : end);
      else
        this.eachCell(plane.table, (cell, i, j) => {
          const [r, at] = [i - around, j - around];
          const left = !sized && (i >= end[0] || j >= end[1]);
          const names = [
            !inside(r, at) && "padding",
            left && "unread",
            taken.has(`${c},${r},${at}`) && "tap",
            view === "scatter" && c === channel && r === row && at === column && "window",
          ];
          cell.className = names.filter(Boolean).join(" ");
          cell.title = left ? "no window reads this cell" : "";
          if (inside(r, at)) this.write(cell, image[c][r][at], image[c]);
        });
      const window = [row * stride, column * stride, ...this.spanOf(state)];
      const framed = view !== "scatter" && operator !== "transposed" && !of && !sized;
      const pixel = view === "scatter" && c === channel && this.grids.input.large;
      this.frame(plane, size, framed ? window : pixel ? [row + around, column + around, 1, 1] : null);
    });
  }

  spanOf({ kernel, dilation }) {
    return [covered(kernel[0].length, dilation), covered(kernel[0][0].length, dilation)];
  }

  pixelCell(plane, c, i, j, around) {
    const name = plane.name;
    const input = this.numberCell(name, plane.table, i, j, around);
    const scatter = () => this.model.get("view") === "scatter";
    const here = () =>
      ["channel", "row", "column"].every((part, axis) => this.model.get(part) === [c, i, j][axis]);
    const show = () => scatter() && !this.timer && !here() && this.change({ channel: c, row: i, column: j });
    input.addEventListener("mouseenter", () => (show(), this.markReaders(c, i, j)));
    input.addEventListener("focus", show);
    input.addEventListener("mouseleave", () => this.markReaders(c, -1, -1));
    return input;
  }

  /** Frame the outputs that read this pixel. */
  markReaders(c, i, j) {
    const state = this.seen();
    if (state.view === "scatter" || this.hidden(state)) return;
    const found = i < 0 ? [] : writes(state, c, i, j);
    this.grids.output.forEach((plane, q) =>
      this.eachCell(plane.table, (cell, row, column) =>
        cell.classList.toggle(
          "reader",
          found.some(([at, r, s]) => at === q && r === row && s === column),
        ),
      ),
    );
  }

  matrix(name) {
    return this.model.get(name.split(" ")[0])[Number(name.split(" ")[1] ?? 0)];
  }

  changeMatrix(name, matrix) {
    const [what, at = 0] = name.split(" ");
    this.change({ [what]: this.model.get(what).map((old, c) => (c === Number(at) ? matrix : old)) });
  }

  drawKernel(state, sized) {
    const { kernel, view, channel, row, column, operator } = state;
    this.titles.kernel.textContent =
      `kernel ${kernel[0].length} × ${kernel[0][0].length}` +
      (state.flip && operator !== "transposed" ? ", turned when laid on" : "") +
      (view === "zero insertion" ? ", turned when laid on" : "");
    const planes = this.planes("kernel", kernel, (i, j, c, plane) =>
      this.numberCell(plane.name, plane.table, i, j),
    );
    const flipped = state.flip && operator !== "transposed";
    const used = new Set(
      (view === "scatter"
        ? writes(state, channel, row, column).map((one) => [channel, ...one.slice(1)])
        : reads(state, channel, row, column).slice(0, this.written)
      ).map(([c, , , u, v]) => `${c},${u},${v}`),
    );
    planes.forEach((plane, c) =>
      this.eachCell(plane.table, (cell, u, v) => {
        const at = flipped ? [kernel[c].length - 1 - u, kernel[c][0].length - 1 - v] : [u, v];
        cell.className = sized || used.has([c, ...at].join()) ? "" : "idle";
        this.write(cell, kernel[c][u][v], kernel[c]);
      }),
    );
  }

  /** With a photo: the numbers under the window. */
  drawPatch(state, sized) {
    const shown = this.grids.input.large && state.view === "gather" && state.operator !== "transposed" && !sized;
    this.panelOf.patch.hidden = !shown;
    this.star.textContent = state.operator === "transposed" && state.view !== "zero insertion" ? "⊛ᵀ" : "⊛";
    if (!shown) return;
    this.titles.patch.textContent = "under the window";
    const found = reads(state, state.channel, state.row, state.column);
    const patch = zeros([state.kernel[0].length, state.kernel[0][0].length]);
    for (const [c, r, j, u, v] of found) patch[u][v] = state.image[c][r]?.[j] ?? 0;
    const [plane] = this.planes("patch", [patch], () => element("span"));
    this.eachCell(plane.table, (cell, u, v) => this.write(cell, patch[u][v], [[255]]));
  }

  /** A transposed convolution as an ordinary one: zeros between the pixels, the kernel turned. */
  drawStretched(state, sized) {
    const shown = state.view === "zero insertion" && !sized;
    this.panelOf.stretched.hidden = !shown;
    if (!shown) return;
    this.titles.stretched.textContent = "zeros inserted and around";
    const matrices = inserted(state);
    const planes = this.planes("stretched", matrices, () => element("span"));
    const size = [matrices[0].length, matrices[0][0].length];
    const [high, wide] = this.spanOf(state);
    const border = [high - 1 - state.padding, wide - 1 - state.padding];
    planes.forEach((plane, c) => {
      if (this.grids.stretched.large) this.paintGrey(plane.canvas, matrices[c]);
      else
        this.eachCell(plane.table, (cell, i, j) => {
          const real = [i - border[0], j - border[1]].every(
            (at, axis) =>
              at >= 0 &&
              at % state.stride === 0 &&
              at / state.stride < (axis ? state.image[c][0] : state.image[c]).length,
          );
          cell.className = real ? "" : "padding";
          this.write(cell, matrices[c][i][j], state.image[c]);
        });
      this.frame(plane, size, [state.row, state.column, high, wide]);
    });
  }

  drawOutput(state, sized) {
    this.panelOf.output.hidden = false;
    if (sized) {
      this.titles.output.textContent = "output ? × ?";
      this.grids.output = [];
      return this.places.output.replaceChildren(element("span", { class: "operator" }, "?"));
    }
    const { view, channel, row, column } = state;
    const whole = outputs(state);
    const shown = view === "scatter" ? scattered(state, channel, row, column) : whole;
    const targets = new Set(
      view === "scatter" ? writes(state, channel, row, column).map(([q, i, j]) => `${q},${i},${j}`) : [],
    );
    const shape = outputShape(state);
    const count = whole.length > 1 ? ` × ${whole.length}` : "";
    this.titles.output.textContent = `output ${shape.join(" × ")}${count}${view === "scatter" ? ", so far" : ""}`;
    if (this.outputOf !== view) this.grids.output.length = 0;
    this.outputOf = view;
    const planes = this.planes("output", shown, (i, j, q, plane) => this.outputCell(plane, q, i, j));
    planes.forEach((plane, q) => {
      if (plane.home.firstChild === plane.canvas) this.paintSigned(plane.canvas, shown[q], whole[q]);
      else this.writeOutput(state, plane, q, shown[q], whole[q], targets);
      const here = view !== "scatter" && q === channel && this.grids.output.large;
      this.frame(plane, shape, here ? [row, column, 1, 1] : null);
    });
  }

  writeOutput(state, plane, q, values, whole, targets) {
    const { view, channel, row, column } = state;
    const long = values.flat().some((value) => short(value).length > 4);
    plane.table.classList.toggle("long", long);
    this.eachCell(plane.table, (cell, i, j) => {
      const hidden = view !== "scatter" && this.isHidden(q, i, j);
      const here = view !== "scatter" && q === channel && i === row && j === column;
      const inside = cell.firstChild;
      cell.className = here ? "window" : targets.has(`${q},${i},${j}`) ? "tap" : "";
      inside.tabIndex = here || (view === "scatter" && i + j === 0) ? 0 : -1;
      inside.setAttribute(
        "aria-label",
        `output row ${i}, column ${j}: ${hidden ? "hidden" : short(values[i][j])}`,
      );
      const text = hidden ? "?" : short(Number(values[i][j].toPrecision(4)));
      this.write(cell, hidden ? 0 : values[i][j], whole, text);
    });
  }

  outputCell(plane, q, i, j) {
    const scatter = () => this.model.get("view") === "scatter";
    const here = () =>
      ["channel", "row", "column"].every((part, axis) => this.model.get(part) === [q, i, j][axis]);
    const choose = () => scatter() || here() || this.change({ channel: q, row: i, column: j });
    return focusable("button", {
      type: "button",
      onmouseenter: () => this.timer || choose(),
      onfocus: choose,
      onclick: () => (this.stop(), choose()),
      onkeydown: (event) => scatter() || this.runKey(event, plane.table),
    });
  }

  /** Pixels as grey values; padding is hatched, and what no window reads from `end` on is dotted. */
  paintGrey(canvas, matrix, around = 0, end = [Infinity, Infinity]) {
    const [rows, columns] = [matrix.length, matrix[0].length];
    const [ground, line, dot] = colours(this.root, "surface", "padding", "unread");
    paint(canvas, columns, rows, (pixels, to, index) => {
      const [i, j] = [Math.floor(index / columns), index % columns];
      const outside = i < around || j < around || i >= rows - around || j >= columns - around;
      if ((i >= end[0] || j >= end[1]) && (i + j) % 2) pixels.set(dot, to);
      else if (outside) pixels.set((i + j) % 4 < 2 ? line : ground, to);
      else pixels.fill(matrix[i][j], to, to + 3);
    });
  }

  /** The page's colour at 0, orange above, purple below, against the largest of the matrix. */
  paintSigned(canvas, matrix, whole) {
    const [ground, positive, negative] = colours(this.root, "surface", "positive", "negative");
    const largest = Math.max(...whole.map((line) => Math.max(...line.map(Math.abs))), 1e-9);
    const columns = matrix[0].length;
    paint(canvas, columns, matrix.length, (pixels, to, index) => {
      const share = matrix[Math.floor(index / columns)][index % columns] / largest;
      const colour = share >= 0 ? positive : negative;
      for (let c = 0; c < 3; c += 1)
        pixels[to + c] = ground[c] + (colour[c] - ground[c]) * Math.min(1, Math.abs(share));
    });
  }

  /** The whole matrix, small, with the row of the chosen cell lit, and the pixels that it multiplies above. */
  drawMatrix(state) {
    const [rows, columns] = outputShape(state);
    const planes = state.operator === "depthwise" ? state.image.length : 1;
    const lines = [];
    for (let q = 0; q < planes; q += 1)
      for (let i = 0; i < rows; i += 1) for (let j = 0; j < columns; j += 1) lines.push(matrixRow(state, q, i, j));
    const pixels = state.image.flat(2);
    const side = Math.max(5, Math.min(16, Math.floor(560 / pixels.length), Math.floor(380 / (lines.length + 2))));
    const chosen = (state.channel * rows + state.row) * columns + state.column;
    const largest = Math.max(...lines.flat().map(Math.abs), 1e-9);
    const brightest = Math.max(...pixels.map(Math.abs), 1e-9);
    const square = (x, y, fill, extra = {}) =>
      svg("rect", { x: x * side + 1, y: y * side + 1, width: side - 1, height: side - 1, rx: 2, fill, ...extra });
    const mix = (role, share) =>
      `color-mix(in srgb, var(--course-${role}) ${(100 * share).toFixed(0)}%, var(--course-surface-2))`;
    const parts = pixels.map((value, at) => square(at, 0, mix("input", 0.7 * (Math.abs(value) / brightest))));
    lines.forEach((line, i) =>
      line.forEach((weight, at) =>
        parts.push(
          square(
            at,
            i + 1.5,
            weight
              ? mix(weight < 0 ? "negative" : "kernel", 0.25 + 0.65 * (Math.abs(weight) / largest))
              : "var(--course-surface-2)",
          ),
        ),
      ),
    );
    const [width, height] = [pixels.length * side + 2, (lines.length + 1.5) * side + 2];
    parts.push(
      svg("rect", {
        x: 0,
        y: (chosen + 1.5) * side,
        width,
        height: side + 1,
        rx: 3,
        fill: "none",
        stroke: "var(--course-output)",
        "stroke-width": 2.5,
      }),
    );
    const label = `${lines.length} rows, ${pixels.length} columns; above it the image's pixels in reading order`;
    sized(this.matrixPicture, width, height, label);
    this.matrixPicture.replaceChildren(...parts);
  }
}

export default widget(OperatorStage);
