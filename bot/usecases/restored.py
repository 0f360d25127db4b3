"""After a backup was put back: what it held is told once, and released or dropped by a person, who sees exactly what that does.

Nothing of yesterday's calls anybody by itself. What fires today does: an alert of a held incident releases it
(`bot.usecases.batch.calling`).
Runs that were under way are ended: what has become of their changes since, nobody here knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.events import BOT
from bot.holds import calls_once_released, held_back, is_held_back, released, taken_from_backup
from bot.incidents import Incident
from bot.store import Tx, drills, incidents, numbers, restored, runs
from bot.store.schema.columns import instant_of
from bot.usecases.escalation import called_first, climb
from bot.usecases.notices import LINES, Notice, announce
from bot.usecases.record import record
from bot.usecases.runs import abort, pause
from bot.usecases.sending import give_up_step
from oncall.values import dataclass

WORDS = {
    "page": "page",
    "notice": "piece of news for the channel",
    "thread": "line for a thread",
    "draw": "message",
    "redraw": "redraw",
    "mail": "mail",
    "step": "step of a runbook",
}
"""What each kind of delivery is called, as far as people have a word for it; the others are messages."""
AFTER = frozenset({"step", "look", "observe", "check"})
"""Kinds that belong to runs, which have ended."""


@dataclass(frozen=True, slots=True)
class Held:
    """What waits for a word, as it stands now."""

    as_of: str
    """When the backup's bot last lived, in words."""
    incidents: tuple[tuple[Incident, datetime], ...]
    """With the deadline that each had."""
    deliveries: tuple[Any, ...]
    at: datetime
    silenced: tuple[str, ...]
    """What was let go of it because a silence had held it."""

    @property
    def is_anything(self) -> bool:
        return bool(self.incidents or self.deliveries)

    @property
    def calling(self) -> list[Incident]:
        """Those that would call from their first level on."""
        return [incident for incident, _ in self.incidents if calls_once_released(incident, self.at)]

    @property
    def leaving(self) -> list[Any]:
        """What would leave: pages of an incident that calls anew are made anew, and nobody waits for what belonged to runs."""
        anew = {incident.number for incident in self.calling}
        return [
            row
            for row in self.deliveries
            if row.kind not in AFTER and not (row.kind == "page" and row.incident in anew)
        ]

    @property
    def digest(self) -> str:
        """Of all of it: a press on what was shown otherwise does nothing."""
        shown = [(i.number, i.version) for i, _ in self.incidents], [row.id for row in self.deliveries]
        return sha256(repr(shown).encode()).hexdigest()[:16]


def held(tx: Tx, ctx: Context) -> Held | None:
    """What is held; nothing where no backup was put back, or a person has decided."""
    kept = restored.kept(tx.conn)
    if kept is None:
        return None
    found = incidents.by_numbers(tx.conn, kept.levels)
    still = [
        (found[number], due)
        for number in sorted(found)
        if (due := instant_of(kept.levels[number])) is not None and _is_still_held(found[number])
    ]
    as_of = f"{datetime.fromisoformat(kept.as_of):%Y-%m-%d %H:%M} UTC" if kept.as_of else "an unknown time"
    return Held(as_of, tuple(still), tuple(restored.deliveries(tx.conn)), tx.at, kept.silenced)


def _is_still_held(incident: Incident) -> bool:
    """Nobody has acknowledged or resolved it since, and no alert has released it."""
    return is_held_back(incident) or (incident.held_until is not None and incident.next_at is None)


def lines(tx: Tx, ctx: Context, found: Held) -> list[str]:
    """What is held, a line each; what leaves is counted by kind."""
    told = [f"{_named(incident)}: was due {due:%Y-%m-%d %H:%M} UTC" for incident, due in found.incidents]
    told += [f"To leave: {counted(found.deliveries)}"] if found.deliveries else []
    return told + _numbered(tx) + _let_go(found.silenced)


def _numbered(tx: Tx) -> list[str]:
    """What has opened since the backup may still be known by its number."""
    given = numbers.given(tx.conn)
    return [f"New incidents begin at #{given + 1}: cards and phones may know others up to there"] if given else []


def _let_go(silenced: Sequence[str]) -> list[str]:
    if not silenced:
        return []
    named = ", ".join(summary[:60] for summary in silenced[:LINES]) + (", …" if len(silenced) > LINES else "")
    return [f"Let go: {len(silenced)} that a silence held, taken again if they fire again: {named}"]


def released_lines(tx: Tx, ctx: Context, found: Held) -> list[str]:
    """What a release would do, exactly."""
    told = [f"#{i.number} calls now: {', '.join(called_first(tx, ctx, i)) or 'nobody'}" for i in found.calling]
    calling = {incident.number for incident in found.calling}
    told += [f"#{i.number} keeps still for its time" for i, _ in found.incidents if i.number not in calling]
    if found.leaving:
        told.append(f"leave now, perhaps for the second time: {counted(found.leaving)}")
    return told or ["nothing leaves and nobody is called"]


def dropped_lines(tx: Tx, ctx: Context, found: Held, by: str = "you") -> list[str]:
    """What dropping it would do, exactly."""
    told = [
        f"#{i.number} is acknowledged by {by}, and nobody is called for it"
        if is_held_back(i)
        else f"the clock of #{i.number} ends"
        for i, _ in found.incidents
    ]
    if found.deliveries:
        told.append(f"never leave: {counted(found.deliveries)}")
    return told or ["nothing changes"]


def counted(rows: Sequence[Any]) -> str:
    """`3 pages, 1 mail`."""
    words = Counter(WORDS.get(row.kind, "message") for row in rows)
    return ", ".join(f"{count} {word}{'s' if count != 1 else ''}" for word, count in words.items())


def _named(incident: Incident) -> str:
    return f"#{incident.number} {incident.severity} {incident.title[:80]} ({incident.state})"


def tell_of_restored(tx: Tx, ctx: Context) -> bool:
    """At the first start after a backup was put back: the channel is told, and each incident's thread. Once, by any replica."""
    kept = restored.kept(tx.conn)
    found = held(tx, ctx)
    if kept is None or kept.told or found is None:
        return False
    restored.told(tx.conn, tx.at)
    _end_drill(tx, ctx)
    ended = _end_runs(tx, ctx, found)
    for incident in incidents.by_numbers(tx.conn, [incident.number for incident, _ in found.incidents]).values():
        record(tx, ctx, held_back(incident, found.as_of))
    tell_what_is_held(tx, ctx, ended)
    return True


def _end_drill(tx: Tx, ctx: Context) -> None:
    """Nobody practises on with what was so yesterday."""
    drill = drills.newest(tx.conn)
    if drill is not None and drill.is_open:
        from bot.usecases.drills import end  # a backup with a drill in it is put back once in a hundred years

        end(tx, ctx, drill.id, BOT, "a backup was put back")


def tell_what_is_held(tx: Tx, ctx: Context, ended: Sequence[str] = ()) -> None:
    """Show the channel what is held as it stands now, with what each answer would do."""
    found = held(tx, ctx)
    if found is None:
        return
    if not found.is_anything:
        restored.over(tx.conn)
    data = {
        "as_of": found.as_of,
        "digest": found.digest if found.is_anything else "",
        "lines": lines(tx, ctx, found)[:LINES],
        "count": len(lines(tx, ctx, found)),
        "release": _some(released_lines(tx, ctx, found)),
        "drop": _some(dropped_lines(tx, ctx, found)),
        "ended": list(ended)[:LINES],
    }
    announce(tx, ctx, f"restored:{found.digest}", Notice("restored", data))


def _some(told: list[str]) -> list[str]:
    """As many as a message can show; what leaves is the last of them."""
    left = len(told) - 2 * LINES
    return told if left <= 0 else [*told[: 2 * LINES - 1], f"and {left} more like these", told[-1]]


def _end_runs(tx: Tx, ctx: Context, found: Held) -> list[str]:
    """End every run that was under way. One that cannot be ended is paused."""
    why = f"from a backup of {found.as_of}: what has become of it since is not known"
    for row in found.deliveries:
        if row.kind == "step":
            give_up_step(tx, ctx, int(row.payload["run"]), str(row.payload["step"]), "a backup was put back meanwhile")
    ended = []
    for run in runs.under_way(tx.conn):
        try:
            abort(tx, ctx, run.id, BOT, why)
        except UserError:
            pause(tx, ctx, run.id, BOT, why)
        ended.append(f"{run.snapshot.title} (run {run.id})")
    return ended


def _end_runs_first(tx: Tx, ctx: Context, found: Held) -> None:
    """Whoever decides on the terminal may do so before the bot was ever started on it."""
    kept = restored.kept(tx.conn)
    if kept is not None and not kept.told:
        _end_runs(tx, ctx, found)


def release(tx: Tx, ctx: Context, digest: str, actor: str) -> list[str]:
    """Everything that is held goes on. Says what was done. If it is not what was shown, it is shown anew and nothing is done."""

    def do(found: Held) -> list[str]:
        done = released_lines(tx, ctx, found)
        leaving = [row.id for row in found.leaving]
        restored.let_go(tx.conn, leaving, tx.at)
        rest = [row.id for row in found.deliveries if row.id not in set(leaving)]
        restored.drop(tx.conn, rest, tx.at, "made anew after a backup was put back")
        for incident, due in found.incidents:
            calls = calls_once_released(incident, tx.at)
            incident = record(tx, ctx, released(incident, actor, tx.at, due, f"from a backup of {found.as_of}"))
            if calls:
                climb(tx, ctx, incident)
        return done

    return _decided(tx, ctx, digest, actor, "released", do)


def drop(tx: Tx, ctx: Context, digest: str, actor: str) -> list[str]:
    """Nothing that is held goes on, and whoever says so has what nobody had. Otherwise as `release`."""

    def do(found: Held) -> list[str]:
        done = dropped_lines(tx, ctx, found, ctx.called(tx, actor))
        restored.drop(
            tx.conn,
            [row.id for row in found.deliveries],
            tx.at,
            f"dropped by {ctx.called(tx, actor)} after a backup was put back",
        )
        for incident, _ in found.incidents:
            record(tx, ctx, taken_from_backup(incident, actor, tx.at))
        return done

    return _decided(tx, ctx, digest, actor, "dropped", do)


def _decided(tx: Tx, ctx: Context, digest: str, actor: str, what: str, do: Callable[[Held], list[str]]) -> list[str]:
    found = held(tx, ctx)
    if found is None or not found.is_anything:
        raise UserError("Nothing is held any more: somebody has decided, or nobody needed to. Nothing was done.")
    if digest != found.digest:
        tell_what_is_held(tx, ctx)
        return ["What is held has changed since that was shown. Nothing was done: the channel has it as it is now."]
    _end_runs_first(tx, ctx, found)
    done = do(held(tx, ctx) or found)
    restored.over(tx.conn)
    data = {"what": what, "by": ctx.called(tx, actor), "lines": done[:LINES], "count": len(done)}
    announce(tx, ctx, f"restored {what}:{found.digest}", Notice("restored_over", data))
    return done
