// Kernel painter: a kernel on a whole picture, of one channel or three; choose a pixel and see its sum.

const PRESETS = {
  identity: [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
  "edges, upright": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
  "edges, level": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
  blur: [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]],
  sharpen: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
  emboss: [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
  outline: [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
};

/** The kernel as it is laid on the picture. */
export function laid({ kernel, flip }) {
  return flip ? [...kernel].reverse().map((line) => [...line].reverse()) : kernel;
}

/** The response at every pixel: `same`, zeros outside; `weights` gives each channel its factor. */
export function responses({ width, height, channels }, values, state) {
  const lines = laid(state);
  const [rows, columns] = [lines.length, lines[0].length];
  const [top, left] = [Math.floor((rows - 1) / 2), Math.floor((columns - 1) / 2)];
  const mixed = new Float32Array(width * height);
  for (let place = 0, from = 0; place < mixed.length; place += 1) for (let c = 0; c < channels; c += 1, from += 1) mixed[place] += values[from] * state.weights[c];
  const out = new Float32Array(width * height).fill(state.bias);
  for (let u = 0; u < rows; u += 1) for (let v = 0; v < columns; v += 1) {
    const weight = lines[u][v];
    if (!weight) continue;
    const [down, right] = [u - top, v - left];
    for (let i = Math.max(0, -down); i < Math.min(height, height - down); i += 1) {
      const [to, from] = [i * width, (i + down) * width + right];
      for (let j = Math.max(0, -right); j < Math.min(width, width - right); j += 1) out[to + j] += weight * mixed[from + j];
    }
  }
  return out;
}

class KernelPainter extends Demo {
  static title = "kernel painter";
  static python = "kernel_painter";
  static fields = ["kernel", "weights", "bias", "flip", "row", "column", "predict"];

  constructor(model, root) {
    super(model, root);
    this.own = null;
    this.inputCanvas = this.canvas("picture");
    this.outputCanvas = this.canvas("response");
    this.kernelGrid = this.grid("kernel");
    this.patchGrid = this.grid("pixels under the kernel");
    this.scale = element("span");
    this.panels.append(this.panel("picture: choose a pixel", this.inputCanvas), this.panel("pixels under the kernel", this.patchGrid), this.panel("kernel", this.kernelGrid, ...this.mixer()),
      this.panel(this.scale, this.outputCanvas));
  }

  controls() {
    const presets = focusable("select", { "aria-label": "a kernel with a name", onchange: () => presets.value && this.change({ kernel: PRESETS[presets.value] }) },
      element("option", { value: "" }, "a kernel …"), ...Object.keys(PRESETS).map((name) => element("option", {}, name)));
    const take = (canvas, problem) => {
      if (!canvas) return this.say(problem);
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      this.own = { picture: { width: canvas.width, height: canvas.height, channels: 3 }, values: Uint8Array.from({ length: canvas.width * canvas.height * 3 }, (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)]) };
      this.change({ weights: [0.2126, 0.7152, 0.0722], row: 0, column: 0 });
    };
    const size = focusable("select", { "aria-label": "size of the kernel", onchange: () => this.resize(Number(size.value)) }, ...[1, 3, 5, 7].map((side) => element("option", { value: side }, `${side} × ${side}`)));
    this.side = size;
    return [presets, size, this.box("flip", "turn the kernel by 180°"), this.slider("bias", "bias", -255, 255, 5), ownPicture(this.root, 240, take)];
  }

  mixer() {
    if (this.picture().picture.channels === 1) return [];
    const part = (name, c) => {
      const input = focusable("input", { type: "number", step: "0.1", "aria-label": `factor of the channel ${name}`, "data-channel": c });
      input.addEventListener("change", () => Number.isFinite(input.valueAsNumber) ? this.change({ weights: this.model.get("weights").map((old, i) => (i === c ? input.valueAsNumber : old)) })
        : (this.update(), this.say(`factor of ${name}: a number is needed; nothing was changed.`)));
      return element("label", {}, `${name} `, input);
    };
    return [element("figcaption", {}, "times a factor for each channel"), element("span", { class: "size" }, ...["red", "green", "blue"].map(part))];
  }

  resize(side) {
    const old = this.model.get("kernel");
    const at = (i, of) => i - Math.floor((side - of) / 2);
    this.change({ kernel: Array.from({ length: side }, (_, i) => Array.from({ length: side }, (_, j) => old[at(i, old.length)]?.[at(j, old[0].length)] ?? 0)) });
  }

  /** The picture at hand, and its values; both are decoded once. */
  picture() {
    if (this.own) return this.own;
    const picture = this.model.get("picture");
    if (this.decodedFrom !== picture) [this.decodedFrom, this.given] = [picture, { picture, values: decoded(picture.data) }];
    return this.given;
  }

  canvas(name) {
    const canvas = focusable("canvas", { tabindex: "0", role: "application", "aria-label": `${name}; arrow keys choose a pixel` });
    const choose = (event) => {
      const { picture } = this.picture();
      const box = canvas.getBoundingClientRect();
      const place = (share, size) => Math.min(Math.max(Math.floor(share * size), 0), size - 1);
      this.change({ row: place((event.clientY - box.top) / box.height, picture.height), column: place((event.clientX - box.left) / box.width, picture.width) });
    };
    canvas.addEventListener("pointerdown", choose);
    canvas.addEventListener("pointermove", (event) => event.buttons && choose(event));
    canvas.addEventListener("keydown", (event) => {
      const { picture } = this.picture();
      const next = moved(event, [this.model.get("row"), this.model.get("column")], picture.height, picture.width);
      if (next) this.change({ row: next[0], column: next[1] });
    });
    return canvas;
  }

  /** The products at the chosen pixel. */
  terms(state) {
    const { picture: { width, height, channels }, values } = this.picture();
    const lines = laid(state);
    const [top, left] = [Math.floor((lines.length - 1) / 2), Math.floor((lines[0].length - 1) / 2)];
    const pixel = (i, j) => {
      if (i < 0 || j < 0 || i >= height || j >= width) return 0;
      return Array.from({ length: channels }, (_, c) => values[(i * width + j) * channels + c] * state.weights[c]).reduce((sum, value) => sum + value, 0);
    };
    return lines.flatMap((line, u) => line.map((weight, v) => [pixel(state.row + u - top, state.column + v - left), weight]));
  }

  question() {
    return "the response at this pixel, rounded?";
  }

  answer(state) {
    return this.terms(state).reduce((total, [x, w]) => total + x * w, state.bias);
  }

  tolerance() {
    return 1; // the pixels are shown rounded
  }

  hint() {
    return "Multiply each pixel under the kernel by the weight that lies on it, then add up.";
  }

  sentence(state, hidden) {
    const terms = this.terms(state);
    const sum = this.answer(state);
    const shown = terms.filter(([, weight]) => weight);
    const text = shown.slice(0, 9).map(([x, w]) => `${bracket(Number(x.toFixed(1)))}·${bracket(Number(w.toFixed(3)))}`).join(" + ") || "0";
    const bias = state.bias ? ` + ${bracket(state.bias)}` : "";
    return `Row ${state.row}, column ${state.column}: ${text}${shown.length > 9 ? " + …" : ""}${bias} = ${hidden ? "?" : short(Number(sum.toFixed(2)))}`;
  }

  table(state) {
    return [["pixel", "weight", "product"], ...this.terms(state).map(([x, w]) => [short(Number(x.toFixed(2))), short(w), short(Number((x * w).toFixed(2)))])];
  }

  draw(state, hidden) {
    this.outputCanvas.style.visibility = hidden ? "hidden" : "";
    const { picture, values } = this.picture();
    const { width, height, channels } = picture;
    this.side.value = state.kernel.length;
    this.shape(this.kernelGrid, state.kernel.length, state.kernel[0].length, (i, j) => this.numberCell("kernel", this.kernelGrid, i, j));
    this.eachCell(this.kernelGrid, (cell, i, j) => this.signed(cell, state.kernel[i][j], state.kernel));
    const terms = this.terms(state);
    this.shape(this.patchGrid, state.kernel.length, state.kernel[0].length, () => element("span"));
    this.eachCell(this.patchGrid, (cell, i, j) => {
      const [value] = terms[i * state.kernel[0].length + j];
      this.fill(cell, value, `rgb(${value} ${value} ${value})`, value < 120);
      cell.firstChild.textContent = String(Math.round(value));
    });
    for (const input of this.root.querySelectorAll("[data-channel]")) input.value = state.weights[input.dataset.channel];
    if (this.painted !== values) {
      paint(this.inputCanvas, width, height, (pixels, to, index) => {
        for (let c = 0; c < 3; c += 1) pixels[to + c] = values[index * channels + (channels === 3 ? c : 0)];
      });
      this.painted = values;
      this.plain = this.inputCanvas.getContext("2d").getImageData(0, 0, width, height);
    } else this.inputCanvas.getContext("2d").putImageData(this.plain, 0, 0);
    const out = responses(picture, values, state);
    const image = Math.abs(state.kernel.flat().reduce((sum, weight) => sum + weight, 0)) > 1e-6;
    this.scale.textContent = image ? "response: 0 black, 255 white" : "response: orange above 0, purple below";
    // Where the weights add up to 0: white is 0, and a quarter of the largest response that the kernel could give is fully coloured.
    const reach = 255 * Math.max(...state.weights.map(Math.abs), 1e-9) * Math.max(state.kernel.flat().reduce((sum, weight) => sum + Math.abs(weight), 0) / 4, 1e-9);
    paint(this.outputCanvas, width, height, (pixels, to, index) => {
      if (image) return pixels.fill(out[index], to, to + 3);
      const share = Math.max(-1, Math.min(1, out[index] / reach));
      const fade = 1 - Math.abs(share);
      const [red, green, blue] = share >= 0 ? [230, 159, 0] : [94, 60, 153];
      pixels[to] = red + (255 - red) * fade;
      pixels[to + 1] = green + (255 - green) * fade;
      pixels[to + 2] = blue + (255 - blue) * fade;
    });
    for (const canvas of [this.inputCanvas, this.outputCanvas]) {
      const context = canvas.getContext("2d");
      const half = canvas === this.inputCanvas ? Math.max(1, (state.kernel.length - 1) / 2) : 1;
      context.strokeStyle = "#0072b2";
      context.lineWidth = 2;
      context.strokeRect(state.column - half - 0.5, state.row - half - 0.5, 2 * half + 2, 2 * half + 2);
    }
  }
}

export default home(KernelPainter);
