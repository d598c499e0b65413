/**
 * A lecture in a hall, as an extension of JupyterLab: one section per screen, outputs and answers when they are asked for,
 * an overview, a timer, and a second window for the lecturer. It is loaded as it stands, without a build.
 */

const KEYS = [
  ["→, Page Down", "on: the rest of this section, then the next one"],
  ["←, Page Up", "back: up in this section, then the one before"],
  ["Space, R", "reveal: the next output or answer; then on"],
  ["H", "hide the outputs and answers of this section again"],
  ["O", "overview of all sections"],
  ["C", "code of demos and figures, shown or hidden"],
  ["T", "a timer for a question: two minutes, one more with each press; Shift and T stops it"],
  ["N", "a second window, for the lecturer: notes, answers, time left"],
  ["D", "dark, for a dark room, or light again"],
  ["+, −, 0", "larger letters, smaller ones, as at first"],
  ["?", "these keys; Escape closes them, and leaves a demo, so that the other keys work again"],
];
const HEADING = /^#{1,3} +(.+)$/m;
const NOTES = /<!--\s*notes:\s*([\s\S]*?)-->/gi;
const TIME = /\*\*Time:\*\*\D*(\d+) minutes/;
const FIRST_MINUTES = 2; // of the timer
const TURN = 0.85; // of a screen, where a section is longer than one
const HOME = document.currentScript.src.replace(/[^/]*$/, "");

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function clock(seconds) {
  const size = Math.abs(Math.round(seconds));
  return `${seconds < 0 ? "−" : ""}${Math.floor(size / 60)}:${String(size % 60).padStart(2, "0")}`;
}

const sourceOf = (cell) => cell.model.sharedModel.getSource();
const isAnswer = (cell) => (cell.model.getMetadata("tags") ?? []).includes("answer");

/** Cut a notebook at its headings: [{ title, level, cells }]. */
function sectionsOf(cells) {
  const found = [];
  for (const cell of cells) {
    const heading = cell.model.type === "markdown" && !isAnswer(cell) && sourceOf(cell).match(HEADING);
    if (heading && sourceOf(cell).startsWith("#"))
      found.push({ title: heading[1].replaceAll(/[*`$]/g, ""), level: heading[0].indexOf(" "), cells: [] });
    else if (!found.length) found.push({ title: "", level: 1, cells: [] });
    found.at(-1).cells.push(cell);
  }
  return found;
}

class Hall {
  constructor(app, panel) {
    [this.app, this.panel, this.at, this.began] = [app, panel, 0, Date.now()];
    this.sections = sectionsOf(panel.content.widgets);
    this.minutes = Number(panel.content.widgets.map(sourceOf).join("\n").match(TIME)?.[1] ?? 0);
    this.place = element("footer", { class: "hall-place", role: "status" });
    this.timer = element("div", { class: "hall-timer", role: "timer", hidden: "" });
    this.overview = this.dialog("hall-overview", "Sections");
    this.help = this.dialog("hall-help", "Keys", this.keys());
    document.body.append(this.place, this.timer, this.overview, this.help);
    this.scale = 1;
    for (const cell of panel.content.widgets) {
      cell.node.classList.toggle("hall-answer", isAnswer(cell));
      cell.node.classList.toggle("hall-picture", cell.model.getMetadata("hall") === "picture");
    }
    // Before JupyterLab's own keys, which would cut the cell at an X.
    window.addEventListener("keydown", (event) => this.press(event), true);
    setInterval(() => this.tick(), 500);
    this.hide(panel.content.widgets);
    this.show(0);
    panel.sessionContext.ready.then(() => app.commands.execute("notebook:run-all-cells")).then(() => this.show(this.at));
  }

  dialog(name, title, ...children) {
    const made = element("dialog", { class: name, "aria-label": title }, element("h1", {}, title), ...children);
    made.addEventListener("click", (event) => event.target === made && made.close());
    return made;
  }

  keys() {
    const rows = KEYS.map(([key, what]) => element("tr", {}, element("th", { scope: "row" }, key), element("td", {}, what)));
    return element("table", {}, element("tbody", {}, ...rows));
  }

  // ---------------------------------------------------------------- sections

  get section() {
    return this.sections[this.at];
  }

  /** Show a section, from its top. */
  show(index) {
    this.at = Math.max(0, Math.min(this.sections.length - 1, index));
    for (const { cells } of this.sections)
      for (const cell of cells) cell.node.classList.toggle("hall-away", cells !== this.section.cells);
    this.scroller.scrollTop = 0;
    this.place.textContent = `${this.at + 1} / ${this.sections.length}   press ? for the keys`;
    this.note();
  }

  get scroller() {
    return this.panel.content.node.querySelector(".jp-WindowedPanel-outer") ?? this.panel.content.node;
  }

  on() {
    const end = this.section.cells.findLast((cell) => cell.node.offsetHeight)?.node.getBoundingClientRect().bottom ?? 0;
    const { bottom } = this.scroller.getBoundingClientRect();
    if (end > bottom + 4) this.turn(Math.min(end - bottom + 24, TURN * this.scroller.clientHeight));
    else if (this.at < this.sections.length - 1) this.show(this.at + 1);
  }

  /** Scroll down, a little less where a line would be cut at the top. */
  turn(by) {
    const starts = this.starts().filter((start) => start <= by && start > by / 2);
    this.scroller.scrollBy({ top: starts.length ? Math.max(...starts) : by });
  }

  /** Scroll until something is in sight, a little more where a line would be cut at the top. */
  bring(node) {
    const [view, box] = [this.scroller.getBoundingClientRect(), node.getBoundingClientRect()];
    const [by, furthest] = [box.bottom + 24 - view.bottom, box.top - view.top - 8];
    if (by > 0) this.scroller.scrollBy({ top: Math.min(furthest, ...this.starts().filter((start) => start >= by)) });
  }

  /** How far each paragraph, code and output is from the top. */
  starts() {
    const { top } = this.scroller.getBoundingClientRect();
    const parts = this.panel.content.node.querySelectorAll(".jp-RenderedMarkdown > *, .jp-Cell-inputWrapper, .jp-OutputArea");
    return [...parts].filter((part) => part.offsetHeight).map((part) => part.getBoundingClientRect().top - top - 8);
  }

  back() {
    if (this.scroller.scrollTop > 4) this.scroller.scrollBy({ top: -TURN * this.scroller.clientHeight });
    else this.show(this.at - 1);
  }

  // ---------------------------------------------------------------- what is hidden

  hide(cells) {
    for (const cell of cells) cell.node.classList.toggle("hall-unseen", isAnswer(cell) || cell.model.type === "code");
  }

  /** Show the next thing that waits; a cell without an output is run for it, and one that shows nothing is passed over. */
  async reveal() {
    const next = this.section.cells.find((cell) => cell.node.classList.contains("hall-unseen"));
    if (!next) return this.on();
    if (next.model.type === "code" && next.model.executionCount === null) await this.run(next);
    next.node.classList.remove("hall-unseen");
    const shown = isAnswer(next) ? next.node : next.outputArea.node;
    if (!shown.offsetHeight && !isAnswer(next)) return this.reveal();
    this.bring(shown);
  }

  async run(cell) {
    const { content } = this.panel;
    content.activeCellIndex = content.widgets.indexOf(cell);
    content.deselectAll();
    await this.app.commands.execute("notebook:run-cell");
  }

  // ---------------------------------------------------------------- keys

  press(event) {
    const inside = event.target instanceof Element ? event.target : document.body;
    const cell = inside.closest(".jp-CodeCell");
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) return cell?.classList.remove("hall-unseen");
    const open = document.querySelector("dialog[open]");
    const turns = event.key === "PageDown" || event.key === "PageUp";
    const demo = inside.closest(".course-demo");
    const typed = "textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=file])";
    if (event.key === "Escape" && demo && !inside.matches(typed)) return inside.blur();
    const busy = inside.closest("input, textarea, select, [contenteditable=true], .course-demo, button, summary, a");
    if (event.ctrlKey || event.metaKey || event.altKey || (busy && !turns) || (open && open !== this.help)) return;
    const act = this.acts()[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.help.open) this.help.close();
    act(event);
  }

  acts() {
    const [on, back, reveal] = [() => this.on(), () => this.back(), () => this.reveal()];
    return {
      ArrowRight: on,
      PageDown: on,
      ArrowLeft: back,
      PageUp: back,
      " ": reveal,
      r: reveal,
      h: () => this.hide(this.section.cells),
      o: () => this.choose(),
      c: () => document.body.classList.toggle("hall-with-code"),
      t: ({ shiftKey }) => this.time(shiftKey),
      n: () => this.openNotes(),
      d: () => void this.turnLights(),
      "+": () => this.letters(this.scale * 1.1),
      "=": () => this.letters(this.scale * 1.1),
      "-": () => this.letters(this.scale / 1.1),
      0: () => this.letters(1),
      "?": ({ view }) => (view === this.notes ? this.keysInNotes() : this.help.showModal()),
      Escape: () => {},
    };
  }

  async turnLights() {
    if (document.querySelector("#jupyterlab-splash")) return; // JupyterLab is still at the change before
    const theme = document.body.dataset.jpThemeLight === "false" ? "JupyterLab Light" : "JupyterLab Dark";
    await this.app.commands.execute("apputils:change-theme", { theme });
    this.note();
  }

  letters(scale) {
    this.scale = Math.max(0.5, Math.min(2.5, scale));
    document.body.style.setProperty("--hall-scale", this.scale);
  }

  choose() {
    const entries = this.sections.map(({ title, level }, n) => {
      const made = element("button", { type: "button", class: `level-${level}` }, title);
      if (n === this.at) made.setAttribute("aria-current", "true");
      made.addEventListener("click", () => {
        this.overview.close();
        this.show(n);
      });
      return element("li", {}, made);
    });
    const list = element("ol", {}, ...entries);
    list.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = by && entries[entries.indexOf(event.target.closest("li")) + by];
      if (next) next.firstChild.focus();
      if (by) event.preventDefault();
    });
    this.overview.replaceChildren(this.overview.firstChild, list);
    this.overview.showModal();
    this.overview.querySelector("[aria-current]").focus();
  }

  // ---------------------------------------------------------------- time

  time(stops) {
    const left = Math.max(0, (this.ends ?? 0) - Date.now());
    this.ends = stops ? null : Date.now() + left + (this.ends ? 60_000 : FIRST_MINUTES * 60_000);
    this.tick();
  }

  tick() {
    this.timer.hidden = !this.ends;
    const left = ((this.ends ?? 0) - Date.now()) / 1000;
    if (this.ends) this.timer.textContent = clock(Math.max(0, left));
    this.timer.classList.toggle("over", left <= 0);
    const spent = (Date.now() - this.began) / 1000;
    const clocks = this.notes?.document?.querySelector("#clocks");
    if (clocks) {
      const rest = this.minutes ? `, ${clock(60 * this.minutes - spent)} left of ${this.minutes} minutes` : "";
      clocks.textContent = `${clock(spent)} since the beginning${rest}`;
    }
  }

  // ---------------------------------------------------------------- the lecturer's window

  openNotes() {
    if (!this.notes || this.notes.closed) {
      this.notes = window.open("", "course-notes", "popup,width=720,height=820");
      if (!this.notes) return;
      const sheet = element("link", { rel: "stylesheet", href: `${HOME}hall.css` });
      this.notes.document.head.replaceChildren(sheet, element("title", {}, "Notes"));
      this.notes.document.documentElement.lang = "en";
      this.notes.document.body.className = "hall-notes";
      this.notes.addEventListener("keydown", (event) => this.press(event), true);
    }
    this.note();
    this.notes.focus();
  }

  /** Write what the lecturer sees of this section, and what comes next. */
  note() {
    if (!this.notes || this.notes.closed) return;
    const texts = this.section.cells.flatMap((cell) => [...sourceOf(cell).matchAll(NOTES)].map((found) => found[1].trim()));
    const answers = this.section.cells.filter(isAnswer).map((cell) => this.answer(cell));
    const next = this.sections[this.at + 1]?.title ?? "the end";
    this.notes.document.documentElement.dataset.theme = document.body.dataset.jpThemeLight === "false" ? "dark" : "light";
    this.notes.document.body.replaceChildren(
      element("p", { id: "clocks" }),
      element("h1", {}, this.section.title),
      ...(texts.length ? texts : ["No notes for this section."]).map((text) => element("p", {}, text)),
      ...(answers.length ? [element("h2", {}, "Answers")] : []),
      ...answers,
      element("p", { class: "next" }, `Next: ${next}`),
    );
    this.tick();
  }

  /** The keys, where the class does not see them; the next section takes their place. */
  keysInNotes() {
    this.notes.document.body.append(element("h2", {}, "Keys"), this.keys());
    this.notes.document.body.lastChild.scrollIntoView();
  }

  /** An answer for the lecturer: what its cell shows, or its text. */
  answer(cell) {
    const shown = cell.outputArea?.node.querySelector(".jp-RenderedHTMLCommon, .jp-RenderedText");
    return shown ? this.notes.document.importNode(shown, true) : element("pre", {}, sourceOf(cell).replaceAll(NOTES, ""));
  }
}

async function begin(app) {
  const link = element("link", { rel: "stylesheet", href: `${HOME}hall.css` });
  document.head.append(link);
  await app.restored;
  for (;;) {
    const panel = app.shell.currentWidget;
    if (panel?.content?.widgets && panel.context) {
      await panel.context.ready;
      await panel.revealed;
      document.body.classList.add("hall");
      window.courseHall = new Hall(app, panel);
      return;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

const PLUGIN = { id: "course-hall:plugin", autoStart: true, activate: (app) => void begin(app) };
window._JUPYTERLAB = window._JUPYTERLAB ?? {};
window._JUPYTERLAB["course-hall"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: PLUGIN }),
};
