// The phone on the night table: PagerDuty's pages, with its buttons, and the mailbox. A page that is new here catches the eye once.
import { $, h, sync } from "./dom.js";
import { icon } from "./icons.js";
import { dateNode } from "./mrkdwn.js";
import { nameOf } from "./people.js";
import { menu } from "./popover.js";
import { hhmm } from "./time.js";

/** A key that was resolved may open another page. */
const keyOf = (page) => `${page.dedup_key} ${page.first_at}`;
/** What still rings comes first, whatever came after it; the sandbox hands them out newest first. */
const rank = (page) => ({ triggered: 0, acknowledged: 1 })[page.status] ?? 2;
const TABS = ["pages", "mails", "sms"];
const STATUS = { triggered: "Triggered", acknowledged: "Acknowledged", resolved: "Resolved" };

export class Phone {
  /** actions: press(dedupKey, action, more), as the person of the switcher; ringing(n) */
  constructor(root, ctx, actions) {
    Object.assign(this, { ctx, root, actions, known: null, seenMails: null, openMail: null, pages: [], mails: [], sms: [], seenSms: null });
    this.panels = Object.fromEntries(TABS.map((name) => [name, $(`#${name}`, root)]));
    this.lists = Object.fromEntries(TABS.map((name) => [name, $("ul", this.panels[name])]));
    for (const tab of root.querySelectorAll("[role=tab]")) tab.addEventListener("click", () => this.tab(tab.dataset.tab));
    $(".phone-tabs", root).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: TABS.length - 1 }[event.key];
      if (step) { this.tab(TABS[(TABS.indexOf(this.current) + step) % TABS.length]); $(`[data-tab=${this.current}]`, root).focus(); }
    });
    this.tab("pages");
  }

  tab(name) {
    this.current = name;
    for (const tab of this.root.querySelectorAll("[role=tab]")) {
      const on = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
    }
    for (const each of TABS) this.panels[each].hidden = name !== each;
    if (name === "sms") this.seenSms = this.sms.length;
    if (name === "mails") this.seenMails = this.mails.length;
    this.counts();
  }

  counts() {
    const open = this.pages.filter((page) => page.status === "triggered").length;
    const fresh = this.current === "mails" ? 0 : this.mails.length - (this.seenMails ?? this.mails.length);
    this.count("pages", open, "ringing");
    this.actions.ringing(open);
    this.count("mails", fresh, "new");
    this.count("sms", this.current === "sms" ? 0 : this.sms.length - (this.seenSms ?? this.sms.length), "new");
  }

  count(name, n, word) {
    const badge = $(`[data-tab=${name}] .tab-count`, this.root);
    badge.hidden = n <= 0;
    badge.textContent = n;
    badge.title = `${n} ${word}`;
  }

  showPages(pages) {
    const fresh = pages.filter((page) => this.known && (this.known.get(keyOf(page)) ?? 0) < page.count && page.status === "triggered");
    this.known = new Map(pages.map((page) => [keyOf(page), page.count]));
    this.pages = [...pages].sort((a, b) => rank(a) - rank(b));
    sync(this.lists.pages, pages.length ? this.pages.map((page) => this.page(page, fresh.includes(page))) : [quiet("bell", "Nobody is being paged", "A page to PagerDuty would ring here.")]);
    if (fresh.length) this.ring();
    this.counts();
  }

  page(page, fresh) {
    const when = Date.parse(page.last_at) / 1000;
    return { key: keyOf(page), sig: JSON.stringify(page), make: () => h("li", { class: `page ${page.status}${fresh ? " fresh" : ""}`, "data-dedup": page.dedup_key, "data-status": page.status },
      h("span", { class: "page-mark", "aria-hidden": "true" }, icon(page.status === "resolved" ? "check" : "bell", 15)),
      h("div", { class: "page-main" },
        h("div", { class: "page-head" }, h("span", { class: "page-status" }, STATUS[page.status] || page.status), 
          h("span", { class: "page-severity" }, [page.severity, page.source].filter(Boolean).join(" · ")),
          page.count > 1 && h("span", { class: "page-count" }, `×${page.count}`), h("span", { class: "page-when" }, dateNode(when, "{short_ago}", "", null, this.ctx))),
        h("div", { class: "page-summary" }, page.summary),
        h("div", { class: "page-who" }, [page.status === "triggered" ? page.assignee && `calls ${page.assignee}` : page.by && `by ${page.by}`, ...(page.notes || []).slice(-1).map((note) => `“${note}”`)].filter(Boolean).join(" · ")),
        h("div", { class: "page-links" }, links(page.links)),
        h("div", { class: "page-buttons" }, this.buttons(page)))) };
  }

  /** What PagerDuty's own app offers in this state; it tells the bot by webhook. */
  buttons(page) {
    const press = (action, more) => () => this.actions.press(page.dedup_key, action, more);
    const button = (label, action) => h("button", { type: "button", class: "button small", "data-press": action, onclick: press(action) }, label);
    const more = h("button", { type: "button", class: "text-button", "data-press": "more", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => menu(more, this.more(page, press), { label: "More" }) }, "More");
    if (page.status === "resolved") return [more];
    return [page.status === "triggered" && button("Acknowledge", "acknowledge"), button("Resolve", "resolve"), more].filter(Boolean);
  }

  more(page, press) {
    const people = this.ctx.users().filter((user) => !user.is_bot && !user.is_guest);
    const open = page.status !== "resolved";
    return [
      open && { label: "Escalate", pick: press("escalate") },
      ...(open ? people.map((user) => ({ label: `Reassign to ${nameOf(user)}`, pick: press("reassign", { to: nameOf(user) }) })) : []),
      { label: "Add a note…", pick: () => { const text = prompt("A note in PagerDuty"); if (text) press("note", { text })(); } },
      page.status === "acknowledged" && { label: "Its acknowledgement runs out", pick: press("unacknowledge") },
      !open && { label: "Reopen", pick: press("reopen") },
    ].filter(Boolean);
  }

  ring() {
    this.root.classList.remove("ringing");
    void this.root.offsetWidth; // restarts the animation
    this.root.classList.add("ringing");
    if (this.current !== "pages" && !this.openMail) this.tab("pages");
  }

  showMails(mails) {
    this.mails = mails;
    this.seenMails ??= mails.length;
    if (this.openMail && !mails.some((mail) => mail.id === this.openMail)) this.openMail = null;
    this.drawMails();
    this.counts();
  }

  showSms(messages) {
    this.sms = messages;
    this.seenSms ??= messages.length;
    if (this.current === "sms") this.seenSms = messages.length;
    const row = (sms) => ({ key: `s-${sms.id}`, sig: "", make: () => h("li", { class: "mail sms", "data-sms": sms.id },
      h("div", { class: "mail-row" }, h("span", { class: "mail-to" }, sms.to), h("time", { class: "page-when" }, hhmm(new Date(sms.at))), h("span", { class: "sms-text" }, sms.text))) });
    sync(this.lists.sms, messages.length ? messages.map(row) : [quiet("bell", "No text message yet", "Who does not answer a P0 within a minute gets one.")]);
    this.counts();
  }

  drawMails() {
    const open = this.mails.find((mail) => mail.id === this.openMail);
    if (open) { sync(this.lists.mails, [{ key: `open-${open.id}`, sig: "", make: () => this.letter(open) }]); return; }
    sync(this.lists.mails, this.mails.length ? this.mails.map((mail) => this.mail(mail)) : [quiet("mail", "No mail yet", "What the bot sends by SMTP arrives here.")]);
  }

  read(id) { this.openMail = id; this.drawMails(); }

  mail(mail) {
    return { key: `m-${mail.id}`, sig: JSON.stringify(mail), make: () => h("li", { class: "mail", "data-mail": mail.id },
      h("button", { type: "button", class: "mail-row", onclick: () => this.read(mail.id) },
        h("span", { class: "mail-to" }, (mail.to || []).join(", ")), h("time", { class: "page-when" }, hhmm(new Date(mail.at))),
        h("span", { class: "mail-subject" }, mail.subject), h("span", { class: "mail-peek" }, (mail.text || "").replace(/\s+/g, " ").slice(0, 120)))) };
  }

  letter(mail) {
    return h("li", { class: "letter" },
      h("div", { class: "letter-head" },
        h("button", { type: "button", class: "icon-button tiny", "aria-label": "Back to all mail", onclick: () => this.read(null) }, icon("back", 16)),
        h("span", { class: "letter-subject" }, mail.subject)),
      h("div", { class: "letter-meta" }, `${mail.from} → ${(mail.to || []).join(", ")} · ${hhmm(new Date(mail.at))}`),
      mail.html ? h("iframe", { class: "letter-html", sandbox: "", srcdoc: mail.html, title: mail.subject }) : h("pre", { class: "letter-text" }, mail.text));
  }
}

function links(all) {
  const good = (all || []).map((l) => (typeof l === "string" ? { href: l } : l)).filter((l) => /^https?:/i.test(l.href || ""));
  return good.map((l) => h("a", { class: "page-link", href: l.href, target: "_blank", rel: "noopener noreferrer" }, l.text || "open"));
}

const quiet = (name, title, text) => ({ key: "quiet", sig: "", make: () => h("li", { class: "quiet" }, icon(name, 22), h("strong", {}, title), h("span", {}, text)) });
