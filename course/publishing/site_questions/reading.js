// What is typed into a form, as values: numbers and sums of them, lists, words, None and three dots, as in a notebook.
import { OPEN } from "./verdict.js";

const TOKEN = /\s*(\.\.\.|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[A-Za-z_][\w.]*|"[^"]*"|'[^']*'|\*\*|\/\/|[-+*/%()[\],])/y;
const FUNCTIONS = { sqrt: Math.sqrt, log: Math.log, ln: Math.log, log2: Math.log2, log10: Math.log10, exp: Math.exp };
const WORDS = { None: null, True: true, False: false };

class NotReadable extends Error {}

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (!match) throw new NotReadable("This cannot be read; write a number, or a list such as [1, 2, 3].");
    found.push(match[1]);
  }
  return found;
}

// One value: what Python would make of the text, as far as it is numbers, words and lists.
function parse(text) {
  const rest = tokens(text);
  const listTo = (end) => {
    const entries = [];
    let comma = false;
    while (rest[0] !== end) {
      if (!rest.length) throw new NotReadable(`A "${end}" is missing.`);
      entries.push(sum());
      comma = rest[0] === ",";
      if (comma) rest.shift();
    }
    rest.shift();
    return [entries, comma];
  };
  const atom = () => {
    const token = rest.shift();
    if (token === undefined) throw new NotReadable("Something is missing at the end.");
    if (token === "...") return OPEN;
    if (token === "[") return listTo("]")[0];
    if (token === "(") {
      const [entries, comma] = listTo(")");
      return entries.length === 1 && !comma ? entries[0] : entries;
    }
    if (/^["']/.test(token)) return token.slice(1, -1);
    if (/^[\d.]/.test(token)) return Number(token.replaceAll("_", ""));
    if (token in WORDS) return WORDS[token];
    const name = token.split(".").at(-1);
    if (name in FUNCTIONS && rest[0] === "(") {
      rest.shift();
      return FUNCTIONS[name](listTo(")")[0][0]);
    }
    return token; // a word without quotation marks
  };
  const numbers = (one, other, compute) => {
    if (typeof one !== "number" || typeof other !== "number") throw new NotReadable("Only numbers can be computed with.");
    return compute(one, other);
  };
  const power = () => {
    const base = atom();
    if (rest[0] !== "**") return base;
    rest.shift();
    return numbers(base, sign(), (a, b) => a ** b);
  };
  const sign = () => {
    if (rest[0] === "-" || rest[0] === "+") {
      const minus = rest.shift() === "-";
      return numbers(sign(), minus ? -1 : 1, (a, b) => a * b);
    }
    return power();
  };
  const OPERATIONS = {
    "*": (a, b) => a * b, "/": (a, b) => a / b, "//": (a, b) => Math.floor(a / b), "%": (a, b) => a - b * Math.floor(a / b),
    "+": (a, b) => a + b, "-": (a, b) => a - b,
  };
  const chain = (next, signs) => () => {
    let found = next();
    while (signs.includes(rest[0])) {
      const compute = OPERATIONS[rest.shift()];
      found = numbers(found, next(), compute);
    }
    return found;
  };
  const times = chain(sign, ["*", "/", "//", "%"]), sum = chain(times, ["+", "-"]);
  const [entries] = (rest.push("\n"), listTo("\n"));
  return entries.length === 1 ? entries[0] : entries;
}

// Rows of numbers, one row per line, or a value as Python writes it.
function parseRows(text) {
  if (/[[(]/.test(text) || !text.includes("\n")) return parse(text);
  return text.trim().split("\n").map((line) => line.trim().split(/[\s,;]+/).map(parse));
}

export { NotReadable, parse, parseRows };
