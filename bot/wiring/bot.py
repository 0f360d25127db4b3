"""One process's worth of a bot: built from settings and a configuration, started, and brought to rest."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.types import ASGIApp

from bot.configuration import Config
from bot.context import Context
from bot.ground.clock import Clock, SystemClock
from bot.ground.logs import mask_with
from bot.ground.metrics import Metrics
from bot.machine.audit import Auditor
from bot.machine.away import AWAY_AFTER, come_back
from bot.machine.chores import Beside, every
from bot.machine.engine import Chore, Engine
from bot.machine.reload import Configurations
from bot.machine.sampling import THIN_EVERY, Sampler
from bot.machine.timekeeping import go_on_from
from bot.outbox.sender import Sender
from bot.pagers.exchange import new_session
from bot.settings import Settings
from bot.store import Store
from bot.store.migrate import upgrade
from bot.store.restoring import hold_if_cut_off
from bot.usecases.desk import Desk
from bot.usecases.hearing import ALIVE
from bot.usecases.restored import tell_of_restored
from bot.usecases.turns import look_at_turns
from bot.web import seals
from bot.web.adapters import Alertmanager, Beats, Intake, Reader, Remarks, Rota, Senders
from bot.web.adapters import Words as PagerDutyWords
from bot.web.app import web_app
from bot.web.readiness import Readiness
from bot.web.serve import served
from bot.wiring.couriers import all_couriers, mail_of
from bot.wiring.jobs import all_chores
from bot.wiring.openvine import metrics_reader, new_client, played_on, prometheus_of, sides_of, variables_of
from bot.wiring.slack import SlackSide, connect, slack_side
from handlers.http import Signed
from oncall.values import dataclass

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Bot:
    """One running bot."""

    settings: Settings
    clock: Clock
    store: Store
    desk: Desk
    engine: Engine
    sender: Sender
    sampler: Sampler
    metrics: Metrics
    web: ASGIApp
    slack: SlackSide | None
    configurations: Configurations
    _reread: asyncio.Task[None] | None = None

    async def connected(self, within: float) -> bool:
        """Wait until everything was tried that events need to come in. Says whether it was, after so many real seconds."""
        if self.slack is None:
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self.slack.decided.wait()
        return self.slack.decided.is_set() and not self.slack.identity.refused

    def reread_soon(self) -> None:
        """Read the configuration again now, whether its files look changed or not."""
        self.configurations.forget()
        self._reread = asyncio.create_task(self.configurations.reread(self.desk), name="reread")


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock, adapted: Callable[[Config], Config] = lambda config: config
) -> AsyncIterator[Bot]:
    """A bot that works, for as long as the block lasts. Raises `ConfigError` where there is no configuration to start on."""
    async with AsyncExitStack() as stack:
        bot = await _build(settings, clock, stack, adapted)
        stack.push_async_callback(_wind_down, bot)
        await _start(bot, stack)
        yield bot


async def _build(settings: Settings, clock: Clock, stack: AsyncExitStack, adapted: Callable[[Config], Config]) -> Bot:
    url = settings.database
    await asyncio.get_running_loop().run_in_executor(None, _made_ready, url, clock.now())
    store = Store(url, clock, server_time=isinstance(clock, SystemClock))
    stack.push_async_callback(store.close)
    transports = frozenset(settings.transports())
    configurations = Configurations(
        Path(settings.config_dir), store, clock, transports, adapted, addresses=settings.addresses
    )
    config = await configurations.first()
    metrics = Metrics()
    context = Context(config, transports, variables_of(settings), settings.addresses, metrics, settings.secrets())
    desk = Desk(store, clock, context)
    mask_with(lambda: desk.context.mask)
    http, guarded = await stack.enter_async_context(new_client()), await stack.enter_async_context(new_client())
    calling = await stack.enter_async_context(new_session())
    slack = await slack_side(settings, desk, guarded, stack)
    mail = mail_of(settings, clock)
    sender = Sender(desk, clock, all_couriers(settings, desk, slack, http, guarded, calling, mail), owner=_owner())
    beside = Beside()
    stack.push_async_callback(beside.end)
    heartbeat = settings.heartbeat_url.get_secret_value() if settings.heartbeat_url else None
    auditor = Auditor(desk, metrics, http, heartbeat)
    sampler = Sampler(desk, clock, metrics_reader(desk, guarded), prometheus_of(settings, http))
    watching = [
        Chore("samples", sampler.due, beside("samples", sampler.sample)),
        every(THIN_EVERY, "thinning", beside("thinning", sampler.thin), clock),
    ]
    rehearse = partial(played_on, desk, sides_of(desk, guarded))
    jobs = all_chores(desk, sender, clock, slack, configurations, auditor, beside, mail, rehearse)
    engine = Engine(desk, [*jobs, *watching], metrics, busy=lambda: sender.busy or beside.busy)
    store.on_commit(engine.wake)
    secret = settings.slack_signing_secret
    web = web_app(
        intake=Intake(desk, metrics),
        reader=Reader(desk),
        health=Readiness(
            desk,
            engine,
            clock,
            slack.identity if slack else None,
            slack.watch if slack else None,
            lambda: auditor.verdict,
        ),
        slack=Signed(slack.app, secret.get_secret_value()) if slack and secret else None,
        settings_tokens=settings.intake_tokens,
        metrics=metrics,
        clock=clock,
        pagerduty=PagerDutyWords(desk),
        pagerduty_secrets=settings.pagerduty_webhook_secrets,
        rota=Rota(desk),
        calendar_tokens=settings.calendar_tokens,
        remarks=Remarks(desk),
        beats=Beats(desk),
        senders=Senders(desk),
        seals=_seals(settings),
        alertmanager=Alertmanager(desk, clock),
        silence_tokens=settings.silence_tokens,
    )
    return Bot(settings, clock, store, desk, engine, sender, sampler, metrics, web, slack, configurations)


def _seals(settings: Settings) -> dict[str, seals.Seal]:
    known = {
        "grafana": (seals.grafana, settings.grafana_webhook_secret),
        "sentry": (seals.sentry, settings.sentry_client_secret),
    }
    return {name: seal(secret.get_secret_value()) for name, (seal, secret) in known.items() if secret}


def _made_ready(url: str, at: datetime) -> None:
    """A database of this version, in which nothing leaves that a backup had left waiting."""
    upgrade(url)
    hold_if_cut_off(url, at)


def _owner() -> str:
    return f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"


async def _start(bot: Bot, stack: AsyncExitStack) -> None:
    """Set everything going, inner parts first. Slack may be away; the rest works without it."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(bot.engine.wake, "interval", seconds=1)
    scheduler.start()
    stack.callback(scheduler.shutdown, wait=False)
    await go_on_from(bot.desk, ALIVE)
    await bot.configurations.announce(bot.desk)
    await bot.desk.do(look_at_turns)
    if (gap := await bot.desk.do(come_back)) > AWAY_AFTER:
        log.warning("back after %d s away", gap.total_seconds())
    if await bot.desk.do(tell_of_restored):
        log.warning("a backup was put back: what waited in it is held until somebody decides")
    await _background(stack, bot.engine.run(), "engine")
    if bot.slack is not None:
        await _background(stack, connect(bot.slack, bot.settings, bot.desk), "slack")


async def _background(stack: AsyncExitStack, work: Awaitable[None], name: str) -> None:
    task = asyncio.create_task(_logged(work, name), name=name)

    async def end() -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)


async def _logged(work: Awaitable[None], name: str) -> None:
    try:
        await work
    except Exception:  # a background part that ends must at least say so; /readyz shows what is missing
        log.exception("%s ended", name)


async def _wind_down(bot: Bot) -> None:
    """Let what is under way finish, for a moment; what does not is taken up after the next start."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            await bot.sender.finish()
            if bot.slack is not None:
                await bot.slack.reply.finish()


@asynccontextmanager
async def serving(bot: Bot, ours: socket.socket) -> AsyncIterator[str]:
    """The bot's HTTP side on a listening socket, for as long as the block lasts; yields its URL."""
    async with served(bot.web, ours, websockets=False) as url:
        yield url
