// Own photos: what the network says of a photo from a file, the clipboard or the camera, and two groups of photos.

import { button, element, focusable, ownPicture, widget } from "./common.js";
import { Computed } from "./computed.js";

const SIDE = 224; // pixels along a side of what the network sees
const MOST = 20; // photos in a group
const GROUPS = ["first", "second"];

/** The square in the middle of a picture, as a file in base64. */
function squareOf(canvas) {
  const side = Math.min(canvas.width, canvas.height);
  const square = element("canvas", { width: SIDE, height: SIDE });
  const [left, top] = [(canvas.width - side) / 2, (canvas.height - side) / 2];
  square.getContext("2d").drawImage(canvas, left, top, side, side, 0, 0, SIDE, SIDE);
  return square.toDataURL("image/jpeg", 0.92).split(",")[1];
}

const address = (photo) => `data:image/jpeg;base64,${photo}`;
const percent = (share) => `${Math.round(100 * share)} %`;

class OwnPhotos extends Computed {
  static answered = [...Computed.answered, "said", "told_apart"];
  static wide = true;

  constructor(model, root) {
    super(model, root);
    this.image = element("img", { alt: "" });
    this.names = element("ol", {
      class: "bars",
      "aria-label": "what the network says; choose what the view is about",
    });
    this.groups = [[], []];
    this.piles = GROUPS.map((name, group) => this.pile(name, group));
    this.panels.append(
      this.panel("the square that it sees", this.image),
      element(
        "div",
        { class: "stack groups" },
        this.panel("what it says; choose a name for the view", this.names),
        ...this.piles.map(({ home }) => home),
      ),
    );
    model.on("msg:custom", (content) => this.hear(content));
    model.send({});
  }

  /** What is the user's comes by messages, so that it is not saved with the notebook. */
  hear({ given, groups, picture }) {
    if (given !== undefined) this.own = given;
    if (groups) this.groups = groups;
    if (picture) this.view = picture;
    this.soon();
  }

  tell(content) {
    this.note = "";
    this.model.send(content);
    this.wait();
    this.soon();
  }

  controls() {
    const [photo, view] = this.model.get("controls");
    const takeCourses = (value) => {
      this.forgetOwn();
      this.change({ photo: value, about: 0 });
    };
    const choice = this.choice(photo.name, photo.label, photo.options, takeCourses);
    choice.querySelector("select").append(element("option", { value: "", hidden: "" }, "(your own)"));
    return [
      ownPicture(this.root, 2 * SIDE, (canvas, problem) => (canvas ? this.take(canvas) : this.say(problem))),
      choice,
      this.choice(view.name, view.label, view.options),
    ];
  }

  seen(state) {
    const seen = super.seen(state);
    return this.own ? { ...seen, photo: "" } : seen;
  }

  take(canvas) {
    this.own = squareOf(canvas);
    this.view = address(this.own);
    this.change({ about: 0 });
    this.tell({ given: this.own });
  }

  forgetOwn() {
    this.own = null;
    this.tell({ given: "" });
  }

  reset() {
    this.forgetOwn();
    super.reset();
  }

  // ---- the groups

  pile(name, group) {
    const title = focusable("input", { type: "text", "aria-label": `name of group ${group + 1}` });
    title.addEventListener("change", () => this.change({ [name]: title.value.trim() || `group ${group + 1}` }));
    const files = focusable("input", {
      type: "file",
      accept: "image/*",
      multiple: "",
      "aria-label": `photos for group ${group + 1}, from files`,
    });
    files.addEventListener("change", () => this.takeFiles(group, [...files.files]));
    const photos = element("div", { class: "photos" });
    const bar = element("i", {}, element("b"));
    const share = element("output");
    const home = element(
      "figure",
      {},
      element(
        "div",
        { class: "group" },
        title,
        button("+ this photo", `put the photo into group ${group + 1}`, () =>
          this.put(group, [this.shownPhoto()]),
        ),
        element("label", { class: "file" }, "files …", files),
        button("empty", `take all photos out of group ${group + 1}`, () => this.keep(group, [])),
      ),
      element("div", { class: "bars" }, bar, share),
      photos,
    );
    return { home, title, photos, bar, share };
  }

  /** The photo that is shown, as a file in base64: the user's, or the course's as it is painted. */
  shownPhoto() {
    return this.own || this.model.get("square");
  }

  keep(group, photos) {
    this.groups = this.groups.map((one, at) => (at === group ? photos : one));
    this.tell({ groups: this.groups });
  }

  /** Put photos in a group; `note` is said with the kernel's answer. */
  put(group, photos, note = "") {
    const before = this.groups[group];
    const fresh = photos.filter((photo) => !before.includes(photo));
    if (!fresh.length) return this.say(note || "This photo is in the group already; nothing was changed.");
    this.keep(group, [...before, ...fresh].slice(0, MOST));
    if (before.length + fresh.length > MOST) note += ` A group holds ${MOST} photos; the rest was left out.`;
    this.note = note;
  }

  async takeFiles(group, files) {
    const read = files.map((file) => createImageBitmap(file).then(squareOf, () => null));
    const photos = (await Promise.all(read)).filter(Boolean);
    const unread = files.length - photos.length;
    this.put(group, photos, unread ? `${unread} of ${files.length} files cannot be read as a picture.` : "");
  }

  change(values) {
    this.note = "";
    super.change(values);
  }

  // ---- drawing

  sentence() {
    return `${super.sentence()} ${this.note ?? ""}`.trim();
  }

  draw(state) {
    this.image.src = this.own ? this.view : this.model.get("picture");
    this.image.alt = `${state.view}, of ${this.own ? "your photo" : state.photo}`;
    const said = this.model.get("said");
    const focused = [...this.names.children].findIndex((line) => line.contains(document.activeElement));
    this.names.replaceChildren(
      ...said.map(([name, share], at) => this.line(name, share, at === state.about, at)),
    );
    if (focused >= 0) this.names.children[focused]?.firstChild.focus();
    const shares = this.model.get("told_apart");
    this.piles.forEach(({ title, photos, bar, share }, group) => {
      // an answer of the kernel does not take away what is being written
      if (title !== document.activeElement) title.value = state[GROUPS[group]];
      this.fillPile(photos, this.groups[group], group);
      bar.firstChild.style.width = `${100 * (shares[group] ?? 0)}%`;
      share.textContent = shares.length ? percent(shares[group]) : "";
    });
  }

  line(name, share, chosen, at) {
    const choose = focusable(
      "button",
      { type: "button", "aria-pressed": String(chosen), onclick: () => this.change({ about: at }) },
      name,
    );
    const bar = element("b", { style: `width: ${100 * share}%` });
    return element("li", {}, choose, element("i", {}, bar), element("output", {}, percent(share)));
  }

  fillPile(place, photos, group) {
    if (place.dataset.shown === photos.join()) return;
    place.dataset.shown = photos.join();
    place.replaceChildren(
      ...photos.map((photo, at) =>
        focusable(
          "button",
          {
            type: "button",
            "aria-label": `take photo ${at + 1} out of group ${group + 1}`,
            title: "take out",
            onclick: () =>
              this.keep(
                group,
                photos.filter((_, other) => other !== at),
              ),
          },
          element("img", { src: address(photo), alt: "" }),
        ),
      ),
    );
    if (!photos.length) place.append("Two photos in each group are enough to begin.");
  }
}

export default widget(OwnPhotos);
