"""The tables. Instants are 64-bit microseconds since 1970 UTC (one index-friendly type on both engines), JSON is text.

The invariants that matter are the database's own: at most one open incident per join key, one alert per source and key, one
active run per runbook and incident, one waiting delivery per key. Those that are partial indexes stand in `indexes`.

Every text and every JSON value goes in through `bot.ground.storable`: what neither engine could hold is changed, never refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    text,
)
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

incidents = Table(
    "incidents",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("service", String, nullable=False),
    Column("join_key", String, nullable=False),
    Column("title", String, nullable=False),
    Column("severity", String(2), nullable=False),
    Column("state", String(16), nullable=False),
    Column("rule", String),
    Column("runbook", String),
    Column("opened_at", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("mitigated_at", Instant),
    Column("resolved_at", Instant),
    Column("resolved_by_alert", Boolean, nullable=False),
    Column("commander", String),
    Column("respond_from", Instant, nullable=False),
    Column("respond_by", Instant),
    Column("ladder", LadderSnapshot, nullable=False),
    Column("ladder_from", Instant, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("next_at", Instant),
    Column("held_until", Instant),
    Column("silenced_by", String),
    Column("inhibited_by", Integer),
    Column("alerts", Integer, nullable=False),
    Column("firing", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("value", String, nullable=False),
    Column("value_at", Instant),
    Column("threshold", String, nullable=False),
    Column("labels", Json, nullable=False),
    Column("links", Json, nullable=False),
    Column("runbook_url", String, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed", Integer, nullable=False, server_default="0"),
)
"""`sealed` is how many of its events are in the chain of seals; whoever saves an incident does not touch it."""
UNSEALED = text("last_seq > sealed")
OPEN = text("state <> 'resolved'")
FORGOTTEN = text("state = 'triggered' AND next_at IS NULL")
"""What must not be: an unanswered incident that nobody will look at again."""
Index(
    "incidents_by_opening",
    *(incidents.c[name] for name in ("opened_at", "drill", "severity", "rule", "resolved_by_alert", "respond_from")),
    *(incidents.c[name] for name in ("respond_by", "acknowledged_at", "mitigated_at", "resolved_at", "number")),
)
"""Holds all that the insights ask of an incident: the rows themselves are wide."""
Index("incidents_by_state", incidents.c.state, incidents.c.number)
KEPT_QUIET = incidents.c.inhibited_by.is_not(None)

events = Table(
    "events",
    metadata,
    Column("incident", Integer, ForeignKey("incidents.number"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("actor", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Json, nullable=False),
)
CALLED, STEP_OVER = text("events.kind = 'paged'"), text("events.kind = 'step_finished'")

seals = Table(
    "seals",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("incident", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sealed_at", BigInteger, nullable=False),
    Column("erasure", Integer, nullable=False),
    Column("actor", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("link", LargeBinary, nullable=False),
)
"""The chain over the events (`bot.seals`)."""
Index("seals_of_event", seals.c.incident, seals.c.seq, seals.c.erasure, unique=True)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("actor", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Json, nullable=False),
)
"""What was taken out of the record on purpose, by whom and why: sealed like an event."""

alerts = Table(
    "alerts",
    metadata,
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("status", String(8), nullable=False),
    Column("summary", Text, nullable=False),
    Column("labels", Json, nullable=False),
    Column("value", String),
    Column("starts_at", Instant),
    Column("ends_at", Instant),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("came_from", Integer),
)
Index("alerts_by_incident", alerts.c.incident)

relations = Table(
    "relations",
    metadata,
    Column("child", Integer, primary_key=True, autoincrement=False),
    Column("parent", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(8), nullable=False),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
)
"""Incidents that were merged into one another, or linked."""
Index("relations_by_parent", relations.c.parent)

silences = Table(
    "silences",
    metadata,
    Column("id", String, primary_key=True),
    Column("matchers", Json, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("created_by", String, nullable=False),
    Column("comment", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("window", String, nullable=False),
    Column("next_at", Instant),
)
"""`next_at`: when its beginning or its end has to be said; whether it is in force is worked out."""
Index("silences_due", silences.c.next_at)
Index("silences_by_end", silences.c.ends_at)

held = Table(
    "held",
    metadata,
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("silence", String, ForeignKey("silences.id"), nullable=False),
    Column("rule", String),
    Column("severity", String(2), nullable=False),
    Column("alert", Json, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("count", Integer, nullable=False),
)
"""Alerts that fire and that a silence keeps from calling anybody, whole: at its end they are taken as if they came then."""
Index("held_by_silence", held.c.silence)
Index("held_expiring", held.c.ends_at)

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("source", String, nullable=False),
    Column("key", String, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("incident", Integer),
    Column("cause", String, nullable=False),
    Column("rule", String),
    Column("severity", String(2), nullable=False),
    Column("summary", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)
"""What was decided about each alert; `cause` is the silence or the incident that kept it quiet."""
Index("decisions_by_age", decisions.c.first_at)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", String(24), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("incident", Integer, ForeignKey("incidents.number")),
    Column("line", String, nullable=False),
    Column("key", String, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", String(8), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("owner", String),
    Column("lease_until", Instant),
    Column("repeat", Boolean, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("receipt", Json),
    Column("error", Text),
    Column("behind", String),
    Column("rank", Integer, nullable=False, server_default="0"),
    Column("late_at", Instant),
)
"""`rank` is how grave what waits is, 0 before all else: replicas of a version that knew none leave it to the database."""
LATE = text("state = 'waiting' AND late_at IS NOT NULL")
"""What has not got through yet, and is looked at once it is late: perhaps another way has to be taken."""
Index("deliveries_due", *(deliveries.c[name] for name in ("state", "lane", "rank", "due_at", "id")))
Index("deliveries_line", deliveries.c.line, deliveries.c.id)
Index("deliveries_by_incident", deliveries.c.incident, deliveries.c.kind)

posts = Table(
    "posts",
    metadata,
    Column("key", String, primary_key=True),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("team", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("ts", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("link", String),
)
"""The messages that are redrawn in place: `card:3`, `run:5`, `ask:…`, `page:17`."""
Index("posts_by_message", posts.c.channel, posts.c.ts)
Index("posts_by_incident", posts.c.incident)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("runbook", String, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Instant),
    Column("body", Json, nullable=False),
    Column("version", Integer, nullable=False),
)

outputs = Table(
    "outputs",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("step", String, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
)
"""What steps answered, whole: a message holds little of it."""
Index("outputs_by_age", outputs.c.at)

undo = Table(
    "undo",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("log", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("run", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("target", String, nullable=False),
    Column("label", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("before", Json, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("after", Json, nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("back", Json, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String, nullable=False),
    Column("state", String(8), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String),
    Column("remind_at", Instant),
)
"""The undo ledger: what runs have changed, and how it is taken back."""
Index("undo_by_log", undo.c.log, undo.c.state)
Index("undo_by_target", undo.c.target, undo.c.made_at)

locks = Table(
    "locks",
    metadata,
    Column("target", String, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("log", Integer, nullable=False),
    Column("title", String, nullable=False),
    Column("by", String, nullable=False),
    Column("since", Instant, nullable=False),
)
Index("locks_by_run", locks.c.run)

counterparts = Table(
    "counterparts",
    metadata,
    Column("id", String, primary_key=True),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("occurred_at", Instant),
    Column("first_at", Instant, nullable=False),
    Column("heard_at", Instant, nullable=False),
    Column("people", Json, nullable=False),
)
"""PagerDuty's incidents beside ours, as far as its webhooks have told of them."""
Index("counterparts_by_incident", counterparts.c.incident)
samples = Table(
    "samples",
    metadata,
    Column("metric", String, primary_key=True),
    Column("span", Integer, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("low", Double, nullable=False),
    Column("mean", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""What the metrics were: buckets of `span` seconds."""

gaps = Table(
    "gaps",
    metadata,
    Column("metric", String, primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("until", Instant, nullable=False),
    Column("why", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""When a metric could not be read."""

watched = Table(
    "watched",
    metadata,
    Column("condition", String, primary_key=True),
    Column("series", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("fired_at", Instant),
    Column("value", Double, nullable=False),
    Column("labels", Json, nullable=False),
    Column("text", Text, nullable=False),
)
"""What holds of that which is evaluated: pending without `fired_at`, else firing."""

overrides = Table(
    "overrides",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("rotation", String, nullable=False),
    Column("role", String, nullable=False),
    Column("person", String, nullable=False),
    Column("start", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", String, nullable=False),
    Column("kind", String),
    Column("made_at", Instant),
    Column("ended_at", Instant),
)
"""`kind` and `made_at` are empty in a row that a version before wrote."""

cover_requests = Table(
    "cover_requests",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(8), nullable=False),
    Column("person", String, nullable=False),
    Column("role", String),
    Column("start", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("next_at", Instant),
    Column("channel", String),
    Column("ts", String),
)
"""Who asks for a stand-in. What of it is still to be taken is worked out, never kept."""
Index("cover_requests_open", cover_requests.c.ended_at, cover_requests.c.until)

rota_log = Table(
    "rota_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("actor", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Json, nullable=False),
)
"""What people changed about who is on call, and why."""

turns = Table(
    "turns",
    metadata,
    Column("role", String, primary_key=True),
    Column("person", String),
    Column("since", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
)
"""Who filled each role when that was last looked at, and when it has to be looked at again: how a shift's end is noticed."""
handoffs = Table(
    "handoffs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("moved", Json, nullable=False),
    Column("accepted", Json, nullable=False),
    Column("posts", Json, nullable=False),
)
"""Roles that changed hands at one instant; `posts` is where each person's message about it stands."""
Index("handoffs_by_age", handoffs.c.at)

actions = Table(
    "actions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("text", Text, nullable=False),
    Column("who", String),
    Column("due_at", Instant),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String, nullable=False),
    Column("state", String(8), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String),
    Column("link", String, nullable=False),
)
"""What has to be done after incidents."""
Index("actions_by_incident", actions.c.incident)
Index("actions_open", actions.c.state, actions.c.who)

update_asks = Table(
    "update_asks",
    metadata,
    Column("incident", Integer, ForeignKey("incidents.number"), primary_key=True),
    Column("due_at", Instant, nullable=False),
)
"""When whoever leads an incident is asked next for a word to those outside."""
Index("update_asks_due", update_asks.c.due_at)

postmortems = Table(
    "postmortems",
    metadata,
    Column("incident", Integer, ForeignKey("incidents.number"), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("asked", Integer, nullable=False),
    Column("at", Instant),
    Column("by", String),
    Column("reason", Text, nullable=False),
    Column("place", String, nullable=False),
)
"""Whether an incident's postmortem was asked for, is there (and where), or is waived (and why)."""

drills = Table(
    "drills",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),
    Column("incident", Integer, ForeignKey("incidents.number")),
    Column("due_at", Instant),
    Column("running_since", Instant),
    Column("body", Json, nullable=False),
    Column("channel", String),
    Column("ts", String),
    Column("version", Integer, nullable=False),
)
"""Drills, and where the invitation to each stands. What happened in one is the log of its incident."""
Index("drills_due", drills.c.due_at)
Index("drills_running", drills.c.running_since)

members = Table(
    "members",
    metadata,
    Column("team", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("email", String),
    Column("name", String, nullable=False),
    Column("guest", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("kind", String),
)
"""`kind` is empty in a row that a version before wrote; `guest` is kept for one that still runs beside this one."""
Index("members_by_email", members.c.email)

once = Table(
    "once",
    metadata,
    Column("key", String, primary_key=True),
    Column("at", Instant, nullable=False),
)
Index("once_by_age", once.c.at)

jobs = Table(
    "jobs",
    metadata,
    Column("name", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("last_at", Instant),
)
"""What comes round: `due_at` was worked out from `rule`, and is worked out anew when that changes."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("due_at", Instant),
)
"""What has to say that it lives: by `due_at`; without one it was missed, and that was said."""
Index("heartbeats_due", heartbeats.c.due_at)

facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Json, nullable=False),
    Column("at", Instant, nullable=False),
)
"""Single facts of the whole bot: the last good configuration, the channel's id, the stored `auth.test`."""
