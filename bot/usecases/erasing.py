"""What people wrote has its time, and somebody who has left is forgotten: texts go, the lines of the record and its seals stay.

Both are done a little at a time, and each time is itself sealed as an erasure: when, by whom, how much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from bot.configuration import Config
from bot.context import Context
from bot.errors import UserError
from bot.events import BOT
from bot.incidents import OPEN_STATES, name_of
from bot.recognising import Forgotten
from bot.seals import Entry
from bot.store import Tx, erasing, facts, incidents, outputs
from bot.usecases.rota import KEPT
from bot.usecases.sealing import seal_entries
from oncall.values import dataclass, replace

AT_ONCE = 200
"""Rows that one transaction takes."""
EMPTIED = "(this text has had its time)"
WORDS = ("note", "description", "why", "reason", "said", "values", "value", "problems", "complaint", "still", "text")
"""What of an event's data is words of people and of other systems; what the bot goes by stays."""


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
    """What has had its time, by kind."""

    events: dict[str, int]
    alerts: int
    outputs: int

    @property
    def is_anything(self) -> bool:
        return bool(sum(self.events.values()) or self.alerts or self.outputs)


def due(conn: Connection, config: Config, at: datetime) -> Due:
    """How much retention would take out now."""
    keep = config.bot.retention
    where = _old_events(config, at)
    events = erasing.counted(conn, where) if where is not None else {}
    alerts = erasing.count_alerts(conn, at - keep["alerts"]) if "alerts" in keep else 0
    answers = outputs.count_before(conn, at - keep["outputs"]) if "outputs" in keep else 0
    return Due(events, alerts, answers)


def _old_events(config: Config, at: datetime) -> Any:
    keep = {kind: at - span for kind, span in config.bot.retention.items()}
    other = keep.pop("events", None)
    keep.pop("alerts", None)
    keep.pop("outputs", None)
    return erasing.over_before(keep, other, EMPTIED) if keep or other is not None else None


def retain_some(tx: Tx, ctx: Context) -> int:
    """Take out some of what has had its time. Says how much that was: nothing more is left once it is nothing."""
    tx.after.wakes = False
    keep = ctx.config.bot.retention
    where = _old_events(ctx.config, tx.at)
    old = erasing.entries(tx.conn, where, AT_ONCE) if where is not None else []
    said = ", ".join(f"{kind} {span // timedelta(days=1)}d" for kind, span in keep.items())
    count = _erase(tx, [(entry, _emptied(entry)) for entry in old], "retention", BOT, f"Had its time ({said})")
    if "alerts" in keep:
        count += erasing.empty_alerts(tx.conn, tx.at - keep["alerts"], AT_ONCE)
    return count


def is_due(tx: Tx, ctx: Context) -> bool:
    if not ctx.config.bot.retention:
        return False
    found = due(tx.conn, ctx.config, tx.at)
    return bool(found.events or found.alerts)


def _emptied(entry: Entry) -> Entry:
    data = {name: _nothing(value) if name in WORDS else value for name, value in orjson.loads(entry.data).items()}
    return replace(entry, text=EMPTIED, data=orjson.dumps(data).decode())


def _nothing(value: Any) -> Any:
    """Of the same shape: whoever reads it later finds what they look for, empty."""
    return type(value)() if isinstance(value, str | list | dict) else None


# Forgetting somebody


@dataclass(frozen=True, slots=True)
class Naming:
    """Where somebody is named."""

    who: Forgotten
    accounts: tuple[str, ...]
    """Their ids in Slack's list."""
    events: tuple[tuple[int, int], ...]
    others: tuple[erasing.Place, ...]

    @property
    def incidents(self) -> int:
        return len({number for number, _ in self.events})


def named(conn: Connection, config: Config, who: str, also: Sequence[str]) -> Naming:
    """Where an address or an account of Slack's, and whatever they are called besides, stands. Raises `UserError`."""
    _refuse_present(conn, config, who)
    found = erasing.accounts(conn, who)
    needles = {
        who,
        *also,
        *(row.id for row in found),
        *(row.name for row in found),
        *(row.email or who for row in found),
    }
    person = Forgotten.of(needles, f"person-{erasing.count_of_kind(conn, 'forgotten') + 1}")
    events, others = erasing.naming(conn, person.written)
    return Naming(person, tuple(row.id for row in found), tuple(events), tuple(others))


def _refuse_present(conn: Connection, config: Config, who: str) -> None:
    """Raises `UserError` for somebody who is still here: what the bot goes by must not be taken from under it."""
    kept = facts.get(conn, KEPT)
    listed = {email.lower() for email in config.bot.people} | {
        p.slack.lower() for p in config.bot.people.values() if p.slack
    }
    if who.lower() in listed or any(who.lower() in text.lower() for text in (kept or {"files": {}})["files"].values()):
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
    return erasing.rewrite(tx.conn, places, who.out_of, lambda text: _json_without(text, who.out_of_json))


def forget_accounts(tx: Tx, ctx: Context, ids: Sequence[str]) -> int:
    """Let go of the copy of Slack's list; Slack is asked anew for whoever is still there."""
    return erasing.drop_accounts(tx.conn, ids) if ids else 0
