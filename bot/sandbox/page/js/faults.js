// The switches that break OpenVine or the world around the bot, and a voice for another tool.
import { $, h, sync } from "./dom.js";

export class Faults {
  /** set(id, on), post(text) */
  constructor(root, { set, post }) {
    Object.assign(this, { set, lists: { openvine: $("#faults-openvine", root), world: $("#faults-world", root) } });
    const form = $("#tool-form", root);
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
    for (const [group, list] of Object.entries(this.lists)) sync(list, faults.filter((f) => f.group === group).map((f) => this.item(f)));
  }

  item(fault) {
    return { key: fault.id, sig: JSON.stringify(fault), make: () => h("li", {},
      h("button", { type: "button", role: "switch", class: "switch", "aria-checked": fault.on, "data-fault": fault.id, "data-tool": fault.id, title: fault.hint, onclick: (event) => {
        event.currentTarget.setAttribute("aria-checked", !fault.on);
        this.set(fault.id, !fault.on);
      } }, h("span", { class: "switch-track", "aria-hidden": "true" }), h("span", { class: "switch-label" }, fault.label))) };
  }
}
