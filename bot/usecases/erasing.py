"""Retention and forgetting: texts past their time go, and so does a person who has left; the record's lines and seals stay.

Both are done a little at a time, and each time is itself sealed as an erasure: when, by whom, how much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, and_

from bot.anonymising import Forgotten
from bot.configuration import Config
from bot.configuration.model import NO_EVENTS
from bot.context import Context
from bot.errors import UserError
from bot.events import BOT
from bot.incidents import OPEN_STATES, name_of
from bot.seals import Entry
from bot.store import Tx, erasing, facts, incidents, outputs, silences
from bot.store.erasing import EventPlace
from bot.store.retention import EMPTIED, RETAINED, Retained
from bot.usecases.rota import KEPT
from bot.usecases.sealing import seal_entries
from oncall.values import dataclass, replace

AT_ONCE = 200
"""Rows that one transaction takes."""
WORDS = (
    *("note", "description", "why", "reason", "said", "values", "value", "problems", "complaint", "still", "text"),
    "shown",
)
"""What of an event's data, at any depth, is words of people and of other systems; what the bot goes by stays."""


def _erase(tx: Tx, changed: Sequence[tuple[Entry, Entry]], kind: str, actor: str, text: str) -> int:
    """Take something out of these events, in one erasure. Says how many there were."""
    different = [(old, new) for old, new in changed if old != new]
    if different:
        erasure = erasing.add_erasure(tx.conn, tx.at, kind, actor, text, {"events": len(different)})
        seal_entries(tx, [erasure])
        seal_entries(tx, erasing.replace(tx.conn, different), erasure.seq)
    return len(different)


# Retention


@dataclass(frozen=True, slots=True)
class Due:
    """What has had its time: of the events by their kind, of what stands beside them in words."""

    events: dict[str, int]
    beside: dict[str, int]
    outputs: int

    @property
    def is_anything(self) -> bool:
        return bool(sum(self.events.values()) or sum(self.beside.values()) or self.outputs)


def due(conn: Connection, config: Config, at: datetime) -> Due:
    """How much retention would take out now."""
    keep = config.bot.retention
    where = _old_events(config, at)
    events = erasing.counted(conn, where) if where is not None else {}
    beside = {each.what: each.count(conn, before) for each, before in _beside(config, at)}
    answers = outputs.count_before(conn, at - keep["outputs"]) if "outputs" in keep else 0
    return Due(events, beside, answers)


def _old_events(config: Config, at: datetime) -> Any:
    keep = {kind: at - span for kind, span in config.bot.retention.items()}
    other = keep.pop("events", None)
    for kind in NO_EVENTS:
        keep.pop(kind, None)
    return erasing.over_before(keep, other, EMPTIED) if keep or other is not None else None


def _beside(config: Config, at: datetime) -> Iterator[tuple[Retained, datetime]]:
    """What goes, and of when."""
    keep = config.bot.retention
    for each in RETAINED:
        other = None if each.kind == "alerts" else keep.get("events")
        if (span := keep.get(each.kind, other)) is not None:
            yield each, at - span


def old_events(tx: Tx, ctx: Context, after: EventPlace | None = None) -> list[EventPlace]:
    """Some events that have had their time, in their order. This goes through what is empty already, so it is not the writer's."""
    where = _old_events(ctx.config, tx.at)
    return erasing.places(tx.conn, where, after, AT_ONCE) if where is not None else []


def retain_some(tx: Tx, ctx: Context, found: Sequence[EventPlace]) -> int:
    """Take the words out of these events, as far as they still have had their time, and some of what stands beside them. Says how
    much that was: nothing more is left once it is nothing."""
    tx.after.wakes = False
    where = _old_events(ctx.config, tx.at)
    old = erasing.entries(tx.conn, and_(erasing.these(found), where), AT_ONCE) if found and where is not None else []
    said = ", ".join(f"{kind} {span // timedelta(days=1)}d" for kind, span in ctx.config.bot.retention.items())
    count = _erase(tx, [(entry, _emptied(entry)) for entry in old], "retention", BOT, f"Had its time ({said})")
    return count + sum(each.let_go(tx.conn, before, AT_ONCE) for each, before in _beside(ctx.config, tx.at))


def is_due(tx: Tx, ctx: Context) -> bool:
    if not ctx.config.bot.retention:
        return False
    if old_events(tx, ctx):
        return True
    return any(each.is_any(tx.conn, before) for each, before in _beside(ctx.config, tx.at))


def _emptied(entry: Entry) -> Entry:
    return replace(entry, text=EMPTIED, data=orjson.dumps(_without_words(orjson.loads(entry.data))).decode())


def _without_words(value: Any) -> Any:
    """Of the same shape: whoever reads it later finds what they look for, empty."""
    if isinstance(value, dict):
        return {name: _nothing(inner) if name in WORDS else _without_words(inner) for name, inner in value.items()}
    return [_without_words(inner) for inner in value] if isinstance(value, list) else value


def _nothing(value: Any) -> Any:
    return type(value)() if isinstance(value, str | list | dict) else None


# Forgetting somebody


@dataclass(frozen=True, slots=True)
class Naming:
    """A place in the record where somebody is named."""

    who: Forgotten
    accounts: tuple[str, ...]
    """Their ids in Slack's list."""
    events: tuple[tuple[int, int], ...]
    others: tuple[erasing.Place, ...]
    left_out: tuple[str, ...] = ()
    """What they are called that stands in the configuration: it may be somebody else there, and the bot goes by it."""

    @property
    def incidents(self) -> int:
        return len({number for number, _ in self.events})


def named(conn: Connection, config: Config, who: str, also: Sequence[str]) -> Naming:
    """Where an address or an account of Slack's, and whatever they are called besides, stands. Raises `UserError`."""
    _refuse_present(conn, config, who)
    found = erasing.accounts(conn, who)
    called = {*also, *(row.id for row in found), *(row.name for row in found), *(row.email or who for row in found)}
    files = _files(conn)
    left_out = {name for name in called if _stands_in(files, name)}
    person = Forgotten.of({who, *called} - left_out, f"person-{erasing.count_of_kind(conn, 'forgotten') + 1}")
    events, others = erasing.naming(conn, person.written)
    return Naming(person, tuple(row.id for row in found), tuple(events), tuple(others), tuple(sorted(left_out)))


def _files(conn: Connection) -> list[str]:
    """The configuration in force, as its files say it."""
    kept = facts.get(conn, KEPT)
    return list(kept["files"].values()) if kept else []


def _stands_in(files: Sequence[str], name: str) -> bool:
    known = Forgotten.of([name], "")
    return any(known.out_of(text) != text for text in files)


def _refuse_present(conn: Connection, config: Config, who: str) -> None:
    """Raises `UserError` for somebody who is still here: what the bot goes by must not be taken from under it."""
    listed = {email.lower() for email in config.bot.people} | {
        p.slack.lower() for p in config.bot.people.values() if p.slack
    }
    if who.lower() in listed or any(who.lower() in text.lower() for text in _files(conn)):
        raise UserError(
            f"{who} is in the configuration. Take them out of bot.yml and of the rota first. Nothing was changed."
        )
    led = [each.number for each in incidents.newest(conn, states=OPEN_STATES, limit=1_000) if each.commander == who]
    if led:
        raise UserError(
            f"{who} leads {', '.join(map(name_of, led))}. Hand that over or resolve it first. Nothing was changed."
        )


def forget_events(tx: Tx, ctx: Context, who: Forgotten, places: Sequence[tuple[int, int]]) -> int:
    """Take somebody out of some events. Says how many changed."""
    old = erasing.entries(tx.conn, erasing.these(places), len(places))
    changed = [(entry, _without(entry, who)) for entry in old]
    return _erase(tx, changed, "forgotten", BOT, f"Somebody was forgotten: they are {who.instead} now")


def _without(entry: Entry, who: Forgotten) -> Entry:
    return replace(
        entry,
        actor=who.out_of(entry.actor),
        text=who.out_of(entry.text),
        data=_json_without(entry.data, who.out_of_json),
    )


def _json_without(data: str, out_of_json: Callable[[str], str]) -> str:
    """The very bytes where nothing changes."""
    new = out_of_json(data)
    return data if orjson.loads(new) == orjson.loads(data) else new


def forget_rows(tx: Tx, ctx: Context, who: Forgotten, places: Sequence[erasing.Place]) -> int:
    """Take somebody out of some other rows. Says how many changed."""
    silences.stamp(tx.conn, tx.at)
    return erasing.rewrite(tx.conn, places, who.out_of, lambda text: _json_without(text, who.out_of_json))


def forget_accounts(tx: Tx, ctx: Context, ids: Sequence[str]) -> int:
    """Let go of the copy of Slack's list; Slack is asked anew for whoever is still there."""
    return erasing.drop_accounts(tx.conn, ids) if ids else 0
