"""What has to be done after an incident: noted, given to somebody, ended, and told of each morning until it is.

Noting it is an event like any other, so it stands in the thread and the timeline; that it is open stands in its own table. Refuses
to let one be ended twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from bot.context import Context
from bot.events import Event
from bot.incidents import Change
from bot.retro import actions as decide
from bot.retro.actions import Item
from bot.store import Tx, actions, deliveries, incidents
from bot.store.deliveries import Delivery
from bot.usecases.nudges import nudge
from bot.usecases.record import record
from oncall.calendar import local
from oncall.values import replace


def add(
    tx: Tx, ctx: Context, number: int, text: str, actor: str, *, who: str | None = None, due_at: datetime | None = None
) -> Item:
    """Raises `UserError` for nothing to do."""
    incident = incidents.load(tx.conn, number)
    item = Item(
        id=actions.next_id(tx.conn),
        incident=number,
        text=decide.read_text(text),
        who=who,
        due_at=due_at,
        made_at=tx.at,
        made_by=actor,
    )
    actions.add(tx.conn, item)
    data = {"action": item.id, "became": "open", "who": who, "due_at": due_at.isoformat() if due_at else None}
    said = f"To do: {item.text} ({item.name}{_whose(tx, ctx, item)})"
    record(tx, ctx, Change(incident, (Event("action", actor, said, data),)))
    _tell_tracker(tx, ctx, item)
    return item


def _whose(tx: Tx, ctx: Context, item: Item) -> str:
    """`, Engineer B, by Fri 2026-01-16`."""
    parts = [ctx.called(tx, item.who)] if item.who else []
    if item.due_at is not None:
        parts.append(f"by {local(item.due_at, ctx.config.schedule.timezone, '%a %Y-%m-%d')}")
    return "".join(f", {part}" for part in parts)


def end(tx: Tx, ctx: Context, item_id: int, actor: str, state: Literal["done", "dropped"], why: str = "") -> Item:
    """Raises `UserError` for one that has ended."""
    item = actions.load(tx.conn, item_id)
    decide.require_open(item)
    item = replace(item, state=state, ended_at=tx.at, ended_by=actor)
    actions.save(tx.conn, item)
    said = f"{state.capitalize()}: {item.text} ({item.name})" + (f" – {why}" if why else "")
    event = Event("action", actor, said, {"action": item.id, "became": state})
    record(tx, ctx, Change(incidents.load(tx.conn, item.incident), (event,)))
    _tell_tracker(tx, ctx, item)
    return item


def _tell_tracker(tx: Tx, ctx: Context, item: Item) -> None:
    """The team's own tracker hears of it, where one is set up. What is noted in a drill stays here: practice is no work there."""
    if ctx.config.bot.tracker is not None and not incidents.is_drill(tx.conn, item.incident):
        told = Delivery(
            kind="tracker",
            lane="house",
            line=f"tracker:{item.id}",
            key=f"tracker:{item.id}:{item.state}",
            incident=item.incident,
            payload={"action": item.id, "state": item.state},
        )
        deliveries.add(tx.conn, [told], tx.at)


def keep_link(tx: Tx, ctx: Context, item_id: int, link: str) -> None:
    """Where the tracker has it."""
    item = actions.load(tx.conn, item_id)
    if link and item.link != link:
        actions.save(tx.conn, replace(item, link=link))


def remind(tx: Tx, ctx: Context, morning: datetime) -> None:
    """Everybody who has something to do hears of it in one message; what nobody has goes to whoever led the incident."""
    for person in whose(tx, ctx, morning):
        nudge(tx, "actions", person, morning=morning.isoformat())


def whose(tx: Tx, ctx: Context, morning: datetime) -> Sequence[str]:
    """Who is told something on that morning."""
    due = [item for item in actions.open_items(tx.conn) if decide.is_reminded(item, morning)]
    return list(dict.fromkeys(person for item in due if (person := holder(tx, item)) is not None))


def holder(tx: Tx, item: Item) -> str | None:
    """Whom an item is told to: who has it, else who led its incident, else who noted it."""
    return item.who or incidents.load(tx.conn, item.incident).commander or item.made_by


def reminded(tx: Tx, ctx: Context, person: str, morning: datetime) -> list[Item]:
    """What somebody is told of on that morning."""
    due = [item for item in actions.open_items(tx.conn) if decide.is_reminded(item, morning)]
    return [item for item in due if holder(tx, item) == person]
