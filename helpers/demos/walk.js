// A walk through a network under glass, stop by stop: all layers, one of them, one of its maps, a window, a sum.

import { button, element } from "./common.js";

const FLIGHT = 700; // milliseconds
const STAY = 2200; // at a stop, while it plays

/** Let a part of a canvas fly to where it is shown larger. */
export function fly(root, canvas, [left, top, width, height], target) {
  root.querySelector(".flying")?.remove();
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !root.isConnected) return;
  const [page, home, to] = [canvas, root, target].map((node) => node.getBoundingClientRect());
  const [across, down] = [page.width / canvas.width, page.height / canvas.height];
  const from = {
    left: page.left + left * across,
    top: page.top + top * down,
    width: width * across,
    height: height * down,
  };
  const ghost = element("canvas", { class: "flying", width, height, "aria-hidden": "true" });
  ghost.getContext("2d").drawImage(canvas, left, top, width, height, 0, 0, width, height);
  root.append(ghost);
  const box = ({ left: x, top: y, width: wide, height: tall }) => ({
    left: `${x - home.left}px`,
    top: `${y - home.top}px`,
    width: `${wide}px`,
    height: `${tall}px`,
  });
  const away = () => ghost.remove();
  ghost
    .animate(
      [
        { ...box(from), opacity: 1 },
        { ...box(to), opacity: 0.4 },
      ],
      { duration: FLIGHT, easing: "ease-in-out" },
    )
    .finished.then(away, away);
}

/** Buttons that go from stop to stop of a stage; after the last stop of a layer comes the next layer. */
export class Walk {
  /**
   * A stage has `root`, `say` and `stops()`: of each a name, words, a node and a flight to it.
   * It goes from layer to layer by `atPicture()`, `nextLayer()` and `toPicture()`.
   */
  constructor(stage) {
    this.stage = stage;
    this.at = 0;
    this.play = button("▶", "play the walk", () => (this.timer ? this.stop() : this.start()));
    this.play.className = "main";
    this.place = element("output", {}, "walk through the network");
    this.controls = [
      button("‹", "one stop back", () => this.goFrom(-1)),
      this.play,
      button("›", "one stop on", () => this.goFrom(1)),
      this.place,
    ];
  }

  /** Play from here on; from the beginning, where this is the end. */
  start() {
    if (!this.step(1)) {
      this.at = 0;
      this.stage.toPicture();
      this.step(0);
    }
    this.name("❚❚", "pause the walk");
    const next = () => {
      if (!this.stage.root.isConnected || !this.step(1)) return this.stop();
      this.timer = setTimeout(next, STAY);
    };
    this.timer = setTimeout(next, STAY);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.name("▶", "play the walk");
  }

  name(sign, title) {
    this.play.textContent = sign;
    this.play.title = title;
    this.play.setAttribute("aria-label", title);
  }

  goFrom(by) {
    this.stop();
    this.step(by);
  }

  /** Go on by a stop, or back; false where there is none. */
  step(by) {
    const to = this.at + by;
    if (to < 0) return false;
    const turn = to >= this.stage.stops().length || (to > 0 && this.stage.atPicture());
    if (turn && !this.stage.nextLayer()) return false;
    // What has changed is drawn first.
    setTimeout(() => this.arrive(turn ? 1 : to, by));
    return true;
  }

  arrive(to, by) {
    const stops = this.stage.stops();
    this.at = Math.min(to, stops.length - 1);
    const { name, words, node, flight } = stops[this.at];
    this.leave();
    node.classList.add("here");
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (by > 0) flight?.();
    this.place.textContent = `${this.at + 1} of ${stops.length}: ${name}`;
    this.stage.say(words);
  }

  /** Nothing is marked any more. */
  leave() {
    for (const node of this.stage.root.querySelectorAll(".here")) node.classList.remove("here");
  }
}
