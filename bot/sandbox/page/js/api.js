// Talks JSON to the sandbox. A failure is an Error whose message a person may read.
import { released } from "./dom.js";

const post = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new Error("The sandbox does not answer. Nothing was sent; this page tries again by itself.");
  }
  const body = await response.json().catch(() => null);
  await released(); // every answer is drawn
  if (body && (response.ok || "ok" in body)) return body;
  throw new Error(body?.error || `The sandbox answered ${response.status} to ${path.split("?")[0]}.`);
}

const query = (params) => new URLSearchParams(Object.entries(params).filter(([, v]) => v)).toString();

export const api = {
  slack: (user) => call(`/world/slack/state?${query({ user })}`),
  messages: (user, channel, thread) => call(`/world/slack/messages?${query({ user, channel, thread })}`),
  /** what: message, command, click, submit, close, react, edit, tool, open_dm */
  person: (what, body) => call(`/world/slack/${what}`, post(body)),
  world: () => call("/world/state"),
  pages: () => call("/world/pages"),
  mails: () => call("/world/mails"),
  sms: () => call("/world/sms"),
  /** who: a name; action: acknowledge, resolve, escalate, reassign (to), note (text), unacknowledge, reopen */
  pagerduty: (body) => call("/world/pagerduty", post(body)),
  fault: (id, on) => call("/world/fault", post({ id, on })),
  jump: (body) => call("/world/jump", post(body)),
};

/** Server-sent topics, for ever: EventSource retries a lost line by itself but gives up on an HTTP error. */
export function listen({ topic, up, down }) {
  let source;
  const open = () => {
    source = new EventSource("/world/events");
    source.onopen = up;
    source.onmessage = (event) => topic(event.data.trim());
    source.onerror = () => {
      down();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 1500);
    };
  };
  open();
}
