// One message, and a pane of them: days, grouping by author, attachments, reactions, replies, what only you can see.
import { renderAttachments, renderBlocks } from "./blockkit.js";
import { unwire } from "./composer.js";
import { Values } from "./elements.js";
import { emoji } from "./emoji.js";
import { h, sync } from "./dom.js";
import { icon } from "./icons.js";
import { dateNode, mrkdwn } from "./mrkdwn.js";
import { avatar, nameOf, userAvatar } from "./people.js";
import { dayDistance, hhmm, instant, longDay } from "./time.js";

const QUICK = ["eyes", "white_check_mark", "pushpin"];
const SHORTCUTS = { pin_message: "pin", open_from_message: "warn", read_message: "search" };
const GROUP_WITHIN = 300;

/** `actions`: click, react, openThread, edit, dismiss. `notes`: ts -> the error a click on it met. */
export class MessagePane {
  constructor(root, ctx, actions) {
    Object.assign(this, { root, ctx, actions, values: new Map(), notes: new Map(), editing: null, where: "" });
    this.list = h("div", { class: "messages", role: "log", "aria-live": "polite", "aria-label": "Messages" });
    this.more = h("button", { type: "button", class: "more-below", hidden: true, onclick: () => this.toEnd() }, "New messages", icon("down", 14));
    this.scroller = h("div", { class: "scroller", tabindex: "0", onscroll: () => { if (this.atEnd()) this.more.hidden = true; } }, this.list);
    root.replaceChildren(this.scroller, this.more);
    new ResizeObserver(() => { if (this.stick) this.toEnd(); }).observe(this.scroller);
    this.scroller.addEventListener("scroll", () => { this.stick = this.atEnd(); });
  }

  /** Show where a message stands. */
  point(ts) {
    const node = this.list.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("pointed");
    this.stick = this.atEnd();
  }

  atEnd() { return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 60; }
  toEnd() { this.scroller.scrollTop = this.scroller.scrollHeight; this.more.hidden = true; this.stick = true; }

  /** `where` names the conversation: a new one starts at its end, the same one keeps its place. */
  show(where, messages, { thread = false, local = [] } = {}) {
    const fresh = where !== this.where;
    if (fresh) { this.where = where; this.values.clear(); this.notes.clear(); this.editing = null; }
    const stick = fresh || this.atEnd();
    const before = this.list.lastElementChild?.dataset.key;
    this.messages = messages;
    this.options = { thread, local };
    sync(this.list, this.items(messages, thread, local));
    const last = this.list.lastElementChild;
    const isNew = last?.dataset.key !== before;
    if (stick) this.toEnd();
    if (stick && isNew && !fresh) this.beginOf(last);
    if (!stick && isNew) this.more.hidden = false;
  }

  /** What is taller than the pane is read from its beginning. */
  beginOf(node) {
    if (node.offsetHeight > this.scroller.clientHeight) this.scroller.scrollTop = node.offsetTop;
    this.stick = this.atEnd();
  }

  redraw() { if (this.messages) this.show(this.where, this.messages, this.options); }

  items(messages, thread, local) {
    const items = [];
    let last = null;
    for (const message of messages) {
      if (message.deleted) continue;
      const day = instant(message.ts);
      if (!thread && (!last || dayDistance(instant(last.ts), day))) items.push(this.dayItem(day));
      if (thread && last && last === messages[0]) items.push(this.repliesItem(messages.length - 1));
      const follows = continues(last, message) && !(thread && last === messages[0]);
      items.push(this.item(message, follows, thread));
      last = message;
    }
    return [...items, ...local.map((note) => this.noteItem(note))];
  }

  dayItem(date) {
    const label = { 0: "Today", 1: "Tomorrow", "-1": "Yesterday" }[dayDistance(date, this.ctx.now())] ?? longDay(date);
    return { key: `day-${date.toDateString()}`, sig: label, make: () => h("div", { class: "day", role: "separator" }, h("span", {}, label)) };
  }

  repliesItem(count) {
    const label = `${count} ${count === 1 ? "reply" : "replies"}`;
    return { key: "replies", sig: label, make: () => h("div", { class: "day left", role: "separator" }, h("span", {}, label)) };
  }

  noteItem(note) {
    return { key: note.id, sig: note.text, make: () => h("div", { class: "message local", "data-note": note.id },
      h("div", { class: "visible-note" }, icon("eye", 13), "Only visible to you"),
      h("div", { class: "local-body" }, icon("warn", 16), h("span", { class: "local-text" }, note.text),
        h("button", { type: "button", class: "text-button", onclick: () => this.actions.dismiss(note.id) }, "Dismiss"))) };
  }

  item(message, follows, thread) {
    const note = this.notes.get(message.ts);
    const editing = this.editing === message.ts;
    return { key: `m-${message.ts}-${message.ephemeral ? "e" : ""}`, sig: JSON.stringify([message, follows, note, editing, this.ctx.me, this.ctx.epoch]),
      make: () => this.draw(message, { follows, note, editing, thread }) };
  }

  draw(message, { follows, note, editing, thread }) {
    const who = authorOf(message, this.ctx);
    const when = instant(message.ts);
    const kind = ["message", follows && "follows", message.ephemeral && "ephemeral"].filter(Boolean).join(" ");
    return h("article", { class: kind, "data-ts": message.ts, "aria-label": `${who.name} at ${hhmm(when)}` },
      message.ephemeral && h("div", { class: "visible-note" }, icon("eye", 13), "Only visible to you"),
      message.broadcast && !thread && h("div", { class: "visible-note" }, icon("reply", 13),
        h("button", { type: "button", class: "as-link", "data-tool": "broadcast", onclick: () => this.actions.openThread(message.thread_ts) }, "replied to a thread")),
      h("div", { class: "gutter" }, follows ? h("span", { class: "gutter-time" }, hhmm(when)) : who.face(36)),
      h("div", { class: "message-main" },
        !follows && h("div", { class: "message-head" }, h("span", { class: "author" }, who.name), who.app && h("span", { class: "app-tag" }, "APP"),
          h("time", { class: "when", title: when.toString() }, hhmm(when))),
        editing ? this.editor(message) : this.body(message),
        this.reactions(message), !thread && this.replies(message), note && this.errorNote(message, note)),
      !message.ephemeral && this.toolbar(message, thread, who.mine));
  }

  body(message) {
    const values = this.values.get(message.ts) ?? new Values();
    this.values.set(message.ts, values);
    values.redraw();
    const ctx = { ...this.ctx, values, act: (payload) => this.actions.click(message, payload, this, values.state()) };
    const blocks = message.blocks?.length ? renderBlocks(message.blocks, ctx) : message.text && h("div", { class: "section-text" }, mrkdwn(message.text, ctx));
    return h("div", { class: "message-body" }, blocks, renderAttachments(message.attachments, ctx), (message.files || []).map(fileNode),
      message.edited && h("span", { class: "edited" }, "(edited)"));
  }

  reactions(message) {
    if (!message.reactions?.length) return null;
    return h("div", { class: "reactions" }, message.reactions.map(({ name, users }) => {
      const mine = users.includes(this.ctx.me);
      const names = users.map((id) => this.ctx.user(id)?.real_name || "someone").join(", ");
      return h("button", { type: "button", class: mine ? "reaction mine" : "reaction", "data-reaction": name, "data-tool": `r-${name}`, "aria-pressed": mine,
        title: `${names} reacted with :${name}:`, onclick: () => this.actions.react(message, name, mine) },
      h("span", { class: "emoji" }, emoji(name) ?? `:${name}:`), h("span", {}, users.length));
    }));
  }

  replies(message) {
    if (!message.reply_count || message.ephemeral) return null;
    const faces = (message.reply_users || []).slice(0, 4).map((id) => this.ctx.user(id)).filter(Boolean);
    const latest = message.latest_reply && dateNode(message.latest_reply, "{ago}", "", null, this.ctx);
    return h("button", { type: "button", class: "replies", "data-tool": "replies", "data-open-thread": message.ts, onclick: () => this.actions.openThread(message.ts) },
      h("span", { class: "faces" }, faces.map((user) => userAvatar(user, 22))),
      h("span", { class: "replies-count" }, `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`),
      latest && h("span", { class: "replies-latest" }, "Last reply ", latest));
  }

  errorNote(message, text) {
    return h("div", { class: "app-error", role: "alert" }, icon("warn", 15), h("span", {}, text),
      h("button", { type: "button", class: "icon-button tiny", "aria-label": "Dismiss", onclick: () => this.note(message.ts, null) }, icon("close", 12)));
  }

  note(ts, text) {
    if (text) this.notes.set(ts, text); else this.notes.delete(ts);
    this.redraw();
  }

  toolbar(message, thread, mine) {
    const reacted = (name) => message.reactions?.some((r) => r.name === name && r.users.includes(this.ctx.me));
    let stop = 0; // one stop of the Tab key for each message, arrow keys inside
    const tool = (id, label, face, onclick) => h("button", { type: "button", class: "tool", "data-tool": id, title: label, "aria-label": label, tabindex: stop-- ? -1 : 0, onclick }, face);
    return h("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions", onkeydown: alongside },
      QUICK.map((name) => tool(`q-${name}`, `React with :${name}:`, emoji(name), () => this.actions.react(message, name, reacted(name)))),
      !thread && tool("reply", "Reply in thread", icon("reply", 16), () => this.actions.openThread(message.thread_ts || message.ts)),
      (this.ctx.shortcuts?.() ?? []).map((one) => tool(`s-${one.callback_id}`, `${one.name}: ${one.description}`, icon(SHORTCUTS[one.callback_id] ?? "dots", 16),
        () => this.actions.shortcut(message, one.callback_id))),
      mine && tool("edit", "Edit message", icon("edit", 16), () => this.startEdit(message.ts)));
  }

  startEdit(ts) {
    this.editing = ts;
    this.redraw();
    this.list.querySelector(".edit-box textarea")?.focus();
  }

  editor(message) {
    const stop = () => { this.editing = null; this.redraw(); };
    const save = () => { this.editing = null; this.actions.edit(message, area.value.trim()); this.redraw(); };
    const area = h("textarea", { class: "field", rows: 2, "aria-label": "Edit message", "data-tool": "editor", onkeydown: (event) => {
      if (event.key === "Escape") { event.stopPropagation(); stop(); }
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
    } });
    area.value = unwire(message.text, this.ctx);
    return h("div", { class: "edit-box" }, area, h("div", { class: "edit-foot" },
      h("button", { type: "button", class: "button small", onclick: stop }, "Cancel"),
      h("button", { type: "button", class: "button small primary", onclick: save }, "Save")));
  }
}

function alongside(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tools = [...event.currentTarget.children];
  event.preventDefault();
  tools.at((tools.indexOf(document.activeElement) + step) % tools.length).focus();
}

/** A picture is shown, anything else is named; both open as they are. */
function fileNode(file) {
  const picture = /\.(png|jpe?g|gif|svg)$/i.test(file.name);
  return h("a", { class: picture ? "file picture" : "file", href: file.url_private, target: "_blank", rel: "noopener noreferrer" },
    picture ? h("img", { src: file.url_private, alt: file.title || file.name, loading: "lazy" }) : [icon("file", 22), h("span", { class: "file-name" }, file.title || file.name),
      h("span", { class: "file-size" }, `${Math.max(1, Math.round(file.size / 1024))} kB`)]);
}

function continues(last, message) {
  return Boolean(last) && !last.ephemeral === !message.ephemeral && !message.broadcast
    && (last.user || last.bot_id) === (message.user || message.bot_id) && last.username === message.username
    && message.ts - last.ts < GROUP_WITHIN && !dayDistance(instant(last.ts), instant(message.ts));
}

function authorOf(message, ctx) {
  const user = message.user && ctx.user(message.user);
  const app = Boolean(message.bot_id || user?.is_bot);
  const own = user && (!message.username || message.username === user.name || message.username === nameOf(user));
  const name = own ? nameOf(user) : message.username || "App";
  const face = (size) => (own ? userAvatar(user, size) : avatar({ name, bot: app && "tool" }, size));
  return { name, app, face, mine: message.user === ctx.me && !app };
}
