// Own photos: what the network says of a photo from a file, the clipboard or the camera, and two heaps of photos.

import { button, element, focusable, ownPicture, widget } from "./common.js";
import { Computed } from "./computed.js";

const SIDE = 224; // pixels along a side of what the network sees
const MOST = 20; // photos on a heap
const HEAPS = ["first", "second"];

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
    this.heaps = [[], []];
    this.piles = HEAPS.map((name, heap) => this.pile(name, heap));
    this.panels.append(
      this.panel("the square that it sees", this.image),
      element(
        "div",
        { class: "stack heaps" },
        this.panel("what it says; choose a name for the view", this.names),
        ...this.piles.map(({ home }) => home),
      ),
    );
    model.on("msg:custom", (content) => this.hear(content));
    model.send({});
  }

  /** What is the user's comes by messages, so that it is not saved with the notebook. */
  hear({ given, heaps, picture }) {
    if (given !== undefined) this.own = given;
    if (heaps) this.heaps = heaps;
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
    return [
      ownPicture(this.root, 2 * SIDE, (canvas, problem) => (canvas ? this.take(canvas) : this.say(problem))),
      this.choice(photo.name, photo.label, photo.options, takeCourses),
      this.choice(view.name, view.label, view.options),
    ];
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

  // ---- the heaps

  pile(name, heap) {
    const title = focusable("input", { type: "text", "aria-label": `name of heap ${heap + 1}` });
    title.addEventListener("change", () => this.change({ [name]: title.value.trim() || `heap ${heap + 1}` }));
    const files = focusable("input", {
      type: "file",
      accept: "image/*",
      multiple: "",
      "aria-label": `photos for heap ${heap + 1}, from files`,
    });
    files.addEventListener("change", () => this.takeFiles(heap, [...files.files]));
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
        button("+ this photo", `put the photo on heap ${heap + 1}`, () => this.put(heap, [this.shownPhoto()])),
        element("label", { class: "file" }, "files …", files),
        button("empty", `take all photos off heap ${heap + 1}`, () => this.keep(heap, [])),
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

  keep(heap, photos) {
    this.heaps = this.heaps.map((one, at) => (at === heap ? photos : one));
    this.tell({ heaps: this.heaps });
  }

  /** Put photos on a heap; `note` is said with the kernel's answer. */
  put(heap, photos, note = "") {
    const before = this.heaps[heap];
    const fresh = photos.filter((photo) => !before.includes(photo));
    if (!fresh.length) return this.say(note || "This photo lies on the heap already; nothing was changed.");
    this.keep(heap, [...before, ...fresh].slice(0, MOST));
    if (before.length + fresh.length > MOST) note += ` A heap holds ${MOST} photos; the rest was left out.`;
    this.note = note;
  }

  async takeFiles(heap, files) {
    const read = files.map((file) => createImageBitmap(file).then(squareOf, () => null));
    const photos = (await Promise.all(read)).filter(Boolean);
    const unread = files.length - photos.length;
    this.put(heap, photos, unread ? `${unread} of ${files.length} files cannot be read as a picture.` : "");
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
    this.piles.forEach(({ title, photos, bar, share }, heap) => {
      // an answer of the kernel does not take away what is being written
      if (title !== document.activeElement) title.value = state[HEAPS[heap]];
      this.fillPile(photos, this.heaps[heap], heap);
      bar.firstChild.style.width = `${100 * (shares[heap] ?? 0)}%`;
      share.textContent = shares.length ? percent(shares[heap]) : "";
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

  fillPile(place, photos, heap) {
    if (place.dataset.shown === photos.join()) return;
    place.dataset.shown = photos.join();
    place.replaceChildren(
      ...photos.map((photo, at) =>
        focusable(
          "button",
          {
            type: "button",
            "aria-label": `take photo ${at + 1} off heap ${heap + 1}`,
            title: "take off",
            onclick: () =>
              this.keep(
                heap,
                photos.filter((_, other) => other !== at),
              ),
          },
          element("img", { src: address(photo), alt: "" }),
        ),
      ),
    );
    if (!photos.length) place.append("Two photos on each heap are enough to begin.");
  }
}

export default widget(OwnPhotos);
