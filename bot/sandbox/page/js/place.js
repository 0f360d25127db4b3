// Where the person is: whose eyes, which channel, which thread. Kept in the address, so that a reload or a link leads there; the
// person also in the tab's session, so that a new visit starts anew, as whoever is on call.
const PERMALINK = /^\/archives\/(\w+)\/p(\d{11,})$/;

/** Where a message's link leads: `/archives/C…/p…`, which the Slack answers with `/?channel=…&ts=…&thread=…`. */
export function permalink({ pathname, search }) {
  const [, channel, digits] = PERMALINK.exec(pathname) ?? [];
  const params = new URLSearchParams(search);
  if (!channel && !params.get("channel")) return {};
  const ts = channel ? `${digits.slice(0, -6)}.${digits.slice(-6)}` : params.get("ts");
  return { channel: channel ?? params.get("channel"), thread: params.get("thread_ts") || params.get("thread"), ts };
}

/** What an alert's "Query" asks: `/graph?g0.expr=…`, as a Prometheus has it. */
export const queryOf = ({ pathname, search }) => (pathname === "/graph" ? new URLSearchParams(search).get("g0.expr") : null);

export function firstPlace() {
  const kept = new URLSearchParams(location.hash.slice(1));
  return { user: kept.get("u") || sessionStorage.getItem("user"), channel: kept.get("c"), thread: kept.get("t"), ...permalink(location), query: queryOf(location) };
}

export function remember({ user, channel, thread }) {
  sessionStorage.setItem("user", user);
  history.replaceState(null, "", `/#${new URLSearchParams({ u: user, c: channel, ...(thread ? { t: thread } : {}) })}`);
}

/** Links of this sandbox are followed inside of the page: `go(place)` to a message, `ask(query)` to a rule. */
export function followInside(go, ask) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.host !== location.host || event.ctrlKey || event.metaKey) return;
    const [query, message] = [queryOf(link), permalink(link)];
    if (query === null && !message.channel) return;
    event.preventDefault();
    if (query === null) go(message); else ask(query);
  });
}
