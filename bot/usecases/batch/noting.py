"""What is said about a decision: each is kept with its reason, and what somebody should know of is told to the channel.

It refuses to decide anything: it has the words of those who do.
"""

from __future__ import annotations

from typing import Literal

from bot.alerts import Judged
from bot.silences import labels_of
from bot.store.decisions import Decision
from bot.usecases.batch.table import Table
from bot.usecases.inhibiting import Began
from bot.usecases.notices import Notice, announce_once

Verdict = Literal["opened", "joined", "repeated", "refired", "reopened", "cleared", "ignored", "silenced"]
"""What became of an alert, for whoever sent it."""
_BEGAN, _ENDED = frozenset({"opened", "joined", "refired", "reopened"}), frozenset({"cleared", "unheard"})


def note(
    table: Table, judged: Judged, verdict: str, reason: str, incident: int | None = None, *, cause: str = ""
) -> None:
    """Keep what was decided, and why. A plain repeat is counted with the alert itself."""
    alert, at = table.without_secrets(judged).alert, table.tx.at
    family = judged.rule.family if judged.rule else None
    told = (alert.source, alert.key, verdict, reason, incident, cause, family, judged.severity, alert.summary)
    table.decided.append(Decision(*told, at, at))
    if incident is not None and table.ctx.config.inhibit_rules and verdict in _BEGAN | _ENDED:
        table.changed.add(incident)
        if verdict in _BEGAN:
            table.began.append(Began((alert.source, alert.key), labels_of(judged), incident))


def pass_over(table: Table, judged: Judged) -> Verdict:
    """Nothing is made of it, because the configuration says so; that is said once, so that nobody misses it unawares."""
    alert = judged.alert
    name = table.ctx.mask(alert.rule or alert.name or alert.summary)[:80]
    table.acted = True
    data = {"alert": name, "why": judged.ignored}
    note(table, judged, "ignored", str(judged.ignored))
    announce_once(table.tx, table.ctx, f"ignored:{alert.source}:{name}", Notice("ignored_alert", data))
    return "ignored"


def report(table: Table, judged: Judged) -> None:
    """Its severity had to be guessed: the channel is told, once per trouble and word."""
    seen = table.sightings.get((judged.alert.source, judged.alert.key))
    if seen is not None and judged.complaint:
        table.acted = True
        key = f"severity:{judged.join_key}:{judged.alert.severity or ''}"
        data = {"number": seen.incident, "complaint": judged.complaint}
        announce_once(table.tx, table.ctx, key, Notice("unclear_severity", data))
