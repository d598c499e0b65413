// Rows of a table of layers, as `helpers.checks.kinds.table.entries_of` computes them with `helpers.shapes`.

const pair = (value, axis) => (Array.isArray(value) ? value[axis] : value);

function slide(n, size, stride, padding, dilation) {
  if (padding === "same") return Math.ceil(n / stride);
  const covered = (size - 1) * dilation + 1, room = n + 2 * (padding === "valid" ? 0 : padding) - covered;
  return room < 0 ? NaN : Math.floor(room / stride) + 1;
}

function sizes(layer, shape, window) {
  return shape.slice(0, -1).map((n, axis) => slide(
    n, pair(window, axis), pair(layer.stride ?? window, axis), pair(layer.padding, axis), pair(layer.dilation ?? 1, axis)));
}

const LAYERS = {
  Conv: (layer, shape) => {
    const area = shape.slice(0, -1).reduce((found, _, axis) => found * pair(layer.kernel, axis), 1), channels = shape.at(-1);
    if (channels % layer.groups) return [[NaN], NaN];
    const weights = (area * channels) / layer.groups;
    return [[...sizes(layer, shape, layer.kernel), layer.filters], (weights + Number(layer.bias)) * layer.filters];
  },
  Pool: (layer, shape) => [[...sizes(layer, shape, layer.size), shape.at(-1)], 0],
  GlobalPool: (layer, shape) => [shape.slice(-1), 0],
  Flatten: (layer, shape) => [[shape.reduce((one, other) => one * other, 1)], 0],
  Dense: (layer, shape) => [[...shape.slice(0, -1), layer.units], (shape.at(-1) + Number(layer.bias)) * layer.units],
};

function entriesOf(layer, shape, columns) {
  const [output, parameters] = LAYERS[layer.kind](layer, shape);
  if (output.some(Number.isNaN) || Number.isNaN(parameters)) return null;
  const [height, width, channels] = [1, 1, ...output].slice(-3);
  const entries = { height, width, channels, parameters };
  return columns.map((name) => entries[name]);
}

export { entriesOf };
