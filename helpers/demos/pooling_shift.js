// Pooling and shift: the image moves to the right; which cells of the pooled output stay the same?

import { Demo, element, outputSize, short, widget } from "./common.js";

/**
 * Windows of `size`, `stride` apart, each by its largest value or its average; a rest that fills no window is
 * dropped.
 */
export function pooled({ image, size, stride, mode }) {
  const [rows, columns] = [image.length, image[0].length].map((n) => outputSize(n, size, stride, 0));
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => {
      const values = image
        .slice(i * stride, i * stride + size)
        .flatMap((line) => line.slice(j * stride, j * stride + size));
      return mode === "max" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / values.length;
    }),
  );
}

/** The image moved to the right (left where negative); zeros come in. */
export function shiftedBy(image, columns) {
  return image.map((line) => line.map((_, j) => line[j - columns] ?? 0));
}

/** Which cells of the output are what they were before the shift. */
export function unchanged(state) {
  const before = pooled(state);
  return pooled({ ...state, image: shiftedBy(state.image, state.shift) }).map((line, i) =>
    line.map((value, j) => Math.abs(value - before[i][j]) < 1e-9),
  );
}

class PoolingShift extends Demo {
  static title = "pooling and shift";
  static python = "pooling_shift";
  static fields = ["image", "size", "stride", "mode", "shift", "predict"];

  constructor(model, root) {
    super(model, root);
    this.input = this.grid("shifted image");
    this.output = this.grid("pooled");
    this.panels.append(
      this.panel("image, shifted", this.input),
      this.panel("pooled: ✓ marks what the shift left alone", this.output),
    );
  }

  controls() {
    return [
      this.slider("shift", "shift to the right", -4, 4, 1),
      this.slider("size", "window", 1, 5, 1),
      this.slider("stride", "stride", 1, 5, 1),
      this.choice("mode", "pooling", ["max", "average"]),
    ];
  }

  problem(state) {
    return pooled(state)[0]?.length ? "" : `A window of ${state.size} does not fit into the image.`;
  }

  question() {
    return "how many cells of the output does the shift leave alone?";
  }

  answer(state) {
    return unchanged(state).flat().filter(Boolean).length;
  }

  hint() {
    return "A maximum stays where it is still in its window, or an equal one is.";
  }

  sentence(state, hidden) {
    const same = unchanged(state).flat();
    const before = pooled({ ...state, size: 1, stride: 1 });
    const pixels = shiftedBy(before, state.shift)
      .flatMap((line, i) => line.map((value, j) => value !== before[i][j]))
      .filter(Boolean).length;
    return (
      `Shifted by ${short(state.shift)}, ${pixels} pixels differ. ` +
      `${state.mode === "max" ? "Max" : "Average"} pooling, windows of ${state.size} and stride ` +
      `${state.stride}: ` +
      `${hidden ? "?" : same.filter(Boolean).length} of ${same.length} outputs are unchanged.`
    );
  }

  table(state) {
    const rows = pooled({ ...state, image: shiftedBy(state.image, state.shift) });
    const same = unchanged(state);
    return [
      ["row", ...rows[0].map((_, j) => `column ${j}`)],
      ...rows.map((line, i) => [i, ...line.map((value, j) => `${short(value)}${same[i][j] ? " ✓" : ""}`)]),
    ];
  }

  draw(state, hidden) {
    const image = shiftedBy(state.image, state.shift);
    this.shape(this.input, image.length, image[0].length, () => element("span"));
    const reach = [image.length, image[0].length].map(
      (n) => (outputSize(n, state.size, state.stride, 0) - 1) * state.stride + state.size,
    );
    this.eachCell(this.input, (cell, i, j) => {
      this.signed(cell, image[i][j], state.image);
      cell.firstChild.textContent = short(image[i][j]);
      const dropped = i >= reach[0] || j >= reach[1];
      cell.className = dropped ? "unread" : "";
      cell.title = dropped ? "no window reads this cell" : "";
    });
    const rows = pooled({ ...state, image });
    const same = unchanged(state);
    this.output.hidden = hidden;
    this.shape(this.output, rows.length, rows[0].length, () => element("span"));
    this.eachCell(this.output, (cell, i, j) => {
      this.signed(cell, rows[i][j], rows);
      cell.firstChild.textContent = `${short(Number(rows[i][j].toFixed(2)))}${same[i][j] ? " ✓" : ""}`;
      cell.className = same[i][j] ? "window" : "";
    });
  }
}

export default widget(PoolingShift);
