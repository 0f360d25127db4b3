"""What was decided about each alert, and why: one row per alert, verdict and reason, with the first time, the last, and how often.

Written in the transaction of the decision, with all of a batch in one statement. A plain repeat has no row: the alert's own
(`bot.store.alerts`) counts it in the same write. Kept for 30 days since the last time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select

from bot.alerts import Severity
from bot.ground.storable import storable_json
from bot.store import schema
from bot.store.raw import tell
from bot.store.schema.columns import micros_of
from oncall.values import dataclass

_T = schema.decisions
KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 2_000


@dataclass(slots=True)
class Decision:
    """One verdict about one alert."""

    source: str
    key: str
    verdict: str
    reason: str
    incident: int | None
    cause: str
    """The id of the silence, or the incident, that kept it quiet."""
    rule: str | None
    severity: Severity
    summary: str
    first_at: datetime
    last_at: datetime
    count: int = 1

    @property
    def id(self) -> int:
        """What makes it the same decision again: 63 bits, so that it is a key without an index of its own."""
        parts = (self.source, self.key, self.verdict, self.reason, str(self.incident), self.cause)
        digest = blake2b("\x00".join(parts).encode(errors="replace"), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1


_COLUMNS = (
    "id",
    "source",
    "key",
    "verdict",
    "reason",
    "incident",
    "cause",
    "rule",
    "severity",
    "summary",
    "first_at",
    "last_at",
    "count",
)
_NUMBERS = frozenset({"id", "incident", "first_at", "last_at", "count"})


def _statement(cells: Sequence[str], each: str) -> str:
    kept = ", ".join(f"{name} = excluded.{name}" for name in ("severity", "summary", "last_at"))
    return (
        f"INSERT INTO decisions ({', '.join(_COLUMNS)}) SELECT {', '.join(cells)} FROM {each} AS given"  # noqa: S608
        f" WHERE true ON CONFLICT (id) DO UPDATE SET {kept}, count = decisions.count + excluded.count"
    )


_STATEMENTS = {
    "sqlite": _statement([f"json_extract(given.value, '$[{at}]')" for at in range(len(_COLUMNS))], "json_each(?)"),
    "postgresql": _statement(
        [f"(given.value->>{at}){'::bigint' if n in _NUMBERS else ''}" for at, n in enumerate(_COLUMNS)],
        "json_array_elements($1::json)",
    ),
}


def write(conn: Connection, made: Sequence[Decision]) -> None:
    """The same decision twice counts twice."""
    merged: dict[int, Decision] = {}
    for each in made:
        if (same := merged.setdefault(each.id, each)) is not each:
            same.count += each.count
    if merged:
        rows = [_row(id_, each) for id_, each in merged.items()]
        tell(conn, _STATEMENTS[conn.dialect.name], [(storable_json(rows),)])


def _row(id_: int, each: Decision) -> tuple[Any, ...]:
    moments = micros_of(each.first_at), micros_of(each.last_at)
    read = (each.incident, each.cause, each.rule, each.severity, each.summary)
    return (id_, each.source, each.key, each.verdict, each.reason, *read, *moments, each.count)


Place = tuple[str, str]


def about(conn: Connection, text: str, limit: int) -> list[Place]:
    """The alerts (source, key) whose summary has these words, or whose key it is; those heard of last in front.

    Goes through all that is kept: for a person who asks.
    """
    wanted = or_(_T.c.summary.icontains(text, autoescape=True), _T.c.key == text)
    last = func.max(_T.c.last_at)
    query = select(_T.c.source, _T.c.key).where(wanted).group_by(_T.c.source, _T.c.key)
    return [(row.source, row.key) for row in conn.execute(query.order_by(last.desc()).limit(limit))]


def of_alert(conn: Connection, place: Place) -> list[Decision]:
    """In the order in which they were made first."""
    source, key = place
    query = select(*(_T.c[name] for name in _COLUMNS[1:])).where(_T.c.source == source, _T.c.key == key)
    return [Decision(*row) for row in conn.execute(query.order_by(_T.c.first_at, _T.c.last_at))]


def counted(conn: Connection, cause: str) -> tuple[int, int]:
    """How many alerts something has kept quiet, and how often."""
    query = select(func.count(), func.coalesce(func.sum(_T.c.count), 0)).where(_T.c.cause == cause)
    alerts, times = conn.execute(query).one()
    return int(alerts), int(times)


def forget_before(conn: Connection, at: datetime) -> None:
    """Let go of those that were not made since then. By the index of when they were first, some at once."""
    old = select(_T.c.id).where(and_(_T.c.first_at < at, _T.c.last_at < at)).limit(FORGOTTEN_AT_ONCE)
    conn.execute(delete(_T).where(_T.c.id.in_(old.scalar_subquery())))
