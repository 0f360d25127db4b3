// Light or dark: the system's choice until the person makes one.
import { icon } from "./icons.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const stored = () => localStorage.getItem("theme");
const current = () => stored() || (system.matches ? "dark" : "light");

export function theme(button) {
  const show = () => {
    const now = current();
    if (stored()) document.documentElement.dataset.theme = now;
    button.replaceChildren(icon(now === "dark" ? "sun" : "moon"));
    button.setAttribute("aria-label", now === "dark" ? "Use the light theme" : "Use the dark theme");
    button.title = button.getAttribute("aria-label");
  };
  button.addEventListener("click", () => { localStorage.setItem("theme", current() === "dark" ? "light" : "dark"); show(); });
  system.addEventListener("change", show);
  show();
}
