"""Reads what has rusted: which of the configuration's runbooks, people and transports the log has not seen for long."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from bot.configuration import Config
from bot.context import Context
from bot.drills.rust import Rust, lines, rust
from bot.store import Tx, drills
from oncall.policy import transport_name


def rust_of(conn: Connection, config: Config, at: datetime, ways: Collection[str]) -> Rust:
    """`ways`: the transports that are set up."""
    took = {transport_name(name): last for name, last in drills.delivered(conn).items()}
    return rust(
        at,
        config.runbooks.values(),
        drills.steps_done(conn),
        {email: person.name for email, person in config.bot.people.items()},
        drills.paged(conn),
        [transport_name(name) for name in sorted(ways)],
        took,
    )


def rusted(tx: Tx, ctx: Context) -> list[tuple[str, list[str]]]:
    """As people read it."""
    return lines(rust_of(tx.conn, ctx.config, tx.at, ctx.ways))
