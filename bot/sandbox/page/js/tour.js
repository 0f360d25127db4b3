// The first visit's hint: a night on call in five steps. Dismissed once, it stays away until it is asked for.
import { $ } from "./dom.js";

export function tour(panel, help) {
  const set = (shown) => {
    panel.hidden = !shown;
    help.setAttribute("aria-expanded", shown);
    localStorage.setItem("tour", shown ? "open" : "done");
  };
  $("#tour-close", panel).addEventListener("click", () => { set(false); help.focus(); });
  help.addEventListener("click", () => set(panel.hidden));
  set(localStorage.getItem("tour") !== "done");
}
