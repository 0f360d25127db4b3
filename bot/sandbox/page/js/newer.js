// The blocks Slack added in 2025 and 2026, drawn as Slack draws them: https://docs.slack.dev/reference/block-kit/blocks
import { chart } from "./chart.js";
import { focusOf, h } from "./dom.js";
import { element } from "./elements.js";
import { icon } from "./icons.js";
import { link, plain, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** Each draws (block, ctx, id, drawBlocks): the last draws the blocks that stand inside it. */
export const NEWER = {
  alert,
  card,
  carousel: (block, ctx, id, drawBlocks) => h("div", { role: "group", "aria-label": "Cards", tabindex: 0 }, drawBlocks(block.elements, ctx)),
  container,
  data_table: dataTable,
  data_visualization: (block) => h("figure", {}, h("figcaption", {}, block.title), chart(block.title, block.chart)),
  plan,
  table: (block, ctx) => h("div", { class: "table-scroll", tabindex: 0 }, table(block.rows, ctx, { columns: block.column_settings })),
  task_card: (block, ctx) => h("div", {}, task(block, ctx)),
};

const ALERTS = { default: "help", info: "help", warning: "warn", error: "warn", success: "check" };

function alert(block, ctx) {
  const level = block.level || "default";
  return h("div", { "data-level": level, role: "note" }, icon(ALERTS[level] || "help", 16), h("div", { class: "section-text" }, textObject(block.text, ctx)));
}

function card(block, ctx, id) {
  return h("div", {},
    block.hero_image && h("div", { class: "image hero", role: "img", "aria-label": block.hero_image.alt_text }, icon("image", 22), h("span", {}, block.hero_image.alt_text)),
    h("div", { class: "card-head" }, picture(block.icon),
      h("div", {}, block.title && h("div", { class: "card-title" }, textObject(block.title, ctx)),
        block.subtitle && h("div", { class: "card-subtitle" }, textObject(block.subtitle, ctx)))),
    block.body && h("div", { class: "card-body" }, textObject(block.body, ctx)),
    block.actions && h("div", { class: "block-actions" }, block.actions.map((el) => element(el, id, ctx))));
}

const picture = (image) => image && h("span", { class: "image small", role: "img", "aria-label": image.alt_text }, icon("image", 14));

function container(block, ctx, id, drawBlocks) {
  const title = block.rich_text_title ? richText(block.rich_text_title, ctx) : h("div", { class: "card-title" }, plain(block.title));
  const head = [picture(block.icon), h("div", {}, title, block.subtitle && h("div", { class: "card-subtitle" }, textObject(block.subtitle, ctx)))];
  const inside = h("div", { class: "container-body" }, drawBlocks(block.child_blocks, ctx));
  const attrs = { "data-width": block.width || "standard", "data-divider": block.has_header_divider ? "" : undefined };
  if (!block.is_collapsible) return h("div", attrs, h("div", { class: "container-head" }, head), inside);
  return h("div", attrs, h("details", { open: !block.default_collapsed }, h("summary", { class: "container-head" }, head, icon("chevron", 16)), inside));
}

const MARKS = { pending: ["", "not started"], in_progress: ["", "in progress"], complete: ["check", "done"], error: ["close", "failed"] };

function plan(block, ctx) {
  return h("div", {},
    h("div", { class: "plan-title" }, block.title),
    h("ol", { class: "tasks" }, (block.tasks || []).map((one) => h("li", {}, task(one, ctx)))));
}

function task(block, ctx) {
  const [mark, word] = MARKS[block.status] || MARKS.pending;
  return h("div", { class: "task", "data-status": block.status, "data-task": block.task_id },
    h("span", { class: "task-mark", role: "img", "aria-label": word, title: word }, mark && icon(mark, 12)),
    h("div", { class: "task-main" },
      h("div", { class: "task-title" }, block.title),
      block.details && h("div", { class: "task-details" }, richText(block.details, ctx)),
      block.output && h("div", { class: "task-output" }, richText(block.output, ctx)),
      block.sources?.length && h("div", { class: "task-sources" }, block.sources.map((one) => link(one.url, one.text)))));
}

/** `sort`: {by, down, turn(column)}, where the columns can be sorted. */
function table(rows, ctx, { columns = [], caption, headColumn, sort } = {}) {
  const [head, ...body] = rows || [];
  const look = (i, part) => {
    const { align = part?.type === "raw_number" ? "right" : "left", is_wrapped } = columns?.[i] || {};
    return { class: is_wrapped ? "wraps" : undefined, style: { "text-align": align } };
  };
  const order = (i) => (sort && sort.by === i ? { "aria-sort": sort.down ? "descending" : "ascending" } : {});
  const title = (part, i) => (sort ? h("button", { type: "button", class: "sorter", "data-tool": `sort-${i}`, onclick: () => sort.turn(i) }, cell(part, ctx), h("span", { class: "sorted", "aria-hidden": "true" })) : cell(part, ctx));
  return h("table", {},
    caption && h("caption", {}, caption),
    h("thead", {}, h("tr", {}, (head || []).map((part, i) => h("th", { scope: "col", ...order(i), ...look(i, body[0]?.[i] ?? part) }, title(part, i))))),
    h("tbody", {}, body.map((row) => h("tr", {}, row.map((part, i) =>
      (i === headColumn ? h("th", { scope: "row", ...look(i, part) }, cell(part, ctx)) : h("td", look(i, part), cell(part, ctx))))))));
}

const cell = (part, ctx) => (part.type === "rich_text" ? richText(part, ctx) : String(part.text ?? part.value ?? ""));

const worth = (part) => part.value ?? part.text ?? said(part);
const said = (part) => (part.elements || []).map((one) => one.text ?? said(one)).join("");
const compared = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));

/** A page of rows at a time, in the order of a column; which one is the reader's own business. */
function dataTable(block, ctx) {
  const [head, ...given] = block.rows;
  const size = block.page_size || 5;
  const pages = Math.max(1, Math.ceil(given.length / size));
  const scroll = h("div", { class: "table-scroll", tabindex: 0 });
  const where = h("span", { "aria-live": "polite" });
  const turn = (name, by) => h("button", { type: "button", class: "pager", "aria-label": name, onclick: () => show(at + by) }, icon(by < 0 ? "back" : "next-page", 14));
  const [back, on] = [turn("Earlier rows", -1), turn("Later rows", 1)];
  const sort = { by: null, down: false, turn: (column) => { Object.assign(sort, { by: column, down: sort.by === column && !sort.down }); show(0); } };
  let at = 0;
  function show(page) {
    const rows = sort.by === null ? given : given.toSorted((a, b) => compared(worth(a[sort.by]), worth(b[sort.by])) * (sort.down ? -1 : 1));
    at = Math.min(Math.max(0, page), pages - 1);
    const part = rows.slice(at * size, (at + 1) * size);
    const restore = focusOf(scroll);
    scroll.replaceChildren(table([head, ...part], ctx, { caption: block.caption, headColumn: block.row_header_column_index ?? 0, sort }));
    restore?.(scroll);
    where.textContent = `${at * size + 1}–${at * size + part.length} of ${rows.length}`;
    [back.disabled, on.disabled] = [at === 0, at === pages - 1];
  }
  show(0);
  return h("div", {}, scroll, pages > 1 && h("div", { class: "pages" }, back, where, on));
}
