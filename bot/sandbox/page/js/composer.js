// Where a person types: Enter sends, Shift+Enter breaks the line, "/" and "@" offer what can follow.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { decode } from "./mrkdwn.js";
import { nameOf } from "./people.js";

/** `source`: commands(), users(). `send(text)` resolves to false if the text should stay. */
export class Composer {
  constructor(root, { id, source, send }) {
    Object.assign(this, { source, send, drafts: new Map(), offers: [], picked: 0 });
    const listId = `${id}-offers`;
    this.area = h("textarea", { id, rows: 1, "aria-label": "Message", "aria-autocomplete": "list", "aria-controls": listId, autocomplete: "off", spellcheck: "false",
      oninput: () => this.typed(), onkeydown: (event) => this.key(event), onblur: () => setTimeout(() => this.offer([]), 150) });
    this.list = h("div", { id: listId, class: "offers", role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.button = h("button", { type: "button", class: "send", "aria-label": "Send", title: "Send", onclick: () => this.submit() }, icon("send"));
    root.replaceChildren(this.list, h("div", { class: "composer-box" }, this.area, this.button));
  }

  /** Another conversation: the draft of the last one is kept for it. */
  show(where, placeholder) {
    this.area.placeholder = placeholder;
    if (where === this.where) return;
    this.drafts.set(this.where ?? where, this.area.value); // what was typed before the first reading stays
    this.where = where;
    this.area.value = this.drafts.get(where) ?? "";
    this.typed();
    this.offer([]);
  }

  shown() { return this.area.checkVisibility({ visibilityProperty: true }); }

  focus() { this.area.focus({ preventScroll: true }); }

  typed() {
    this.area.style.height = "auto";
    const wanted = this.area.scrollHeight; // 0 while its tab is not shown
    if (wanted) this.area.style.height = `${Math.min(wanted, 160)}px`;
    this.button.classList.toggle("ready", Boolean(this.area.value.trim()));
    this.offer(offersFor(this.area.value, this.area.selectionStart, this.source));
  }

  offer(offers) {
    this.offers = offers;
    this.picked = 0;
    this.list.hidden = !offers.length;
    this.list.replaceChildren(...offers.map((offer, i) => h("div", { class: "offer", role: "option", "data-offer": offer.label, "aria-selected": i === 0,
      onpointerdown: (event) => { event.preventDefault(); this.take(offer); } },
    h("span", { class: "offer-label" }, offer.label), offer.hint && h("span", { class: "offer-hint" }, offer.hint),
    h("span", { class: "offer-detail" }, offer.detail))));
  }

  move(step) {
    this.picked = (this.picked + step + this.offers.length) % this.offers.length;
    [...this.list.children].forEach((node, i) => node.setAttribute("aria-selected", i === this.picked));
    this.list.children[this.picked].scrollIntoView({ block: "nearest" });
  }

  take(offer) {
    const { value, selectionStart } = this.area;
    const head = value.slice(0, offer.from) + offer.insert;
    this.area.value = head + value.slice(selectionStart);
    this.area.setSelectionRange(head.length, head.length);
    this.focus();
    this.typed();
  }

  key(event) {
    if (event.isComposing) return;
    const offering = this.offers.length > 0;
    const offer = this.offers[this.picked];
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (offering && steps[event.key]) { event.preventDefault(); this.move(steps[event.key]); }
    else if (offering && event.key === "Tab") { event.preventDefault(); this.take(offer); }
    else if (offering && event.key === "Escape") { event.stopPropagation(); this.offer([]); }
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (offering && !offer.complete) this.take(offer); else this.submit();
    }
  }

  async submit() {
    const typed = this.area.value.trim();
    if (!typed) return;
    this.area.value = "";
    this.typed();
    if ((await this.send(wire(typed, this.source))) === false && !this.area.value) { this.area.value = typed; this.typed(); }
  }
}

/** What a person typed, with shown names turned to handles: "@Engineer A" -> "@engineer_a". The Slack does the rest. */
export function wire(typed, { users }) {
  const byLength = users().filter((u) => nameOf(u) !== u.name).sort((a, b) => nameOf(b).length - nameOf(a).length);
  return byLength.reduce((text, user) =>
    text.replace(new RegExp(`(?<![\\w<])@${escapeRegex(nameOf(user))}(?!\\w)`, "gi"), `@${user.name}`), typed);
}

/** Back from the wire to what a person would have typed. */
export const unwire = (text, ctx) => decode(text.replace(/<([@#!])([^<>|]+)(?:\|([^<>]*))?>/g, (whole, mark, id, label) => {
  if (mark === "@") return `@${ctx.user(id) ? nameOf(ctx.user(id)) : label || id}`;
  return mark === "#" ? `#${ctx.channel(id)?.name ?? (label || id)}` : `@${id}`;
}).replace(/<(https?:[^<>|]+)(?:\|[^<>]*)?>/g, "$1"));

const escapeRegex = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function offersFor(value, caret, { commands, users }) {
  const typed = value.slice(0, caret);
  const person = /(?:^|\s)@([\w .]{0,20})$/.exec(typed);
  if (person) return peopleOffers(person[1], caret, users());
  if (!typed.startsWith("/") || typed.includes("\n")) return [];
  if (!typed.includes(" ")) return commandOffers(typed, commands());
  const command = commands().find((c) => typed.startsWith(`${c.command} `));
  return command ? verbOffers(typed, command) : [];
}

const commandOffers = (typed, commands) => commands.filter((c) => c.command.startsWith(typed)).map((c) => ({
  label: c.command, hint: c.usage_hint, detail: c.description, from: 0, insert: `${c.command} `, complete: c.command === typed,
}));

/** The words of a usage hint such as "open | ack [N] | resolve [N]" are verbs. */
export function verbsOf(command) {
  const hint = (command.usage_hint || "").trim();
  const parts = splitOutside(/^\[[^[\]]*\]$/.test(hint) ? hint.slice(1, -1) : hint);
  return parts.map((part) => /^([a-z][a-z-]+)\b *(.*)$/.exec(part)).filter(Boolean).map(([, verb, rest]) => ({ verb, rest }));
}

/** Parts between "|" or ",", those inside brackets left alone. */
function splitOutside(text) {
  let depth = 0;
  const marked = [...text].map((char) => {
    if ("[(<".includes(char)) depth += 1;
    if ("])>".includes(char)) depth -= 1;
    return "|,".includes(char) && depth <= 0 ? "\n" : char;
  }).join("");
  return marked.split("\n").map((part) => part.trim());
}

function verbOffers(typed, command) {
  const rest = typed.slice(command.command.length + 1);
  const verbs = verbsOf(command);
  if (/\s/.test(rest) || verbs.length < 2) return [];
  return verbs.filter(({ verb }) => verb.startsWith(rest)).map(({ verb, rest: hint }) => ({
    label: `${command.command} ${verb}`, hint, detail: "", from: command.command.length + 1, insert: `${verb} `, complete: verb === rest,
  }));
}

function peopleOffers(part, caret, users) {
  const wanted = part.toLowerCase();
  return users.filter((u) => !u.is_bot && [nameOf(u), u.name].some((n) => n.toLowerCase().startsWith(wanted))).slice(0, 8).map((u) => ({
    label: `@${nameOf(u)}`, hint: "", detail: u.email || "", from: caret - part.length - 1, insert: `@${nameOf(u)} `,
    complete: nameOf(u).toLowerCase() === wanted,
  }));
}
