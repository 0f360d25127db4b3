// The switches that break OpenVine or the world around the bot, and a voice for another tool.
import { $, h, sync } from "./dom.js";
import { menu } from "./popover.js";

/** What another tool may say that the shipped patterns (config/alerts.yml) take for an alert. */
const IDEAS = [
  "P1 video_memory_high: 812MB",
  "[FIRING:1] video_crash_rate_high: 6.2%",
  "[RESOLVED] video_crash_rate_high: 0.4%",
  "Pingwatch: video preload time is 7200ms (threshold: 5000ms)",
];

export class Faults {
  /** set(id, on), post(text) */
  constructor(root, { set, post }) {
    Object.assign(this, { set, lists: { openvine: $("#faults-openvine", root), world: $("#faults-world", root), slack: $("#faults-slack", root) } });
    const form = $("#tool-form", root);
    const ideas = $("#tool-ideas", form);
    ideas.addEventListener("click", () => menu(ideas, IDEAS.map((idea) => ({
      label: idea, pick: () => { const input = $("#tool-text", form); input.value = idea; input.focus(); },
    })), { label: "What another tool may say" }));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const input = $("#tool-text", form);
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      if ((await post(text)) === false) input.value = text;
    });
  }

  show(faults) {
    for (const [group, list] of Object.entries(this.lists)) {
      const mine = faults.filter((f) => f.group === group);
      const on = mine.filter((f) => f.on).length;
      $(".on-count", list.parentNode).textContent = on ? `${on} on` : "";
      sync(list, mine.map((f) => this.item(f)));
    }
  }

  item(fault) {
    return { key: fault.id, sig: JSON.stringify(fault), make: () => h("li", {},
      h("button", { type: "button", role: "switch", class: "switch", "aria-checked": fault.on, "data-fault": fault.id, "data-tool": fault.id, title: fault.hint, onclick: (event) => {
        event.currentTarget.setAttribute("aria-checked", !fault.on);
        this.set(fault.id, !fault.on);
      } }, h("span", { class: "switch-track", "aria-hidden": "true" }), h("span", { class: "switch-label" }, fault.label))) };
  }
}
