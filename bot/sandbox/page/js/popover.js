// Menus and small dialogs that float above the page, one menu at a time, closed by Esc or a click elsewhere.
import { h } from "./dom.js";

let closeOpen = null;

/** A floating panel beside `anchor`. Returns the function that closes it. */
export function popover(anchor, content, { align = "left", label = "" } = {}) {
  closeOpen?.();
  const panel = h("div", { class: "popover", role: "dialog", "aria-label": label }, content);
  document.body.append(panel);
  place(panel, anchor, align);
  anchor.setAttribute("aria-expanded", "true");
  const outside = (event) => { if (!panel.contains(event.target) && !anchor.contains(event.target)) close(); };
  const key = (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); anchor.focus(); } };
  const close = () => {
    panel.remove();
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", key, true);
    if (closeOpen === close) closeOpen = null;
  };
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", key, true);
  closeOpen = close;
  return close;
}

function place(panel, anchor, align) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const left = align === "right" ? box.right - width : box.left;
  const below = box.bottom + 6;
  const top = below + height > innerHeight - 8 ? Math.max(8, box.top - 6 - height) : below;
  panel.style.left = `${Math.min(Math.max(8, left), innerWidth - width - 8)}px`;
  panel.style.top = `${top}px`;
}

/** items: {label, detail?, node?, pick, attrs?, danger?}. Arrow keys move, Enter picks. */
export function menu(anchor, items, options) {
  if (anchor.getAttribute("aria-expanded") === "true") { closeOpen?.(); return; }
  const buttons = items.map((item) => h("button", {
    type: "button", role: "menuitem", class: item.danger ? "menu-item danger" : "menu-item", ...item.attrs,
    onclick: () => { close(); item.pick(); },
  }, item.node, h("span", { class: "menu-label" }, item.label), item.detail && h("span", { class: "menu-detail" }, item.detail)));
  const list = h("div", { class: "menu", role: "menu" }, buttons);
  const close = popover(anchor, list, options);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length).focus();
  });
  buttons[0]?.focus();
}

/** Keeps Tab inside `panel`. */
export function trapFocus(panel, event) {
  if (event.key !== "Tab") return;
  const stops = [...panel.querySelectorAll("button, input, select, textarea, a[href], [tabindex='0']")].filter((n) => !n.disabled);
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement === edge) { event.preventDefault(); (event.shiftKey ? stops.at(-1) : stops[0])?.focus(); }
}

/** A Block Kit confirm object as a dialog: resolves to true if the person goes on. */
export function confirmDialog({ title, text, confirm, deny, style }) {
  const before = document.activeElement;
  return new Promise((resolve) => {
    const done = (answer) => { veil.remove(); before?.focus?.(); resolve(answer); };
    const go = h("button", { type: "button", class: `button ${style === "danger" ? "danger" : "primary"}`, "data-confirm": "ok", onclick: () => done(true) }, confirm);
    const dialog = h("div", { class: "dialog", role: "alertdialog", "aria-modal": "true", "aria-label": title },
      h("h2", { class: "dialog-title" }, title), h("div", { class: "dialog-text" }, text),
      h("div", { class: "dialog-foot" },
        h("button", { type: "button", class: "button", "data-confirm": "cancel", onclick: () => done(false) }, deny), go));
    const veil = h("div", { class: "veil", onkeydown: (event) => {
      event.stopPropagation();
      if (event.key === "Escape") done(false);
      trapFocus(dialog, event);
    } }, dialog);
    document.body.append(veil);
    go.focus();
  });
}
