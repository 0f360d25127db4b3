// Times as people read them. "Now" is the sandbox's clock, which jumps: it is always passed in, never read here.

const pad = (n) => String(n).padStart(2, "0");
const DAY = 86400;
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

export const hhmm = (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`;
export const hhmmss = (date) => `${hhmm(date)}:${pad(date.getSeconds())}`;
export const shortDay = (date) => `${DAYS[date.getDay()].slice(0, 3)} ${date.getDate()} ${MONTHS[date.getMonth()].slice(0, 3)}`;
export const longDay = (date) => `${DAYS[date.getDay()]}, ${ordinal(date.getDate())} ${MONTHS[date.getMonth()]}`;
export const instant = (seconds) => new Date(Number(seconds) * 1000);
export const zone = (date) =>
  new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(date).find((p) => p.type === "timeZoneName")?.value ?? "";

/** "21:04:10Z level 2" -> "23:04:10 level 2" in the reader's zone, as the clock at the top. */
export function localised(line, now) {
  const [, hours, minutes, seconds, text] = /^(\d\d):(\d\d):(\d\d)Z (.*)$/s.exec(line) ?? [];
  if (text === undefined) return line;
  const date = new Date(now);
  date.setUTCHours(hours, minutes, seconds);
  return `${hhmmss(date)} ${text}`;
}

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
/** Whole days from `now` to `date` by the calendar: -1 is yesterday. */
export const dayDistance = (date, now) => Math.round((midnight(date) - midnight(now)) / (DAY * 1000));

/** 252 -> "4:12", 3725 -> "1:02:05", two days and more -> "2 d 3 h" */
export function countdown(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  if (left >= 2 * DAY) return `${Math.floor(left / DAY)} d ${Math.floor((left % DAY) / 3600)} h`;
  const [hours, minutes, secs] = [Math.floor(left / 3600), Math.floor((left % 3600) / 60), left % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(secs)}` : `${minutes}:${pad(secs)}`;
}

export function ago(date, now) {
  const seconds = Math.round((now - date) / 1000);
  const [amount, unit] = span(Math.abs(seconds));
  if (Math.abs(seconds) < 5) return "just now";
  const words = `${amount} ${unit}${amount === 1 ? "" : "s"}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}

function shortAgo(date, now) {
  const seconds = Math.max(0, (now - date) / 1000);
  if (seconds < 45) return "now";
  const [amount, unit] = span(seconds);
  return `${amount} ${{ second: "s", minute: "m", hour: "h", day: "d" }[unit]} ago`;
}

function span(seconds) {
  if (seconds < 60) return [seconds, "second"];
  if (seconds < 3600) return [Math.round(seconds / 60), "minute"];
  if (seconds < DAY) return [Math.round(seconds / 3600), "hour"];
  return [Math.round(seconds / DAY), "day"];
}

function ordinal(n) {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[n % 10] || "th";
  return `${n}${suffix}`;
}

/** `<!date^seconds^template^link|fallback>`: https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 *  `{short_ago}` is this page's own. */
export function slackDate(seconds, template, now) {
  const date = instant(seconds);
  const full = `${MONTHS[date.getMonth()]} ${ordinal(date.getDate())}, ${date.getFullYear()}`;
  const short = `${MONTHS[date.getMonth()].slice(0, 3)} ${date.getDate()}, ${date.getFullYear()}`;
  const long = `${DAYS[date.getDay()]}, ${full}`;
  const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[dayDistance(date, now)];
  const known = {
    date_num: `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`,
    date: full, date_short: short, date_long: long,
    date_pretty: near || full, date_short_pretty: near || short, date_long_pretty: near || long,
    day_divider_pretty: near || longDay(date),
    time: hhmm(date), time_secs: hhmmss(date), ago: ago(date, now), short_ago: shortAgo(date, now),
  };
  const text = template.replace(/\{(\w+)\}/g, (whole, name) => known[name] ?? whole);
  return template.startsWith("{short_ago}") ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
