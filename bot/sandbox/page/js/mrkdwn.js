// Slack's mrkdwn as DOM nodes: https://docs.slack.dev/messaging/formatting-message-text
// ctx = {user(id) -> User|undefined, channel(id) -> Channel|undefined, group(id) -> Group|undefined, me: id, now() -> Date, openChannel(id)?}
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { slackDate } from "./time.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
export const decode = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

/** A Block Kit text object, or a bare mrkdwn string. */
export function textObject(object, ctx) {
  if (!object) return null;
  if (typeof object === "string") return mrkdwn(object, ctx);
  if (object.type === "mrkdwn") return mrkdwn(object.text ?? "", ctx);
  return plain(object);
}

/** The characters of a plain_text object. */
export function plain(object) {
  if (!object) return "";
  const text = decode(typeof object === "string" ? object : object.text ?? "");
  return object.emoji === false ? text : withEmoji(text);
}

/** One line without any mark-up, for labels, titles and previews. */
export function flat(text, ctx) {
  const holder = h("span", {}, mrkdwn(text ?? "", ctx));
  return holder.textContent.replace(/\s+/g, " ").trim();
}

export function mrkdwn(text, ctx) {
  return text.split(/```\n?([\s\S]*?)\n?```/).flatMap((part, i) => {
    if (i % 2) return [h("pre", { class: "pre" }, decode(part.replace(/<(https?:[^<>|]+)(?:\|[^<>]*)?>/g, "$1")))];
    const trimmed = part.replace(i ? /^\n/ : /^$/, "");
    return lines(trimmed, ctx);
  });
}

const KINDS = [
  ["quote", /^(?:&gt;|>) ?(.*)$/],
  ["bullet", /^ {0,3}(?:[•◦▪]|-(?= ))\s*(.*)$/],
];

function lines(text, ctx) {
  const groups = [];
  for (const line of text.split("\n")) {
    const [kind, content] = lineKind(line);
    const last = groups.at(-1);
    if (last?.kind === kind) last.lines.push(content);
    else groups.push({ kind, lines: [content] });
  }
  return groups.flatMap((group, i) => {
    if (group.kind === "quote") return [h("blockquote", { class: "quote" }, inline(group.lines.join("\n"), ctx))];
    if (group.kind === "bullet") return [h("ul", { class: "list" }, group.lines.map((line) => h("li", {}, inline(line, ctx))))];
    const body = group.lines.join("\n");
    const tail = i < groups.length - 1 ? body.replace(/\n$/, "") : body;
    return tail === "" && groups.length > 1 ? [] : [h("span", { class: "text" }, inline(tail, ctx))];
  });
}

function lineKind(line) {
  for (const [kind, pattern] of KINDS) {
    const match = pattern.exec(line);
    if (match) return [kind, match[1]];
  }
  return ["text", line];
}

const before = String.raw`(?<![\w*_~])`;
const style = (mark) => new RegExp(`${before}${mark}(?=[^\\s${mark}])((?:[^\\n]*?[^\\s${mark}])??)${mark}(?!\\w)`, "y");
const RULES = [
  [/<([^<>\n]+)>/y, (m, ctx) => control(m[1], ctx)],
  [/`([^`\n]+)`/y, (m) => h("code", { class: "code" }, decode(m[1].replace(/<(https?:[^<>|]+)(?:\|[^<>]*)?>/g, "$1")))],
  [style("\\*"), (m, ctx) => h("strong", {}, inline(m[1], ctx))],
  [style("_"), (m, ctx) => h("em", {}, inline(m[1], ctx))],
  [style("~"), (m, ctx) => h("s", {}, inline(m[1], ctx))],
  [/:([a-z0-9_+'-]+)(?:::skin-tone-\d)?:/y, (m) => (emoji(m[1]) ? emojiNode(m[1]) : m[0])],
];

export function inline(text, ctx) {
  const nodes = [];
  let plainFrom = 0, at = 0;
  while (at < text.length) {
    const hit = ruleAt(text, at, ctx);
    if (!hit) { at += 1; continue; }
    if (at > plainFrom) nodes.push(decode(text.slice(plainFrom, at)));
    nodes.push(hit.node);
    at = plainFrom = at + hit.length;
  }
  if (plainFrom < text.length) nodes.push(decode(text.slice(plainFrom)));
  return nodes;
}

function ruleAt(text, at, ctx) {
  if (!"<`*_~:".includes(text[at])) return null;
  for (const [pattern, make] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match && match[1]) return { length: match[0].length, node: make(match, ctx) };
  }
  return null;
}

export const emojiNode = (name) => h("span", { class: "emoji", title: `:${name}:`, role: "img", "aria-label": name }, emoji(name) ?? `:${name}:`);

/** What stands between < and >. */
function control(body, ctx) {
  const bar = body.indexOf("|");
  const [target, label] = bar < 0 ? [body, ""] : [body.slice(0, bar), body.slice(bar + 1)];
  if (target.startsWith("@")) return userMention(target.slice(1), ctx, label);
  if (target.startsWith("#")) return channelMention(target.slice(1), ctx, label);
  if (target.startsWith("!subteam^")) return groupMention(target.slice("!subteam^".length), ctx, label);
  if (target.startsWith("!date^")) return date(target, label, ctx);
  if (/^!(here|channel|everyone)/.test(target)) return mention(`@${target.slice(1).split("^")[0]}`, true);
  if (target.startsWith("!")) return label || `<${target}>`;
  if (!label && !LINKED.test(target)) return decode(`<${target}>`);
  return link(decode(target), label ? inline(label, ctx) : decode(target));
}

const mention = (label, loud) => h("span", { class: loud ? "mention loud" : "mention" }, decode(label));

export function userMention(id, ctx, label) {
  const user = ctx.user(id);
  return mention(`@${user ? user.real_name || user.name : label || "someone"}`, id === ctx.me);
}

export const groupMention = (id, ctx, label) => mention(ctx.group(id) ? `@${ctx.group(id).handle}` : label || "@someone");

export function channelMention(id, ctx, label) {
  const name = `#${ctx.channel(id)?.name ?? (label || "private-channel")}`;
  if (!ctx.channel(id) || !ctx.openChannel) return mention(name);
  return h("button", { type: "button", class: "mention as-link", onclick: () => ctx.openChannel(id) }, name);
}

const LINKED = /^(https?:|mailto:|tel:)/i;
/** Only http(s), mailto and tel become links; anything else stays text. */
export function link(url, label) {
  if (!LINKED.test(url)) return h("span", {}, label);
  return h("a", { class: "link", href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

function date(target, fallback, ctx) {
  const [, seconds, template, url] = /^!date\^(-?\d+)\^([^^]*)(?:\^(.*))?$/.exec(target) || [];
  if (seconds === undefined) return fallback;
  return dateNode(seconds, decode(template), fallback, url && decode(url), ctx);
}

export function dateNode(seconds, template, fallback, url, ctx) {
  const text = slackDate(seconds, template, ctx.now());
  const node = h("time", { class: "date", title: decode(fallback || "") || undefined, "data-at": Math.floor(seconds), "data-template": template }, text);
  return url ? link(url, node) : node;
}

/** "today" and "3 minutes ago" grow old: read every date of `root` again. */
export function refreshDates(root, now) {
  for (const node of root.querySelectorAll("time[data-template]")) {
    const text = slackDate(node.dataset.at, node.dataset.template, now);
    if (node.textContent !== text) node.textContent = text;
  }
}
