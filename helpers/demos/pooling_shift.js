// Pooling and shift: the image moves to the right; which cells of the pooled output stay the same?

import { Demo, element, focusable, moveFocus, outputSize, short, widget } from "./common.js";

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
      return mode === "max"
        ? Math.max(...values)
        : values.reduce((sum, value) => sum + value, 0) / values.length;
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
    this.at = null; // the output cell whose window is framed
    const made = (label, role) => this.grid(label, role);
    this.images = [made("image", "input"), made("shifted image", "input")];
    this.pooled = [made("pooled before", "output"), made("pooled", "output")];
    const arrow = () => element("span", { class: "operator", "aria-hidden": "true" }, "↓");
    const beside = (number, ...titles) =>
      element(
        "div",
        { class: "stack centred" },
        this.panel(titles[0], this.images[number]),
        arrow(),
        this.panel(titles[1], this.pooled[number]),
      );
    this.panels.append(
      beside(0, "before the shift", "pooled"),
      beside(1, "after the shift", "pooled; ✓ same"),
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
    return "How many cells of the output does the shift leave alone?";
  }

  answer(state) {
    return unchanged(state).flat().filter(Boolean).length;
  }

  hint() {
    return "A maximum stays the same if it is still in its window, or if an equal value is.";
  }

  sentence(state, hidden) {
    const same = unchanged(state).flat();
    const before = pooled({ ...state, size: 1, stride: 1 });
    const pixels = shiftedBy(before, state.shift)
      .flatMap((line, i) => line.map((value, j) => value !== before[i][j]))
      .filter(Boolean).length;
    return (
      `${state.shift ? `Shifted by ${short(state.shift)}: ${pixels} pixels differ.` : "Not shifted yet."} ` +
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
    const images = [state.image, shiftedBy(state.image, state.shift)];
    const same = unchanged(state);
    images.forEach((image, number) => {
      this.drawImage(this.images[number], image, state, number);
      this.drawPooled(this.pooled[number], pooled({ ...state, image }), number ? same : null, hidden && number);
    });
  }

  /** The image; where its windows begin, a line is drawn. */
  drawImage(table, image, state, number) {
    this.shape(table, image.length, image[0].length, () => element("span"));
    const { size, stride } = state;
    const reach = [image.length, image[0].length].map(
      (n) => (outputSize(n, size, stride, 0) - 1) * stride + size,
    );
    this.eachCell(table, (cell, i, j) => {
      const dropped = i >= reach[0] || j >= reach[1];
      const [u, v] = this.at ? [i - this.at[0] * stride, j - this.at[1] * stride] : [-1, -1];
      const names = [
        dropped ? "unread" : "",
        !dropped && i % stride === 0 ? "top" : "",
        !dropped && j % stride === 0 ? "left" : "",
        i === reach[0] - 1 && j < reach[1] ? "bottom" : "",
        j === reach[1] - 1 && i < reach[0] ? "right" : "",
        u >= 0 && v >= 0 && u < size && v < size ? "window" : "",
        number && image[i][j] !== state.image[i][j] ? "moved" : "",
      ];
      cell.className = names.filter(Boolean).join(" ");
      cell.title = dropped ? "no window reads this cell" : "";
      this.write(cell, image[i][j], state.image);
    });
  }

  /** What the windows give; beside the shift, with a mark for what is as it was. */
  drawPooled(table, rows, same, hidden) {
    this.shape(table, rows.length, rows[0].length, (i, j) => this.pooledCell(i, j));
    this.eachCell(table, (cell, i, j) => {
      const value = short(Number(rows[i][j].toFixed(2)));
      cell.className = same && !hidden ? (same[i][j] ? "kept" : "changed") : "";
      cell.firstChild.setAttribute("aria-label", `row ${i}, column ${j}: ${hidden ? "hidden" : value}`);
      this.write(cell, hidden ? 0 : rows[i][j], rows, hidden ? "?" : value);
    });
  }

  /** Frame the window of a cell while it is pointed at or has the focus. */
  pooledCell(i, j) {
    const show = (place) => () => ((this.at = place), this.update());
    return focusable("button", {
      type: "button",
      onmouseenter: show([i, j]),
      onfocus: show([i, j]),
      onmouseleave: show(null),
      onblur: show(null),
      onkeydown: (event) => {
        const { rows } = event.target.closest("table");
        const next = moveFocus(event, [i, j], rows.length, rows[0].cells.length);
        if (next) rows[next[0]].cells[next[1]].firstChild.focus();
      },
    });
  }
}

export default widget(PoolingShift);
