// Puts the page together: reads what the sandbox says, draws it, and sends what the person does.
// Everything shown comes from a GET; an event on the stream only says which GET to repeat.
import { api, listen } from "./api.js";
import { Clock } from "./clock.js";
import { Composer, wire } from "./composer.js";
import { $, coalesced, h } from "./dom.js";
import { Faults } from "./faults.js";
import { Happened } from "./happened.js";
import { Home } from "./home.js";
import { icon } from "./icons.js";
import { MessagePane } from "./messages.js";
import { Modal } from "./modal.js";
import { refreshDates } from "./mrkdwn.js";
import { OpenVine } from "./openvine.js";
import { Phone } from "./phone.js";
import { firstPlace, followInside, remember } from "./place.js";
import { nameOf } from "./people.js";
import { Rota } from "./rota.js";
import { Sidebar } from "./sidebar.js";
import { theme } from "./theme.js";
import { Tour } from "./tour.js";
import { Views } from "./views.js";

const here = firstPlace();
let slack = null;
let users = new Map(), channels = new Map(), groups = new Map();

const ctx = {
  me: null, epoch: "",
  user: (id) => users.get(id), channel: (id) => channels.get(id), group: (id) => groups.get(id),
  shortcuts: () => slack?.shortcuts ?? [],
  users: () => slack?.users ?? [], channels: () => slack?.channels ?? [],
  now: () => clock.now(), openChannel: (id) => go({ channel: id, thread: null }),
};
const source = { commands: () => slack?.commands ?? [], users: ctx.users };

// ---------------------------------------------------------------- the parts

const clock = new Clock($("#topbar"), { jump, due: () => refreshWorld() });
const happened = new Happened($("#happened"), ctx.now);
const complain = (text) => happened.trouble(text);
const views = new Views($("#views"));
const tour = new Tour($("#tour"), $("#help"), { jump: async () => { await jump({ to: "next" }); return api.world(); } });

async function jump(body) {
  try {
    happened.show((await api.jump(body)).fired ?? []);
  } catch (error) { complain(error.message); } finally { refreshAll(); }
}

const messageActions = {
  click: clickMessage,
  shortcut: (message, id) => person("shortcut", { channel: here.channel, ts: message.ts, callback_id: id }),
  react: (message, name, remove) => person("react", { channel: here.channel, ts: message.ts, name, ...(remove ? { remove } : {}) }),
  openThread: (ts) => go({ thread: ts }, true),
  edit: (message, text) => person("edit", { channel: here.channel, ts: message.ts, text: wire(text, source) }),
  dismiss: (id) => { for (const list of notes.values()) { const at = list.findIndex((n) => n.id === id); if (at >= 0) list.splice(at, 1); } main.redraw(); side.redraw(); },
};
const main = new MessagePane($("#messages"), ctx, messageActions);
const side = new MessagePane($("#thread-messages"), ctx, messageActions);
const composer = new Composer($("#composer-slot"), { id: "composer", source, send: (text) => send(text, null) });
const threadComposer = new Composer($("#thread-composer-slot"), { id: "thread-composer", source, send: (text) => send(text, here.thread) });
const sidebar = new Sidebar($("#sidebar"), ctx, {
  become: (user) => go({ user, thread: null }),
  open: (channel) => {
    go({ channel, thread: null }, true);
    if (channels.get(channel)?.kind === "app_home") person("open_home", { tab: "home" }, { quiet: true });
  },
  message: async (other) => { const answer = await person("open_dm", { with: other }); if (answer.ok) go({ channel: answer.channel, thread: null }, true); },
});
const modal = new Modal($("#modal-root"), ctx, {
  click: (...args) => clickView(...args),
  submit: (view, values) => person("submit", { view_id: view.id, values }, { quiet: true }),
  close: (view) => person("close", { view_id: view.id }),
});
const clickView = async (view, payload, state) => said(await person("click", { view_id: view.id, ...payload, ...withState(state) }, { quiet: true }));
const home = new Home($("#home"), ctx, clickView);
const phone = new Phone($("#phone"), ctx, {
  ringing: (n) => views.count("phone", n),
  press: async (dedupKey, action, more) => {
    try { await api.pagerduty({ dedup_key: dedupKey, action, who: nameOf(ctx.user(here.user)), ...more }); } catch (error) { complain(error.message); }
    refreshAll();
  },
});
const openvine = new OpenVine($("#gauges"), $("#rules"), ctx.now);
const rota = new Rota($("#rota"), ctx.now);
const faults = new Faults($("#break"), {
  set: async (id, on) => { try { await api.fault(id, on); } catch (error) { complain(error.message); } refreshWorld(); },
  post: async (text) => (await person("tool", { text })).ok,
});

// ---------------------------------------------------------------- what the person does

/** Posts as the person of the switcher. The answer always has `ok`; an error is shown unless the caller shows it. */
async function person(what, body, { quiet = false } = {}) {
  let answer;
  try {
    answer = await api.person(what, what === "tool" ? body : { user: here.user, ...body });
  } catch (error) { answer = { ok: false, error: error.message }; }
  if (!answer.ok && !quiet && answer.error) complain(said(answer));
  refreshSlack();
  return answer;
}

/** The error of an answer as Slack shows an app's: bare error codes get their sentence. */
const said = (answer) => (answer.ok ? null : /\s/.test(answer.error || "") ? answer.error : `This app responded with the error “${answer.error || "unknown_error"}”.`);
const withState = (state) => (Object.keys(state).length ? { state: { values: state } } : {});

async function clickMessage(message, payload, pane, state) {
  const answer = await person("click", { channel: here.channel, ts: message.ts, ...payload, ...withState(state) }, { quiet: true });
  pane.note(message.ts, said(answer));
}

const notes = new Map();
const notesOf = (where) => notes.get(where) ?? notes.set(where, []).get(where);
let noteCount = 0;

/** What Slackbot tells this person alone; kept by this page only. */
function whisper(pane, text) {
  notesOf(pane.where).push({ id: `note-${++noteCount}`, text });
  pane.redraw();
  pane.toEnd();
}

async function send(text, thread) {
  const pane = thread ? side : main;
  const isCommand = /^\/\S/.test(text);
  const answer = await person(isCommand ? "command" : "message", { channel: here.channel, text, ...(thread ? { thread } : {}) }, { quiet: isCommand });
  if (isCommand && !answer.ok) whisper(pane, said(answer));
  if (isCommand) return true;
  pane.scrollNext = answer.ok;
  return answer.ok;
}

// ---------------------------------------------------------------- where the person is

function go(change, focus = false) {
  Object.assign(here, change);
  if ("thread" in change || "channel" in change) views.show(here.thread ? "thread" : "channel");
  here.focus = focus && (here.thread ? threadComposer : composer);
  refreshSlack();
}

followInside(go, (query) => { views.show("world"); openvine.point(query); });

/** To the message box that is on the screen: a thread's, where it has taken the channel's place. */
$("#skip-to-composer").addEventListener("click", (event) => {
  event.preventDefault();
  if (!composer.shown() && !threadComposer.shown()) views.show("channel");
  (composer.shown() ? composer : threadComposer).focus();
});

function closeThread() { go({ thread: null }, true); }
$("#thread-close").append(icon("close"));
$("#thread-close").addEventListener("click", closeThread);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (modal.view) person("close", { view_id: modal.view.id });
  else if (here.thread) closeThread();
});

// ---------------------------------------------------------------- reading

async function readSlack() {
  const asked = { ...here };
  slack = await stateOf(asked.user);
  const app = slack.channels.find((c) => c.kind === "app_home");
  for (const user of slack.users) user.is_app = app ? user.id === app.with : user.is_bot;
  users = new Map(slack.users.map((u) => [u.id, u]));
  channels = new Map(slack.channels.map((c) => [c.id, c]));
  groups = new Map(slack.groups.map((g) => [g.id, g]));
  Object.assign(ctx, { me: slack.me.id, epoch: JSON.stringify([slack.users, slack.channels.map((c) => c.name)]) });
  if (here.user !== asked.user) { refreshSlack(); return; }
  here.user = slack.me.id;
  if (!channels.has(here.channel)) Object.assign(here, { channel: firstChannel()?.id, thread: null });
  sidebar.show(slack, here.channel);
  modal.show(slack.view ?? null);
  drawHeads();
  if (here.focus) { here.focus.focus(); here.focus = null; }
  remember(here);
  await readMessages();
}

/** The state for `user`; for somebody this Slack does not know (or on a first visit), that of whoever is on call;
 *  where that is nobody this Slack knows either, that of its own first person. */
async function stateOf(user) {
  const first = async () => { const world = await api.world(); return world.rota?.now?.primary ?? world.people?.[0]?.email; };
  const state = user ? await api.slack(user).catch(() => null) : null;
  const known = state?.me ? state : await api.slack(await first()).catch(() => null);
  const found = known?.me ? known : await api.slack(null);
  if (!found.me) throw new Error(said(found));
  return found;
}

const firstChannel = () => {
  const open = slack.channels.filter((c) => c.kind === "channel");
  return open.find((c) => /alert|incident/.test(c.name)) ?? open[0] ?? slack.channels[0];
};

async function readMessages() {
  const { user, channel, thread } = here;
  if (!channel) return;
  const isHome = channels.get(channel).kind === "app_home";
  $("#home").hidden = !isHome;
  $("#messages").hidden = $("#composer-slot").hidden = isHome;
  if (isHome) { home.show(slack.home ?? null); return; }
  const [roots, replies] = await Promise.all([api.messages(user, channel), thread ? api.messages(user, channel, thread) : null]);
  if (here.user !== user || here.channel !== channel || here.thread !== thread) { refreshSlack(); return; }
  const where = `${user}/${channel}`;
  main.show(where, roots.messages, { local: notesOf(where) });
  if (replies) side.show(`${where}/${thread}`, replies.messages, { thread: true, local: notesOf(`${where}/${thread}`) });
  if (here.ts) { (here.thread ? side : main).point(here.ts); here.ts = null; }
  for (const pane of [main, side]) if (pane.scrollNext) { pane.scrollNext = false; pane.toEnd(); }
}

function drawHeads() {
  const channel = channels.get(here.channel);
  const other = channel?.with && users.get(channel.with);
  const name = other ? nameOf(other) : channel?.name ?? "";
  const full = channel?.kind === "channel" ? `#${name}` : name;
  $("#channel-name").replaceChildren(...(other ? [] : [icon(channel?.is_private ? "lock" : "hash", 17)]), name);
  $("#channel-topic").textContent = channel?.topic || "";
  composer.show(`${here.user}/${here.channel}`, `Message ${full}`);
  $("#slack-down").hidden = !slack.down;
  document.body.classList.toggle("in-thread", Boolean(here.thread));
  $("#thread-where").textContent = full;
  if (here.thread) threadComposer.show(`${here.user}/${here.channel}/${here.thread}`, "Reply…");
  const waiting = slack.channels.reduce((sum, c) => sum + (c.id === here.channel ? 0 : c.mentions || 0), 0);
  views.count("rooms", waiting);
  document.title = `${waiting ? `(${waiting}) ` : ""}${full} · incident-bot sandbox`;
}

async function readWorld() {
  const world = await api.world();
  const before = clock.now();
  clock.show(world.clock);
  if (Math.abs(clock.now() - before) > 20000) retime();
  openvine.show(world);
  rota.show(world.rota);
  faults.show(world.faults);
  showBot(world.bot);
  tour.show(world);
  if (here.query) { views.show("world"); openvine.point(here.query); here.query = null; }
}

/** The clock jumped: "today" and "3 minutes ago" mean something else now. */
function retime() {
  main.redraw();
  side.redraw();
  refreshDates(document, clock.now());
}

/** Green while it works, amber until it does for the first time, red when it does not any more, or nobody answers for it. */
function showBot(bot) {
  const pill = $("#bot-state");
  const state = lost || bot?.trouble ? "down" : bot?.ready ? "ready" : "starting";
  const text = { ready: `Bot ready · ${bot?.mode === "http" ? "HTTP" : "Socket Mode"}`, starting: "Bot is starting", down: lost ? "No connection" : "Bot stands still" }[state];
  pill.dataset.state = state;
  if (pill.textContent !== text) pill.textContent = text;
  pill.title = [bot?.trouble, bot?.url, bot?.restarts && `restarted ${bot.restarts} times`].filter(Boolean).join(" · ");
}

const readPages = async () => phone.showPages((await api.pages()).pages);
const readMails = async () => phone.showMails((await api.mails()).mails);
const readSms = async () => phone.showSms((await api.sms()).messages);

/** A reading that fails says so once; the next event or the next beat tries again. */
const guarded = (job) => async () => { try { await job(); trouble(null); } catch (error) { trouble(error.message); } };
const refreshSlack = coalesced(guarded(readSlack));
const refreshWorld = coalesced(guarded(readWorld), 120);
const refreshPages = coalesced(guarded(readPages), 80);
const refreshMails = coalesced(guarded(readMails), 80);
const refreshSms = coalesced(guarded(readSms), 80);
const TOPICS = {
  slack: [refreshSlack, refreshWorld], pagerduty: [refreshPages], mail: [refreshMails], sms: [refreshSms],
  openvine: [refreshWorld], alerting: [refreshWorld], clock: [refreshWorld], faults: [refreshWorld],
};
function refreshAll() { for (const refresh of [refreshWorld, refreshSlack, refreshPages, refreshMails, refreshSms]) refresh(); }

// ---------------------------------------------------------------- the line to the sandbox

let lost = false;
function trouble(text) {
  const bar = $("#reconnecting");
  bar.hidden = !text && !lost;
  $("#reconnecting-text").textContent = lost ? "Reconnecting to the sandbox …" : text || "";
}

listen({
  topic: (word) => (TOPICS[word] ?? []).forEach((refresh) => refresh()),
  up: () => { lost = false; trouble(null); refreshAll(); },
  down: () => { lost = true; trouble(null); showBot(null); },
});
theme($("#theme"));
$("#help").append(icon("help"));
setInterval(() => { openvine.tick(); rota.tick(); }, 1000);
setInterval(() => { if (!document.hidden && !lost) refreshWorld(); }, 5000);
setInterval(() => refreshDates(document, clock.now()), 20000);
refreshAll();
