"""A night on call as the page would get it: values only, in the shapes of the sandbox's `/world` routes."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

NOW = datetime(2026, 3, 12, 3, 21, 40, tzinfo=UTC)
A, B, C, GUEST, BOT = "U0A", "U0B", "U0C", "U0G", "U0BOT"
ALERTS, GENERAL, HOME, DM_B, DM_BOT, APP = "C0ALERTS", "C0GENERAL", "C0RELEASE", "D0B", "D0BOT", "A0BOT"


def stamp(minutes_ago: float, n: int = 1) -> str:
    return f"{int((NOW - timedelta(minutes=minutes_ago)).timestamp())}.{n:06d}"


def _user(uid: str, name: str, real: str, color: str, initials: str, **more: Any) -> Json:
    email = None if uid == BOT else f"{name}@openvine.co"
    base = {"id": uid, "name": name, "real_name": real, "email": email, "color": color, "initials": initials}
    return {**base, "is_bot": False, "is_guest": False, "image": None, **more}


USERS: list[Json] = [
    _user(A, "engineer_a", "Engineer A", "3a7ca5", "EA"),
    _user(B, "engineer_b", "Engineer B", "8a5a9e", "EB"),
    _user(C, "engineer_c", "Engineer C", "b5643c", "EC"),
    _user(GUEST, "vendor", "Vera Vendor", "4d8b57", "VV", is_guest=True),
    _user(BOT, "incident-bot", "Incident Bot", "0f6f6a", "IB", is_bot=True),
]
COMMANDS: list[Json] = [
    {
        "command": "/incident",
        "description": "Open and lead incidents",
        "usage_hint": "open [P0|P1|P2] TITLE | list | show [N] | ack [N] | mitigate [N] | resolve [N] | note TEXT | timeline [N]",
    },
    {
        "command": "/oncall",
        "description": "Who is on call",
        "usage_hint": "who | explain | shifts | page NAME",
    },
    {
        "command": "/runbook",
        "description": "Procedures, step by step",
        "usage_hint": "list | show NAME | start NAME [N] | next",
    },
]


def text(value: str) -> Json:
    return {"type": "mrkdwn", "text": value}


def plain(value: str) -> Json:
    return {"type": "plain_text", "text": value, "emoji": True}


def button(label: str, action: str, value: str = "3", **more: Any) -> Json:
    return {"type": "button", "text": plain(label), "action_id": action, "value": value, **more}


def section(value: str, **more: Any) -> Json:
    return {"type": "section", "text": text(value), **more}


def context(*values: str) -> Json:
    return {"type": "context", "elements": [text(v) for v in values]}


def message(ts: str, user: str | None = BOT, said: str = "", **more: Any) -> Json:
    base: Json = {"ts": ts, "thread_ts": None, "user": user, "bot_id": "B0BOT" if user == BOT else None}
    base |= {"username": next((u["real_name"] for u in USERS if u["id"] == user), ""), "text": said}
    base |= {"blocks": [], "attachments": [], "edited": False, "ephemeral": False, "deleted": False}
    base |= {"reactions": [], "reply_count": 0, "reply_users": [], "latest_reply": None, "broadcast": False}
    return {**base, **more}


def _when(minutes_ago: float, template: str = "{time}") -> str:
    return f"<!date^{stamp(minutes_ago).split('.')[0]}^{template}|03:10 UTC>"


CARD_TS = stamp(11, 1)
OPTIONS = [
    {"text": plain(label), "value": value}
    for label, value in (
        ("Snooze for 30 minutes", "snooze"),
        ("Change severity", "severity"),
        ("Hand over", "assign"),
        ("Why was this paged?", "why"),
    )
]
CARD: list[Json] = [
    {"type": "header", "text": plain(":rotating_light: #3 Video memory above 500 MB")},
    {
        "type": "section",
        "fields": [
            text("*Severity*\nP1 · high"),
            text("*State*\nAcknowledged"),
            text(f"*Opened*\n{_when(11, '{date_short_pretty} {time}')}"),
            text(f"*Respond by*\n{_when(4)} · met"),
            text(f"*Commander*\n<@{A}>"),
            text("*Alerts*\n2 of `video_memory_high`"),
        ],
    },
    section("> Video system memory is *812 MB* (threshold: 500 MB)\n> and rising by 9 MB a minute."),
    context(":books: Runbook *high-memory*, step 2 of 4", "<https://docs.openvine.co/runbooks/memory-usage|Document>"),
    {
        "type": "actions",
        "block_id": "card",
        "elements": [
            button("Acknowledge", "incident_ack", style="primary"),
            button("Escalate", "incident_escalate"),
            button("Runbook", "incident_runbook"),
            button(
                "Resolve",
                "incident_resolve",
                confirm={
                    "title": plain("Resolve #3?"),
                    "text": text("Memory is still *above* its threshold."),
                    "confirm": plain("Resolve"),
                    "deny": plain("Not yet"),
                    "style": "danger",
                },
            ),
            {"type": "overflow", "action_id": "incident_more", "options": OPTIONS},
        ],
    },
]
CONFIRM: list[Json] = [
    section("*Step 2 · Emergency mode*\nTurns `emergency_mode` on: preloading stops for all users."),
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "emergency_mode", "style": {"code": True}},
                            {"type": "text", "text": "  off → "},
                            {"type": "text", "text": "on", "style": {"bold": True}},
                        ],
                    },
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "maxVideos", "style": {"code": True}},
                            {"type": "text", "text": "  100 → "},
                            {"type": "text", "text": "25", "style": {"bold": True}},
                        ],
                    },
                ],
            }
        ],
    },
    {
        "type": "actions",
        "block_id": "confirm",
        "elements": [
            button("Confirm and run", "step_confirm", "run-7", style="primary"),
            button("Cancel", "step_cancel", "run-7"),
        ],
    },
    context(f"Asked by <@{A}> · expires {_when(-4)}"),
]


def _reply(minutes_ago: float, n: int, user: str = BOT, said: str = "", **more: Any) -> Json:
    return message(stamp(minutes_ago, n), user, said, thread_ts=CARD_TS, **more)


REPLIES: list[Json] = [
    _reply(10.9, 2, said=f":pager: Paged <@{A}> (primary) by Slack, PagerDuty and email."),
    _reply(8.2, 3, said=f":eyes: <@{A}> acknowledged after 2 min 48 s. Nobody else is paged."),
    _reply(7.6, 4, A, "On it. Looks like the leak from yesterday's controller change."),
    _reply(5.1, 5, said=":white_check_mark: Step 1 *Memory cleanup* done: `910 MB` → `812 MB`."),
    _reply(1.2, 6, said="Confirm step 2", blocks=CONFIRM),
]
ROOTS: list[Json] = [
    message(stamp(96, 1), B, "Handing over for the night. Quiet so far, release 2.41 is at 50 %."),
    message(
        stamp(95, 2),
        A,
        f"Thanks <@{B}>, sleep well :crescent_moon:",
        reactions=[{"name": "wave", "users": [B]}, {"name": "+1", "users": [B, C]}],
    ),
    message(
        stamp(24, 1),
        None,
        "",
        bot_id="B0PING",
        username="Pingwatch",
        attachments=[
            {
                "color": "good",
                "title": "RECOVERED api.openvine.co",
                "title_link": "https://ping.example/1",
                "text": "Health check passes again after 40 s.",
                "footer": "eu-west · every 30 s",
            }
        ],
    ),
    message(
        CARD_TS,
        said="#3 Video memory above 500 MB",
        blocks=CARD,
        reactions=[{"name": "eyes", "users": [A]}],
        reply_count=len(REPLIES),
        reply_users=[BOT, A],
        latest_reply=REPLIES[-1]["ts"],
    ),
    message(
        stamp(1, 9),
        said="",
        ephemeral=True,
        blocks=[
            section(
                f"*On call now* · until {_when(-3000, '{date_short} {time}')}\n• Primary <@{A}>\n• Secondary <@{B}>"
            )
        ],
    ),
]
EVERY_BLOCK: list[Json] = [
    {"type": "header", "text": plain("Every block :fire:")},
    section(
        "*bold* _italic_ ~struck~ `code` <https://example.org/x|a link> <#C0GENERAL|general> <!here> "
        "<!subteam^S1> a_b_c &lt;tag&gt;\n> quoted\n• one\n• two\n```let x = 1 < 2```",
        block_id="s1",
        accessory={
            "type": "static_select",
            "action_id": "pick",
            "placeholder": plain("Pick one"),
            "options": OPTIONS,
        },
    ),
    {"type": "section", "fields": [text("*Left*\n1"), text("*Right*\n2")]},
    {"type": "divider"},
    context("small print :books:"),
    {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a plot of memory"},
    {
        "type": "actions",
        "block_id": "acts",
        "elements": [
            button("Go", "go", "v1", style="primary"),
            button("Stop", "stop", "v2", style="danger"),
            {"type": "button", "text": plain("Open"), "action_id": "url", "url": "https://example.org/"},
            {"type": "users_select", "action_id": "who", "placeholder": plain("Who")},
            {"type": "conversations_select", "action_id": "where", "placeholder": plain("Where")},
            {
                "type": "multi_static_select",
                "action_id": "many",
                "placeholder": plain("Several"),
                "options": OPTIONS,
            },
            {"type": "datepicker", "action_id": "day", "initial_date": "2026-03-12"},
            {"type": "timepicker", "action_id": "time", "initial_time": "03:00"},
            {"type": "datetimepicker", "action_id": "when", "initial_date_time": 1773285600},
            {"type": "overflow", "action_id": "more", "options": OPTIONS},
            {"type": "radio_buttons", "action_id": "radio", "options": OPTIONS[:2]},
            {"type": "checkboxes", "action_id": "check", "options": OPTIONS[:2]},
        ],
    },
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "rich ", "style": {"bold": True}},
                    {"type": "user", "user_id": B},
                    {"type": "emoji", "name": "tada"},
                    {"type": "link", "url": "https://example.org", "text": "link"},
                ],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "rich quote"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "rich pre"}]},
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "rich item"}]}],
            },
        ],
    },
    {
        "type": "input",
        "block_id": "inm",
        "dispatch_action": True,
        "label": plain("Say why"),
        "element": {"type": "plain_text_input", "action_id": "why"},
    },
]
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
HOSTILE_MESSAGE = message(
    stamp(3, 7),
    said="x",
    username=HOSTILE,
    user=None,
    bot_id="B0EVIL",
    blocks=[
        {"type": "header", "text": plain(HOSTILE)},
        section(HOSTILE + " <javascript:window.hacked=1|click me>"),
        {"type": "actions", "block_id": "evil", "elements": [button(HOSTILE, "evil")]},
    ],
)
VIEW: Json = {
    "id": "V1",
    "type": "modal",
    "callback_id": "incident_open",
    "hash": "1",
    "previous_view_id": None,
    "title": plain("Open an incident"),
    "submit": plain("Open"),
    "close": plain("Cancel"),
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": plain("What is happening?"),
            "hint": plain("One line; it becomes the card's title."),
            "element": {
                "type": "plain_text_input",
                "action_id": "v",
                "placeholder": plain("Videos stall after the first second"),
            },
        },
        {
            "type": "input",
            "block_id": "severity",
            "label": plain("Severity"),
            "element": {
                "type": "static_select",
                "action_id": "v",
                "initial_option": {"text": plain("P1 · high"), "value": "P1"},
                "options": [
                    {"text": plain(label), "value": label[:2]}
                    for label in ("P0 · critical", "P1 · high", "P2 · medium")
                ],
            },
        },
        {
            "type": "input",
            "block_id": "who",
            "optional": True,
            "label": plain("Commander"),
            "element": {"type": "users_select", "action_id": "v", "placeholder": plain("Whoever is on call")},
        },
        {
            "type": "input",
            "block_id": "notes",
            "optional": True,
            "label": plain("What do you know so far?"),
            "element": {"type": "plain_text_input", "action_id": "v", "multiline": True},
        },
        context("The ladder of the severity starts at once."),
    ],
}


HOME_TAB: Json = {"id": "V0HOME", "type": "home", "blocks": CARD}


def state(user: str, view: Json | None = None) -> Json:
    me = next((u for u in USERS if user in (u["id"], u["email"])), USERS[0])

    def room(cid: str, name: str, **more: Any) -> Json:
        base = {"id": cid, "name": name, "kind": "channel", "with": None, "is_private": False, "topic": ""}
        return {**base, "unread": 0, "mentions": 0, **more}

    channels = [
        room(ALERTS, "video-system-alerts", topic="Alerts and incidents of the video system"),
        room(GENERAL, "video-team", unread=4),
        room(HOME, "release-train", is_private=True, unread=1, mentions=1),
        room(DM_B, "engineer_b", kind="im", **{"with": B}, unread=2),
        room("D0C", "engineer_c", kind="im", **{"with": C}),
        room(DM_BOT, "incident-bot", kind="im", **{"with": BOT}, unread=1),
        room(APP, "Incident Bot", kind="app_home", **{"with": BOT}),
    ]
    team = {"id": "T0", "name": "OpenVine"}
    return {
        "me": me,
        "team": team,
        "users": USERS,
        "channels": channels,
        "groups": [{"id": "S1", "handle": "video-oncall"}],
        "commands": COMMANDS,
        "view": view,
        "home": HOME_TAB,
        "down": False,
    }


def _history(value: float, swing: float, climb: float = 0.0) -> list[list[float]]:
    start = (NOW - timedelta(minutes=30)).timestamp()
    curve = (value + swing * math.sin(i * 1.7) * math.cos(i * 0.6) + climb * max(0, i - 24) for i in range(60))
    return [[start + 30 * i, round(v, 2)] for i, v in enumerate(curve)]


def _gauge(gid: str, label: str, unit: str, lines: tuple[float | None, float | None], *curve: float) -> Json:
    history = _history(*curve)
    base = {"id": gid, "label": label, "value": history[-1][1], "unit": unit}
    return {**base, "warning": lines[0], "critical": lines[1], "history": history}


def world(faults: set[str], fires_in_s: int = 190) -> Json:
    gauges = [
        _gauge("memory", "Video memory", "MB", (500, 800), 330, 14, 13.6),
        _gauge("controllers", "Controllers", "", (12, 16), 8, 0.9, 0.14),
        _gauge("preload_success", "Preload success", "%", (85, 70), 97.4, 0.8),
        _gauge("crash_rate", "Crash rate", "%", (2, 5), 0.5, 0.12, 0.055),
        _gauge("preload_time", "Preload time", "ms", (5000, None), 1180, 160),
        _gauge("load_success", "Load success", "%", (85, 70), 98.6, 0.5),
        {
            "id": "cdn",
            "label": "CDN",
            "value": 1,
            "unit": "",
            "warning": None,
            "critical": None,
            "history": [[t, 1] for t, _ in _history(1, 0)],
        },
    ]
    names = {
        "memory_leak": "Memory leak",
        "crash_spike": "Crash spike",
        "load_failures": "Load failures",
        "slow_preload": "Slow preload",
        "cdn_down": "CDN down",
        "slack_429": "Slack rate limit",
        "slack_down": "Slack down",
        "pagerduty_down": "PagerDuty down",
        "mail_down": "Mail down",
        "slack_revoked": "Token revoked",
        "slack_dms_off": "No direct messages",
    }
    world = ("slack_429", "slack_down", "pagerduty_down", "mail_down")
    rows = [
        {
            "id": fid,
            "label": label,
            "on": fid in faults,
            "hint": label,
            "group": "world" if fid in world else "slack" if fid.startswith("slack") else "openvine",
        }
        for fid, label in names.items()
    ]
    due = NOW + timedelta(seconds=252)

    def rule(name: str, at: str, value: float, line: float, **more: Any) -> Json:
        base = {"rule": name, "state": at, "value": value, "threshold": line, "since": None, "fires_at": None}
        base |= {"over_at": None, "expr": f"avg({name.removesuffix('_high')}) > {line}"}
        return {**base, **more}

    alerts = [
        rule("video_memory_high", "firing", 812, 500, since=(NOW - timedelta(minutes=11)).isoformat()),
        rule(
            "video_crash_rate_high",
            "pending",
            3.4,
            3,
            since=NOW.isoformat(),
            fires_at=(NOW + timedelta(seconds=fires_in_s)).isoformat(),
        ),
        rule("video_preload_slow", "inactive", 1180, 5000),
        rule("video_load_success_low", "inactive", 98.6, 85),
    ]
    return {
        "clock": {
            "now": NOW.isoformat().replace("+00:00", "Z"),
            "offset_s": 1260,
            "next_deadline": {"at": due.isoformat(), "in_s": 252, "what": "level 2: secondary for #3"},
        },
        "openvine": {
            "gauges": gauges,
            "flags": {"emergency_mode": False, "new_video_manager": True},
            "config": {"maxVideos": 100},
            "rollout": {"video_system_rollout_percentage": 50},
        },
        "alerts": alerts,
        "faults": rows,
        "people": [{"email": "engineer_a@openvine.co", "name": "Engineer A"}],
        "progress": [],
        "bot": {"url": "http://127.0.0.1:3000", "ready": True, "trouble": "", "mode": "socket", "restarts": 0},
    }


def _page(key: str, status: str, summary: str, minutes_ago: float, count: int = 1) -> Json:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    base = {"dedup_key": key, "status": status, "summary": summary, "severity": "error", "first_at": at}
    return {**base, "source": "openvine-video", "links": [], "last_at": at, "count": count}


PAGES: list[Json] = [
    _page("incident-4", "triggered", "#4 P0 Crash rate above 3 %: 3.4 %", 0.3),
    _page("incident-3", "acknowledged", "#3 P1 Video memory above 500 MB: 812 MB", 11, 2),
    _page("incident-2", "resolved", "#2 P1 Video load success below 85 %", 190),
]
MAILS: list[Json] = [
    {
        "id": "m2",
        "at": (NOW - timedelta(minutes=11)).isoformat(),
        "from": "incident-bot@openvine.co",
        "to": ["video-team@openvine.co"],
        "subject": "[P1] #3 Video memory above 500 MB",
        "text": "Video system memory usage is 812MB (threshold: 500MB).\n\nAcknowledge in #video-system-alerts.",
        "html": None,
    },
    {
        "id": "m1",
        "at": (NOW - timedelta(minutes=200)).isoformat(),
        "from": "incident-bot@openvine.co",
        "to": ["engineer_a@openvine.co"],
        "subject": "Resolved: #2 Video load success below 85 %",
        "text": "Resolved after 22 minutes.",
        "html": "<p style='font-family:sans-serif'>Resolved after <b>22 minutes</b>.</p>",
    },
]

SMS: list[Json] = [{"id": 1, "at": "2026-01-12T22:01:00Z", "to": "Engineer A", "text": "P0 #7 Crash rate"}]


def _shift(role: str, who: str | None, since: str, until: str) -> Json:
    return {"role": role, "who": who, "since": since, "until": until, "why": "why"}


ROTA: Json = {
    "now": {"primary": "engineer_b@openvine.co", "secondary": None},
    "roles": ["primary", "secondary"],
    "weeks": [
        {"since": "2026-03-09T00:00:00Z", "until": "2026-03-16T00:00:00Z"},
        {"since": "2026-03-16T00:00:00Z", "until": "2026-03-23T00:00:00Z"},
    ],
    "shifts": [
        _shift("primary", "Engineer A", "2026-03-09T00:00:00Z", "2026-03-16T09:00:00Z"),
        _shift("primary", "Engineer B", "2026-03-16T09:00:00Z", "2026-03-23T00:00:00Z"),
        _shift("secondary", "Engineer B", "2026-03-09T00:00:00Z", "2026-03-16T09:00:00Z"),
        _shift("secondary", None, "2026-03-16T09:00:00Z", "2026-03-23T00:00:00Z"),
    ],
    "overrides": [_shift("primary", "Engineer A", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")],
}
