// The guided tours: one step at a time, each done when the world says so, a ring around what it speaks of. Left at any moment, by
// its button or Esc, and taken up again from the question mark.
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./popover.js";
import { STORIES } from "./stories.js";

const shown = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== "hidden";

export class Tour {
  /** jump() goes to whatever comes next. */
  constructor(panel, help, { jump }) {
    Object.assign(this, { panel, help, jump, world: null });
    this.ring = h("div", { id: "tour-ring", "aria-hidden": "true", hidden: true });
    document.body.append(this.ring);
    const kept = localStorage.getItem("tour");
    this.at = kept === "done" ? null : readable(kept) ?? { story: STORIES[0].id, step: 0 };
    help.addEventListener("click", () => this.offer());
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); this.leave(); } });
    setInterval(() => this.point(), 200);
  }

  offer() {
    const begin = (story) => ({ label: story.title, detail: `${story.steps.length} steps`, attrs: { "data-story": story.id }, pick: () => this.begin(story.id) });
    menu(this.help, [...STORIES.map(begin), ...(this.at ? [{ label: "Leave the tour", pick: () => this.leave() }] : [])], { label: "Guided tours", align: "right" });
  }

  begin(story) {
    this.keep({ story, step: 0, since: this.newest() });
    this.panel.focus();
  }

  leave() {
    this.keep(null);
    this.help.focus();
  }

  keep(at) {
    this.at = at;
    localStorage.setItem("tour", at ? JSON.stringify(at) : "done");
    this.draw();
  }

  newest() { return Math.max(0, ...(this.world?.progress ?? []).map((each) => each.number)); }

  /** The world as it is now: every step that it has seen done is left behind. */
  show(world) {
    this.world = world;
    if (this.at && this.at.since === undefined) this.at.since = this.newest();
    while (this.step() && this.done(this.step().done)) this.keep({ ...this.at, step: this.at.step + 1 });
    this.draw();
  }

  story() { return STORIES.find((each) => each.id === this.at?.story); }
  step() { return this.story()?.steps[this.at.step]; }

  done(asks) { return asks(this.world, this.incident()); }

  incident() { return this.world?.progress.find((each) => each.rule === this.story().rule && each.number > this.at.since); }

  draw() {
    this.panel.hidden = document.getElementById("skip-to-tour").hidden = !this.at;
    const sig = JSON.stringify([this.at, this.acting]);
    if (!this.at || sig === this.sig) { this.sig = sig; this.point(); return; }
    this.sig = sig;
    const [story, step] = [this.story(), this.step()];
    const focused = this.panel.contains(document.activeElement);
    const dot = (_, i) => h("li", { class: i < this.at.step && "done", "aria-current": i === this.at.step ? "step" : undefined });
    replace(this.panel,
      h("ol", { class: "tour-steps", "aria-label": step ? `Step ${this.at.step + 1} of ${story.steps.length}` : "All steps done" }, story.steps.map(dot)),
      h("p", { class: "tour-text", "aria-live": "polite" }, h("strong", {}, step?.title ?? story.title), step?.text ?? story.end),
      h("div", { class: "tour-buttons" }, step ? this.buttons(step) : this.others(story),
        h("button", { type: "button", id: "tour-leave", class: "icon-button", "aria-label": "Leave the tour", title: "Leave the tour", onclick: () => this.leave() }, icon("close", 16))));
    if (focused) this.panel.focus();
    this.point();
  }

  buttons(step) {
    return [
      step.act && h("button", { type: "button", id: "tour-act", class: "button primary small", "aria-busy": this.acting || undefined, onclick: () => this.act(step) }, h("span", {}, step.act.label)),
      h("button", { type: "button", id: "tour-skip", class: "button small", onclick: () => this.keep({ ...this.at, step: this.at.step + 1 }) }, "Skip"),
    ];
  }

  others(story) {
    return STORIES.filter((each) => each !== story).map((each) =>
      h("button", { type: "button", class: "button primary small", "data-story": each.id, onclick: () => this.begin(each.id) }, each.title));
  }

  /** Jumps on until the step's end has come; at most as often as the longest ladder has levels. */
  async act(step) {
    if (this.acting) return;
    this.acting = true;
    this.draw();
    for (let jumps = 0; jumps < 20 && this.step() === step && !this.done(step.act.until); jumps += 1) this.show(await this.jump());
    this.acting = false;
    this.draw();
  }

  /** The ring goes around the first thing of the step that is on the screen. */
  point() {
    const step = this.at && this.step();
    const places = typeof step?.at === "function" ? step.at(this.incident()) : step?.at ?? [];
    const found = places.map((selector) => [...document.querySelectorAll(selector)].filter(shown).at(-1)).find(Boolean);
    this.ring.hidden = !found || Boolean(document.querySelector(".veil"));
    if (this.ring.hidden) return;
    const box = found.getBoundingClientRect();
    for (const [side, value] of Object.entries({ left: box.left - 4, top: box.top - 4, width: box.width + 8, height: box.height + 8 })) this.ring.style.setProperty(side, `${value}px`);
  }
}

/** What was kept of a tour; of one that is no more, nothing. */
function readable(kept) {
  try {
    const at = JSON.parse(kept);
    return STORIES.some((each) => each.id === at?.story) ? at : null;
  } catch { return null; }
}
