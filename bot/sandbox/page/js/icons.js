// The page's icons: 20 x 20, one stroke, drawn here so that nothing is fetched.
import { s } from "./dom.js";

const PATHS = {
  home: "M3.5 9.5 10 4l6.5 5.5M5.5 8v8h9V8M8.5 16v-4.5h3V16",
  hash: "M7.5 3.5 6 16.5M14 3.5l-1.5 13M3.5 7.5h13.5M3 12.5h13.5",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  chevron: "m5.5 8 4.5 4.5L14.5 8",
  back: "M12.5 5 7.5 10l5 5",
  "next-page": "M7.5 5l5 5-5 5",
  close: "m5 5 10 10M15 5 5 15",
  send: "M3.5 10 17 3.5 13 16.5l-3.2-5.3zM9.8 11.2 17 3.5",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16.5 11.8A6.8 6.8 0 0 1 8.2 3.5a6.8 6.8 0 1 0 8.3 8.3z",
  help: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M7.8 7.8a2.2 2.2 0 1 1 3.3 1.9c-.7.4-1.1.9-1.1 1.6M10 14v.1",
  next: "m4 4.5 7 5.5-7 5.5zM15.5 4.5v11",
  plus: "M10 4v12M4 10h12",
  reply: "M4 4.5h12v8.5H9l-3.5 3v-3H4z",
  edit: "m4 16 .8-3.3L13 4.5l2.5 2.5-8.2 8.2z",
  pin: "M7 3h6M8.2 3v5L5.5 11h9l-2.7-3V3M10 11v6",
  search: "M8.8 3.5a5.3 5.3 0 1 0 0 10.6 5.3 5.3 0 0 0 0-10.6M12.7 12.7 17 17",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5M10 7.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6",
  dots: "M5 10h.01M10 10h.01M15 10h.01",
  bell: "M5 13.5V9a5 5 0 0 1 10 0v4.5l1.3 1.5H3.7zM8.5 17h3",
  mail: "M3 5h14v10.5H3zM3.5 5.5 10 11l6.5-5.5",
  warn: "M10 3.2 17.5 16h-15zM10 8.2v3.6M10 13.8v.1",
  bolt: "M11 2.5 4.5 11.5H9.5L9 17.5l6.5-9H10.5z",
  link: "M8.5 11.5 15.5 4.5M11 4.5h4.5V9M13.5 11.5v4h-9v-9h4",
  down: "M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5",
  check: "m4.5 10.5 3.7 3.7 7.3-8",
  pulse: "M2.5 10.5h3.2l1.8-5 3.4 9.5 2.2-6 .9 1.5h3.5",
  list: "M3.5 5.5h.01M3.5 10h.01M3.5 14.5h.01M7 5.5h9.5M7 10h9.5M7 14.5h9.5",
  file: "M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15",
  image: "M3 4.5h14v11H3zM3 13l4-4 3.5 3.5L13 10l4 4M12.7 7.5h.01",
};

export function icon(name, size = 18) {
  return s("svg", {
    class: `icon icon-${name}`, viewBox: "0 0 20 20", width: size, height: size, fill: "none", stroke: "currentColor",
    "stroke-width": name === "dots" ? 2.4 : 1.6, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
  }, s("path", { d: PATHS[name] }));
}
