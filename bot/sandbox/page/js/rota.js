// The rota as a strip for each week: who serves, where nobody does (red), what was overridden (striped), and now.
import { h, sync } from "./dom.js";
import { hhmm, shortDay } from "./time.js";

const at = (text) => new Date(text);
const span = ({ since, until }) => `${shortDay(at(since))} ${hhmm(at(since))} – ${shortDay(at(until))} ${hhmm(at(until))}`;

export class Rota {
  constructor(panel, now) { Object.assign(this, { panel, now }); }

  show(rota) {
    this.panel.hidden = !rota;
    if (!rota) return;
    const names = [...new Set(rota.shifts.map((shift) => shift.who).filter(Boolean))].sort();
    sync(this.panel.querySelector(".rota-weeks"), rota.weeks.map((week) => this.week(rota, week, names)));
    sync(this.panel.querySelector(".rota-people"), names.map((name, i) => ({ key: name, sig: `${i}`, make: () => h("li", {}, h("span", { class: `rota-dot tone-${i % 6}` }), name) })));
    this.tick();
  }

  week(rota, week, names) {
    const [from, to] = [at(week.since).getTime(), at(week.until).getTime()];
    const inside = (all, role) => all.filter((each) => each.role === role && at(each.since) < to && at(each.until) > from);
    const place = ({ since, until }) => {
      const [left, right] = [Math.max(at(since), from), Math.min(at(until), to)].map((t) => ((t - from) / (to - from)) * 100);
      return { left: `${left.toFixed(2)}%`, width: `${(right - left).toFixed(2)}%` };
    };
    const bar = (role) => h("div", { class: `rota-bar ${role}`, "data-role": role },
      inside(rota.shifts, role).map((shift) => h("span", {
        class: shift.who ? `rota-shift tone-${names.indexOf(shift.who) % 6}` : "rota-shift gap", style: place(shift),
        title: `${shift.who ?? "Nobody"} is ${role}, ${span(shift)}\n${shift.why}`,
      }, role === rota.roles[0] && parseFloat(place(shift).width) > 12 && shift.who && h("span", { class: "rota-who" }, shift.who.split(/\s+/).map((word) => word[0]).join("")))),
      inside(rota.overrides, role).map((each) => h("span", {
        class: "rota-override", style: place(each), title: `${each.who} stands in as ${role}, ${span(each)}${each.why ? `\n${each.why}` : ""}`,
      })));
    const said = rota.roles.map((role) => `${role}: ${inside(rota.shifts, role).map((shift) => `${shift.who ?? "nobody"} ${span(shift)}`).join(", ")}`);
    return { key: week.since, sig: JSON.stringify([week, names, ...rota.roles.map((role) => [inside(rota.shifts, role), inside(rota.overrides, role)])]),
      make: () => h("div", { class: "rota-week", "data-since": from, "data-until": to },
        h("span", { class: "rota-label" }, shortDay(at(week.since)).replace(/^\w+ /, "")),
        h("div", { class: "rota-bars", role: "img", "aria-label": said.join("; ") }, rota.roles.map(bar), h("i", { class: "rota-now", hidden: true }))) };
  }

  /** The line of now, in the week that has it. */
  tick() {
    const now = this.now();
    for (const week of this.panel.querySelectorAll(".rota-week")) {
      const [from, to] = [Number(week.dataset.since), Number(week.dataset.until)];
      const line = week.querySelector(".rota-now");
      line.hidden = now < from || now >= to;
      line.style.left = `${(((now - from) / (to - from)) * 100).toFixed(2)}%`;
    }
  }
}
