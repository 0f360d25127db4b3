// data_visualization's charts as SVG: line, area, bar and pie, with their numbers readable by everybody.
import { h, s } from "./dom.js";

const [WIDEST, NARROWEST, H] = [600, 240, 240];
const BOX = { left: 46, right: 12, top: 12, bottom: 40 };
const number = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 2 });

export function chart(title, drawn) {
  const draw = { line: lines, area: lines, bar: bars }[drawn.type];
  return h("div", { class: "chart", "data-chart": drawn.type },
    draw ? fitted((width) => axes(title, drawn, draw, width)) : pie(title, drawn.segments),
    drawn.type !== "pie" && drawn.series.length > 1 && legend(drawn.series.map((one) => one.name)));
}

/** Drawn for the width there is, so that its letters keep their size on a phone. */
function fitted(draw) {
  let width = WIDEST;
  const box = h("div", {}, draw(width));
  new ResizeObserver(([{ contentRect }]) => {
    const room = Math.round(Math.min(WIDEST, Math.max(NARROWEST, contentRect.width)));
    if (room !== width) box.replaceChildren(draw(width = room));
  }).observe(box);
  return box;
}

const legend = (names) => h("ul", { class: "legend" }, names.map((name, i) => h("li", { class: `s${i}` }, h("span", { class: "swatch", "aria-hidden": "true" }), name)));

const write = (x, y, anchor, text, more = {}) => s("text", { x, y, "text-anchor": anchor, ...more }, text);

/** Round steps that hold every value; a chart that is not far from 0 begins there. */
function scale(values) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const rough = (high - low || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const [from, to] = [Math.floor(low / step) * step, Math.ceil((high || 1) / step) * step];
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
  return { ticks, y: (value) => H - BOX.bottom - ((value - from) / (to - from)) * (H - BOX.top - BOX.bottom) };
}

function axes(title, drawn, draw, W) {
  const { categories, x_label, y_label } = drawn.axis_config;
  const { ticks, y } = scale(drawn.series.flatMap((one) => one.data.map((point) => point.value)));
  const slot = (W - BOX.left - BOX.right) / categories.length;
  const x = (label) => BOX.left + (categories.indexOf(label) + 0.5) * slot;
  const every = Math.ceil(categories.length / Math.max(1, Math.floor((W - 40) / (9 + 6.2 * Math.max(...categories.map((one) => one.length))))));
  const said = drawn.series.map((one) => `${one.name}: ${one.data.map((point) => `${point.label} ${number(point.value)}`).join(", ")}`).join("; ");
  return s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${title}. ${said}` },
    ticks.map((tick) => [s("line", { class: "grid", x1: BOX.left, x2: W - BOX.right, y1: y(tick), y2: y(tick) }), write(BOX.left - 6, y(tick) + 4, "end", number(tick))]),
    categories.map((label, i) => i % every === 0 && write(x(label), H - BOX.bottom + 16, "middle", label)),
    x_label && write(BOX.left + (W - BOX.left - BOX.right) / 2, H - 4, "middle", x_label, { class: "axis" }),
    y_label && write(10, (H - BOX.bottom + BOX.top) / 2, "middle", y_label, { class: "axis", transform: `rotate(-90 10 ${(H - BOX.bottom + BOX.top) / 2})` }),
    draw(drawn, { x, y, slot, floor: y(Math.max(0, ticks[0])) }));
}

const hint = (series, point) => s("title", {}, `${series.name}, ${point.label}: ${number(point.value)}`);

function lines(drawn, { x, y, floor }) {
  return drawn.series.map((one, i) => {
    const points = one.data.map((point) => [x(point.label), y(point.value)]).sort((a, b) => a[0] - b[0]);
    const path = points.map(([left, top], n) => `${n ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`).join("");
    const under = `${path}L${points.at(-1)[0].toFixed(1)} ${floor.toFixed(1)}L${points[0][0].toFixed(1)} ${floor.toFixed(1)}Z`;
    return s("g", { class: `s${i}` },
      drawn.type === "area" && s("path", { class: "area", d: under }),
      s("path", { class: "line", d: path }),
      one.data.map((point) => s("circle", { class: "dot", cx: x(point.label), cy: y(point.value), r: 3 }, hint(one, point))));
  });
}

function bars(drawn, { x, y, slot, floor }) {
  const width = Math.min(36, (slot * 0.7) / drawn.series.length);
  return drawn.series.map((one, i) => s("g", { class: `s${i}` }, one.data.map((point) => {
    const [top, left] = [y(point.value), x(point.label) + (i - drawn.series.length / 2) * width];
    return s("rect", { class: "bar", x: left + 1, width: Math.max(1, width - 2), y: Math.min(top, floor), height: Math.max(1, Math.abs(floor - top)), rx: 2 }, hint(one, point));
  })));
}

function pie(title, segments) {
  const all = segments.reduce((sum, one) => sum + Math.max(0, one.value), 0) || 1;
  const share = (one) => `${one.label}: ${number(one.value)} (${Math.round((100 * one.value) / all)} %)`;
  let turned = 0;
  const slices = segments.map((one, i) => {
    const [from, part] = [turned, Math.max(0, one.value) / all];
    turned += part;
    return s("g", { class: `s${i}` }, slice(from, Math.min(part, 0.9999), s("title", {}, share(one))));
  });
  const round = s("svg", { viewBox: "0 0 200 200", role: "img", "aria-label": `${title}. ${segments.map(share).join(", ")}` }, slices);
  return h("div", { class: "pie" }, round, legend(segments.map(share)));
}

function slice(from, part, title) {
  const at = (turn) => [100 + 92 * Math.sin(2 * Math.PI * turn), 100 - 92 * Math.cos(2 * Math.PI * turn)].map((one) => one.toFixed(2)).join(" ");
  return s("path", { class: "slice", d: `M100 100L${at(from)}A92 92 0 ${part > 0.5 ? 1 : 0} 1 ${at(from + part)}Z` }, title);
}
