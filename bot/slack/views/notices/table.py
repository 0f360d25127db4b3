"""The table of news: who draws each kind, and how a notice is drawn when it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.errors import Fault
from bot.slack.views.facts import Message
from bot.slack.views.notices.alerts import (
    ignored_alert,
    silence_begun,
    silence_over,
    unclear_severity,
    unreadable_alerts,
)
from bot.slack.views.notices.bot_itself import (
    audit_failed,
    back,
    clock_set,
    preflight_failed,
    preflight_good_again,
    restored,
    restored_over,
    sandbox,
)
from bot.slack.views.notices.configuration import config_bad, config_good_again, config_held
from bot.slack.views.notices.people import (
    direct_trouble,
    doubtful_account,
    duty_gap,
    group_taken,
    not_kept,
    postmortems_missing,
    rota_changed,
    rota_file_changed,
    transport_failing,
    transport_working,
    updates_unheard,
)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


NOTICES: dict[str, Callable[[Mapping[str, Any]], Message]] = {
    "config_bad": lambda it: config_bad(
        [Fault(**fault) for fault in it["faults"]], it["count"], _instant(it["good_since"])
    ),
    "config_good_again": lambda it: config_good_again(),
    "config_held": lambda it: config_held(it["digest"], it["uncovers"]),
    "rota_file_changed": lambda it: rota_file_changed(it["moves"], it["count"], it["by"]),
    "unclear_severity": lambda it: unclear_severity(it["number"], it["complaint"]),
    "ignored_alert": lambda it: ignored_alert(it["alert"], it["why"]),
    "silence_begun": lambda it: silence_begun(
        it["what"], datetime.fromisoformat(it["until"]), it["by"], it["why"], it["window"], it["quiet"]
    ),
    "silence_over": lambda it: silence_over(
        it["what"],
        it["by"],
        it["window"],
        it["ended_by"],
        held=it.get("held"),
        times=it.get("times", 0),
        still=it["still"],
        names=it["names"],
    ),
    "unreadable_alerts": lambda it: unreadable_alerts(it["source"], it["accepted"], it["refused"], it["errors"]),
    "back": lambda it: back(datetime.fromisoformat(it["since"]), datetime.fromisoformat(it["at"]), it["caught_up"]),
    "restored": restored,
    "restored_over": lambda it: restored_over(it["what"], it["by"], it["lines"], it["count"]),
    "clock_set": lambda it: clock_set(timedelta(seconds=it["by_s"])),
    "audit_failed": lambda it: audit_failed(it["findings"]),
    "transport_failing": lambda it: transport_failing(
        it["transport"], it["reason"], datetime.fromisoformat(it["since"])
    ),
    "transport_working": lambda it: transport_working(it["transport"]),
    "doubtful_account": lambda it: doubtful_account(it["why"]),
    "rota_changed": lambda it: rota_changed(it["moves"], it["by"], it["why"], it["calls"], it["back"]),
    "direct_trouble": lambda it: direct_trouble(it["subject"], it["text"]),
    "duty_gap": lambda it: duty_gap(
        it["role"],
        datetime.fromisoformat(it["since"]),
        datetime.fromisoformat(it["until"]),
        it["why"],
        group=it["group"],
    ),
    "group_taken": lambda it: group_taken(it["group"], it["former"]),
    "not_kept": lambda it: not_kept(it["what"], it["reason"]),
    "updates_unheard": lambda it: updates_unheard(it["channel"], it["reason"]),
    "postmortems_missing": lambda it: postmortems_missing(it["incidents"]),
    "preflight_failed": lambda it: preflight_failed(it["findings"]),
    "preflight_good_again": lambda it: preflight_good_again(),
    "sandbox": lambda it: sandbox(it["url"]),
}
"""Who draws which news, by the word it has in the outbox (`bot.usecases.notices.Notice`), from the plain data kept with it."""


def drawn(payload: Mapping[str, Any]) -> Message:
    """A notice as it leaves, from what the outbox holds."""
    if "notice" not in payload:
        # Written before notices were drawn at sending: one that waited over the upgrade is finished, and no less true.
        return Message(str(payload["text"]), list(payload["blocks"]))
    return NOTICES[payload["notice"]](payload)
