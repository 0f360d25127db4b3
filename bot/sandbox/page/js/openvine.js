// OpenVine's health: gauges with their lines of warning and danger, and what the alert rules make of them.
import { h, s, sync } from "./dom.js";
import { countdown } from "./time.js";

const W = 120, H = 34;

export class OpenVine {
  constructor(gauges, rules, now) { Object.assign(this, { gauges, rules, now }); }

  show({ openvine, alerts }) {
    this.alerts = alerts || [];
    const cells = (openvine.gauges || []).map(gaugeItem);
    const settings = settingsItem(openvine);
    sync(this.gauges, settings ? [...cells, settings] : cells);
    sync(this.rules, (alerts || []).map((alert) => this.rule(alert)));
    this.tick();
  }

  rule(alert) {
    const value = alert.value === null || alert.value === undefined ? "" : number(alert.value);
    return { key: alert.rule, sig: JSON.stringify(alert), make: () => h("li", { class: `rule ${alert.state}`, "data-rule": alert.rule, "data-state": alert.state },
      h("span", { class: "rule-dot", "aria-hidden": "true" }), h("span", { class: "rule-name" }, alert.rule),
      h("span", { class: "rule-value", title: alert.expr || `threshold ${alert.threshold}` }, value),
      h("span", { class: "rule-state", "data-fires": alert.fires_at, "data-since": alert.since, "data-over": alert.over_at, "data-is": alert.state })) };
  }

  /** Shows the rule whose query this is: `avg(video_memory_mb) > 500`. */
  point(query) {
    const asked = (expr) => expr.split(/[<>]/)[0].trim();
    const found = this.alerts.find((alert) => alert.expr && asked(alert.expr) === asked(query));
    const node = found && this.rules.querySelector(`[data-rule="${CSS.escape(found.rule)}"]`);
    node?.scrollIntoView({ block: "nearest" });
    node?.classList.add("pointed");
    return Boolean(node);
  }

  /** Countdowns, without reading anything anew. */
  tick() {
    const now = this.now();
    for (const node of this.rules.querySelectorAll(".rule-state")) {
      const { is, fires, since, over } = node.dataset;
      const text = over ? `over in ${countdown((Date.parse(over) - now) / 1000)}` : is === "pending" && fires ? `fires in ${countdown((Date.parse(fires) - now) / 1000)}`
        : is === "firing" ? `firing${since ? ` for ${countdown((now - Date.parse(since)) / 1000)}` : ""}` : is === "pending" ? "pending" : "quiet";
      if (node.textContent !== text) node.textContent = text;
    }
  }
}

/** A lower value is the worse one where the critical line lies below the warning line. */
export function level({ value, warning, critical }) {
  if (typeof value !== "number") return "ok";
  const down = typeof warning === "number" && typeof critical === "number" && critical < warning;
  const past = (line) => typeof line === "number" && (down ? value < line : value > line);
  return past(critical) ? "critical" : past(warning) ? "warning" : "ok";
}

const number = (value) => (typeof value !== "number" ? String(value) : Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : Number(value.toFixed(value < 10 ? 2 : 1)).toString());

function shown(gauge) {
  if (gauge.id === "cdn" && (!gauge.unit || gauge.unit === "up")) return [gauge.value ? "up" : "down", ""];
  return [gauge.value === null || gauge.value === undefined ? "–" : number(gauge.value), gauge.unit];
}

const stateOf = (gauge) => (gauge.id === "cdn" && !gauge.value ? "critical" : level(gauge));

function gaugeItem(gauge) {
  const [value, unit] = shown(gauge);
  return { key: gauge.id, sig: JSON.stringify(gauge), make: () => h("div", { class: `gauge ${stateOf(gauge)}`, "data-gauge": gauge.id, "data-level": stateOf(gauge) },
    h("div", { class: "gauge-label" }, gauge.label),
    h("div", { class: "gauge-value" }, value, unit && h("span", { class: "gauge-unit" }, unit)),
    spark(gauge)) };
}

function spark({ id, label, history, warning, critical }) {
  const points = (history || []).map(([t, v], i) => [typeof t === "number" ? t : Date.parse(t) || i, Number(v)]).filter(([, v]) => Number.isFinite(v));
  const lines = [["warning", warning], ["critical", critical]].filter(([, v]) => typeof v === "number");
  const all = [...points.map(([, v]) => v), ...lines.map(([, v]) => v)];
  if (points.length < 2) return s("svg", { class: "spark", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none" });
  const [low, high] = id === "cdn" ? [0, 1] : [Math.min(...all), Math.max(...all)];
  const room = (high - low || 1) * 0.1;
  const [from, to] = [points[0][0], points.at(-1)[0]];
  const x = (t) => ((t - from) / (to - from || 1)) * W;
  const y = (v) => H - ((v - low + room) / (high - low + 2 * room)) * H;
  const path = points.map(([t, v], i) => `${i ? "L" : "M"}${x(t).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  return s("svg", { class: "spark", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", role: "img", "aria-label": `${label}, the last minutes` },
    lines.map(([name, v]) => s("line", { class: `line ${name}`, x1: 0, x2: W, y1: y(v).toFixed(1), y2: y(v).toFixed(1) })),
    s("path", { class: "area", d: `${path}L${W} ${H}L0 ${H}Z` }), s("path", { class: "curve", d: path }));
}

/** The last cell: the flags and settings that a runbook changes. */
function settingsItem({ flags, config, rollout }) {
  const flat = (object) => Object.entries(object || {}).filter(([, v]) => typeof v !== "object");
  const rolled = flat(rollout).map(([k, v], _, { length }) => [length > 1 ? k : "rollout", typeof v === "number" ? `${v} %` : v]);
  const set = flat(flags).sort(([a], [b]) => (b === "emergency_mode") - (a === "emergency_mode"));
  const all = [...set.slice(0, 1), ...rolled, ...set.slice(1), ...flat(config)].map(([k, v]) => [words(k), v === true ? "on" : v === false ? "off" : v]);
  if (!all.length) return null;
  return { key: "settings", sig: JSON.stringify(all), make: () => h("dl", { class: "settings", tabindex: "0", "aria-label": "Flags and configuration", title: all.map(([k, v]) => `${k}: ${v}`).join("\n") },
    all.map(([k, v]) => h("div", {}, h("dt", {}, k), h("dd", { class: v === "on" ? "on" : "" }, v)))) };
}

const words = (key) => key.replace(/^video_system_/, "").replace(/([a-z])([A-Z])/g, "$1 $2").replace(/_/g, " ").replace("percentage", "").toLowerCase().trim();
