// The pages' questions: below each cell that checks an answer stands a form, and what is typed is checked in the page.
import { NotReadable, parse, parseRows } from "./reading.js";
import { assess, canAssess, OPEN } from "./verdict.js";

const LOOKS = { right: ["✓", "Right"], partly: ["◐", "Partly right"], wrong: ["✗", "Not right yet"], open: ["○", "Open"] };
const MARKS = new Map([[true, "✓"], [false, "✗"], [null, "○"], ["carried", "↷"]]);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// ---------------------------------------------------------------- forms

function label(text, field) {
  return element("label", {}, text, field);
}

function choiceFields(key) {
  return key.probes.map((probe, n) => {
    const options = ["", ...key.choices].map((word) => element("option", { value: word }, word || "choose …"));
    return label(key.probes.length > 1 ? `${n + 1}. ` : "Answer: ", element("select", {}, ...options));
  });
}

function numberFields(key) {
  return key.probes.map((probe, n) => {
    const axes = probe.shape.length;
    const told = axes === 0 ? "a number" : axes === 1 ? "numbers, such as 1, 2, 3" : "rows of numbers, one row per line";
    const field = axes < 2 ? element("input", { type: "text", placeholder: told, autocomplete: "off", spellcheck: "false" })
      : element("textarea", { rows: "4", placeholder: told, spellcheck: "false" });
    return label(key.probes.length > 1 ? `${n + 1}. ` : "Answer: ", field);
  });
}

function tableField(key) {
  const [probe] = key.probes;
  const head = element("tr", {}, element("td"), ...key.columns.map((name) => element("th", { scope: "col" }, name)));
  const rows = probe.rows.map((name) => element("tr", {}, element("th", { scope: "row" }, name), ...key.columns.map((column) =>
    element("td", {}, element("input", { type: "text", "aria-label": `${name}, ${column}`, autocomplete: "off" }), element("span")))));
  return [element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))];
}

const valueOf = (field) => (field.value.trim() ? (field.tagName === "TEXTAREA" ? parseRows : parse)(field.value) : OPEN);

function answerOf(key, form) {
  const fields = [...form.querySelectorAll("input, textarea, select")];
  if (key.kind === "choice") {
    const words = fields.map((field) => field.value || OPEN);
    return words.length === 1 ? words[0] : words;
  }
  const values = fields.map(valueOf);
  if (key.kind === "table") {
    const columns = key.columns.length;
    return key.probes[0].rows.map((_, row) => values.slice(row * columns, (row + 1) * columns));
  }
  return values.length === 1 ? values[0] : values;
}

// ---------------------------------------------------------------- what is said

function withCode(text) {
  return text.split("`").map((part, n) => (n % 2 ? element("code", {}, part) : part));
}

function steps([first, ...others]) {
  if (!first) return [];
  const text = first.section ? [place(...first.section)] : withCode(first.text);
  return [element("details", {}, element("summary", {}, first.title), element("div", {}, ...text), ...steps(others))];
}

function place(lecture, heading) {
  const told = `Lecture 3.1.${lecture.split("_")[0]}, “${heading}”`;
  const anchor = heading.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^[-0-9]+|-+$/g, ""); // as Docutils names it
  return element("a", { href: `${window.courseRoot}notebooks/${lecture}.html#${anchor}` }, told);
}

function show(box, exercise, verdict) {
  const [mark, word] = LOOKS[verdict.state];
  const sign = element("span", { class: "sign", "aria-hidden": "true" }, mark);
  box.className = `course-verdict ${verdict.state}`;
  const said = verdict.sentence.replace(" The picture shows its window.", ""); // there is none on a page
  const told = element("div", {}, element("b", {}, `${exercise}: ${word}.`), " ", ...withCode(said), ...steps(verdict.hints));
  box.replaceChildren(sign, " ", told);
}

function showMarks(form, marks) {
  form.querySelectorAll("td span").forEach((span, n) => { span.textContent = marks ? MARKS.get(marks[n]) : ""; });
}

// ---------------------------------------------------------------- questions

function question(key) {
  const fields = { choice: choiceFields, value: numberFields, table: tableField }[key.kind](key);
  const box = element("div", { role: "status" });
  const form = element("form", { class: "course-question", "aria-label": `answer to ${key.name}` },
    ...fields, element("button", { type: "submit" }, "Check"), box);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    let verdict = null;
    try {
      verdict = assess(key, answerOf(key, form));
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error;
      verdict = { state: "open", sentence: error.message, hints: [], marked: null };
    }
    show(box, key.name, verdict);
    showMarks(form, verdict.marked);
    if (verdict.state === "right") form.dispatchEvent(new CustomEvent("answered", { bubbles: true }));
  });
  return form;
}

// A question that only a notebook can check, or that has numbers of one's own.
function elsewhere(name) {
  const told = "This question is answered in the notebook: download it at the top of this page, and open it in JupyterLab.";
  return element("div", { class: "course-question", "aria-label": `answer to ${name}` }, ...withCode(told));
}

const TELLS = ".tag_answer, .tag-answer"; // of code, and of text as Docutils writes it

// What gives an answer away is folded until the question was answered, or somebody asks.
function fold(first, form) {
  const given = [];
  for (let next = first; next?.matches(TELLS); next = next.nextElementSibling) given.push(next);
  if (!given.length) return;
  const folded = element("details", { class: "course-answer" }, element("summary", {}, "What follows gives the answer away"));
  given[0].before(folded);
  folded.append(...given);
  form?.addEventListener("answered", () => { folded.open = true; });
}

// Behind a question; the link to its assignment may stand between.
function behind(cell) {
  const next = cell.nextElementSibling;
  return next?.matches("p") && next.querySelector("a[href*='release/']") ? next.nextElementSibling : next;
}

function start() {
  for (const cell of document.querySelectorAll("div.cell")) {
    const [, name] = cell.querySelector(".cell_input")?.textContent.match(/^\s*check\("(\w+)"/m) ?? [];
    if (!name) continue;
    const key = window.courseKeys?.[name];
    const form = key && canAssess(key) ? question(key) : elsewhere(name);
    cell.querySelector(".cell_output")?.remove();
    cell.append(form);
    fold(behind(cell), form);
  }
  // Questions for a show of hands have no form.
  for (const cell of document.querySelectorAll(TELLS)) if (!cell.closest(".course-answer")) fold(cell);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();

export { assess, OPEN, parse, question };
