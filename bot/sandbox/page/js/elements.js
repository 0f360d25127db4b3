// Block Kit's interactive elements: https://docs.slack.dev/reference/block-kit/block-elements
// ctx adds to mrkdwn's: act(payload) -> Promise, values: Values, users(), channels()
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { plain, textObject } from "./mrkdwn.js";
import { confirmDialog, menu, popover } from "./popover.js";

/** `dispatch`: whether a change is told to the app at once (actions, accessories) or only with the form (inputs). */
export function element(el, blockId, ctx, { dispatch = true, label = "" } = {}) {
  const make = MAKERS[el.type];
  if (!make) return h("span", { class: "unsupported" }, `[${el.type}]`);
  return make(el, new Slot(el, blockId, ctx, dispatch, label));
}

/** The values of one surface's elements: what a person chose outlives a redraw, what the app preset does not. */
export class Values {
  kept = new Map();
  chosen = new Set();
  drawn = new Set();

  redraw() { this.drawn.clear(); }

  start(block, action, initial) {
    const key = `${block}\n${action}`;
    this.drawn.add(key);
    if (!this.chosen.has(key)) this.kept.set(key, initial);
    return this.kept.get(key);
  }

  choose(block, action, value) {
    this.chosen.add(`${block}\n${action}`);
    this.kept.set(`${block}\n${action}`, value);
  }

  /** {block_id: {action_id: state value}} as Slack's `state.values`. */
  state() {
    const state = {};
    for (const key of this.drawn) {
      const [block, action] = key.split("\n");
      (state[block] ??= {})[action] = this.kept.get(key);
    }
    return state;
  }
}

/** Where an element keeps its value and how it tells the app. */
class Slot {
  constructor(el, blockId, ctx, dispatch, label) {
    Object.assign(this, { el, blockId, ctx, dispatch, label });
    this.attrs = { "data-action-id": el.action_id, "data-block-id": blockId, ...(label || el.placeholder ? { "aria-label": label || plain(el.placeholder) } : {}) };
  }

  start(initial) {
    return this.ctx.values.start(this.blockId, this.el.action_id, { type: this.el.type, ...initial });
  }

  keep(value) {
    this.ctx.values.choose(this.blockId, this.el.action_id, { type: this.el.type, ...value });
  }

  async changed(value, node) {
    this.keep(value);
    if (this.dispatch) await this.act(value, node);
  }

  async act(value, node) {
    if (node.classList.contains("is-busy") || !(await this.agreed())) return;
    node.classList.add("is-busy");
    node.setAttribute("aria-busy", "true");
    try {
      await this.ctx.act({ block_id: this.blockId, action_id: this.el.action_id, ...value });
    } finally {
      node.classList.remove("is-busy");
      node.removeAttribute("aria-busy");
    }
  }

  async agreed() {
    const ask = this.el.confirm;
    return !ask || confirmDialog({
      title: plain(ask.title) || "Are you sure?", text: textObject(ask.text, this.ctx),
      confirm: plain(ask.confirm) || "Yes", deny: plain(ask.deny) || "Cancel", style: ask.style,
    });
  }
}

function button(el, slot) {
  const node = h(el.url ? "a" : "button", {
    ...slot.attrs, "aria-label": el.accessibility_label, class: `button ${el.style || ""}`,
    ...(el.url && /^https?:/i.test(el.url) ? { href: el.url, target: "_blank", rel: "noopener noreferrer" } : { type: el.url ? undefined : "button" }),
    onclick: () => slot.act(el.value === undefined ? {} : { value: el.value }, node),
  }, h("span", { class: "button-label" }, plain(el.text)), el.url && icon("link", 13));
  return node;
}

const optionLabel = (option) => plain(option.text);
const optionOf = (el, value) => allOptions(el).find((option) => option.value === value);
const allOptions = (el) => [...(el.options || []), ...(el.option_groups || []).flatMap((group) => group.options || [])];

function select(el, slot, choices, initial, read) {
  const placeholder = plain(el.placeholder) || "Select an item";
  const node = h("select", { ...slot.attrs, "aria-label": slot.label || placeholder, class: initial ? "" : "is-empty", onchange: () => {
    node.classList.toggle("is-empty", !node.value);
    slot.changed(read(node.value || null), node.parentNode);
  } }, h("option", { value: "", disabled: Boolean(initial) && slot.dispatch, hidden: slot.dispatch }, placeholder), choices);
  node.value = initial ?? "";
  return h("span", { class: "select" }, node, icon("chevron", 16));
}

function staticSelect(el, slot) {
  const start = slot.start({ selected_option: el.initial_option ?? null });
  const option = (o) => h("option", { value: o.value }, optionLabel(o));
  const choices = el.option_groups
    ? el.option_groups.map((group) => h("optgroup", { label: plain(group.label) }, (group.options || []).map(option)))
    : (el.options || []).map(option);
  return select(el, slot, choices, start.selected_option?.value, (value) => ({ selected_option: optionOf(el, value) ?? null }));
}

const idSelect = (field, initialField, listed) => (el, slot) => {
  const start = slot.start({ [field]: el[initialField] ?? null });
  const choices = listed(slot.ctx).map(([id, name]) => h("option", { value: id }, name));
  return select(el, slot, choices, start[field], (value) => ({ [field]: value }));
};

const people = (ctx) => ctx.users().filter((u) => !u.is_bot).map((u) => [u.id, u.real_name || u.name]);
const rooms = (ctx) => ctx.channels().filter((c) => c.kind === "channel").map((c) => [c.id, `#${c.name}`]);
const usersSelect = idSelect("selected_user", "initial_user", people);
const conversationsSelect = idSelect("selected_conversation", "initial_conversation", rooms);
const channelsSelect = idSelect("selected_channel", "initial_channel", rooms);

/** A button that opens a list of checkboxes; what was chosen is told when the list closes. */
function multi(slot, choices, chosen, changed) {
  const picked = new Set(chosen);
  const face = h("span", { class: "multi-face" });
  const draw = () => {
    const names = choices.filter(([value]) => picked.has(value)).map(([, name]) => name);
    face.textContent = names.join(", ") || plain(slot.el.placeholder) || "Select options";
    node.classList.toggle("is-empty", !names.length);
  };
  const toggle = (value) => { picked.has(value) ? picked.delete(value) : picked.add(value); draw(); changed([...picked], node); };
  const node = h("button", { ...slot.attrs, type: "button", class: "multi", "aria-expanded": "false", onclick: () => {
    if (node.getAttribute("aria-expanded") === "true") return;
    popover(node, h("div", { class: "menu" }, choices.map(([value, name]) => h("label", { class: "menu-item" },
      h("input", { type: "checkbox", value, checked: picked.has(value), onchange: () => toggle(value) }), h("span", {}, name)))), { label: slot.label });
  } }, face, icon("chevron", 16));
  draw();
  return node;
}

function multiStatic(el, slot) {
  const start = slot.start({ selected_options: el.initial_options || [] });
  const choices = allOptions(el).map((o) => [o.value, optionLabel(o)]);
  return multi(slot, choices, start.selected_options.map((o) => o.value),
    (values, node) => slot.changed({ selected_options: values.map((v) => optionOf(el, v)) }, node));
}

const multiIds = (field, initialField, listed) => (el, slot) => {
  const start = slot.start({ [field]: el[initialField] || [] });
  return multi(slot, listed(slot.ctx), start[field], (values, node) => slot.changed({ [field]: values }, node));
};

function overflow(el, slot) {
  const node = h("button", { ...slot.attrs, type: "button", class: "button square", "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-label": "More actions", onclick: () => menu(node, (el.options || []).map((option) => ({
      label: optionLabel(option), detail: plain(option.description), attrs: { "data-option": option.value },
      pick: () => (option.url ? open(option.url, "_blank", "noopener") : slot.act({ selected_option: option }, node)),
    })), { align: "right" }) }, icon("dots"));
  return node;
}

const optionText = (option, ctx) => h("span", { class: "choice-text" }, textObject(option.text, ctx),
  option.description && h("span", { class: "choice-detail" }, textObject(option.description, ctx)));

function radios(el, slot) {
  const start = slot.start({ selected_option: el.initial_option ?? null });
  const name = `${slot.blockId}-${el.action_id}-${++counter}`;
  return choices("radio", el, slot, (option) => option.value === start.selected_option?.value, name,
    (checked) => ({ selected_option: optionOf(el, checked[0]) ?? null }));
}

function checkboxes(el, slot) {
  const start = slot.start({ selected_options: el.initial_options || [] });
  const on = new Set(start.selected_options.map((o) => o.value));
  return choices("checkbox", el, slot, (option) => on.has(option.value), undefined,
    (checked) => ({ selected_options: checked.map((value) => optionOf(el, value)) }));
}

let counter = 0;

function choices(type, el, slot, isOn, name, read) {
  const group = h("div", { ...slot.attrs, class: "choices", role: type === "radio" ? "radiogroup" : "group" }, (el.options || []).map((option) =>
    h("label", { class: "choice" }, h("input", { type, name, value: option.value, checked: isOn(option), onchange: () => {
      const checked = [...group.querySelectorAll("input:checked")].map((input) => input.value);
      slot.changed(read(checked), group);
    } }), optionText(option, slot.ctx))));
  return group;
}

/** Inputs whose value is one string. `trigger_actions_on` says what tells the app; without it, Enter does. */
function textInput(el, slot, attrs, tag = "input") {
  const start = slot.start({ value: el.initial_value ?? null });
  const triggers = el.dispatch_action_config?.trigger_actions_on || ["on_enter_pressed"];
  const node = h(tag, { ...slot.attrs, class: "field", placeholder: plain(el.placeholder) || undefined, value: start.value ?? "",
    minlength: el.min_length, maxlength: el.max_length, autofocus: el.focus_on_load, ...attrs,
    oninput: () => {
      slot.keep({ value: node.value === "" ? null : node.value });
      if (slot.dispatch && triggers.includes("on_character_entered")) slot.act({ value: node.value }, node);
    },
    onkeydown: (event) => {
      if (event.key === "Enter" && slot.dispatch && tag === "input" && triggers.includes("on_enter_pressed")) {
        event.preventDefault();
        slot.act({ value: node.value }, node);
      }
    } });
  return node;
}

const numberInput = (el, slot) => textInput(el, slot, { type: "number", min: el.min_value, max: el.max_value, step: el.is_decimal_allowed ? "any" : "1" });
const plainInput = (el, slot) => (el.multiline ? textInput(el, slot, { rows: 4 }, "textarea") : textInput(el, slot, { type: "text" }));

const PICKED = { date: "Date", time: "Time", "datetime-local": "Date and time" };
const picker = (type, field, initialField, toInput = (v) => v, fromInput = (v) => v) => (el, slot) => {
  const start = slot.start({ [field]: el[initialField] ?? null });
  const node = h("input", { "aria-label": PICKED[type], ...slot.attrs, type, class: "field narrow", value: start[field] === null ? "" : toInput(start[field]),
    onchange: () => slot.changed({ [field]: node.value ? fromInput(node.value) : null }, node) });
  return node;
};

function localMinute(seconds) {
  const date = new Date(seconds * 1000);
  return new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function image(el) {
  return h("span", { class: "image small", role: "img", "aria-label": el.alt_text || "image", title: el.alt_text }, icon("image", 16));
}

const MAKERS = {
  button, workflow_button: button, overflow, image,
  static_select: staticSelect, users_select: usersSelect, conversations_select: conversationsSelect, channels_select: channelsSelect,
  multi_static_select: multiStatic,
  multi_users_select: multiIds("selected_users", "initial_users", people),
  multi_conversations_select: multiIds("selected_conversations", "initial_conversations", rooms),
  radio_buttons: radios, checkboxes,
  plain_text_input: plainInput, number_input: numberInput,
  email_text_input: (el, slot) => textInput(el, slot, { type: "email" }),
  url_text_input: (el, slot) => textInput(el, slot, { type: "url" }),
  datepicker: picker("date", "selected_date", "initial_date"),
  timepicker: picker("time", "selected_time", "initial_time"),
  datetimepicker: picker("datetime-local", "selected_date_time", "initial_date_time", localMinute, (v) => Math.floor(new Date(v) / 1000)),
};
