// The app's Home tab: a view without a form, redrawn when the app publishes another.
import { renderBlocks } from "./blockkit.js";
import { focusOf, h, replace } from "./dom.js";
import { Values } from "./elements.js";
import { icon } from "./icons.js";

export class Home {
  /** click(view, payload, state) -> what went wrong, or null */
  constructor(root, ctx, click) { Object.assign(this, { root, ctx, click, values: new Values(), sig: null }); }

  show(view) {
    const sig = JSON.stringify([view, this.ctx.me, this.ctx.epoch]);
    if (sig === this.sig) return;
    this.sig = sig;
    const restore = focusOf(this.root);
    this.values.redraw();
    const problem = h("div", { class: "app-error", role: "alert", hidden: true });
    const act = async (payload) => {
      const text = await this.click(view, payload, this.values.state());
      problem.hidden = !text;
      replace(problem, text && icon("warn", 15), text && h("span", {}, text));
    };
    replace(this.root, view ? [h("div", { class: "message-body" }, renderBlocks(view.blocks, { ...this.ctx, values: this.values, act })), problem]
      : h("p", { class: "unsupported" }, "The app has not published a Home tab for you."));
    restore?.(this.root);
  }
}
