"""Why an alert called somebody, or did not: what was decided about it in the last 30 days, as it was written down then.

Of what never came it says, and says so, what would be made of it as things stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.alerts import Alert, judge
from bot.context import Context
from bot.errors import UserError
from bot.formatting import spoken
from bot.incidents import Incident
from bot.silences import labels_of
from bot.store import Tx, alerts, decisions, held, incidents
from bot.store.alerts import Sighting
from bot.store.decisions import Decision, Place
from bot.usecases.why import why
from oncall.calendar import local

SHORTEST = 3
SHOWN = 3
"""Alerts that are told of, where the words are of several."""
_SAYS = {
    "opened": "opened #{n}",
    "joined": "joined #{n}",
    "refired": "joined #{n} again",
    "reopened": "opened #{n} again",
    "cleared": "cleared",
    "unheard": "not heard of any more",
    "ignored": "nothing was made of it",
    "silenced": "silenced: nobody was called for it",
    "inhibited": "kept quiet: nobody is called for it in #{n}",
}


def why_alert(tx: Tx, ctx: Context, text: str) -> list[str]:
    """The lines. Raises `UserError` for words that are too few to be looked for."""
    words = " ".join(text.strip().strip("\"'“”„").split())
    if len(words) < SHORTEST:
        raise UserError(f"“{words}” is too short to look for. Type a few words of the alert, or an incident's number.")
    found = decisions.about(tx.conn, words, SHOWN + 1)
    known = found or alerts.about(tx.conn, words, SHOWN + 1)
    if not known:
        return list(_would_be(tx, ctx, words))
    lines = [line for place in known[:SHOWN] for line in _told(tx, ctx, place)]
    if len(known) > SHOWN:
        lines.append("More alerts have these words: use more of them to see others.")
    return lines


def _told(tx: Tx, ctx: Context, place: Place) -> Iterator[str]:
    made, seen = decisions.of_alert(tx.conn, place), alerts.one(tx.conn, place)
    summary = made[-1].summary if made else seen.summary if seen else place[1]
    yield f"“{summary[:200]}” (key {place[1][:80]}) from {place[0][:120]}: {_read_as(made, seen)}."
    for decision in made:
        yield _line(ctx, decision)
    if seen is not None:
        incident = incidents.load(tx.conn, seen.incident)
        yield _counted(ctx, seen, incident)
        yield from (f"#{incident.number}: {line}" for line in why(tx, ctx, incident.number)[1:])
    for kept in held.find(tx.conn, [place]).values():
        yield f"It fires, and is held in silence since {_clock(ctx, kept.first_at)}: heard {_times(kept.count)}."


def _read_as(made: Sequence[Decision], seen: Sighting | None) -> str:
    if not made:
        return f"first heard {seen.first_at:%Y-%m-%d %H:%M} UTC" if seen else "not heard"
    last = next((each for each in reversed(made) if each.verdict not in ("cleared", "unheard")), made[-1])
    return f"read as {last.severity}" + (f" of the rule {last.rule}" if last.rule else ", of no rule")


def _line(ctx: Context, made: Decision) -> str:
    what = _SAYS.get(made.verdict, made.verdict).format(n=made.incident)
    often = "" if made.count == 1 else f" ({_times(made.count)}, last {_clock(ctx, made.last_at)})"
    return f"{_clock(ctx, made.first_at)} {what}: {made.reason}{often}."


def _counted(ctx: Context, seen: Sighting, incident: Incident) -> str:
    """Repeats have no decision of their own: nothing follows from them."""
    state = {"firing": "it fires", "resolved": "it has cleared"}.get(seen.status, "nobody said that it is over")
    after = ""
    if seen.status == "firing" and not incident.is_open:
        after = f"; #{incident.number} was resolved by hand, so repeats with the same start call nobody"
    return f"Heard {_times(seen.count)} in all, last {_clock(ctx, seen.last_at)}; {state}{after}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _would_be(tx: Tx, ctx: Context, words: str) -> Iterator[str]:
    """How a post of these words to `/alerts` would be taken now."""
    kept = spoken(decisions.KEPT_FOR)
    yield f"No alert with these words came in the last {kept}. If one came now to /alerts, saying just this:"
    judged = judge(Alert(source="api", key=words, status="firing", summary=words), ctx.config.catalogue())
    rule = f"the rule {judged.rule.name}" if judged.rule else "no rule"
    yield f"It would be read as {judged.severity} of {rule}" + (f" ({judged.complaint})." if judged.complaint else ".")
    silence = ctx.silences.index(tx.conn, tx.at).holding(labels_of(judged), judged.severity, tx.at)
    current = incidents.open_by_keys(tx.conn, [judged.join_key]).get(judged.join_key)
    if judged.ignored is not None:
        yield f"Nothing would be made of it: {judged.ignored}."
    elif silence is not None:
        yield f"It would be held in silence until {_clock(ctx, silence.ends_at)}: {silence.text} ({silence.comment})."
    elif current is not None:
        graver = judged.severity < current.severity
        yield f"It would join #{current.number}" + (
            " and raise it, which calls anew." if graver else ", and call nobody new."
        )
    else:
        yield f"It would open an incident, which calls as `incident-bot simulate --severity {judged.severity}` says."


def _clock(ctx: Context, at: datetime) -> str:
    return local(at, ctx.config.schedule.timezone, "%a %d %b %H:%M:%S %Z" if at.second else "%a %d %b %H:%M %Z")
