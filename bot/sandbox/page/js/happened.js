// The line under the bar: what the last jump met, or what went wrong. It stays until the next one, covers nothing and moves nothing.
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { localised } from "./time.js";

export class Happened {
  constructor(root, now) {
    Object.assign(this, { root, now });
    replace(root, h("p", {}, "What happens during a jump is listed here."));
  }

  /** What a jump met, one line each. */
  show(lines) {
    const [first, ...more] = (lines.length ? lines : ["Nothing was due on the way."]).map((line) => localised(line, this.now()));
    this.say(false, more.length
      ? h("details", {}, h("summary", {}, first, h("span", { class: "more" }, ` and ${more.length} more`)), more.map((line) => h("p", {}, line)))
      : h("p", {}, first));
  }

  /** What could not be done. */
  trouble(text) { this.say(true, icon("warn", 14), h("p", {}, text)); }

  say(bad, ...nodes) {
    this.root.classList.toggle("bad", bad);
    this.root.setAttribute("role", bad ? "alert" : "status");
    replace(this.root, ...nodes);
  }
}
