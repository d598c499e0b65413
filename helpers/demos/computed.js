// What demos that Python computes share: a change is a question to the kernel, sentence and table are its answer.

import { Demo } from "./common.js";

const PATIENCE = 4000; // milliseconds until a kernel that does not answer is mentioned

export class Computed extends Demo {
  static answered = ["picture", "report", "numbers", "answers"];

  change(values) {
    super.change(values);
    this.wait();
  }

  /** Where no answer comes, say so. */
  wait() {
    clearTimeout(this.patience);
    const asked = this.model.get("answers");
    this.patience = setTimeout(() => {
      if (this.model.get("answers") === asked)
        this.say(
          "The kernel does not answer: it is busy, or was restarted. The picture shows the state before; " +
            "running the cell again helps.",
        );
    }, PATIENCE);
  }

  stop() {
    clearTimeout(this.patience);
  }

  sentence() {
    return this.model.get("report");
  }

  table() {
    return this.model.get("numbers");
  }
}
