// Augmentation bench: a picture, a chain of transforms, and the question whether the label is still true.

import { Demo, button, decoded, element, ownPicture, paint, short, widget } from "./common.js";

const FAINT = 4; // of 255: a picture whose values differ by less shows nothing

/** Values mirrored left to right, or upside down. */
export function flipped({ width, height, channels }, values, upright) {
  const out = new Uint8ClampedArray(values.length);
  for (let i = 0; i < height; i += 1)
    for (let j = 0; j < width; j += 1)
      for (let c = 0; c < channels; c += 1) {
        const [row, column] = upright ? [height - 1 - i, j] : [i, width - 1 - j];
        out[(i * width + j) * channels + c] = values[(row * width + column) * channels + c];
      }
  return out;
}

/** Values moved down and to the right; black comes in. */
export function shiftedPicture({ width, height, channels }, values, rows, columns) {
  const out = new Uint8ClampedArray(values.length);
  for (let i = 0; i < height; i += 1)
    for (let j = 0; j < width; j += 1) {
      const [row, column] = [i - rows, j - columns];
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      for (let c = 0; c < channels; c += 1)
        out[(i * width + j) * channels + c] = values[(row * width + column) * channels + c];
    }
  return out;
}

/**
 * Turned counterclockwise and scaled about the middle, each new pixel mixed from the four around its origin;
 * black comes in.
 */
export function turned({ width, height, channels }, values, degrees, scale) {
  const out = new Uint8ClampedArray(values.length);
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const at = (row, column, c) =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : values[(row * width + column) * channels + c];
  for (let i = 0; i < height; i += 1)
    for (let j = 0; j < width; j += 1) {
      const [x, y] = [j - middleX, i - middleY];
      const [column, row] = [cos * x - sin * y + middleX, sin * x + cos * y + middleY];
      const [left, top] = [Math.floor(column), Math.floor(row)];
      const [right, down] = [column - left, row - top];
      for (let c = 0; c < channels; c += 1) {
        out[(i * width + j) * channels + c] = Math.round(
          (1 - down) * ((1 - right) * at(top, left, c) + right * at(top, left + 1, c)) +
            down * ((1 - right) * at(top + 1, left, c) + right * at(top + 1, left + 1, c)),
        );
      }
    }
  return out;
}

/** Each channel times its factor, rounded and kept within 0 to 255; grey has no tint. */
export function tinted({ channels }, values, factors) {
  if (channels === 1) return values;
  return Uint8ClampedArray.from(values, (value, index) => Math.round(value * factors[index % channels]));
}

/** Values stretched about their mean. */
export function contrasted(values, factor) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Uint8ClampedArray.from(values, (value) => Math.round(mean + factor * (value - mean)));
}

/** A number added to all values. */
export function brightened(values, change) {
  return Uint8ClampedArray.from(values, (value) => Math.round(value + change));
}

/** The whole chain, in the order of the controls; what stands at its neutral place is left out. */
export function augmented(picture, values, state) {
  let out = Uint8ClampedArray.from(values);
  if (state.flip) out = flipped(picture, out, false);
  if (state.upside_down) out = flipped(picture, out, true);
  if (state.degrees) out = turned(picture, out, state.degrees, 1);
  if (state.scale !== 1) out = turned(picture, out, 0, state.scale);
  if (state.down || state.right) out = shiftedPicture(picture, out, state.down, state.right);
  if (state.warmth) out = tinted(picture, out, [1 + state.warmth, 1, 1 - state.warmth]);
  if (state.contrast !== 1) out = contrasted(out, state.contrast);
  if (state.brightness) out = brightened(out, state.brightness);
  return out;
}

/**
 * Why the label is not true any more, or nothing where it is; `out` is what is left. Upside down is a mirror
 * image, turned by 180°.
 */
export function lost(rules, state, out) {
  const mirrored = state.flip !== state.upside_down;
  const turn = Math.abs(((((state.degrees + (state.upside_down ? 180 : 0) + 180) % 360) + 360) % 360) - 180);
  const found = {
    both: mirrored && turn > 135,
    mirrored,
    upset: turn > 135,
    sideways: turn > 45,
    tinted: state.warmth > 0.25, // an unripe tomato that has turned orange
    faint: spread(out) < FAINT,
    gone: Math.abs(state.down) > 0.4 * state.height || Math.abs(state.right) > 0.4 * state.width,
  };
  const reason = Object.keys(found).find((name) => found[name] && rules[name]);
  return reason ? rules[reason] : "";
}

/** How far values lie from their mean: their standard deviation. */
export function spread(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** What the controls call a transform, where it is not the name of its trait. */
const NAMES = {
  flip: "mirrored",
  upside_down: "upside down",
  degrees: "turned by",
  right: "shifted right by",
  down: "shifted down by",
  warmth: "tint",
};

class AugmentationBench extends Demo {
  static title = "augmentation bench";
  static python = "augmentation_bench";
  static judges = true;
  static fields = [
    "subject",
    "flip",
    "upside_down",
    "degrees",
    "scale",
    "down",
    "right",
    "warmth",
    "contrast",
    "brightness",
  ];

  constructor(model, root) {
    super(model, root);
    this.before = element("canvas", { role: "img", "aria-label": "picture before" });
    this.after = element("canvas", { role: "img", "aria-label": "picture after the transforms" });
    this.task = element("span");
    const judge = (yes) =>
      button(yes ? "yes" : "no", yes ? "yes, the label is still true" : "no, it is not", () => this.decide(yes));
    this.panels.append(this.panel("before", this.before), this.panel("after", this.after));
    this.shown.insertBefore(
      element("div", { class: "prediction" }, this.task, " Is the label still true?", judge(true), judge(false)),
      this.judged.parentElement,
    );
  }

  controls() {
    const subjects = Object.keys(this.model.get("subjects"));
    const take = (canvas, problem) => {
      if (!canvas) return this.say(problem);
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const values = Uint8Array.from(
        { length: canvas.width * canvas.height * 3 },
        (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)],
      );
      this.own = { picture: { width: canvas.width, height: canvas.height, channels: 3 }, values };
      this.update();
    };
    return [
      this.choice("subject", "picture", subjects, (value) => ((this.own = null), this.change({ subject: value }))),
      this.box("flip", "mirror left to right"),
      this.box("upside_down", "upside down"),
      this.slider("degrees", "turn, degrees", -180, 180, 5),
      this.slider("scale", "scale", 0.5, 2, 0.05),
      this.slider("right", "shift to the right", -120, 120, 1),
      this.slider("down", "shift down", -120, 120, 1),
      this.slider("warmth", "tint", -0.5, 0.5, 0.05),
      this.slider("contrast", "contrast", 0, 2, 0.05),
      this.slider("brightness", "brightness", -150, 150, 5),
      ownPicture(this.root, 220, take),
    ];
  }

  at(state) {
    if (this.own) return { ...this.own, label: "your picture", rules: {} };
    const subject = this.model.get("subjects")[state.subject];
    if (this.decodedFrom !== subject) [this.decodedFrom, this.values] = [subject, decoded(subject.data)];
    return { picture: subject, values: this.values, label: subject.label, rules: subject.rules };
  }

  decide(yes) {
    const state = this.state();
    const { picture, values, label, rules } = this.at(state);
    if (this.own)
      return this.judge(
        "For your own picture, you are the judge. Could such a picture occur, and would it still mean the same?",
      );
    const reason = lost(rules, { ...state, ...picture }, augmented(picture, values, state));
    if (!reason)
      return yes
        ? this.judge(`Right: it is still ${label}.`, "right")
        : this.judge(`It is: nothing of this has changed what it is, ${label}.`, "wrong");
    return yes ? this.judge(`Look again: ${reason}`, "wrong") : this.judge(`Right. ${reason}`, "right");
  }

  sentence(state) {
    const neutral = {
      flip: false,
      upside_down: false,
      degrees: 0,
      scale: 1,
      down: 0,
      right: 0,
      warmth: 0,
      contrast: 1,
      brightness: 0,
    };
    const changed = Object.entries(neutral)
      .filter(([name, value]) => state[name] !== value)
      .map(([name]) => `${NAMES[name] ?? name}${typeof state[name] === "number" ? ` ${short(state[name])}` : ""}`);
    return changed.length ? `Transforms: ${changed.join(", ")}.` : "No transform: the picture as it is.";
  }

  table(state) {
    const { picture, values } = this.at(state);
    const out = augmented(picture, values, state);
    const mean = (list) => short(Number((list.reduce((sum, value) => sum + value, 0) / list.length).toFixed(1)));
    return [
      ["", "before", "after"],
      ["mean", mean(values), mean(out)],
      ["darkest", Math.min(...values), Math.min(...out)],
      ["brightest", Math.max(...values), Math.max(...out)],
      ["values that differ", "", values.reduce((count, value, i) => count + (value !== out[i]), 0)],
    ];
  }

  draw(state) {
    const { picture, values, label } = this.at(state);
    const { width, height, channels } = picture;
    this.task.textContent = this.own ? "Your own picture." : `The label is: ${label}.`;
    const show = (canvas, shown) =>
      paint(canvas, width, height, (pixels, to, index) => {
        for (let c = 0; c < 3; c += 1) pixels[to + c] = shown[index * channels + (channels === 3 ? c : 0)];
      });
    show(this.before, values);
    show(this.after, augmented(picture, values, state));
  }
}

export default widget(AugmentationBench);
