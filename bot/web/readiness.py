"""Whether the bot is fit to take alerts, in words: the store, the engine, and what it knows of each way to a person.

Ready means that an alert which is posted is kept for good, and that the engine decides on it. It does not wait for the half that
speaks to others, which comes up behind the doors: until that is there, each way says so; but if it does not come, nobody is ever
paged, and that is neither ready nor alive. What keeps nobody from being paged is told and not counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.context import Context
from bot.errors import StoreDown
from bot.ground.clock import Clock
from bot.machine.engine import Engine
from bot.preflight import morning
from bot.store import Tx, deliveries, facts, incidents
from bot.store.deliveries import LANES
from bot.usecases.accounts import doubts
from bot.usecases.desk import Desk
from bot.usecases.outcomes import failing
from bot.usecases.rota_display import not_kept
from bot.usecases.slack_trouble import WHERE, word_about
from bot.web import ports
from oncall.values import dataclass

if TYPE_CHECKING:
    from bot.slack.health import SlackHealth
    from bot.slack.identity import Identity

STORE_WITHIN = 2.0
"""Seconds within which the store has to take a write."""
TICK_WITHIN = timedelta(seconds=5)
"""How old the engine's last round may be."""

ENGINE_WITHIN = timedelta(minutes=1)
"""How long one chore may take before the engine counts as stuck: each of its waits is bounded by seconds."""

BESIDES_SLACK = ("pagerduty", "email")
"""The transports of which a page that does not leave says how they are, and of mail a greeting of its server."""
WHOLE_WITHIN = timedelta(minutes=1)
"""How long the half that speaks to others may take to come up: its imports and a look at the store take seconds."""
COMING = "is coming up since the start: what is to leave by it is kept until then"
"""Of what is set up, as long as the half that speaks to others is not there."""
Failing = dict[str, str | None]
"""Of each transport, what is known to be wrong with it, if anything is."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who tells how the half is that speaks to others, once it is there."""

    identity: Identity | None
    health: SlackHealth | None
    audit: Callable[[], str]


class Readiness:
    """Fit to take alerts: the store writable and migrated, the engine going round.

    The troubles of Slack, PagerDuty and mail are told, not counted: alerts must come in all the same.
    """

    def __init__(
        self,
        desk: Desk,
        engine: Engine,
        clock: Clock,
        told: Callable[[], Told | None],
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._clock = clock
        self._told = told
        self._since = clock.real()
        self._metrics = desk.context.metrics

    def stuck(self) -> str | None:
        if self._desk.store.hangs:
            return "the writer has stood still for longer than it waits for any database"
        age = self._clock.real() - self._engine.last_sign
        return f"the engine has stood still for {age.total_seconds():.0f} s" if age > ENGINE_WITHIN else self._absent()

    def _absent(self) -> str | None:
        """Why nothing leaves, where what speaks to others should have come up long ago."""
        age = self._clock.real() - self._since
        if self._told() is not None or age <= WHOLE_WITHIN:
            return None
        return f"what speaks to others has not come up in {age.total_seconds():.0f} s: what is to leave is kept"

    async def ready(self) -> ports.Readiness:
        (store, failing), engine = await self._store(), self._round()
        told, beside = self._told(), _besides_slack(self._desk.context)
        parts = {"store": store, "engine": engine}
        if told is None:
            parts |= {transport: self._coming(transport) for transport in ("slack", *beside)}
        else:
            parts["slack"] = await _slack(told, failing)
            parts |= {transport: self._transport(transport, failing) for transport in beside}
        parts["audit"] = told.audit() if told else "has not run yet"
        parts["preflight"] = (failing or {}).get("preflight") or "unknown: the store does not say"
        ok = store == "ok" and engine == "ok" and self._absent() is None
        return ports.Readiness(ok=ok, parts=self._desk.context.mask.all(parts))

    async def measure(self) -> None:
        """Bring the gauges up to date: they are read from the store when somebody asks for them."""
        opened, waiting = await self._desk.look(_measured)
        self._metrics.incidents_open.clear()
        for (severity, state), count in opened.items():
            self._metrics.incidents_open.labels(severity, state).set(count)
        for lane in LANES:
            self._metrics.deliveries_pending.labels(lane).set(waiting.get(lane, 0))

    async def _store(self) -> tuple[str, Failing | None]:
        """How the store is, and what stands in it about the transports; nothing where it does not answer."""
        try:
            async with asyncio.timeout(STORE_WITHIN):
                return "ok", await self._desk.do(_touch)
        except StoreDown as error:
            return f"not writable: {error}", None
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the store, readiness says so instead of failing
            return f"not writable: {type(error).__name__}", None

    def _round(self) -> str:
        last = self._engine.last_round
        if last is None:
            return "has not gone round yet"
        age = self._clock.real() - last
        return "ok" if age <= TICK_WITHIN else f"went round {age.total_seconds():.0f} s ago"

    def _transport(self, name: str, failing: Failing | None) -> str:
        if name not in self._desk.context.ways:
            return "not set up"
        if failing is None:
            return "unknown: the store does not say"
        return failing.get(name) or "ok"

    def _coming(self, name: str) -> str:
        return self._absent() or COMING if name in self._desk.context.ways else "not set up"


async def _slack(told: Told, failing: Failing | None) -> str:
    """Everything that is wrong with Slack, the gravest first."""
    identity, health = told.identity, told.health
    if identity is None:
        return "not set up"
    if identity.refused:
        return f"refused: {identity.refused} Paging goes on by the other transports."
    why = f": {identity.trouble}" if identity.trouble else ""
    if not identity.known:
        return f"has not said who we are{why}; paging goes on by the other transports"
    found = [f"has not said since the start who we are{why}; pages are tried all the same"] if why else []
    untried = identity.untried
    found += [f"{what} fails: {reason}" for what, reason in untried.items()]
    found += [failing["slack"]] if failing and failing["slack"] else []
    troubles = await health.troubles() if health else []
    found += [line for line in troubles if not any(reason in line for reason in untried.values())]
    pages = failing["pages"] if failing and not found else None
    without = health.without() if health else []
    beside = [*without, (failing or {}).get("kept")]
    return "; ".join(found) or pages or "; ".join(filter(None, ["ok", *beside]))


def _measured(tx: Tx, ctx: Context) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    return incidents.open_counts(tx.conn), deliveries.waiting_by_lane(tx.conn)


def _besides_slack(ctx: Context) -> tuple[str, ...]:
    return (*BESIDES_SLACK, *ctx.config.bot.transports)


def _touch(tx: Tx, ctx: Context) -> Failing:
    facts.put(tx.conn, "ready", True, tx.at)
    troubles = [word.subject for where in WHERE if (word := word_about(tx, ctx, where)) is not None]
    found = {transport: failing(tx, transport) for transport in _besides_slack(ctx)}
    wrong = [*troubles, *doubts(tx, ctx)]
    told = {"slack": "; ".join(wrong) or None, "pages": failing(tx, "slack"), "preflight": morning.standing(tx)}
    told["kept"] = "; ".join(not_kept(tx)) or None
    return told | found
