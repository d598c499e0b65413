// What the course adds to the Formgrader's page of a submission: rubrics to click, and word of a save that was refused.

const { jQuery } = window;
const given = JSON.parse(document.getElementById("course-reading").textContent);
const MARKS = ["✗", "✓"];

/** Split a comment into what it says of each criterion, and the grader's own lines. */
function split(comment, rubric) {
  const lines = comment.split("\n");
  const said = rubric.map((item) => MARKS.findIndex((mark) => lines.includes(`- ${mark} ${item.text}`)));
  const own = lines.filter(
    (line) => !rubric.some((item) => MARKS.some((mark) => line === `- ${mark} ${item.text}`)),
  );
  return { said, own: own.join("\n").trim() };
}

/** Write a comment in which each criterion has its mark. */
function join(said, own, rubric) {
  const marks = rubric.map((item, place) => `- ${MARKS[Math.max(said[place], 0)]} ${item.text}`).join("\n");
  return own ? `${marks}\n\n${own}` : marks;
}

/** The points of the criteria that are met. */
function points(said, rubric) {
  return rubric.reduce((sum, item, place) => sum + (said[place] === 1 ? item.points : 0), 0);
}

class Rubric {
  constructor(name, items) {
    this.items = items;
    this.score = document.getElementById(name);
    this.comment = document.getElementById(`${name}-comment`);
    this.group = document.createElement("div");
    this.group.className = "list-group course-rubric";
    this.group.setAttribute("role", "group");
    this.group.setAttribute("aria-label", "Rubric");
    this.buttons = items.map((item, place) => this.button(item, place));
    this.group.append(...this.buttons);
    this.comment.parentElement.before(this.group);
    this.show();
  }

  button(item, place) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "list-group-item tabbable";
    button.style.cssText = "width: 100%; text-align: left";
    button.addEventListener("mousedown", (event) => event.preventDefault()); // the page would move below the mouse
    button.addEventListener("click", () => this.toggle(place));
    return button;
  }

  /** Give a criterion's points or take them back; points and comment are saved as if they had been typed. */
  toggle(place) {
    const { said, own } = split(this.comment.value, this.items);
    const all = this.items.map(() => 1);
    if (said.every((one) => one < 0) && Number(this.score.value) === points(all, this.items))
      said.splice(0, all.length, ...all);
    said[place] = said[place] === 1 ? 0 : 1;
    const isOpen = !own && !said.includes(1); // the last mark was taken back: nothing is said of this answer
    this.comment.value = isOpen ? "" : join(said, own, this.items);
    this.score.value = isOpen ? "" : String(points(said, this.items));
    jQuery(this.comment).trigger("change");
    jQuery(this.score).trigger("change");
    this.show();
  }

  /** Show what the comment says. */
  show() {
    const { said } = split(this.comment.value, this.items);
    for (const [place, button] of this.buttons.entries()) {
      const met = said[place] === 1;
      button.setAttribute("aria-pressed", String(met));
      button.classList.toggle("list-group-item-success", met);
      button.textContent = `${said[place] < 0 ? "·" : MARKS[said[place]]} ${this.items[place].text}`;
    }
  }
}

/**
 * Send one save of an item at a time, then the newest values: each answer brings the version that the next save has to name.
 * The version is kept out of the item's values; otherwise each answer would redraw the fields and lose what is being typed.
 */
function inTurn(kind) {
  const { save } = kind.prototype;
  kind.prototype.parse = function ({ version, ...values }) {
    this.version = version;
    return this.waiting ? {} : values;
  };
  kind.prototype.save = function (values) {
    this.waiting = { ...this.waiting, ...values };
    this.set(values);
    if (!this.underway) this.send();
  };
  kind.prototype.send = function () {
    const values = this.waiting;
    this.waiting = null;
    this.underway = save.call(this, values, { attrs: { ...this.attributes, ...values, version: this.version } });
    this.underway.always(() => {
      this.underway = null;
      if (this.waiting) this.send();
    });
  };
}

const isSaving = () =>
  [window.formgrader.grades, window.formgrader.comments].some((all) => all?.models.some((one) => one.underway));

let isRefused = false; // whether a save was refused since we last wanted to leave

/** Leave the page once everything is saved; where a save is refused, stay. */
async function afterSaves(leave) {
  isRefused = false;
  document.activeElement.blur(); // what was typed is a change now
  do await new Promise((resolve) => setTimeout(resolve, 20));
  while (isSaving());
  if (!isRefused) leave();
}

function tellUnsaved(reply) {
  isRefused = true;
  const told = document.createElement("div");
  told.className = "alert alert-danger course-conflict";
  told.setAttribute("role", "alert");
  told.style.cssText = "position: fixed; top: 60px; left: 10%; right: 10%; z-index: 2000; font-size: 1.15em";
  told.textContent =
    reply.status === 409
      ? JSON.parse(reply.responseText).message
      : "Not saved: the server does not answer as it should. Copy your comment, and reload the page.";
  document.querySelectorAll(".course-conflict").forEach((old) => old.remove());
  document.body.append(told);
}

function hideName() {
  const number = document.querySelector(".live-notebook .name-hidden").textContent;
  document.querySelector(".live-notebook").textContent = number;
}

for (const kind of [window.Grade, window.Comment]) inTurn(kind);
const rubrics = Object.entries(given.rubrics)
  .filter(([name]) => document.getElementById(name) && document.getElementById(`${name}-comment`))
  .map(([name, items]) => new Rubric(name, items));
jQuery(document).ajaxComplete(() => rubrics.forEach((rubric) => rubric.show()));
jQuery(document).ajaxError((event, reply, settings) => settings.type === "PUT" && tellUnsaved(reply));
if (given.anonymous) hideName();
window.formgrader.save = (go) => afterSaves(go);
for (const link of document.querySelectorAll(".previous a, .next a"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    afterSaves(() => window.location.assign(link.href));
  });
window.addEventListener("beforeunload", (event) => isSaving() && event.preventDefault());
