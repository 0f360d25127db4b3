"""A direct message that asks somebody for something and pages nobody: drawn when it leaves, and not sent once it is not needed."""

from __future__ import annotations

from bot.context import Context
from bot.store import Tx, deliveries
from bot.store.deliveries import Delivery


def nudge(tx: Tx, name: str, person: str, *, incident: int | None = None, **more: str) -> None:
    """`name` says who draws it (`bot.slack.nudges`); one of a name waits at most for each person and incident."""
    key = f"nudge:{name}:{incident or ''}:{person}"
    payload = {"nudge": name, "person": person, **more}
    asked = Delivery(kind="nudge", lane="house", line=key, key=key, incident=incident, payload=payload)
    deliveries.add(tx.conn, [asked], tx.at)


def show_home(tx: Tx, ctx: Context, user: str) -> None:
    """Bring an account's Home tab up to date, once, however often it is asked for meanwhile."""
    key = f"home:{user}"
    deliveries.add(tx.conn, [Delivery(kind="home", lane="house", line=key, key=key, payload={"user": user})], tx.at)
