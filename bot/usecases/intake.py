"""Takes alerts in: each one opens an incident, joins or ends one, or is counted; all are on disk when their senders are answered.

All alerts that are waiting at the same moment are one use case: one look-up, one decision each, one write. The result of a
decision is its `Verdict`: it becomes a count in the answer and, where a person should know of it, an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.alerts import Alert, Judged, dedup_key
from bot.context import Context
from bot.judging import Judge
from bot.store import Tx, alerts, held
from bot.usecases.batch import Verdict, WorkingSet, report, take, write
from bot.usecases.heartbeats import heard, missed
from bot.usecases.inhibiting import settle
from bot.usecases.notices import LINES, Notice, announce_once
from oncall.values import dataclass, replace

OPENED_TOGETHER = 50
"""Incidents that one transaction opens. Each costs as much as a hundred alerts that join one, and everybody waits meanwhile."""
COMPLAINTS = 50
"""Complaints about one batch: no more than somebody would read."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The verdicts on a batch, in its order; on its first part only, if it was more than one transaction takes."""

    verdicts: tuple[Verdict, ...]
    complaints: tuple[str, ...]

    def and_then(self, more: Taken) -> Taken:
        """With what became of the rest."""
        complaints = tuple(dict.fromkeys((*self.complaints, *more.complaints)))
        return Taken(self.verdicts + more.verdicts, complaints[:COMPLAINTS])

    @property
    def accepted(self) -> int:
        return len(self.verdicts) - self.ignored

    @property
    def ignored(self) -> int:
        return self.verdicts.count("ignored")


def take_alerts(tx: Tx, ctx: Context, batch: Sequence[Alert]) -> Taken:
    """Take one batch of alerts, all of it."""
    return _take(tx, ctx, [batch], most=None)[0]


def take_batches(tx: Tx, ctx: Context, batches: Sequence[Sequence[Alert]]) -> list[Taken]:
    """Take the batches of several senders at once: one look-up, a decision for each alert in order, one write.

    No more than what one transaction may open: of each batch as many as there are verdicts, the rest is to be given again.
    """
    return _take(tx, ctx, batches, most=OPENED_TOGETHER)


def _take(tx: Tx, ctx: Context, batches: Sequence[Sequence[Alert]], most: int | None) -> list[Taken]:
    judge = Judge(ctx.config.catalogue(), ctx.mask)
    judged = [[judge(alert) for alert in batch] for batch in batches]
    work = WorkingSet(tx, ctx, [one for batch in judged for one in batch])
    verdicts = [tuple(_taken_until_full(work, batch, most)) for batch in judged]
    done = [batch[: len(said)] for batch, said in zip(judged, verdicts, strict=True)]
    write(work)
    if work.began or work.changed:
        settle(tx, ctx, work.began, work.changed)
    for one in _first_unclear(done):
        report(work, one)
    ended = [end for name in sorted(work.beats) if (end := heard(tx, ctx, name)) is not None]
    if ended:
        take_alerts(tx, ctx, ended)
    tx.after.wakes = work.acted or bool(work.beats)
    return [Taken(said, _unclear(batch)[:COMPLAINTS]) for batch, said in zip(done, verdicts, strict=True)]


def _taken_until_full(work: WorkingSet, batch: Sequence[Judged], most: int | None) -> Iterator[Verdict]:
    for one in batch:
        if most is not None and work.opened >= most:
            return
        yield take(work, one)


def _unclear(batch: Sequence[Judged]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.complaint for one in batch if one.complaint and one.alert.status == "firing"))


def _first_unclear(batches: Sequence[Sequence[Judged]]) -> Iterable[Judged]:
    """Of each trouble and word the first alert whose severity had to be guessed."""
    unclear = (one for batch in batches for one in batch if one.complaint and one.alert.status == "firing")
    return {(one.join_key, one.alert.severity): one for one in unclear}.values()


def report_unreadable(tx: Tx, ctx: Context, source: str, accepted: int, errors: Sequence[str]) -> None:
    """Part of a batch could not be read: the channel is told, once for the same faults of the same sender."""
    errors = [ctx.mask(error) for error in errors]
    faults = sorted({error.partition(": ")[2] for error in errors})
    key = f"unreadable:{source}:{dedup_key({}, chr(10).join(faults))}"
    data = {"source": source, "accepted": accepted, "refused": len(errors), "errors": errors[:LINES]}
    announce_once(tx, ctx, key, Notice("unreadable_alerts", data))


def take_beat(tx: Tx, ctx: Context, name: str) -> datetime:
    """A heartbeat that was called by its address. By when the next is expected. Raises `UserError` where none of that name is."""
    end = heard(tx, ctx, name)
    if end is not None:
        take_alerts(tx, ctx, [end])
    return tx.at + ctx.config.heartbeats[name].within


def take_missed(tx: Tx, ctx: Context) -> None:
    """Heartbeats that did not come in time."""
    if gone := missed(tx, ctx):
        take_alerts(tx, ctx, gone)


def take_expired(tx: Tx, ctx: Context, limit: int = 500) -> int:
    """Alerts that were not repeated by the time their sender had set: they expire, since whether they are over is not known.

    One that grew graver in a silence is known and held, and expires once.
    """
    gone = alerts.expired(tx.conn, tx.at, limit)
    known = {(each.source, each.key) for each in gone}
    unheld = [each for each in held.expired(tx.conn, tx.at, limit) if (each.alert.source, each.alert.key) not in known]
    unheard = [
        Alert(
            source=s.source,
            key=s.key,
            status="expired",
            summary=s.summary,
            labels=s.labels or {},
            starts_at=s.starts_at,
        )
        for s in gone
    ]
    take_alerts(tx, ctx, [*unheard, *(replace(each.alert, status="expired") for each in unheld)])
    return len(gone) + len(unheld)
