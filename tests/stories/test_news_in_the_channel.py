"""News about the bot itself waits as plain data and is drawn when it leaves, whatever version wrote it down."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.slack.views.notices import NOTICES, drawn
from bot.store import Tx, deliveries
from bot.store.deliveries import Delivery
from bot.usecases.notices import Notice, announce
from tests.bot.slack.rules import shown
from tests.stories.night import CONFIG, MONDAY, a_night, said

FAULT = {"file": "bot.yml", "line": 3, "column": 5, "text": "unknown key"}
SINCE = MONDAY.isoformat()
MOVE = {"role": "primary", "before": "Engineer A", "now": "Engineer B", "since": SINCE, "until": SINCE}
OVER = {"what": "alertname=x", "by": "Anna", "window": "", "ended_by": "Bea"}
NEWS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "config_bad": ({"faults": [FAULT], "count": 12, "good_since": SINCE}, ["bot.yml:3:5", "and 11 more"]),
    "config_good_again": ({}, ["good again"]),
    "config_held": ({"digest": "0" * 64, "uncovers": ["P0: nobody would be paged"]}, ["not in force", "P0: nobody"]),
    "rota_file_changed": (
        {"moves": [MOVE], "count": 2, "by": None},
        ["Engineer B* is primary instead of Engineer A", "and 1 more", "by a changed file"],
    ),
    "rota_changed": (
        {"moves": [MOVE], "by": "Engineer B", "why": "dentist", "calls": [], "back": False},
        ["Engineer B* is primary instead of Engineer A", "by Engineer B: dentist"],
    ),
    "duty_gap": (
        {"role": "secondary", "since": SINCE, "until": SINCE, "why": "no week names anybody", "group": True},
        ["Nobody is on call as secondary", "no week names anybody", "no empty user group"],
    ),
    "group_taken": ({"group": "S0123ABCD", "former": ["U0ENGINR0B"]}, ["kept equal to who is on call", "U0ENGINR0B"]),
    "not_kept": ({"what": "topic", "reason": "too_long"}, ["topic does not show who is on call", "too_long"]),
    "preflight_failed": ({"findings": ["mail: refused"]}, ["1 thing to mend", "mail: refused"]),
    "preflight_good_again": ({}, ["nothing more to mend"]),
    "unclear_severity": ({"number": 3, "complaint": "“odd” is not a severity"}, ["#3: “odd” is not a severity"]),
    "ignored_alert": ({"alert": "Watchdog", "why": "its severity is none"}, ["Watchdog fires", "severity is none"]),
    "unreadable_alerts": ({"source": "api", "accepted": 2, "refused": 30, "errors": ["no summary"]}, ["30 of 32"]),
    "back": ({"since": SINCE, "at": (MONDAY + timedelta(minutes=7)).isoformat(), "caught_up": ["#1"]}, ["7 min", "#1"]),
    "clock_set": ({"by_s": -3600}, ["set back by 1 h"]),
    "doubtful_account": ({"why": "two accounts carry a@b.example"}, ["two accounts carry a@b.example"]),
    "audit_failed": ({"findings": ["2 deadlines are overdue"]}, ["2 deadlines are overdue"]),
    "transport_failing": ({"transport": "pagerduty", "reason": "503", "since": SINCE}, ["PagerDuty does not", "503"]),
    "transport_working": ({"transport": "pagerduty"}, ["PagerDuty takes pages again"]),
    "direct_trouble": ({"subject": "I cannot write to anybody", "text": "Do this"}, ["cannot write", "Do this"]),
    "updates_unheard": (
        {"channel": "#status", "reason": "not_in_channel"},
        ["did not get to #status", "not_in_channel"],
    ),
    "postmortems_missing": ({"incidents": [3, 7]}, ["#3, #7", "/incident postmortem N"]),
    "sandbox": ({"url": "http://127.0.0.1:8080"}, ["http://127.0.0.1:8080"]),
    "silence_begun": (
        {"what": "alertname=x", "until": SINCE, "by": "Anna", "why": "upgrade", "window": "", "quiet": [7]},
        ["Anna has silenced", "alertname=x", "#7"],
    ),
    "silence_over": (
        OVER | {"held": 5, "times": 40, "still": 2, "names": ["x", "y"]},
        ["ended by Bea", "It held 5 alerts, heard 40 times", "2 alerts still fire and call now: x; y"],
    ),
    "restored": (
        {
            "as_of": "yesterday",
            "ended": [],
            "digest": "0",
            "count": 1,
            "lines": ["a page"],
            "release": "R",
            "drop": "D",
        },
        ["A backup of yesterday was put back", "a page"],
    ),
    "restored_over": ({"what": "released", "by": "Anna", "lines": ["a page"], "count": 1}, ["is released, by Anna"]),
}
"""Every kind, with the data it is kept with and what people have to read."""


async def test_every_kind_of_news_is_drawn_from_what_the_outbox_holds(tmp_path: Path) -> None:
    assert set(NEWS) == set(NOTICES)
    async with a_night(tmp_path) as night:
        for kind, (data, parts) in NEWS.items():
            if (
                kind.startswith("transport_") or kind == "direct_trouble"
            ):  # news only while it is true: told in the outages
                assert all(part in shown(drawn({"notice": kind, **data})) for part in parts)
                continue
            await night.sandbox.bot.desk.do(announce, f"test:{kind}", Notice(kind, data))
            await night.settle()
            text = said(night.sees("engineer_a")[-1])
            assert all(part in text for part in parts), (kind, text)


async def test_news_that_an_earlier_version_left_in_the_outbox_is_sent_as_it_is(tmp_path: Path) -> None:
    def leave(tx: Tx, ctx: Context, payload: dict[str, Any]) -> None:
        old = Delivery(kind="notice", lane="page", line="notices", key="notice:old", payload=payload)
        deliveries.add(tx.conn, [old], tx.at)

    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Away* for an hour"}}]
    async with a_night(tmp_path) as night:
        await night.sandbox.bot.desk.do(leave, {"text": "The bot was away", "blocks": blocks})
        await night.settle()
        news = night.sees("engineer_a")[-1]
        assert news["text"] == "The bot was away"
        assert "*Away* for an hour" in said(news)


def test_the_end_of_a_silence_that_an_earlier_version_wrote_down_says_no_count_that_nobody_made() -> None:
    still = shown(drawn({"notice": "silence_over", **OVER, "still": 2, "names": ["x", "y"]}))
    assert "2 alerts still fire and call now: x; y" in still
    quiet = shown(drawn({"notice": "silence_over", **OVER, "still": 0, "names": []}))
    assert "Nothing that it held fires any more." in quiet
    assert not any(word in text for text in (still, quiet) for word in ("It held", "Nothing fired"))
    nothing = shown(drawn({"notice": "silence_over", **OVER, "held": 0, "times": 0, "still": 0, "names": []}))
    assert "Nothing fired meanwhile." in nothing


async def test_a_bad_file_is_told_in_the_channel_with_its_place(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    clock = FrozenClock(MONDAY)
    async with a_night(tmp_path / "state", clock=clock, config_dir=config) as night:
        good = (config / "bot.yml").read_text()
        (config / "bot.yml").write_text(good.replace("service:", "servise:"))
        await night.sandbox.bot.configurations.reread(night.sandbox.bot.desk)
        await night.settle()
        assert "bot.yml:" in said(night.sees("engineer_a")[-1])
        (config / "bot.yml").write_text(good)
        await night.sandbox.bot.configurations.reread(night.sandbox.bot.desk)
        await night.settle()
        assert "good again" in said(night.sees("engineer_a")[-1])
