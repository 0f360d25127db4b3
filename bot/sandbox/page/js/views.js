// What a narrow screen shows: the bar at its bottom chooses. A wide one shows everything, and has no bar.
import { $, h } from "./dom.js";
import { icon } from "./icons.js";

const VIEWS = [
  ["channel", "Channel", "hash"], ["thread", "Thread", "reply"], ["rooms", "Rooms", "list"],
  ["phone", "Phone", "bell"], ["world", "OpenVine", "pulse"], ["break", "Break", "bolt"],
];

export class Views {
  constructor(root) {
    this.buttons = new Map(VIEWS.map(([name, label, sign]) => [name, h("button", { type: "button", class: "view", "data-view": name, onclick: () => this.show(name) },
      icon(sign, 17), h("span", {}, label), h("span", { class: "badge", hidden: true }))]));
    root.append(...this.buttons.values());
    this.show("channel");
  }

  show(name) {
    document.body.dataset.view = name;
    for (const [each, button] of this.buttons) button.setAttribute("aria-current", each === name);
  }

  /** How many things wait behind a view. */
  count(name, n) {
    const badge = $(".badge", this.buttons.get(name));
    badge.hidden = !n;
    badge.textContent = n || "";
  }
}
