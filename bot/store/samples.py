"""Reads and writes kept samples and gaps: one row per metric, width and time; see `bot.watch.series`.

At most one bucket of a width stands at an instant, and what was thinned is gone from the finer width, so a range over all widths
is the series.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
    update,
)

from bot.store import schema
from bot.store.prepared import Prepared
from bot.store.schema.columns import Instant
from bot.store.upsert import upsert
from bot.watch.series import KEPT, MINUTE, Bucket, Gap, Kept, one

_T, _G = schema.samples, schema.gaps
_KEY = ["metric", "span", "at"]
_VALUES = ("low", "mean", "high", "count")


def add(conn: Connection, at: datetime, values: Mapping[str, float]) -> None:
    """What was read in the minute of `at`, by metric."""
    put(conn, {metric: [one(at, value)] for metric, value in values.items()})


def put(conn: Connection, buckets: Mapping[str, Sequence[Bucket]]) -> None:
    """Write buckets; one that stands at the same place already is written over."""
    rows = [_row(metric, each) for metric, found in buckets.items() for each in found]
    if rows:
        statement = upsert(conn.dialect.name, _T)
        changes = {name: statement.excluded[name] for name in _VALUES}
        conn.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changes), rows)


def between(conn: Connection, metric: str, since: datetime, until: datetime) -> list[Bucket]:
    """The series from an instant until another, oldest first."""
    return [_bucket(*row) for row in _BETWEEN.rows(conn, of=metric, since=since, until=until)]


def widened(
    conn: Connection, metrics: Iterable[str], since: datetime, until: datetime, span: timedelta
) -> dict[str, list[Bucket]]:
    """Several series in wider buckets, oldest first, put together by the database: what is kept wider stays as wide."""
    at, width = type_coerce(_T.c.at, BigInteger), _seconds(span) * 1_000_000
    begins = type_coerce(at - at % width, Instant)
    count = func.sum(_T.c.count)
    mean = func.sum(_T.c.mean * _T.c.count) / count
    columns = (_T.c.metric, begins, func.max(_T.c.span), func.min(_T.c.low), mean, func.max(_T.c.high), count)
    query = select(*columns).where(_T.c.metric.in_(list(metrics)), _T.c.at >= since, _T.c.at < until)
    found: dict[str, list[Bucket]] = {}
    for metric, start, widest, low, average, high, readings in conn.execute(
        query.group_by(_T.c.metric, begins).order_by(_T.c.metric, begins)
    ):
        wide = max(span, timedelta(seconds=widest))
        bucket = Bucket(start, wide, low, average, high, int(readings))
        found.setdefault(metric, []).append(bucket)
    return found


def newest(conn: Connection, metrics: Iterable[str], since: datetime) -> dict[str, Bucket]:
    """The last reading of each metric, if there was one since then."""
    found: dict[str, Bucket] = {}
    for metric in metrics:
        query = select(*_BUCKET).where(_T.c.metric == metric, _T.c.span == _MINUTE, _T.c.at >= since)
        row = conn.execute(query.order_by(_T.c.at.desc()).limit(1)).first()
        if row is not None:
            found[metric] = _bucket(*row)
    return found


def metrics(conn: Connection) -> list[str]:
    """Whatever was ever kept, those among it that are read no more."""
    return list(conn.execute(select(_T.c.metric).distinct().order_by(_T.c.metric)).scalars())


def miss(conn: Connection, at: datetime, why: Mapping[str, str]) -> None:
    """These metrics could not be read in the minute of `at`. A gap that goes on for the same reason is one row."""
    for metric, reason in why.items():
        query = select(_G.c.since, _G.c.until, _G.c.why).where(_G.c.metric == metric).order_by(_G.c.since.desc())
        last = conn.execute(query.limit(1)).first()
        if last is not None and last.why == reason and last.until >= at:
            where = (_G.c.metric == metric, _G.c.since == last.since)
            conn.execute(update(_G).where(*where).values(until=at + MINUTE))
        elif last is None or last.since < at:
            conn.execute(insert(_G).values(metric=metric, since=at, until=at + MINUTE, why=reason))


def gaps(conn: Connection, metric: str, since: datetime, until: datetime) -> list[Gap]:
    """When it could not be read within that time and why, oldest first."""
    query = select(_G.c.since, _G.c.until, _G.c.why).where(
        _G.c.metric == metric, _G.c.since < until, _G.c.until > since
    )
    return [Gap(row.since, row.until, row.why) for row in conn.execute(query.order_by(_G.c.since))]


def ripe(conn: Connection, metric: str, width: Kept, before: datetime, limit: int) -> list[Bucket]:
    """The oldest buckets of a width that end before an instant."""
    query = select(*_BUCKET).where(_T.c.metric == metric, _T.c.span == _seconds(width.span), _T.c.at < before)
    return [_bucket(*row) for row in conn.execute(query.order_by(_T.c.at).limit(limit))]


def drop(conn: Connection, metric: str, width: Kept, before: datetime) -> int:
    """Let go of the buckets of a width before an instant; how many that were."""
    where = (_T.c.metric == metric, _T.c.span == _seconds(width.span), _T.c.at < before)
    return conn.execute(delete(_T).where(*where)).rowcount


def forget_gaps(conn: Connection, before: datetime) -> None:
    conn.execute(delete(_G).where(_G.c.until < before))


def first_reading(conn: Connection, metric: str) -> datetime | None:
    """When it was first read, as far as is kept."""
    found: datetime | None = conn.execute(select(func.min(_T.c.at)).where(_T.c.metric == metric)).scalar()
    return found


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


_MINUTE = _seconds(MINUTE)
_BUCKET = (_T.c.at, _T.c.span, *(_T.c[name] for name in _VALUES))


def _between(dialect: str) -> Select[Any]:
    spans: list[ColumnElement[int]] = [literal_column(str(_seconds(each.span))) for each in KEPT]
    at = _T.c.at >= bindparam("since"), _T.c.at < bindparam("until")
    query = select(*_BUCKET).where(_T.c.metric == bindparam("of"), _T.c.span.in_(spans), *at)
    return query.order_by(_T.c.at, _T.c.span)


_BETWEEN = Prepared(_between)


def _row(metric: str, bucket: Bucket) -> dict[str, object]:
    values = {name: getattr(bucket, name) for name in _VALUES}
    return {"metric": metric, "span": _seconds(bucket.span), "at": bucket.at, **values}


def _bucket(at: datetime, span: int, low: float, mean: float, high: float, count: int) -> Bucket:
    return Bucket(at, timedelta(seconds=span), low, mean, high, count)
