// The left edge: who you are, the rooms, the people.
import { h, sync } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./popover.js";
import { nameOf, userAvatar } from "./people.js";

export class Sidebar {
  /** actions: become(userId), open(channelId), message(userId) */
  constructor(root, ctx, actions) {
    Object.assign(this, { ctx, actions });
    this.face = h("span", { class: "me-face" });
    this.name = h("span", { class: "me-name" });
    this.switch = h("button", { type: "button", id: "person-switch", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => this.choosePerson() },
      this.face, h("span", { class: "me-text" }, h("span", { class: "me-you" }, "You are"), this.name), icon("chevron", 16));
    this.rooms = h("ul", { class: "rooms" });
    this.direct = h("ul", { class: "rooms" });
    this.apps = h("ul", { class: "rooms" });
    this.appsTitle = h("div", { class: "rooms-title" }, h("span", {}, "Apps"));
    this.add = h("button", { type: "button", class: "icon-button tiny", id: "new-message", "aria-label": "Message somebody", title: "Message somebody",
      "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => this.chooseRecipient() }, icon("plus", 14));
    this.team = h("span", { class: "team-name" });
    root.replaceChildren(
      h("div", { class: "team" }, this.team),
      this.switch,
      h("nav", { class: "rooms-scroll", "aria-label": "Channels and people: arrow keys move", onkeydown: (event) => this.move(event) },
        h("div", { class: "rooms-title" }, h("span", {}, "Channels")), this.rooms,
        h("div", { class: "rooms-title" }, h("span", {}, "Direct messages"), this.add), this.direct, this.appsTitle, this.apps));
  }

  show(state, current) {
    this.state = state;
    this.team.textContent = state.team?.name || "Workspace";
    this.face.replaceChildren(userAvatar(state.me, 30));
    this.name.textContent = nameOf(state.me);
    const room = (c) => this.room(c, current);
    const isApp = (c) => c.kind === "app_home" || this.ctx.user(c.with)?.is_bot;
    sync(this.rooms, state.channels.filter((c) => c.kind === "channel").map(room));
    sync(this.direct, state.channels.filter((c) => c.kind === "im" && !isApp(c)).map(room));
    const apps = state.channels.filter((c) => c.kind !== "channel" && isApp(c));
    sync(this.apps, apps.map(room));
    this.appsTitle.hidden = !apps.length;
    this.stopAt(this.all().find((room) => room.dataset.channel === current) ?? this.all()[0]);
  }

  all() { return [...this.rooms.parentNode.querySelectorAll(".room")]; }

  /** All rooms are one stop of the Tab key. */
  stopAt(room) { for (const each of this.all()) each.tabIndex = each === room ? 0 : -1; }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rooms = this.all(), at = rooms.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = rooms.at((at + step) % rooms.length);
    this.stopAt(next);
    next.focus();
  }

  room(channel, current) {
    const active = channel.id === current;
    const other = channel.with && this.ctx.user(channel.with);
    const label = channel.kind === "app_home" ? `${channel.name} home` : other ? nameOf(other) : channel.name;
    const count = active ? 0 : channel.mentions || (channel.kind === "channel" ? 0 : channel.unread);
    const kind = ["room", active && "active", !active && channel.unread && "unread"].filter(Boolean).join(" ");
    return { key: channel.id, sig: JSON.stringify([kind, label, count, other]), make: () => h("li", {},
      h("button", { type: "button", class: kind, "data-channel": channel.id, "data-tool": channel.id, "aria-current": active ? "page" : undefined, onclick: () => this.actions.open(channel.id) },
        channel.kind === "app_home" ? icon("home", 16) : other ? userAvatar(other, 20) : icon(channel.is_private ? "lock" : "hash", 15),
        h("span", { class: "room-name" }, label),
        other && other.id === this.state.me.id && h("span", { class: "room-you" }, "you"),
        count ? h("span", { class: "badge", "aria-label": `${count} unread` }, count) : null)) };
  }

  choosePerson() {
    menu(this.switch, this.state.users.filter((u) => !u.is_bot).map((user) => ({
      label: nameOf(user), detail: user.is_guest ? "guest" : user.email, node: userAvatar(user, 26),
      attrs: { "data-user": user.id, "aria-current": user.id === this.state.me.id ? "true" : undefined },
      pick: () => this.actions.become(user.id),
    })), { label: "Who you are" });
  }

  chooseRecipient() {
    menu(this.add, this.state.users.filter((u) => u.id !== this.state.me.id).map((user) => ({
      label: nameOf(user), detail: user.is_bot ? "app" : user.email, node: userAvatar(user, 26),
      attrs: { "data-user": user.id }, pick: () => this.actions.message(user.id),
    })), { label: "Message somebody" });
  }
}
