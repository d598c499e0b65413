// The verdict on an answer, as `helpers.checks.assess` gives it: the same keys, the same rules, the same sentences.
// Arrays are { shape, values }, values in reading order. Functions, networks and crops need Python.
import { pbkdf2, sha256 } from "./noble-hashes.js";
import { entriesOf } from "./shapes.js";

const HALF = 16, DIGITS = 6, WHOLE = 5e-7, INEXACT = 2e-6, MAX_NUMBERS = 10000, MOST = 0.7, ONE_SLIP = 0.5, MOST_STEPS = 60, FEW = 2;
const OPEN = Symbol("open"); // three dots

class Message extends Error {
  constructor(sentence, { misconception = "", open = false, window = null } = {}) {
    super(sentence);
    Object.assign(this, { misconception, open, window });
  }
}

// ---------------------------------------------------------------- locks

const utf8 = new TextEncoder(), secrets = new Map();

function secret(parts, rounds) {
  const name = JSON.stringify([parts, rounds]);
  if (!secrets.has(name)) {
    const [exercise, ...answered] = parts;
    const password = utf8.encode(answered.join("\x1f"));
    secrets.set(name, pbkdf2(sha256, password, utf8.encode(exercise), { c: rounds, dkLen: 2 * HALF }));
  }
  return secrets.get(name);
}

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function xor(bytes, key) {
  return bytes.map((byte, place) => {
    const block = Math.floor(place / 32);
    if (place % 32 === 0) {
      const counter = [block >>> 24, block >>> 16, block >>> 8, block].map((n) => n & 255);
      xor.stream = sha256(Uint8Array.from([...key, ...counter]));
    }
    return byte ^ xor.stream[place % 32];
  });
}

function isRight(key, probe, index, cell) {
  const found = secret([key.name, String(probe.number), String(index), cell], key.rounds);
  return hex(found.slice(0, HALF)) === probe.cells[index];
}

function messages(key, ...answered) {
  const found = secret([key.name, ...answered], key.rounds);
  const opened = xor(bytesOf(key.sentences[hex(found.slice(0, HALF / 2))] ?? ""), found.slice(HALF));
  const said = [];
  for (let start = 0; start < opened.length; start += HALF + 2) {
    const place = 256 * opened[start] + opened[start + 1], password = opened.slice(start + 2, start + 2 + HALF);
    said.push(JSON.parse(new TextDecoder().decode(xor(bytesOf(key.said[place]), password))));
  }
  return said;
}

// ---------------------------------------------------------------- numbers as texts

const half = (value) => { // to the nearest, a half to the even one, as Python rounds
  const low = Math.floor(value), rest = value - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
};

function cell(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const whole = half(value);
  if (Math.abs(value - whole) <= WHOLE * Math.max(1, Math.abs(value) * WHOLE)) return BigInt(whole).toString();
  const [digits, power] = value.toExponential(DIGITS - 1).split("e");
  return `${digits}e${Number(power)}`;
}

function nearly(value, size) {
  if (!Number.isFinite(value) || !Number.isFinite(size) || value === Number(value.toFixed(FEW))) return [];
  const error = INEXACT * Math.max(Math.abs(size), Math.abs(value));
  const found = Math.abs(value - half(value)) <= error ? [cell(half(value))] : [];
  const grid = 10 ** (Math.floor(Math.log10(Math.abs(value))) - DIGITS + 1);
  const middle = half(value / grid), reach = Math.min(MOST_STEPS, Math.ceil(error / grid));
  for (let step = 0; step <= reach; step++) {
    found.push(cell((middle + step) * grid));
    if (step) found.push(cell((middle - step) * grid));
  }
  return found;
}

const cells = (array) => array.values.map(cell);
const text = (array) => `[${array.shape.join(", ")}] [${cells(array).map((one) => `'${one}'`).join(", ")}]`;

function number(value) { // as Python's .10g
  if (!Number.isFinite(value)) return cell(value);
  if (value === 0) return "0";
  const power = Number(value.toExponential(9).split("e")[1]);
  if (power < -4 || power >= 10) {
    const [digits, raised] = value.toExponential(9).split("e");
    const short = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
    return `${short}e${raised[0]}${raised.slice(1).padStart(2, "0")}`;
  }
  const fixed = value.toFixed(9 - power);
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

function describe(shape) {
  if (shape.length === 0) return "one number";
  if (shape.length === 1) return `a list of ${shape[0]} number${shape[0] === 1 ? "" : "s"}`;
  return shape.join(" × ");
}

const nameCell = (at) => (at.length === 2 ? `row ${at[0]}, column ${at[1]}` : `[${at.join(", ")}]`);

function unravel(index, shape) {
  const at = [];
  for (const size of [...shape].reverse()) {
    at.unshift(index % size);
    index = Math.floor(index / size);
  }
  return at;
}

/** One of an answer's numbers, as a beginning of a sentence. */
function namePlace(index, { shape, values }) {
  return shape.length < 2 ? `Number ${index + 1} of ${values.length}` : `The number in ${nameCell(unravel(index, shape))}`;
}

const product = (shape) => shape.reduce((one, other) => one * other, 1);
const sameShape = (one, other) => one.length === other.length && one.every((size, axis) => size === other[axis]);
const round = (value, decimals) => (decimals > 11 ? value : half(value * 10 ** decimals) / 10 ** decimals);

// ---------------------------------------------------------------- reading

const NOT_YET = "Not answered yet: replace the three dots with your answer.";

function refuseOpen(value, what) {
  if (value === OPEN) throw new Message(NOT_YET, { open: true });
  if (!Array.isArray(value)) return;
  if (value.includes(null)) throw new Message("Not answered in full yet: some places still hold None.", { open: true });
  value.forEach((entry) => refuseOpen(entry, what));
}

const UNEVEN = "has rows of different lengths; every row needs as many numbers as the first";
const LIST_FOR_NUMBER = "holds a list where one number is expected";
const MIXED = "mixes numbers and rows; every row is a list of its own";

function arrayOf(value, axes, what = "Your answer") {
  if (value === null) {
    const nothing = axes ? "" : " If there is nothing to count, write 0.";
    throw new Message(`${what} is None. If it comes from a function, that function has to \`return\` its result.${nothing}`);
  }
  refuseOpen(value, what);
  const uneven = () => {
    const mixed = Array.isArray(value) && new Set(value.map(Array.isArray)).size > 1;
    const rows = axes < 2 ? LIST_FOR_NUMBER : MIXED;
    throw new Message(`${what} ${mixed ? rows : UNEVEN}.`);
  };
  const shapeOf = (entry) => {
    if (!Array.isArray(entry)) return [];
    const shapes = entry.map(shapeOf);
    if (shapes.some((shape) => !sameShape(shape, shapes[0]))) uneven();
    return [entry.length, ...(shapes[0] ?? [])];
  };
  let shape = shapeOf(value);
  const values = [value].flat(Infinity);
  const words = values.find((entry) => typeof entry === "string");
  if (words !== undefined) {
    throw new Message(`${what} is or holds text, '${words.slice(0, 20)}'; write numbers, without quotation marks.`);
  }
  if (values.some((entry) => typeof entry === "boolean")) {
    throw new Message(`${what} is or holds a bool; expected are numbers, or rows of numbers.`);
  }
  if (values.length > MAX_NUMBERS) throw new Message(`${what} has ${values.length} numbers, far more than are asked for.`);
  while (shape.length > axes && shape.at(-1) === 1) shape = shape.slice(0, -1);
  return { shape, values };
}

function withOpenEntries(value) {
  const opened = (entry) => (Array.isArray(entry) ? entry.map(opened) : entry === OPEN || entry === null ? NaN : entry);
  const nothing = (entry) => (Array.isArray(entry) ? entry.every(nothing) : Number.isNaN(entry));
  const found = opened(value);
  return nothing(found) ? value : found;
}

function withUnknownBatch(value, expected) {
  const shape = Array.isArray(value) && value.length > Math.min(2, expected) && value[0] === null;
  return shape && value.slice(1).every((n) => typeof n === "number") ? [NaN, ...value.slice(1)] : value;
}

const COMMAS = " Python writes 0.75 and 460_800: a comma separates two numbers.";

function parts(value, questions) {
  if (value === OPEN) throw new Message(NOT_YET, { open: true });
  const answers = Array.isArray(value) ? value : [value];
  if (answers.length !== questions) {
    const commas = answers.length > questions && answers.every((one) => Number.isInteger(one)) ? COMMAS : "";
    const told = `There are ${questions} answers to give, in order, as a list; yours has ${answers.length}.`;
    throw new Message(told + commas);
  }
  return answers;
}

/** Whether a list is too long since commas stand in its numbers: one in each, or before groups of three digits. */
function hasCommas({ shape, values }, expectedShape) {
  const expected = product(expectedShape);
  // Shapes end in one channel, or begin with a batch of one.
  if (expectedShape.length && (expected === 1 || [values[0], values.at(-1)].includes(1))) return false;
  if (shape.length !== 1 || values.length <= expected || !values.every(Number.isInteger)) return false;
  if (values.every((one) => one === values[0])) return false; // height and width
  const extra = values.length - expected, groups = values.slice(1).filter((one) => one >= 100 && one < 1000).length;
  return extra === expected || extra <= groups;
}

// ---------------------------------------------------------------- kinds of answers

class Kind {
  unread = new Map(); // what is wrong with the form of parts that could not be read, by the number of their probe

  constructor(key) {
    this.key = key;
  }

  matches(array, probe) {
    const size = Math.max(0, ...array.values.filter(Number.isFinite).map(Math.abs));
    return array.values.map((value, index) =>
      [cell(value), ...nearly(value, size)].find((one) => isRight(this.key, probe, index, one)) ?? null);
  }

  rightCells(array, probe) {
    return sameShape(array.shape, probe.shape) ? this.matches(array, probe).map((one) => one !== null) : null;
  }

  isRight(array, probe) {
    return sameShape(array.shape, probe.shape) && !this.matches(array, probe).includes(null);
  }

  expectEqual(given) {
    given.forEach((array, place) => {
      const probe = this.key.probes[place];
      if (!sameShape(array.shape, probe.shape)) throw new Message(this.wrongShape(array, probe));
      const index = this.matches(array, probe).indexOf(null);
      if (index >= 0) throw this.difference(array, probe, index);
    });
  }

  wrongShape(array, probe) {
    const found = describe(array.shape), expected = describe(probe.shape);
    const commas = hasCommas(array, probe.shape);
    const told = `${this.where(probe)}The shape is not right: yours is ${found}, expected is ${expected}.`;
    return told + (commas ? COMMAS : "");
  }

  where(probe) {
    return this.key.probes.length > 1 ? `Answer ${probe.number + 1} of ${this.key.probes.length}: ` : "";
  }

  spot(array, probe, index) {
    return this.where(probe) + (array.values.length > 1 ? `${namePlace(index, array)}: ` : "");
  }

  firstWrong(array, probe, right) {
    return right.indexOf(false);
  }

  inAnotherOrder(given) {
    return anotherOrder(this, given);
  }

  rightButForItsForm(given) {
    return rightButForItsForm(this, given);
  }

  nearlyRight(given) {
    return nearlyRight(this, given);
  }

  mayBeOpen() {
    return this.key.credit === "answers";
  }

  marked() {
    return null;
  }

  credit(given, misconception) {
    if (this.key.credit === "cells") return this.creditForCells(given[0], this.key.probes[0], misconception);
    if (this.key.credit === "answers") return this.creditForAnswers(given);
    if (this.key.credit === "rows") return this.creditForRows(given[0], this.key.probes[0]);
    return [0, ""];
  }

  creditForCells(array, probe, misconception) {
    const right = this.rightCells(array, probe) ?? [false];
    const share = 1 - (2 * right.filter((one) => !one).length) / right.length;
    const runsThrough = misconception && !misconception.includes("+") && misconception !== "sign_lost";
    const varied = new Set(array.values).size > 1;
    const oneSlip = runsThrough && sameShape(array.shape, probe.shape) && varied;
    if (share >= ONE_SLIP || (share > 0 && !oneSlip)) {
      return [share, `${right.filter(Boolean).length} of ${right.length} numbers are right.`];
    }
    return oneSlip ? [ONE_SLIP, "One slip runs through it, and costs half of the points."] : [0, ""];
  }

  creditForAnswers(given) {
    const marks = given.map((array, place) => this.rightCells(array, this.key.probes[place]) ?? [false]);
    const one = marks.length === 1 ? marks[0] : marks.map((part) => part.every(Boolean));
    const right = one.filter(Boolean).length, known = messages(this.key, ...given.map(text)).length > 0;
    const carried = right > 0 || (this.key.steps && one.length === given[0].values.length);
    if (marks.length === 1 && known && carried) {
      const steps = given[0].shape[0] ?? 1; // numbers, or rows of them
      const told = "One slip was made; what follows from it is counted as right";
      if (right < one.length * (1 - 1 / steps)) return [1 - 1 / steps, `${told}, ${steps - 1} of ${steps}.`];
    }
    const told = `${right} of ${one.length} answers ${right === 1 ? "is" : "are"} right.`;
    return [this.shareOfParts(given, right, one.length), told];
  }

  shareOfParts(given, right, count) {
    return right / count;
  }

  creditForRows() {
    return [0, ""];
  }
}

class Value extends Kind {
  maySlipInPlaces = true;

  read(answer) {
    const { probes } = this.key, given = probes.length > 1 ? parts(answer, probes.length) : [answer];
    if (this.key.credit === "answers") return this.readWithOpenParts(given);
    if (given.length > 1 && given.includes(null)) {
      throw new Message("Not answered in full yet: some places still hold None.", { open: true });
    }
    return given.map((part, place) => this.fitting(part, probes[place]));
  }

  fitting(part, { shape }) { // one number is as good as a list of one
    const found = this.readPart(shape.length === 1 ? withUnknownBatch(part, shape[0]) : part, shape.length);
    return sameShape(shape, [1]) && found.shape.length === 0 ? { ...found, shape: [1] } : found;
  }

  readPart(part, axes) {
    const read = arrayOf(part, axes);
    const found = { ...read, values: read.values.map((value) => round(value, this.key.decimals)) };
    const [one, other] = found.values;
    if (this.key.both_sides && axes === 0 && sameShape(found.shape, [2]) && Math.abs(one - other) <= 1) {
      return { shape: [], values: [(one + other) / 2] };
    }
    return found;
  }

  readWithOpenParts(given) {
    const opened = given.length === 1 ? [withOpenEntries(given[0])] : given;
    const found = opened.map((part, place) => {
      const probe = this.key.probes[place];
      try {
        return this.fitting(part === null ? OPEN : part, probe);
      } catch (message) {
        if (!(message instanceof Message)) throw message;
        if (!message.open) this.unread.set(probe.number, message); // the other parts count all the same
        return { shape: probe.shape, values: Array(product(probe.shape)).fill(NaN) };
      }
    });
    if (found.every((array) => array.values.every(Number.isNaN))) {
      for (const [number, problem] of this.unread) {
        const where = this.where(this.key.probes[number]);
        throw new Message(where + problem.message, { misconception: problem.misconception });
      }
      throw new Message(NOT_YET, { open: true });
    }
    return found;
  }

  difference(array, probe, index) {
    const where = this.where(probe), value = array.values[index], problem = this.unread.get(probe.number);
    if (problem) return new Message(where + problem.message, { misconception: problem.misconception });
    if (Number.isNaN(value) && this.key.credit === "answers") {
      if (array.values.length > 1 && array.values.every(Number.isNaN)) {
        return new Message(`${where}Not all of it is there yet.`);
      }
      const which = array.shape.length ? namePlace(index, array) : "This one";
      return new Message(`${where}${which} is still open.`);
    }
    return this.wrongCell(array, probe, index);
  }

  wrongCell(array, probe, index) {
    const where = this.where(probe), value = number(array.values[index]);
    if (array.values.length === 1) return new Message(`${where}${value} is not right.`);
    if (array.shape.length === 1) {
      return new Message(`${where}${namePlace(index, array)}, ${value}, is not right.`);
    }
    const hint = this.key.picture ? " The picture shows its window." : "";
    const wrong = this.matches(array, probe).filter((one) => one === null).length;
    const told = wrong === 1 ? "One number is wrong, in" : `${wrong} of ${array.values.length} numbers are wrong, the first in`;
    return new Message(`${where}${told} ${nameCell(unravel(index, array.shape))}, where yours is ${value}.${hint}`);
  }
}

class Choice extends Value {
  inAnotherOrder() {
    return null;
  }

  rightButForItsForm() {
    return null;
  }

  nearlyRight() {
    return null;
  }

  readPart(part) {
    if (part === OPEN) throw new Message(NOT_YET, { open: true });
    const [one, ...others] = [part].flat(); // a form gives words to choose from; capitals do not matter where one is typed
    const place = others.length || typeof one !== "string" ? -1 : this.key.choices.indexOf(one.trim().toLowerCase());
    if (place < 0) {
      const listed = this.key.choices.map((one) => `'${one}'`).join(", ");
      const given = typeof part === "string" ? `'${part}'` : typeof part === "number" ? "a number" : "no word";
      throw new Message(`Your answer is ${given}; write one of ${listed}, with quotation marks.`);
    }
    return { shape: [], values: [place] };
  }

  wrongCell(array, probe) {
    const word = this.key.choices[array.values[0]];
    return new Message(`${this.where(probe)}'${word}' is not right. Think it through once more.`);
  }

  shareOfParts(given, right, count) {
    const words = given.map((array) => array.values[0]);
    if (count > 2 && new Set(words).size === 1) return 0;
    const answered = words.filter((word) => !Number.isNaN(word)).length, guess = 1 / this.key.choices.length;
    return Math.max(0, (right - answered * guess) / (count - count * guess));
  }
}

const NOTHING = ["", "-", "–", "—", "none", "no", "nothing"]; // what people write where there is nothing to say

class Table extends Kind {
  read(rows) {
    const [probe] = this.key.probes;
    if (rows === OPEN || rows.every((row) => row.every((entry) => entry === OPEN || entry === null))) {
      throw new Message("Not answered yet: replace the three dots with your numbers.", { open: true });
    }
    const isGiven = (entry) => entry !== OPEN && entry !== null;
    const learnsNothing = (row) => this.key.columns.at(-1) === "parameters" && row.slice(0, -1).every(isGiven);
    const values = rows.flatMap((row, n) => row.map((entry, column) => {
      const nothing = entry === null || (typeof entry === "string" && NOTHING.includes(entry.trim().toLowerCase()));
      if (nothing && column === row.length - 1 && learnsNothing(row)) return 0;
      if (entry === OPEN || nothing) return NaN;
      return arrayOf(entry, 0, `An entry of the row ${probe.rows[n]}`).values[0];
    }));
    return [{ shape: probe.shape, values }];
  }

  inAnotherOrder() {
    return null;
  }

  rightButForItsForm() {
    return null;
  }

  nearlyRight() {
    return null;
  }

  mayBeOpen() {
    return true;
  }

  spot(array, probe, index) {
    const [row, column] = unravel(index, array.shape);
    return `${probe.rows[row]}, ${this.key.columns[column]}: `;
  }

  difference(array, probe, index) {
    const [row, column] = unravel(index, array.shape), value = array.values[index];
    const name = probe.rows[row], what = this.key.columns[column];
    if (Number.isNaN(value)) return new Message(`${name}: ${what} is still open.`);
    const later = row === array.shape[0] - 1 || column === array.shape[1] - 1 ? "" : " Later rows may depend on it.";
    return new Message(`The first wrong entry: ${name}, ${what}: ${number(value)}.${later}`);
  }

  carriedOn(array, probe) {
    const columns = array.shape[1], found = [];
    let shape = probe.input;
    probe.layers.forEach((layer, row) => {
      const entries = array.values.slice(row * columns, (row + 1) * columns);
      const expected = entriesOf(layer, shape, this.key.columns);
      found.push(...entries.map((entry, column) => Boolean(expected) && entry === expected[column]));
      shape = shapeOfRow(entries, this.key.columns, layer, shape);
    });
    return found;
  }

  firstWrong(array, probe, right) {
    const carried = this.carriedOn(array, probe);
    const first = right.findIndex((one, index) => !one && !carried[index]);
    return first < 0 ? right.indexOf(false) : first;
  }

  marked(given) {
    const [array] = given, [probe] = this.key.probes;
    const right = this.rightCells(array, probe), carried = this.carriedOn(array, probe);
    return array.values.map((value, n) => (Number.isNaN(value) ? null : right[n] || (carried[n] ? "carried" : false)));
  }

  creditForRows(array, probe) {
    const right = this.rightCells(array, probe), carried = this.carriedOn(array, probe), [rows, columns] = array.shape;
    let shapes = 0, learned = 0, follows = false, begun = false; // a table filled with ones is not begun
    for (let row = 0; row < rows; row++) {
      const from = row * columns, to = from + columns;
      const fine = right.slice(from, to).map((one, n) => one || carried[from + n]);
      follows ||= right.slice(from, to).some((one, n) => !one && carried[from + n]);
      if (array.values.slice(from, to).some(Number.isNaN)) continue;
      begun ||= right.slice(from, to - 1).every(Boolean) && array.values.slice(from, to - 1).some((one) => one > 1);
      shapes += fine.slice(0, -1).every(Boolean);
      learned += fine.at(-1);
    }
    const rest = follows ? " (What follows rightly from an earlier slip counts as right.)" : "";
    const has = shapes === 1 ? "has" : "have";
    const told = `Of ${rows} rows, ${shapes} ${has} the right shape, and ${learned} the right parameters.${rest}`;
    return [begun ? (shapes + learned) / (2 * rows) : 0, told];
  }
}

function shapeOfRow(entries, columns, layer, before) {
  const found = Object.fromEntries(columns.map((name, n) => [name, entries[n]]));
  const shape = [found.height, found.width ?? found.height, found.channels];
  if (!shape.every((n) => Number.isInteger(n) && n > 0)) return before;
  return ["Flatten", "Dense", "GlobalPool"].includes(layer.kind) ? shape.slice(2) : shape;
}

// ---------------------------------------------------------------- naming

function said(where, found) {
  const [one, other] = found.map((message) => message.sentence);
  const sentence = found.length === 1 ? one : `Two slips lead to this. Either: ${one} Or: ${other}`;
  return new Message(where + sentence, { misconception: found[0].misconception });
}

function known(kind, given, twice) {
  const lookUp = (...answered) => messages(kind.key, ...answered).filter((one) => twice || !one.misconception.includes("+"));
  for (const [place, array] of given.entries()) {
    const probe = kind.key.probes[place], right = kind.rightCells(array, probe);
    if (right?.every(Boolean)) continue;
    if (kind.unread.has(probe.number)) return null; // what is wrong with its form is said first
    const ofAnswer = lookUp(String(probe.number), text(array));
    if (ofAnswer.length) return said(kind.where(probe), ofAnswer);
    if (right && kind.key.separate) {
      const index = kind.firstWrong(array, probe, right);
      const ofCell = lookUp(String(probe.number), String(index), cells(array)[index]);
      if (ofCell.length) return said(kind.spot(array, probe, index), ofCell);
    } else if (right && kind.maySlipInPlaces) {
      const found = mostly(kind, array, probe, right);
      if (found) return found;
    }
  }
  return null;
}

function mostly(kind, array, probe, right) {
  const votes = new Map(), texts = cells(array), wrong = right.flatMap((one, index) => (one ? [] : [index]));
  for (const index of wrong) {
    for (const message of messages(kind.key, String(probe.number), String(index), texts[index])) {
      const vote = votes.get(message.sentence) ?? { message, count: 0 };
      vote.count += 1;
      votes.set(message.sentence, vote);
    }
  }
  const sorted = [...votes.values()].sort((one, other) => other.count - one.count), [best] = sorted;
  const alone = sorted.length < 2 || sorted[1].count < best.count;
  if (best && best.count >= 2 && best.count >= MOST * Math.max(best.message.cells, wrong.length) && alone) {
    const told = `${best.message.sentence} (Most of your numbers show it; another slip was made besides.)`;
    return new Message(kind.where(probe) + told, { misconception: best.message.misconception });
  }
  return null;
}

// An array whose entry at an index is that of the old one at another index.
function rearranged(array, shape, from) {
  const strides = array.shape.map((_, axis) => product(array.shape.slice(axis + 1)));
  const values = Array.from({ length: array.values.length }, (_, index) => {
    const at = from(unravel(index, shape));
    return array.values[at.reduce((sum, place, axis) => sum + place * strides[axis], 0)];
  });
  return { shape, values };
}

const flipped = (axes) => (array) => {
  const turned = axes ?? array.shape.map((_, axis) => axis);
  return rearranged(array, array.shape, (at) => at.map((n, axis) => (turned.includes(axis) ? array.shape[axis] - 1 - n : n)));
};
const TURNS = [
  ["answer_transposed", (a) => rearranged(a, [...a.shape].reverse(), (at) => [...at].reverse()),
    "Your numbers are right, but rows and columns are exchanged."],
  ["answer_upside_down", flipped([0]), "Your numbers are right, but the rows are in reverse order."],
  ["answer_mirrored", flipped([1]), "Your numbers are right, but the columns are in reverse order."],
  ["answer_turned", flipped(null), "Your numbers are right, but the answer is turned by 180°."],
  ["first_axis_last", (a) => rearranged(a, [...a.shape.slice(1), a.shape[0]], (at) => [at.at(-1), ...at.slice(0, -1)]),
    "Your numbers are right, but the axes are in the wrong order: the channels come last."],
  ["last_axis_first", (a) => rearranged(a, [a.shape.at(-1), ...a.shape.slice(0, -1)], (at) => [...at.slice(1), at[0]]),
    "Your numbers are right, but the axes are in the wrong order: the last one comes first."],
];
const SCALES = [
  [10, "a factor of ten: was a zero lost, or added?"],
  [100, "a factor of a hundred: is it asked in percent, or as a share?"],
  [1000, "a factor of a thousand: look at the units."],
  [1000000, "a factor of a million: look at the units."],
  [1000000000, "a factor of a billion: look at the units."],
];
const CHANGED = [
  ["off_by_one", (v) => [v - 1, v + 1], "It is off by one: something was counted once too often, or left out once."],
  ["area", (v) => (v > 0 ? [Math.sqrt(v)] : []), "That is the square of what is asked: one side counts, or one root is missing."],
  ["root", (v) => [v ** 2], "That is the root of what is asked."],
  ["factor_of_two", (v) => [2 * v, v / 2], "It is off by a factor of two: was something counted twice, or only one of two?"],
];

const wrongOnes = (kind, given) =>
  given.map((array, place) => [array, kind.key.probes[place]]).filter((pair) => !kind.isRight(...pair));

function rightButForItsForm(kind, given) {
  const wrong = wrongOnes(kind, given);
  if (!wrong.length) return null;
  for (const [name, change, sentence] of changesOf(...wrong[0])) {
    if (wrong.every(([array, probe]) => kind.isRight(change(array), probe))) {
      return new Message((wrong.length === 1 ? kind.where(wrong[0][1]) : "") + sentence, { misconception: name });
    }
  }
  return null;
}

function nearlyRight(kind, given) {
  const [wrong] = wrongOnes(kind, given);
  return wrong ? ofOneNumber(kind, ...wrong) : null;
}

function* changesOf(array, probe) {
  const { shape } = probe, size = product(shape);
  if (!array.values.length || !array.values.every(Number.isFinite)) return;
  if (!sameShape(array.shape, shape) && array.values.length === size) {
    const expected = describe(shape), squeezed = (one) => one.filter((n) => n !== 1);
    const told = sameShape(squeezed(array.shape), squeezed(shape))
      ? "with axes of length 1 too many or too few"
      : array.shape.length === shape.length ? "in another shape" : null;
    const sentence = told
      ? `Your numbers are right, ${told}: expected is ${expected}.`
      : `Your numbers are right, but not arranged as asked: expected is ${expected}.`;
    yield ["another_shape", (one) => (one.values.length === size ? { shape, values: one.values } : one), sentence];
  }
  if (array.shape.length > 1) yield* TURNS;
  if (array.shape.length) {
    const negative = (one) => ({ ...one, values: one.values.map((value) => -value) });
    yield ["signs", negative, "Your numbers are right but for their signs."];
  }
}

function anotherOrder(kind, given) {
  const { key } = kind, several = given.length > 1;
  if (!key.separate) return null;
  if (several && given.some((array, place) => array.shape.length || key.probes[place].shape.length)) return null;
  if (!several && (given[0].shape.length !== 1 || !sameShape(given[0].shape, key.probes[0].shape))) return null;
  const texts = several ? given.map((array) => cells(array)[0]) : cells(given[0]);
  if (texts.length < 2 || texts.length > 6) return null;
  const places = texts.map((_, n) => (several ? [key.probes[n], 0] : [key.probes[0], n]));
  const fits = texts.map((one) => places.map(([probe, index]) => isRight(key, probe, index, one)));
  const matched = (taken) => taken.length === fits.length ||
    fits[taken.length].some((fit, place) => fit && !taken.includes(place) && matched([...taken, place]));
  const sentence = "Your answers are right, but not in the order in which they are asked for.";
  return matched([]) ? new Message(sentence, { misconception: "another_order" }) : null;
}

function ofOneNumber(kind, array, probe) {
  const { key } = kind;
  if (!sameShape(array.shape, probe.shape)) return null;
  const matches = kind.matches(array, probe), index = matches.indexOf(null), value = array.values[index];
  if (!Number.isFinite(value)) return null;
  const where = kind.spot(array, probe, index), fits = (one) => isRight(key, probe, index, cell(one));
  const wrong = key.separate ? [index] : [...matches.keys()].filter((place) => matches[place] === null);
  if (value && wrong.every((at) => isRight(key, probe, at, cell(-array.values[at])))) {
    return new Message(`${where}The size of your number is right, its sign is not.`, { misconception: "sign_lost" });
  }
  if (!key.separate) return null;
  for (const [factor, sentence] of SCALES) {
    // 0 is a millionth of nothing.
    if (value && [value * factor, value / factor].some((one) => Number(cell(one)) && fits(one))) {
      const told = `${where}The digits are right, but the number is off by ${sentence}`;
      return new Message(told, { misconception: "power_of_ten" });
    }
  }
  for (const [name, change, sentence] of CHANGED) {
    if (Math.abs(value) > 3 && change(value).filter(Number.isFinite).some(fits)) {
      return new Message(where + sentence, { misconception: name });
    }
  }
  return null;
}

// ---------------------------------------------------------------- the verdict

const KINDS = { value: Value, choice: Choice, table: Table };
const canAssess = (key) => key.kind in KINDS;

function praise(kind, given) {
  let found = messages(kind.key, ...given.map(text));
  if (!found.length && given.every((array, place) => kind.isRight(array, kind.key.probes[place]))) {
    const exact = given.map((array, place) => {
      const matched = kind.matches(array, kind.key.probes[place]).map((one) => `'${one}'`);
      return `[${array.shape.join(", ")}] [${matched.join(", ")}]`;
    });
    found = messages(kind.key, ...exact);
  }
  if (found[0]?.right) return found[0].sentence;
  if (found.length) throw new Message(found[0].sentence, found[0]);
  const named = kind.inAnotherOrder(given) ?? known(kind, given, false) ?? kind.rightButForItsForm(given) ??
    known(kind, given, true) ?? kind.nearlyRight(given);
  if (named) throw named;
  return kind.expectEqual(given);
}

// Judge an answer: nested arrays of numbers and words, OPEN where nothing is answered.
function assess(key, answer) {
  const kind = new KINDS[key.kind](key);
  let given = null;
  try {
    given = kind.read(answer);
    return { state: "right", sentence: praise(kind, given), hints: [], marked: null };
  } catch (message) {
    if (!(message instanceof Message)) throw message;
    const hints = message.misconception ? [] : key.hints;
    if (!given) return { state: message.open ? "open" : "wrong", sentence: message.message, hints, marked: null };
    const [credit, note] = kind.credit(given, message.misconception), marked = kind.marked(given);
    const open = kind.mayBeOpen() && given.some((array, place) => !kind.unread.has(kind.key.probes[place].number) &&
      (given.length === 1 ? array.values.some(Number.isNaN) : array.values.every(Number.isNaN)));
    if (!credit && open) return { state: "open", sentence: `Not answered in full yet. ${message.message}`, hints, marked };
    const told = credit && !message.message.includes(note) ? `${note} ${message.message}` : message.message;
    return { state: credit ? "partly" : "wrong", sentence: told, hints, marked, misconception: message.misconception };
  }
}

export { assess, canAssess, OPEN };
