"""The table of news: who draws each kind, and how a notice is drawn when it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.errors import Fault
from bot.slack.views.facts import Message
from bot.slack.views.notices import alerts, bot_itself, configuration, people


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


NOTICES: dict[str, Callable[[Mapping[str, Any]], Message]] = {
    "config_bad": lambda it: configuration.config_bad(
        [Fault(**fault) for fault in it["faults"]], it["count"], _instant(it["good_since"])
    ),
    "config_good_again": lambda it: configuration.config_good_again(),
    "config_held": lambda it: configuration.config_held(it["digest"], it["uncovers"]),
    "rota_file_changed": lambda it: people.rota_file_changed(it["moves"], it["count"], it["by"]),
    "unclear_severity": lambda it: alerts.unclear_severity(it["number"], it["complaint"]),
    "ignored_alert": lambda it: alerts.ignored_alert(it["alert"], it["why"]),
    "silence_begun": lambda it: alerts.silence_begun(
        it["what"], datetime.fromisoformat(it["until"]), it["by"], it["why"], it["window"], it["quiet"]
    ),
    "silence_over": lambda it: alerts.silence_over(
        it["what"],
        it["by"],
        it["window"],
        it["ended_by"],
        held=it.get("held"),
        times=it.get("times", 0),
        still=it["still"],
        names=it["names"],
    ),
    "unreadable_alerts": lambda it: alerts.unreadable_alerts(it["source"], it["accepted"], it["refused"], it["errors"]),
    "back": lambda it: bot_itself.back(
        datetime.fromisoformat(it["since"]), datetime.fromisoformat(it["at"]), it["caught_up"]
    ),
    "restored": bot_itself.restored,
    "restored_over": lambda it: bot_itself.restored_over(it["what"], it["by"], it["lines"], it["count"]),
    "clock_set": lambda it: bot_itself.clock_set(timedelta(seconds=it["by_s"])),
    "audit_failed": lambda it: bot_itself.audit_failed(it["findings"]),
    "transport_failing": lambda it: people.transport_failing(
        it["transport"], it["reason"], datetime.fromisoformat(it["since"])
    ),
    "transport_working": lambda it: people.transport_working(it["transport"]),
    "doubtful_account": lambda it: people.doubtful_account(it["why"]),
    "rota_changed": lambda it: people.rota_changed(it["moves"], it["by"], it["why"], it["calls"], it["back"]),
    "direct_trouble": lambda it: people.direct_trouble(it["subject"], it["text"]),
    "duty_gap": lambda it: people.duty_gap(
        it["role"],
        datetime.fromisoformat(it["since"]),
        datetime.fromisoformat(it["until"]),
        it["why"],
        group=it["group"],
    ),
    "group_taken": lambda it: people.group_taken(it["group"], it["former"]),
    "not_kept": lambda it: people.not_kept(it["what"], it["reason"]),
    "updates_unheard": lambda it: people.updates_unheard(it["channel"], it["reason"]),
    "postmortems_missing": lambda it: people.postmortems_missing(it["incidents"]),
    "preflight_failed": lambda it: bot_itself.preflight_failed(it["findings"]),
    "preflight_good_again": lambda it: bot_itself.preflight_good_again(),
    "sandbox": lambda it: bot_itself.sandbox(it["url"]),
}
"""Who draws which news, by the word it has in the outbox (`bot.usecases.notices.Notice`), from the plain data kept with it."""


def drawn(payload: Mapping[str, Any]) -> Message:
    """A notice as it leaves, from what the outbox holds."""
    if "notice" not in payload:
        # Written before notices were drawn at sending: one that waited over the upgrade is finished, and no less true.
        return Message(str(payload["text"]), list(payload["blocks"]))
    return NOTICES[payload["notice"]](payload)
