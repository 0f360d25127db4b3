// The modal on top of a person's stack of views. Values survive an update of the same view, as in Slack.
import { renderBlocks } from "./blockkit.js";
import { $, focusOf, h, replace } from "./dom.js";
import { Values } from "./elements.js";
import { icon } from "./icons.js";
import { plain } from "./mrkdwn.js";
import { trapFocus } from "./popover.js";

export class Modal {
  /** actions: click(view, payload, state), submit(view, values) -> answer, close(view) */
  constructor(root, ctx, actions) {
    Object.assign(this, { root, ctx, actions, values: new Map(), errors: {}, view: null, sig: "" });
  }

  show(view) {
    const sig = JSON.stringify(view) + this.ctx.me;
    if (sig === this.sig) return;
    const same = this.view?.id === view?.id;
    this.sig = sig;
    if (!same) this.errors = {};
    if (!same && this.view === null) this.cameFrom = document.activeElement;
    this.view = view;
    this.draw(same);
  }

  draw(same = true) {
    const view = this.view;
    if (!view) { this.values.clear(); this.root.replaceChildren(); this.cameFrom?.isConnected && this.cameFrom.focus(); return; }
    const scroll = same ? $(".modal-body", this.root)?.scrollTop : 0;
    const restore = same && focusOf(this.root);
    this.root.replaceChildren(h("div", { class: "veil" }, this.frame(view)));
    const body = $(".modal-body", this.root);
    body.scrollTop = scroll || 0;
    if (restore) restore(this.root);
    if (!this.root.contains(document.activeElement)) this.focusFirst();
  }

  focusFirst() {
    const first = $("[autofocus]", this.root) || $(".modal-body input, .modal-body textarea, .modal-body select", this.root) || $(".modal-foot .primary", this.root) || $("button", this.root);
    first?.focus({ preventScroll: true });
  }

  frame(view) {
    this.problem = h("div", { class: "modal-problem", role: "alert", hidden: true });
    this.submitButton = view.submit && h("button", { type: "submit", class: "button primary", "data-modal": "submit" }, h("span", { class: "button-label" }, plain(view.submit)));
    const close = () => this.actions.close(view);
    const form = h("form", { class: "modal", role: "dialog", "aria-modal": "true", "aria-label": plain(view.title), "data-view": view.id, "data-callback": view.callback_id,
      novalidate: true, onsubmit: (event) => { event.preventDefault(); this.submit(view); },
      onkeydown: (event) => {
        if (event.key === "Escape" && !event.defaultPrevented) { event.stopPropagation(); close(); }
        trapFocus(form, event);
      } },
    h("header", { class: "modal-head" },
      view.previous_view_id && h("button", { type: "button", class: "icon-button", "aria-label": "Back", onclick: close }, icon("back")),
      h("h2", { class: "modal-title" }, plain(view.title)),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", "data-modal": "x", onclick: close }, icon("close"))),
    h("div", { class: "modal-body" }, this.blocks(view)), this.problem,
    h("footer", { class: "modal-foot" },
      (view.close || view.submit) && h("button", { type: "button", class: "button", "data-modal": "close", onclick: close }, plain(view.close) || (view.submit ? "Cancel" : "Close")), this.submitButton));
    return form;
  }

  blocks(view) {
    const values = this.values.get(view.id) ?? new Values();
    this.values.set(view.id, values);
    values.redraw();
    const act = async (payload) => { this.tell(await this.actions.click(view, payload, values.state())); };
    return renderBlocks(view.blocks, { ...this.ctx, values, errors: this.errors, act });
  }

  tell(text) { this.problem.hidden = !text; replace(this.problem, text && icon("warn", 15), text && h("span", {}, text)); }

  async submit(view) {
    if (this.submitButton?.classList.contains("is-busy")) return;
    const values = this.values.get(view.id).state();
    const missing = missingInputs(view, values);
    if (Object.keys(missing).length) { this.fail(missing); return; }
    this.submitButton?.classList.add("is-busy");
    try {
      const answer = await this.actions.submit(view, values);
      if (answer.response_action === "errors") this.fail(answer.errors || {});
      else if (!answer.ok) this.tell(answer.error || "We had some trouble connecting. Try again?");
    } finally {
      this.submitButton?.classList.remove("is-busy");
    }
  }

  fail(errors) {
    this.errors = errors;
    this.draw();
    $(".has-error [data-action-id]", this.root)?.focus();
  }
}

/** Slack's client refuses a form with an empty required input before the app sees it. */
function missingInputs(view, values) {
  const empty = (value) => Object.entries(value || {}).every(([k, v]) => k === "type" || v === null || v === "" || v?.length === 0);
  const missing = (view.blocks || []).filter((b) => b.type === "input" && !b.optional && b.element?.type !== "checkboxes")
    .filter((b) => empty(values[b.block_id]?.[b.element.action_id]));
  return Object.fromEntries(missing.map((b) => [b.block_id, "Please complete this required field."]));
}
