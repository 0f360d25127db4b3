// The bar at the top: the sandbox's time, what comes next, and the two ways to get there sooner.
import { $ } from "./dom.js";
import { countdown, hhmmss, shortDay, zone } from "./time.js";

export class Clock {
  /** jump({to, seconds}); due() is called when the next deadline has passed by itself. */
  constructor(root, { jump, due }) {
    Object.assign(this, { due, base: Date.now(), at: performance.now(), deadline: null });
    this.time = $("#clock-time", root);
    this.day = $("#clock-day", root);
    this.what = $("#deadline-what", root);
    this.left = $("#deadline-left", root);
    this.next = $("#jump-next", root);
    const buttons = [this.next, $("#jump-300", root)];
    const press = (button, body) => button.addEventListener("click", async () => {
      // Marked, not disabled: a disabled button would lose the focus of somebody who jumps by keyboard.
      if (buttons.some((each) => each.getAttribute("aria-busy") === "true")) return;
      button.setAttribute("aria-busy", "true");
      try { await jump(body); } finally { button.removeAttribute("aria-busy"); }
    });
    press(buttons[0], { to: "next" });
    press(buttons[1], { to: "seconds", seconds: 300 });
    setInterval(() => this.tick(), 250);
  }

  now() { return new Date(this.base + performance.now() - this.at); }

  show({ now, next_deadline: next, otherwise_s: otherwise = 300 }) {
    this.base = Date.parse(now);
    this.at = performance.now();
    this.deadline = next && { at: Date.parse(next.at), what: next.what };
    this.told = false;
    this.what.textContent = next ? next.what : "Nothing is due";
    this.what.title = next ? next.what : "";
    this.next.title = next ? `To what comes next: ${next.what}` : `Nothing is due: to the first thing that happens, at most ${Math.round(otherwise / 60)} minutes on`;
    this.tick();
  }

  tick() {
    const now = this.now();
    this.time.textContent = hhmmss(now);
    this.day.textContent = `${shortDay(now)} · ${zone(now)}`;
    const left = this.deadline ? (this.deadline.at - now) / 1000 : null;
    this.left.textContent = left === null ? "" : left <= 0 ? "due now" : `in ${countdown(left)}`;
    this.left.classList.toggle("soon", left !== null && left < 60);
    if (left !== null && left < -0.5 && !this.told) { this.told = true; this.due(); }
  }
}
