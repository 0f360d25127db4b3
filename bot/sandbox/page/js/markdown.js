// The `markdown` block: headings, lists, tasks, tables, quotes, fences and rules, as Slack draws real Markdown.
// Lines are taken one after the other; what begins nothing else is a paragraph. HTML is text.
import { h } from "./dom.js";
import { link } from "./mrkdwn.js";

export function markdown(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const nodes = [];
  while (lines.length) {
    const [, take] = KINDS.find(([begins]) => begins.test(lines[0])) ?? [null, paragraph];
    nodes.push(take(lines));
  }
  return nodes;
}

const ITEM = /^( *)([-*+]|\d+[.)]) +(?:\[([ xX])\] +)?(.*)$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const DELIMITERS = /^ *\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/;
const KINDS = [
  [/^\s*$/, (lines) => { lines.shift(); return null; }],
  [/^ {0,3}(`{3,}|~{3,})/, fence],
  [/^ {0,3}#{1,6} /, heading],
  [RULE, (lines) => { lines.shift(); return h("hr", { class: "block-divider" }); }],
  [/^ {0,3}>/, quote],
  [ITEM, list],
  [/^ *\|.*\| *$/, (lines) => (DELIMITERS.test(lines[1] ?? "") ? table(lines) : paragraph(lines))],
];

/** The lines from the first on for which `goes` holds; the first is taken in any case. */
function taken(lines, goes) {
  const found = [lines.shift()];
  while (lines.length && goes(lines[0])) found.push(lines.shift());
  return found;
}

function fence(lines) {
  const mark = /^ *([`~]{3,})/.exec(lines[0])[1];
  const inside = taken(lines, (line) => !line.trim().startsWith(mark)).slice(1);
  lines.shift();
  return h("pre", { class: "pre", tabindex: 0 }, inside.join("\n"));
}

function heading(lines) {
  const [, marks, text] = /^ *(#{1,6}) +(.*?) *#*$/.exec(lines.shift());
  return h("div", { class: `md-heading md-h${Math.min(marks.length, 4)}`, role: "heading", "aria-level": Math.min(marks.length + 2, 6) }, words(text));
}

function quote(lines) {
  const inside = taken(lines, (line) => /^ {0,3}>/.test(line)).map((line) => line.replace(/^ *> ?/, ""));
  return h("blockquote", { class: "quote" }, markdown(inside.join("\n")));
}

function list(lines) {
  const [, indent, mark] = ITEM.exec(lines[0]);
  const items = [];
  for (let item = ITEM.exec(lines[0] ?? ""); item && item[1].length >= indent.length; item = ITEM.exec(lines[0] ?? "")) {
    if (item[1].length > indent.length + 1) { items.at(-1)?.append(list(lines)); continue; }
    if (/\d/.test(item[2]) !== /\d/.test(mark)) break;
    lines.shift();
    const done = item[3] && item[3] !== " ";
    items.push(h("li", { class: item[3] && "md-task" }, item[3] && h("span", { role: "img", class: "md-box", "aria-label": done ? "done" : "open" }, done ? "☑" : "☐"), words(item[4])));
  }
  return /\d/.test(mark) ? h("ol", { class: "list", start: parseInt(mark, 10) }, items) : h("ul", { class: "list" }, items);
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));

function table(lines) {
  const [head, marks, ...rows] = taken(lines, (line) => line.includes("|")).map(cells);
  const align = marks.map((mark) => (mark.endsWith(":") ? (mark.startsWith(":") ? "center" : "right") : "left"));
  const row = (tag, parts) => h("tr", {}, head.map((_, i) => h(tag, { scope: tag === "th" ? "col" : undefined, style: { "text-align": align[i] ?? "left" } }, words(parts[i] ?? ""))));
  return h("div", { class: "table-scroll", tabindex: 0 }, h("table", {}, h("thead", {}, row("th", head)), h("tbody", {}, rows.map((parts) => row("td", parts)))));
}

function paragraph(lines) {
  const begins = (line) => KINDS.some(([kind]) => kind.test(line));
  return h("p", { class: "text" }, words(taken(lines, (line) => !begins(line)).join("\n")));
}

const INLINE = [
  [/^\\([\\`*_{}[\]()#+\-.!|~<>])/, (m) => m[1]],
  [/^(`+)([^`]+?)\1(?!`)/, (m) => h("code", { class: "code" }, m[2].trim())],
  [/^!?\[([^\]]*)\]\((https?:[^)\s]+|mailto:[^)\s]+)\)/, (m) => link(m[2], words(m[1]))],
  [/^<(https?:[^>\s]+)>/, (m) => link(m[1], m[1])],
  [/^https?:\/\/[^\s<>)]*[^\s<>).,;:!?]/, (m) => link(m[0], m[0])],
  [/^(\*\*|__)(?=\S)(.+?)(?<=\S)\1/, (m) => h("strong", {}, words(m[2]))],
  [/^~~(?=\S)(.+?)(?<=\S)~~/, (m) => h("s", {}, words(m[1]))],
  [/^\*(?=\S)([^*]+?)(?<=\S)\*(?!\*)/, (m) => h("em", {}, words(m[1]))],
  [/^_(?=\S)([^_]+?)(?<=\S)_(?!\w)/, (m) => h("em", {}, words(m[1]))],
];

function words(text) {
  const nodes = [];
  let rest = text, said = "";
  while (rest) {
    const inWord = /\w$/.test(said);
    const hit = INLINE.map(([rule, make]) => ({ m: rule.exec(rest), make })).find(({ m }) => m && !(inWord && /^[_h]/.test(rest)));
    if (!hit) { said += rest[0]; rest = rest.slice(1); continue; }
    nodes.push(said, hit.make(hit.m));
    said = "";
    rest = rest.slice(hit.m[0].length);
  }
  return [...nodes, said];
}
