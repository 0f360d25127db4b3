// rich_text blocks: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
import { h } from "./dom.js";
import { channelMention, dateNode, emojiNode, groupMention, link, userMention } from "./mrkdwn.js";

export function richText(block, ctx) {
  return h("div", { class: "rich" }, (block.elements || []).map((part) => PARTS[part.type]?.(part, ctx)));
}

const inlineAll = (part, ctx) => (part.elements || []).map((element) => inlineOne(element, ctx));

const PARTS = {
  rich_text_section: (part, ctx) => h("div", { class: "text" }, inlineAll(part, ctx)),
  rich_text_quote: (part, ctx) => h("blockquote", { class: "quote" }, inlineAll(part, ctx)),
  rich_text_preformatted: (part, ctx) => h("pre", { class: "pre" }, inlineAll(part, ctx)),
  rich_text_list: (part, ctx) => h(part.style === "ordered" ? "ol" : "ul",
    { class: "list", style: { "--indent": part.indent || 0 }, start: part.offset ? part.offset + 1 : undefined },
    (part.elements || []).map((item) => h("li", {}, inlineAll(item, ctx)))),
};

function inlineOne(element, ctx) {
  switch (element.type) {
    case "text": return styled(element.text ?? "", element.style);
    case "link": return styled(link(element.url || "", element.text || element.url || ""), element.style);
    case "emoji": return element.unicode && !/[^0-9a-f-]/i.test(element.unicode)
      ? String.fromCodePoint(...element.unicode.split("-").map((code) => parseInt(code, 16)))
      : emojiNode(element.name || "");
    case "user": return userMention(element.user_id, ctx);
    case "channel": return channelMention(element.channel_id, ctx);
    case "usergroup": return groupMention(element.usergroup_id, ctx);
    case "broadcast": return h("span", { class: "mention loud" }, `@${element.range}`);
    case "date": return dateNode(element.timestamp, element.format || "{date_short} {time}", element.fallback, element.url, ctx);
    case "color": return h("code", { class: "code" }, element.value);
    default: return element.text ?? "";
  }
}

function styled(content, style = {}) {
  let node = content;
  if (style.code) node = h("code", { class: "code" }, node);
  if (style.strike) node = h("s", {}, node);
  if (style.italic) node = h("em", {}, node);
  if (style.bold) node = h("strong", {}, node);
  return node;
}
