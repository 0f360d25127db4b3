// Faces: initials on the person's colour; a tool without an account gets a colour from its name.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const PALETTE = ["#3a7ca5", "#8a5a9e", "#b5643c", "#4d8b57", "#a8556a", "#5b6abf", "#2f8f83", "#9a7a2e"];

export function colourOf(name) {
  let sum = 0;
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)) % 9973;
  return PALETTE[sum % PALETTE.length];
}

const initialsOf = (name) => name.split(/[\s_.-]+/).filter(Boolean).slice(0, 2).map((word) => word[0].toUpperCase()).join("");

export const nameOf = (user) => user.real_name || user.name;

export function avatar({ name, color, initials, bot }, size = 36) {
  const tint = /^#?[0-9a-f]{6}$/i.test(color || "") ? `#${color.replace("#", "")}` : colourOf(name || "?");
  return h("span", { class: bot ? "avatar is-bot" : "avatar", "aria-hidden": "true", style: { "--tint": tint, "--size": `${size}px` } },
    bot === "pulse" ? icon("pulse", Math.round(size * 0.6)) : initials || initialsOf(name || "?"));
}

export const userAvatar = (user, size) =>
  avatar({ name: nameOf(user), color: user.color, initials: user.initials, bot: user.is_app ? "pulse" : user.is_bot && "tool" }, size);
