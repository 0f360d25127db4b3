// Builds DOM nodes from data. Nothing in this page ever parses data as HTML: text becomes text nodes, always.

const SVG = "http://www.w3.org/2000/svg";

/** h("button", {class: "x", "data-id": 1, onclick: f}, "text", node, [nodes]) */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function s(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || (value === false && !name.startsWith("aria-"))) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else if (name === "value" && "value" in node) node.value = value;
    else if (name === "checked" || name === "selected" || name === "disabled") node[name] = true;
    else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(...(child instanceof Node ? [child] : worded(node, String(child))));
  }
  return node;
}

const WHOLE = new Set(["OPTION", "TEXTAREA", "TITLE"]);

/** A text as nodes: an address or a name too long for its line breaks after a sign, not in the middle of a word. */
function worded(node, text) {
  if (!/\S{20}/.test(text) || node.namespaceURI === SVG || WHOLE.has(node.tagName)) return [text];
  const broken = (word) => word.split(/(?<=[/_.?&=:-])(?=[^/_.?&=:-])/).flatMap((part, i) => (i ? [document.createElement("wbr"), part] : [part]));
  return text.split(/(\S{20,})/).flatMap((part, i) => (i % 2 ? broken(part) : [part]));
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

export const $ = (selector, root = document) => root.querySelector(selector);

/** Bring `container`'s children in line with `items` ({key, sig, make}), touching only what changed.
 *  A node that had the focus gives it to its successor's same control. */
export function sync(container, items) {
  const wanted = new Set(items.map((item) => item.key));
  for (const node of [...container.children]) if (!wanted.has(node.dataset.key)) node.remove();
  const old = new Map([...container.children].map((node) => [node.dataset.key, node]));
  let at = container.firstElementChild;
  for (const { key, sig, make } of items) {
    let node = old.get(key);
    if (!node || node._sig !== sig) {
      const fresh = make();
      fresh.dataset.key = key;
      fresh._sig = sig;
      if (node) {
        const restore = focusOf(node);
        if (at === node) at = node.nextElementSibling;
        node.replaceWith(fresh);
        restore?.(fresh);
        if (fresh.nextElementSibling === at) continue;
      }
      node = fresh;
    }
    if (node === at) at = at.nextElementSibling;
    else container.insertBefore(node, at);
  }
}

/** What has the focus inside `node`, as a function that gives it to the same control of another node. */
export function focusOf(node) {
  const focused = document.activeElement;
  if (!focused || !node.contains(focused) || focused === node) return null;
  const { actionId, blockId, tool } = focused.dataset;
  const selector = actionId
    ? `[data-action-id="${CSS.escape(actionId)}"][data-block-id="${CSS.escape(blockId || "")}"]`
    : tool && `[data-tool="${CSS.escape(tool)}"]`;
  if (!selector) return null;
  const { value, selectionStart, selectionEnd } = focused;
  return (fresh) => {
    const target = fresh.querySelector(selector);
    if (!target) return;
    target.focus({ preventScroll: true });
    if (typeof value === "string" && /^(INPUT|TEXTAREA)$/.test(target.tagName)) {
      target.value = value;
      try { target.setSelectionRange(selectionStart, selectionEnd); } catch { /* date inputs have no selection */ }
    }
  };
}

/** Runs `job` soon, at most one at a time; calls made meanwhile become one more run. */
export function coalesced(job, delay = 40) {
  let timer = null, running = false, again = false;
  const run = async () => {
    timer = null;
    if (running) { again = true; return; }
    running = true;
    try { await job(); } finally {
      running = false;
      if (again) { again = false; timer = setTimeout(run, delay); }
    }
  };
  return () => { timer ??= setTimeout(run, delay); };
}

const LONGEST_PRESS = 2000;
let pressed = null;
document.addEventListener("pointerdown", () => { pressed = performance.now(); }, true);
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(() => { pressed = null; }), true);

/** Resolves once no finger is on the page: what is redrawn under it loses the click. */
export const released = () => new Promise((resolve) => {
  const look = () => { if (pressed === null || performance.now() - pressed > LONGEST_PRESS) resolve(); else setTimeout(look, 30); };
  look();
});
