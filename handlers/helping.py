"""Says what can be typed now: for the gravest open incidents, for the runs under way, and for what the caller may do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from bot.context import Context
from bot.incidents import Incident
from bot.permissions import Caller
from bot.runbooks.run import Run, current
from bot.slack.manifest import command
from bot.slack.views import answers
from bot.slack.views.answers import VERBS
from bot.slack.views.card import mark
from bot.slack.views.facts import Message
from bot.slack.views.usage import Now, help_for, help_on
from bot.store import Tx, incidents, runs

SHOWN = 3
"""The most incidents that are shown: the rest is in the list."""
MOVES = {
    "triggered": ("ack", "escalate", "show"),
    "mine": ("mitigate", "resolve", "note"),
    "theirs": ("show", "timeline", "note"),
}
"""What is useful next, by who has the incident."""


def helped(
    tx: Tx, ctx: Context, name: str, rest: str, caller: Caller, allowed: Collection[str], prefix: str
) -> Message:
    """The answer to `help`, `help VERB` or `help all`."""
    slash, asked = command(name, prefix), rest.split()[0].lower() if rest else ""
    if asked and (found := help_on(name, asked, allowed, prefix)) is not None:
        return found
    if asked and asked not in {verb.name for verb in VERBS[name]}:
        near = get_close_matches(asked, allowed, n=3, cutoff=0.5)
        return answers.did_you_mean(asked, near, f"`{slash} help` lists what you can do.")
    makers = {"incident": _incidents, "runbook": _runs}
    now = list(makers[name](tx, ctx, caller, slash, allowed)) if name in makers else []
    return help_for(name, allowed, prefix, now)


def _incidents(tx: Tx, ctx: Context, caller: Caller, slash: str, allowed: Collection[str]) -> Iterator[Now]:
    opened = incidents.gravest(tx.conn, SHOWN + 1)
    for incident in opened[:SHOWN]:
        has = _whose(incident, caller)
        typed = tuple(f"{slash} {verb} {incident.number}" for verb in MOVES[has] if verb in allowed)
        who = {"triggered": "nobody has it", "mine": "you have it"}.get(
            has, f"{ctx.called(tx, incident.commander or '')} has it"
        )
        if typed:
            yield Now(f"{mark(incident)} #{incident.number} {incident.title}: {who}", typed)
    if len(opened) > SHOWN:
        yield Now("There are more", (f"{slash} list",))
    if not opened and "open" in allowed:
        yield Now("Nothing is open", (f"{slash} open P1 WHAT IS WRONG",))


def _whose(incident: Incident, caller: Caller) -> str:
    if incident.state == "triggered":
        return "triggered"
    return "mine" if incident.commander == caller.actor else "theirs"


def _runs(tx: Tx, ctx: Context, caller: Caller, slash: str, allowed: Collection[str]) -> Iterator[Now]:
    """The runs under way; if there is none, the runbook of the gravest incident."""
    opened = incidents.gravest(tx.conn, SHOWN)
    under_way = [run for incident in opened for run in runs.active(tx.conn, incident.number)]
    for run in under_way[:SHOWN]:
        typed = tuple(f"{slash} {verb} {run.incident}" for verb in ("next", "run", "done") if verb in allowed)
        yield Now(f"📘 #{run.incident} {_standing(run)}", typed)
    for incident in opened:
        if not under_way and incident.runbook and "start" in allowed:
            title = f"{mark(incident)} #{incident.number} {incident.title}"
            yield Now(title, (f"{slash} start {incident.runbook} {incident.number}",))


def _standing(run: Run) -> str:
    step = current(run)
    at = f", step {run.snapshot.position(step.id)}: {step.title}" if step else ""
    return f"{run.snapshot.title}{at}"
