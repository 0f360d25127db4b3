"""The half of a bot that speaks to others: Slack, the ways to people, the steps, the figures, and the audit's heartbeat.

It is more than half of what a start reads, and no alert needs any of it to be kept: so it is read and built behind the open doors
(`bot.wiring.bot`). Refuses to be there by halves: it is built wholly, or the start has failed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.machine.audit import Auditor
from bot.machine.background import BackgroundChores
from bot.machine.chores import every
from bot.machine.engine import Chore, Engine
from bot.machine.reload import Configurations
from bot.machine.sampling import THIN_EVERY, Sampler
from bot.outbox.courier import Courier
from bot.pagers.exchange import new_session
from bot.settings import Settings
from bot.usecases.desk import Desk
from bot.web.ports import Slack
from bot.web.readiness import Told
from bot.wiring.background import run_in_background
from bot.wiring.couriers import all_couriers, mail_of
from bot.wiring.jobs import housekeeping
from bot.wiring.openvine import environments_of, metrics_reader, new_client, played_on, prometheus_of
from bot.wiring.slack import SlackSide, connect, slack_side
from handlers.http import Signed
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Outside:
    """What speaks to others, built and not yet at work."""

    slack: SlackSide | None
    signed: Slack | None
    """Slack over HTTP, where it posts its events to us."""
    sampler: Sampler
    told: Told
    couriers: Mapping[str, Courier]
    chores: Sequence[Chore]
    """What the engine does besides deciding."""
    rehearse: Callable[[], Awaitable[None]]


async def outside_of(
    settings: Settings,
    desk: Desk,
    background: BackgroundChores,
    configurations: Configurations,
    clients: AsyncExitStack,
) -> Outside:
    """`clients` ends its connections, once nobody sends any more."""
    http, guarded = await clients.enter_async_context(new_client()), await clients.enter_async_context(new_client())
    calling = await clients.enter_async_context(new_session())
    slack = await slack_side(settings, desk, guarded, clients)
    mail = mail_of(settings, desk.clock)
    heartbeat = settings.heartbeat_url.reveal() if settings.heartbeat_url else None
    auditor = Auditor(desk, desk.context.metrics, http, heartbeat)
    sampler = Sampler(desk, desk.clock, metrics_reader(desk, guarded), prometheus_of(settings, http))
    watching = [
        Chore("samples", sampler.due, background("samples", sampler.sample)),
        every(THIN_EVERY, "thinning", background("thinning", sampler.thin), desk.clock),
    ]
    secret = settings.slack_signing_secret
    return Outside(
        slack=slack,
        signed=Signed(slack.app, secret.reveal()) if slack and secret else None,
        sampler=sampler,
        told=Told(slack.identity if slack else None, slack.health if slack else None, lambda: auditor.verdict),
        couriers=all_couriers(settings, desk, slack, http, guarded, calling, mail),
        chores=[*housekeeping(desk, slack, configurations, auditor, background, mail), *watching],
        rehearse=partial(played_on, desk, environments_of(desk, guarded)),
    )


async def set_going(outside: Outside, settings: Settings, desk: Desk, engine: Engine, stack: AsyncExitStack) -> None:
    """Slack may be away; the rest works without it."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(engine.wake, "interval", seconds=1)
    scheduler.start()
    stack.callback(scheduler.shutdown, wait=False)
    if outside.slack is not None:
        await run_in_background(stack, connect(outside.slack, settings, desk), "slack")
