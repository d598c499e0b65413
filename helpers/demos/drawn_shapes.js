// Small pictures of shapes, drawn by chance: a data set without a file.

import { generator, normal } from "./random.js";

export const SHAPES = ["circle", "square", "triangle", "plus", "cross"];
export const SIDE = 16; // pixels of a picture
const [SMALLEST, LARGEST] = [3.2, 4.8]; // distance of a corner from the middle, in pixels
const [TURN, JITTER] = [0.25, 1]; // most by which a shape is turned, in radians, and moved, in pixels
const STROKE = 1.25; // pixels from the middle of a line to where nothing of it is left

/** Corners of a regular polygon, the first one at `from`; closed. */
function polygon(corners, from) {
  return Array.from({ length: corners + 1 }, (_, at) => {
    const angle = from + (2 * Math.PI * at) / corners;
    return [Math.cos(angle), Math.sin(angle)];
  });
}

/** Lines of each shape, around 0. */
const LINES = {
  circle: [polygon(24, 0)],
  square: [polygon(4, Math.PI / 4)],
  triangle: [polygon(3, -Math.PI / 2)],
  plus: [
    [[-1, 0], [1, 0]],
    [[0, -1], [0, 1]],
  ],
  cross: [
    [[-0.75, -0.75], [0.75, 0.75]],
    [[-0.75, 0.75], [0.75, -0.75]],
  ],
};

/** How far a point is from the line between two others. */
function distance([x, y], [fromX, fromY], [toX, toY]) {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const share = ((x - fromX) * alongX + (y - fromY) * alongY) / (alongX ** 2 + alongY ** 2);
  const within = Math.max(0, Math.min(1, share));
  return Math.hypot(x - fromX - within * alongX, y - fromY - within * alongY);
}

/** One picture of a shape, at most `by` pixels away from the middle. */
function pictureOf(shape, by, noise, random) {
  const between = (low, high) => low + (high - low) * random();
  const [size, turn, way] = [between(SMALLEST, LARGEST), between(-TURN, TURN), between(0, 2 * Math.PI)];
  const far = by * Math.sqrt(random());
  const middle = [Math.sin(way), Math.cos(way)].map(
    (part) => SIDE / 2 - 0.5 + far * part + between(-JITTER, JITTER),
  );
  const place = ([x, y]) => [
    middle[0] + size * (x * Math.cos(turn) - y * Math.sin(turn)),
    middle[1] + size * (x * Math.sin(turn) + y * Math.cos(turn)),
  ];
  const lines = LINES[shape].map((line) => line.map(place));
  return Float32Array.from({ length: SIDE * SIDE }, (_, index) => {
    const point = [index % SIDE, Math.floor(index / SIDE)];
    const gaps = lines.flatMap((line) => line.slice(1).map((to, at) => distance(point, line[at], to)));
    const drawn = Math.max(0, Math.min(1, STROKE - Math.min(...gaps)));
    return Math.max(0, Math.min(1, drawn + (noise ? noise * normal(random) : 0)));
  });
}

/** Pictures in a row, and the number of each one's shape; as many of each shape, as far as that goes. */
export function drawnShapes(count, { noise, by, seed }) {
  const random = generator(seed);
  const labels = Array.from({ length: count }, (_, index) => index % SHAPES.length);
  const pictures = new Float32Array(count * SIDE * SIDE);
  labels.forEach((label, at) => pictures.set(pictureOf(SHAPES[label], by, noise, random), at * SIDE * SIDE));
  return { pictures, labels };
}
