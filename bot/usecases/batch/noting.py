"""Notes each decision with its reason, and tells the channel of what somebody should know. It decides nothing itself."""

from __future__ import annotations

from typing import Literal

from bot.alerts import Judged
from bot.silences import labels_of
from bot.store.decisions import Decision
from bot.usecases.batch.working_set import WorkingSet
from bot.usecases.inhibiting import Began
from bot.usecases.notices import Notice, announce_once

Verdict = Literal["opened", "joined", "repeated", "refired", "reopened", "cleared", "ignored", "silenced"]
"""What became of an alert, for whoever sent it."""
_BEGAN, _ENDED = frozenset({"opened", "joined", "refired", "reopened"}), frozenset({"cleared", "unheard"})


def note(
    work: WorkingSet, judged: Judged, verdict: str, reason: str, incident: int | None = None, *, cause: str = ""
) -> None:
    """Keep what was decided, and why. A plain repeat is counted with the alert itself."""
    alert, at = work.without_secrets(judged).alert, work.tx.at
    family = judged.rule.family if judged.rule else None
    told = (alert.source, alert.key, verdict, reason, incident, cause, family, judged.severity, alert.summary)
    work.decided.append(Decision(*told, at, at))
    if incident is not None and work.ctx.config.inhibit_rules and verdict in _BEGAN | _ENDED:
        work.changed.add(incident)
        if verdict in _BEGAN:
            work.began.append(Began((alert.source, alert.key), labels_of(judged), incident))


def pass_over(work: WorkingSet, judged: Judged) -> Verdict:
    """The configuration ignores this alert. The channel is told once, so that nobody misses it unawares."""
    alert = judged.alert
    name = work.ctx.mask(alert.rule or alert.name or alert.summary)[:80]
    work.acted = True
    data = {"alert": name, "why": judged.ignored}
    note(work, judged, "ignored", str(judged.ignored))
    announce_once(work.tx, work.ctx, f"ignored:{alert.source}:{name}", Notice("ignored_alert", data))
    return "ignored"


def report(work: WorkingSet, judged: Judged) -> None:
    """Its severity had to be guessed: the channel is told, once per trouble and word."""
    seen = work.sightings.get((judged.alert.source, judged.alert.key))
    if seen is not None and judged.complaint:
        work.acted = True
        key = f"severity:{judged.join_key}:{judged.alert.severity or ''}"
        data = {"number": seen.incident, "complaint": judged.complaint}
        announce_once(work.tx, work.ctx, key, Notice("unclear_severity", data))
