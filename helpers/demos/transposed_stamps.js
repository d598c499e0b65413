// Transposed convolution as stamps: each pixel stamps the kernel, times its value, into the output; where
// stamps overlap they add up.

import { Demo, bracket, button, element, short, widget } from "./common.js";

/** The stamps of the pixels up to place `last` in reading order, added up; `padding` cuts the border off. */
export function stamped({ image, kernel, stride, padding }, last = Infinity) {
  const sizes = [image.length, image[0].length].map(
    (size, axis) => (size - 1) * stride + (axis ? kernel[0].length : kernel.length),
  );
  const sum = Array.from({ length: sizes[0] }, () => Array(sizes[1]).fill(0));
  image.forEach((line, i) =>
    line.forEach((value, j) => {
      if (i * line.length + j > last) return;
      kernel.forEach((weights, u) =>
        weights.forEach((weight, v) => (sum[i * stride + u][j * stride + v] += value * weight)),
      );
    }),
  );
  return sum.slice(padding, sizes[0] - padding).map((line) => line.slice(padding, sizes[1] - padding));
}

class TransposedStamps extends Demo {
  static title = "transposed convolution as stamps";
  static python = "transposed_stamps";
  static fields = ["image", "kernel", "stride", "padding", "row", "column", "predict"];
  static answerIndependent = ["row", "column"];

  constructor(model, root) {
    super(model, root);
    this.image = this.grid("image");
    this.kernel = this.grid("kernel");
    this.output = this.grid("output");
    this.sizes = element("p", { class: "sizes" });
    this.panels.append(
      this.panel("image", this.image),
      this.panel("kernel", this.kernel),
      this.panel("stamps so far, added up", this.output),
    );
    this.form.after(this.sizes);
  }

  controls() {
    const go = (by) => {
      const { image, row, column } = this.state();
      const place = Math.min(Math.max(row * image[0].length + column + by, 0), image.length * image[0].length - 1);
      this.change({ row: Math.floor(place / image[0].length), column: place % image[0].length });
    };
    return [
      button("first", "first stamp", () => go(-Infinity)),
      button("◀ back", "stamp before", () => go(-1)),
      button("next ▶", "next stamp", () => go(1)),
      button("all", "all stamps", () => go(Infinity)),
      this.number("stride", "stride", 1, 3),
      this.number("padding", "padding", 0, 2),
    ];
  }

  problem(state) {
    return stamped(state)[0]?.length ? "" : "The padding would cut off the whole output.";
  }

  question() {
    return "how many rows has the output?";
  }

  answer(state) {
    return stamped(state).length;
  }

  hint() {
    return (
      "The last stamp begins (n − 1)·s rows below the first one and is k rows high; the padding is cut " +
      "off at both ends."
    );
  }

  sentence({ image, kernel, stride, row, column, padding }, hidden) {
    const place = `row ${row * stride - padding}, column ${column * stride - padding}`;
    return hidden
      ? "Predict the size first."
      : `Pixel (${row}, ${column}) is ${short(image[row][column])}: ${bracket(image[row][column])} times ` +
          `the kernel of ${kernel.length} × ${kernel[0].length} is added from ${place} of the output on.`;
  }

  table(state) {
    return [
      ["output row", ...stamped(state)[0].map((_, j) => `column ${j}`)],
      ...stamped(state).map((line, i) => [i, ...line.map(short)]),
    ];
  }

  draw(state, hidden) {
    const { image, kernel, stride, padding, row, column } = state;
    this.shape(this.image, image.length, image[0].length, (i, j) => this.stampCell(i, j));
    this.eachCell(this.image, (cell, i, j) => {
      this.signed(cell, image[i][j], image);
      cell.className = i === row && j === column ? "window" : "";
    });
    this.shape(this.kernel, kernel.length, kernel[0].length, (i, j) =>
      this.numberCell("kernel", this.kernel, i, j),
    );
    this.eachCell(this.kernel, (cell, i, j) => this.signed(cell, kernel[i][j], kernel));
    const all = stamped(state);
    const now = stamped(state, row * image[0].length + column);
    this.output.hidden = hidden;
    this.shape(this.output, all.length, all[0].length, () => element("span"));
    this.eachCell(this.output, (cell, i, j) => {
      this.signed(cell, now[i][j], all);
      cell.firstChild.textContent = short(now[i][j]);
      const [u, v] = [i + padding - row * stride, j + padding - column * stride];
      cell.className = u >= 0 && v >= 0 && u < kernel.length && v < kernel[0].length ? "window" : "";
    });
    const one = (name, n, k, m) => `${name} (${n} − 1)·${stride} + ${k} − 2·${padding} = ${hidden ? "?" : m}`;
    this.sizes.textContent =
      `Output: ${one("rows", image.length, kernel.length, all.length)}, ` +
      `${one("columns", image[0].length, kernel[0].length, all[0].length)}.`;
  }

  stampCell(i, j) {
    const input = this.numberCell("image", this.image, i, j);
    const show = () =>
      (this.model.get("row") === i && this.model.get("column") === j) || this.change({ row: i, column: j });
    input.addEventListener("focus", show);
    input.addEventListener("mouseenter", show);
    return input;
  }
}

export default widget(TransposedStamps);
