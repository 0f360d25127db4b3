"""What the tables are made of: how each kind of value is kept, and the one set of tables that every table enters.

Instants are 64-bit microseconds since 1970 UTC (one index-friendly type on both engines), JSON is text. Every text and every JSON
value goes in through `bot.ground.storable`: what neither engine could hold is changed, never refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, MetaData, TypeDecorator
from sqlalchemy import String as PlainString
from sqlalchemy import Text as PlainText

from bot.ground.storable import storable_json, storable_text
from oncall.policy import Ladder

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros_of(value: datetime | None) -> int | None:
    """An aware datetime as it is kept: microseconds since 1970, UTC."""
    if value is None:
        return None
    since = value - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant_of(value: int | None) -> datetime | None:
    """The inverse of `micros_of`."""
    # A fifth of what `timedelta(microseconds=value)` costs.
    return None if value is None else EPOCH + value * _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds."""

    impl = BigInteger
    cache_ok = True
    kept, read = staticmethod(micros_of), staticmethod(instant_of)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return micros_of(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return instant_of(value)


class String(TypeDecorator[str]):
    """Short text."""

    impl = PlainString
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return storable_text(value) if value is not None else None


class Text(TypeDecorator[str]):
    """Text of any length."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return storable_text(value) if value is not None else None


class Json(TypeDecorator[Any]):
    """A JSON value, kept as text so that both engines hold the same bytes."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return storable_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


class LadderSnapshot(TypeDecorator[Ladder]):
    """A ladder as JSON. Thousands of incidents hold the same few, so each text is read once."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: Ladder | None, dialect: Dialect) -> str | None:
        return None if value is None else _ladder_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Ladder | None:
        return None if value is None else _ladder_from(value)


@lru_cache(maxsize=64)
def _ladder_text(ladder: Ladder) -> str:
    return orjson.dumps(ladder.as_json()).decode()


@lru_cache(maxsize=64)
def _ladder_from(text: str) -> Ladder:
    return Ladder.from_json(orjson.loads(text))


metadata = MetaData()
"""The one set of tables, which every table enters."""
