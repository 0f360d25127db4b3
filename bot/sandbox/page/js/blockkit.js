// Block Kit as DOM nodes, drawn as Slack draws it: https://docs.slack.dev/reference/block-kit/blocks
// An unknown block is shown by its type, so that nothing a bot sends is invisible.
import { h } from "./dom.js";
import { element } from "./elements.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { mrkdwn, plain, textObject } from "./mrkdwn.js";
import { NEWER } from "./newer.js";
import { richText } from "./richtext.js";

/** ctx: see mrkdwn.js and elements.js; `errors` maps block ids to what was wrong with their input. */
export function renderBlocks(blocks, ctx) {
  return (blocks || []).map((block, i) => {
    const body = (BLOCKS[block.type] || unknown)(block, ctx, block.block_id || `b${i}`, renderBlocks);
    body.classList.add("block", `block-${block.type}`);
    body.dataset.block = block.block_id || `b${i}`;
    return body;
  });
}

const BLOCKS = {
  header: (block) => h("div", { role: "heading", "aria-level": "3" }, plain(block.text)),
  section,
  divider: () => h("hr", {}),
  context: (block, ctx) => h("div", {}, (block.elements || []).map((part) =>
    (part.type === "image" ? element(part, "", ctx) : h("span", { class: "context-text" }, textObject(part, ctx))))),
  actions: (block, ctx, id) => h("div", {}, (block.elements || []).map((el) => element(el, id, ctx))),
  image: imageBlock,
  rich_text: (block, ctx) => richText(block, ctx),
  markdown: (block) => h("div", {}, markdown(block.text || "")),
  input,
  ...NEWER,
};

const unknown = (block) => h("div", { class: "unsupported" }, `This page cannot draw a “${block.type}” block.`);

function section(block, ctx, id) {
  return h("div", {},
    h("div", { class: "section-main" },
      block.text && h("div", { class: "section-text" }, textObject(block.text, ctx)),
      block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "field-cell" }, textObject(field, ctx))))),
    block.accessory && h("div", { class: "accessory" }, element(block.accessory, id, ctx)));
}

function imageBlock(block) {
  return h("figure", {}, block.title && h("figcaption", {}, plain(block.title)),
    h("div", { class: "image", role: "img", "aria-label": block.alt_text || "image" }, icon("image", 22), h("span", {}, block.alt_text || "image")));
}

function input(block, ctx, id) {
  const label = plain(block.label);
  const error = ctx.errors?.[id];
  return h("div", { class: error ? "has-error" : "" },
    h("div", { class: "input-label" }, label, block.optional && h("span", { class: "optional" }, " (optional)")),
    element(block.element, id, ctx, { dispatch: Boolean(block.dispatch_action), label }),
    error && h("div", { class: "input-error", role: "alert" }, icon("warn", 14), h("span", {}, error)),
    block.hint && h("div", { class: "input-hint" }, plain(block.hint)));
}

/** Legacy attachments with their colour bar. */
export function renderAttachments(attachments, ctx) {
  return (attachments || []).map((a) => {
    const bar = h("div", { class: "attachment" },
      a.pretext && h("div", { class: "attachment-pretext" }, mrkdwn(a.pretext, ctx)),
      h("div", { class: "attachment-body", style: { "--bar": colour(a.color) } }, a.blocks ? renderBlocks(a.blocks, ctx) : legacy(a, ctx)));
    return bar;
  });
}

const NAMED = { good: "#2eb67d", warning: "#e0a100", danger: "#d63a4f" };
const colour = (value) => NAMED[value] || (/^#?[0-9a-f]{3,8}$/i.test(value || "") ? `#${value.replace("#", "")}` : "var(--line-strong)");

function legacy(a, ctx) {
  const title = a.title && mrkdwn(a.title_link ? `<${a.title_link}|${a.title}>` : a.title, ctx);
  return [
    a.author_name && h("div", { class: "attachment-author" }, a.author_name),
    title && h("div", { class: "attachment-title" }, title),
    (a.text || (!a.title && a.fallback)) && h("div", { class: "section-text" }, mrkdwn(a.text || a.fallback, ctx)),
    a.fields?.length && h("div", { class: "fields" }, a.fields.map((f) =>
      h("div", { class: f.short ? "field-cell" : "field-cell wide" }, h("strong", {}, f.title), h("br"), mrkdwn(String(f.value ?? ""), ctx)))),
    a.footer && h("div", { class: "attachment-footer" }, mrkdwn(a.footer, ctx)),
  ];
}
