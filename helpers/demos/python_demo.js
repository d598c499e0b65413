// A demo that Python computes: the controls are described by the widget, the picture and its sentence come
// from the kernel.

import { button, decoded, element, focusable, ownPicture, widget } from "./common.js";
import { Computed } from "./computed.js";

const PAD = 112; // pixels a side of the drawing pad; Python makes 28 of them

/** The values of a canvas as text: one byte a pixel, its brightness. */
export function greyValues(data) {
  let text = "";
  for (let at = 0; at < data.length; at += 4)
    text += String.fromCharCode(Math.round(0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2]));
  return btoa(text);
}

class PythonDemo extends Computed {
  constructor(model, root) {
    super(model, root);
    this.image = element("img", { alt: "" });
    this.drawing = element("div", { role: "img", class: "drawing" });
    this.panels.append(this.image, this.drawing);
    if (model.get("pad")) this.side.append(this.drawingPad());
  }

  controls() {
    const made = {
      slider: ({ name, label, min, max, step }) => this.slider(name, label, min, max, step),
      choice: ({ name, label, options }) => this.choice(name, label, options),
      box: ({ name, label }) => this.box(name, label),
    };
    const own = this.model.get("pad")
      ? [ownPicture(this.root, PAD, (canvas, problem) => (canvas ? this.takeOwn(canvas) : this.say(problem)))]
      : [];
    return [...this.model.get("controls").map((one) => made[one.kind](one)), ...own];
  }

  /**
   * A canvas to draw on: black as the data set's background, white where the pointer goes, or the arrow keys
   * with Space.
   */
  drawingPad() {
    this.pad = focusable("canvas", {
      width: PAD,
      height: PAD,
      class: "pad",
      tabindex: "0",
      role: "application",
      "aria-label": "drawing pad; arrow keys move the pen, Space draws",
    });
    this.pen = [PAD / 2, PAD / 2];
    const context = this.pad.getContext("2d", { willReadFrequently: true });
    const clear = () => {
      context.fillStyle = "black";
      context.fillRect(0, 0, PAD, PAD);
    };
    Object.assign(context, { lineWidth: PAD / 10, lineCap: "round", strokeStyle: "white" });
    const line = ([fromX, fromY], [x, y]) => {
      context.beginPath();
      context.moveTo(fromX, fromY);
      context.lineTo(x, y);
      context.stroke();
      this.pen = [x, y];
      this.send();
    };
    const at = (event) => {
      const box = this.pad.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * PAD, ((event.clientY - box.top) / box.height) * PAD];
    };
    clear();
    this.given(context);
    this.pad.addEventListener("pointerdown", (event) => line(at(event), at(event)));
    this.pad.addEventListener("pointermove", (event) => event.buttons && line(this.pen, at(event)));
    this.pad.addEventListener("keydown", (event) => {
      const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], " ": [0, 0] }[
        event.key
      ];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      const next = this.pen.map((place, axis) => Math.min(Math.max(place + (by[axis] * PAD) / 28, 0), PAD));
      if (event.key === " " || event.shiftKey) return line(this.pen, next);
      this.pen = next;
      this.say(`pen at row ${this.pen[1]}, column ${this.pen[0]}; Space draws, Shift and an arrow draws a line`);
    });
    this.clear = clear;
    return this.panel(
      "draw here",
      this.pad,
      button("clear", "clear the drawing", () => (clear(), this.send())),
    );
  }

  /** Paint the drawing that the demo began with. */
  given(context) {
    const values = decoded(this.model.get("drawing"));
    const side = Math.sqrt(values.length);
    if (!side) return;
    const image = new ImageData(side, side);
    values.forEach((value, index) => image.data.set([value, value, value, 255], 4 * index));
    const small = element("canvas", { width: side, height: side });
    small.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(small, 0, 0, PAD, PAD);
  }

  takeOwn(canvas) {
    const context = this.pad.getContext("2d");
    // the bars beside a picture that is not square are of its own ground, by its four corners
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const [right, below] = [canvas.width - 1, (canvas.height - 1) * canvas.width];
    const corners = [0, right, below, below + right].map((at) =>
      atob(greyValues(data.slice(4 * at, 4 * at + 4))).charCodeAt(0),
    );
    const [, darker, brighter] = corners.sort((a, b) => a - b);
    const ground = Math.round((darker + brighter) / 2);
    context.fillStyle = `rgb(${ground} ${ground} ${ground})`;
    context.fillRect(0, 0, PAD, PAD);
    const scale = PAD / Math.max(canvas.width, canvas.height);
    const [width, height] = [canvas.width * scale, canvas.height * scale];
    context.drawImage(canvas, (PAD - width) / 2, (PAD - height) / 2, width, height);
    this.send();
  }

  send() {
    this.change({
      drawing: greyValues(this.pad.getContext("2d").getImageData(0, 0, PAD, PAD).data),
      source: "drawing",
    });
  }

  reset() {
    if (this.pad) this.clear();
    const kept = Object.fromEntries((this.model.get("kept") ?? []).map((name) => [name, this.model.get(name)]));
    this.change({ ...this.initial, ...kept });
    this.model.set("resets", this.model.get("resets") + 1);
    this.model.save_changes();
  }

  /** A photo-like picture by its address, or a drawing that takes the page's colours. */
  draw() {
    const picture = this.model.get("picture");
    const drawn = picture.startsWith("<svg");
    this.image.hidden = drawn;
    this.drawing.hidden = !drawn;
    if (drawn) this.drawing.innerHTML = picture;
    else this.image.src = picture;
    this.drawing.setAttribute("aria-label", this.model.get("report"));
    this.image.alt = this.model.get("report");
  }
}

export default widget(PythonDemo);
