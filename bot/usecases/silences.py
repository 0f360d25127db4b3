"""Silences: people make, end and list them, and hear at the end what became of what was held.

A silence begins and ends by the clock; what is written down is only which of the two has still to be said. At its end whatever
still fires is taken as if it came at that moment. Refuses to let anything end unsaid: a line in the channel at both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from bot.context import Context
from bot.errors import UserError
from bot.events import BOT
from bot.families import SPLIT
from bot.incidents import Incident
from bot.matching import Matcher, matcher
from bot.silences import Silence, refusal, silenced, unsilenced
from bot.store import Tx, alerts, decisions, held, incidents, silences
from bot.usecases.escalation import climb
from bot.usecases.intake import take_alerts
from bot.usecases.notices import Notice, tell
from bot.usecases.quiet import came_with, covering, labels_in
from bot.usecases.record import record
from bot.usecases.truncated_groups import TruncatedGroups
from oncall.values import dataclass, replace

RELEASED_TOGETHER = 50
"""Alerts that one transaction takes after all: each may open an incident."""
LOOKED_BACK = timedelta(hours=24)
LOOKED_AT = 20_000
"""Alerts of that time."""
NAMED = 5
WINDOWS_FILE = "maintenance.yml"


def create(
    tx: Tx,
    ctx: Context,
    matchers: Sequence[Matcher],
    starts_at: datetime,
    ends_at: datetime,
    actor: str,
    comment: str,
    silence_id: str = "",
) -> Silence:
    """Raises `UserError` for what would make the pager deaf."""
    _require(ctx, matchers, ends_at - max(starts_at, tx.at), comment)
    silence = Silence(
        id=silence_id or str(uuid4()),
        matchers=tuple(matchers),
        starts_at=max(starts_at, tx.at),
        ends_at=ends_at,
        created_by=actor,
        comment=ctx.mask(comment.strip()),
        updated_at=tx.at,
    )
    put(tx, ctx, silence)
    return silence


def change(
    tx: Tx, ctx: Context, before: Silence, starts_at: datetime, ends_at: datetime, actor: str, comment: str
) -> Silence:
    """Another end, or another beginning of one that has not begun. Raises `UserError`: its whole length counts."""
    begun = before.starts_at <= tx.at
    start = before.starts_at if begun else max(starts_at, tx.at)
    _require(ctx, before.matchers, ends_at - start, comment)
    new = replace(
        before, starts_at=start, ends_at=ends_at, created_by=actor, comment=ctx.mask(comment.strip()), updated_at=tx.at
    )
    if begun:
        silences.save(tx.conn, new, ends_at)
    else:
        put(tx, ctx, new)
    return new


def _require(ctx: Context, matchers: Sequence[Matcher], span: timedelta, comment: str) -> None:
    if (why := refusal(matchers, span, comment, ctx.config.rules)) is not None:
        raise UserError(f"{why} Nothing was silenced.")


def put(tx: Tx, ctx: Context, silence: Silence) -> None:
    """It is there from now on; one whose time has come begins at once."""
    silences.save(tx.conn, silence, silence.starts_at)
    if silence.starts_at <= tx.at:
        _begin(tx, ctx, silence)


def end(tx: Tx, ctx: Context, silence_id: str, actor: str) -> Silence:
    """Before its time: what it held is taken now. One that is over stays over. Raises `UserError`."""
    silence = silences.find(tx.conn, silence_id)
    if silence is None:
        raise UserError("There is no such silence. `/incident silence` lists them. Nothing was done.")
    if silence.state(tx.at) == "expired":
        return silence
    begun = silence.starts_at <= tx.at
    over = replace(silence, ends_at=tx.at, starts_at=min(silence.starts_at, tx.at), updated_at=tx.at)
    silences.save(tx.conn, over, None)
    if begun:
        _over(tx, ctx, over, actor)
    return over


def look_at_silences(tx: Tx, ctx: Context) -> None:
    """Say what has begun or is over, and take what is not held any more."""
    for silence in silences.due(tx.conn, tx.at):
        if silence.state(tx.at) == "active":
            _begin(tx, ctx, silence)
        else:
            silences.wait_for(tx.conn, silence.id, None)
            _over(tx, ctx, silence, BOT)
    release(tx, ctx)


def release(tx: Tx, ctx: Context) -> int:
    """Take what silences that are over have held. What another one holds stays held; what calls, calls now."""
    found = held.to_release(tx.conn, tx.at, RELEASED_TOGETHER)
    take_alerts(tx, ctx, [each.alert for each in found])
    return len(found)


def _begin(tx: Tx, ctx: Context, silence: Silence) -> None:
    silences.wait_for(tx.conn, silence.id, silence.ends_at)
    calling = _calling(tx)
    for incident in calling:
        hush(tx, ctx, incident, silence.created_by)
    now = incidents.by_numbers(tx.conn, [incident.number for incident in calling])
    hushed = sorted(number for number, incident in now.items() if incident.silenced_by == silence.id)
    data = {**_said_of(tx, ctx, silence), "quiet": hushed}
    tell(tx, ctx, f"silence:{silence.id}:begun", Notice("silence_begun", data))


def _over(tx: Tx, ctx: Context, silence: Silence, actor: str) -> None:
    still = held.of_silence(tx.conn, silence.id, NAMED)
    kept, times = decisions.counted(tx.conn, silence.id)
    data = {
        **_said_of(tx, ctx, silence),
        "ended_by": "" if actor == BOT else ctx.called(tx, actor),
        "held": kept,
        "times": times,
        "still": held.counts(tx.conn).get(silence.id, 0),
        "names": [each.alert.summary[:120] for each in still],
    }
    tell(tx, ctx, f"silence:{silence.id}:over", Notice("silence_over", data))
    for incident in _calling(tx):
        if incident.silenced_by == silence.id and not hush(tx, ctx, incident, BOT):
            climb(
                tx,
                ctx,
                record(tx, ctx, unsilenced(incident, tx.at, "The silence is over and it still fires: it calls")),
            )
    release(tx, ctx)


def _calling(tx: Tx) -> list[Incident]:
    """Those that nobody has in hand."""
    return incidents.newest(tx.conn, states=("triggered",), limit=500)


def hush(tx: Tx, ctx: Context, incident: Incident, actor: str) -> bool:
    """Keep an incident quiet whose alerts are all silenced. Says whether it is."""
    silence = covering(tx, ctx, incident)
    if silence is None or (incident.snoozed and incident.silenced_by is None):
        return silence is not None
    if incident.silenced_by != silence.id:
        record(tx, ctx, silenced(incident, silence, actor))
    return True


def _said_of(tx: Tx, ctx: Context, silence: Silence) -> dict[str, str]:
    return {
        "id": silence.id,
        "what": silence.text,
        "until": silence.ends_at.isoformat(),
        "by": ctx.called(tx, silence.created_by),
        "why": silence.comment,
        "window": silence.window,
    }


# What people look at


@dataclass(frozen=True, slots=True)
class Standing:
    """A silence as it stands."""

    silence: Silence
    holds: int
    """Alerts it holds now."""
    names: tuple[str, ...] = ()
    """What the first of them say."""


def standing(tx: Tx, ctx: Context) -> list[Standing]:
    """Those in force and to come, the one that ends first in front."""
    counts = held.counts(tx.conn)
    return [
        Standing(each, counts.get(each.id, 0), tuple(_names(tx, each.id)) if each.id in counts else ())
        for each in silences.not_over(tx.conn, tx.at)
    ]


def in_words(tx: Tx, ctx: Context, each: Standing) -> str:
    """In a line: what, until when, by whom, and how many it holds."""
    silence = each.silence
    what = f"“{silence.window}”" if silence.window else silence.text
    held_now = f", {each.holds} held" if each.holds else ""
    by = ctx.called(tx, silence.created_by)
    return f"{what} {silence.starts_at:%a %H:%M}–{silence.ends_at:%a %H:%M} UTC by {by}{held_now}"


def _names(tx: Tx, silence_id: str) -> list[str]:
    return [each.alert.summary for each in held.of_silence(tx.conn, silence_id, NAMED)]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a silence would have held in the last day."""

    alerts: int
    p0: int
    incidents: tuple[Incident, ...]
    """Those that they were in, the newest first."""
    firing: int
    """How many of the alerts fire now."""
    left_out: int = 0
    """How many alerts the senders of those incidents have left out: nobody knows whether it would hold them."""


def preview(tx: Tx, ctx: Context, matchers: Sequence[Matcher]) -> Preview:
    """Goes through all alerts of a day: for a person who asks, never on an alert's way."""
    found = alerts.heard_since(tx.conn, tx.at - LOOKED_BACK, LOOKED_AT)
    known = incidents.by_numbers(tx.conn, {seen.incident for seen in found})
    came = came_with(tx, list(known))
    own = {(seen.source, seen.key): known[seen.incident] for seen in found} | came
    mine = [seen for seen in found if labels_in(own[seen.source, seen.key], seen).fit(matchers)]
    touched = sorted({seen.incident for seen in mine}, reverse=True)
    return Preview(
        alerts=len(mine),
        p0=sum(known[seen.incident].severity == "P0" for seen in mine),
        incidents=tuple(known[number] for number in touched),
        firing=sum(seen.status == "firing" for seen in mine),
        left_out=sum(map(TruncatedGroups(tx).left_out, touched)),
    )


def of_incident(tx: Tx, number: int) -> tuple[Matcher, ...]:
    """What names exactly the alerts that join an incident. Raises `UserError` for one that no alert has opened."""
    incident = incidents.load(tx.conn, number)
    if not alerts.of_incident(tx.conn, number, 1):
        raise UserError(
            f"#{number} holds no alert that could be silenced. `/incident snooze {number} 20m WHY` keeps it quiet. Nothing was"
            " done."
        )
    merged = incidents.by_numbers(tx.conn, set(alerts.came_from(tx.conn, [number]).values()))
    groups = [incident.join_key, *sorted(each.join_key for each in merged.values())]
    if any(group.startswith(SPLIT) for group in groups):
        return _in_common(tx, number)
    if merged:
        return (matcher("incident_group", "=~", "|".join(map(re.escape, groups))),)
    if incident.rule is not None and incident.join_key == f"rule:{incident.rule}":
        return (matcher("rule", "=", incident.rule),)
    return (matcher("incident_group", "=", incident.join_key),)


def _in_common(tx: Tx, number: int) -> tuple[Matcher, ...]:
    """What was taken out of another incident is named by what all of its alerts say. Raises `UserError` where that is nothing."""
    said = [set((seen.labels or {}).items()) for seen in alerts.of_incident(tx.conn, number)]
    if not (common := set.intersection(*said)):
        raise UserError(
            f"The alerts of #{number} have no label in common: name them by matchers. Nothing was silenced."
        )
    return tuple(matcher(name, "=", value) for name, value in sorted(common))


def named(tx: Tx, start: str) -> Silence:
    """The silence whose id begins so. Raises `UserError`."""
    found = silences.beginning(tx.conn, start.lower()) if len(start) >= 4 else []
    if len(found) != 1:
        many = "more than one silence's id begins" if found else "no silence's id begins"
        raise UserError(f"There is {many} with “{start[:40]}”. `/incident silence` lists them. Nothing was done.")
    return found[0]
