"""One process's worth of a bot: built from settings and a configuration, started, and brought to rest.

The doors open first: the store, the configuration, the engine and the web side, all that an alert needs to be kept for good and
decided on. What speaks to others (`bot.wiring.outside`) is read and built behind them; until then nothing leaves, and who asks
for it waits. Refuses to go on without it: whoever asked for the whole bot hears why there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from bot.configuration import Config
from bot.context import Context
from bot.errors import Overloaded, StoreDown
from bot.ground.clock import Clock, SystemClock
from bot.ground.eventual import Eventual
from bot.ground.logs import mask_with
from bot.ground.metrics import Metrics
from bot.machine.background import BackgroundChores
from bot.machine.chores import chores
from bot.machine.clock_steps import go_on_from
from bot.machine.downtime import AWAY_AFTER, come_back
from bot.machine.engine import Engine
from bot.machine.liveness import Liveness
from bot.machine.reading import Way
from bot.machine.reload import Configurations
from bot.outbox.sender import Sender
from bot.settings import Settings
from bot.store import Store
from bot.store.migrate import upgrade
from bot.store.restoring import hold_if_cut_off
from bot.usecases.desk import Desk
from bot.usecases.liveness import ALIVE
from bot.usecases.restored import tell_of_restored
from bot.usecases.shift_changes import notice_shift_changes
from bot.web import signatures
from bot.web.adapters import Alertmanager, Beats, Intake, Reader, Remarks, Rota, Senders
from bot.web.adapters import Words as PagerDutyWords
from bot.web.app import web_app
from bot.web.guard import Access
from bot.web.ports import Ports, Slack
from bot.web.readiness import Readiness
from bot.web.serve import served
from bot.wiring.background import run_in_background
from oncall.values import dataclass

if TYPE_CHECKING:
    from bot.machine.sampling import Sampler
    from bot.wiring.outside import Outside
    from bot.wiring.slack import SlackSide

log = logging.getLogger(__name__)

SLACK_WAITS_S = 2.5
"""How long a request of Slack's waits for the half that can answer it. Slack itself gives 3 seconds."""
FIRST_ROUND_S = 2.0
"""How long that half waits for the engine's first round, which its imports would hold up: until it has ended nobody is ready."""
AGAIN_S = 0.5
"""Between two attempts to build it from a database that does not answer."""
NOT_YET = "The bot has just started and cannot answer Slack yet. Nothing was done; try again in a moment."


@dataclass(slots=True)
class Bot:
    """One running bot: with its doors open, and whole once `whole` has returned."""

    settings: Settings
    clock: Clock
    store: Store
    desk: Desk
    engine: Engine
    sender: Sender
    metrics: Metrics
    web: ASGIApp
    configurations: Configurations
    _beside: BackgroundChores
    _outside: Eventual[Outside]
    _clients: AsyncExitStack
    """The connections to others. They end behind whatever is still being sent."""
    _stack: AsyncExitStack
    _reread: asyncio.Task[None] | None = None

    async def whole(self) -> None:
        """Read and build what speaks to others, and set it going. Raises what keeps it from that, `ImportError` and all: a bot that
        takes alerts and can tell nobody of them has to end, and loudly."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_ROUND_S):
                await self.engine.gone_round.wait()
        await asyncio.to_thread(_read_outside)
        from bot.wiring.outside import set_going

        outside = await self._built()
        self.sender.carry(outside.couriers)
        self.engine.take_on(outside.chores)
        self._outside.set(outside)
        self.engine.wake()
        await set_going(outside, self.settings, self.desk, self.engine, self._stack)

    async def _built(self) -> Outside:
        """A database that falls silent now is waited for: what was taken before is kept there, and somebody has to be told."""
        from bot.wiring.outside import outside_of

        told = ""
        while True:
            try:
                async with AsyncExitStack() as clients:
                    outside = await outside_of(self.settings, self.desk, self._beside, self.configurations, clients)
                    await self._clients.enter_async_context(clients.pop_all())
                    return outside
            except StoreDown as down:
                if str(down) != told:
                    told = str(down)
                    log.warning("what speaks to others waits for the database: %s", told)
                await asyncio.sleep(AGAIN_S)

    @property
    def slack(self) -> SlackSide | None:
        """Once the bot is whole."""
        return self._there.slack

    @property
    def sampler(self) -> Sampler:
        """Once the bot is whole."""
        return self._there.sampler

    @property
    def _there(self) -> Outside:
        assert self._outside.value is not None, "this bot is not whole yet"  # noqa: S101 - a defect of whoever asks
        return self._outside.value

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
    settings: Settings,
    clock: Clock,
    adapted: Callable[[Config], Config] = lambda config: config,
    way: Way | None = None,
) -> AsyncIterator[Bot]:
    """A whole bot that works, for as long as the block lasts. Raises `ConfigError` where there is no configuration to start on."""
    async with opened(settings, clock, adapted, way) as bot:
        await bot.whole()
        yield bot


@asynccontextmanager
async def opened(
    settings: Settings,
    clock: Clock,
    adapted: Callable[[Config], Config] = lambda config: config,
    way: Way | None = None,
) -> AsyncIterator[Bot]:
    """The same, that takes alerts and decides, and is not whole yet: whoever opens it sees to that, or ends it. `way` is how the
    configuration is read; without one, in this process."""
    async with AsyncExitStack() as stack:
        bot = await _build(settings, clock, stack, adapted, way)
        stack.push_async_callback(_wind_down, bot)
        await _start(bot, stack)
        yield bot


async def _build(
    settings: Settings, clock: Clock, stack: AsyncExitStack, adapted: Callable[[Config], Config], way: Way | None
) -> Bot:
    url = settings.database
    await asyncio.get_running_loop().run_in_executor(None, _made_ready, url, clock.now())
    store = Store(url, clock, server_time=isinstance(clock, SystemClock))
    stack.push_async_callback(store.close)
    transports = frozenset(settings.transports())
    configurations = Configurations(
        Path(settings.config_dir), store, clock, transports, adapted, addresses=settings.addresses, way=way
    )
    config = await configurations.first()
    metrics = Metrics()
    context = Context(config, transports, settings.filled_in(), settings.addresses, metrics, settings.secrets())
    desk = Desk(store, clock, context)
    mask_with(lambda: desk.context.mask)
    outside: Eventual[Outside] = Eventual()
    clients = await stack.enter_async_context(AsyncExitStack())
    sender = Sender(desk, clock, {}, owner=_owner())
    background = BackgroundChores()
    stack.push_async_callback(background.end)
    liveness = Liveness(desk, clock, partial(_hears_slack, outside) if settings.slack_bot_token else None)
    deciding = chores(desk, sender, clock, liveness, background, partial(_rehearse, desk, outside))
    engine = Engine(desk, deciding, metrics, busy=lambda: sender.busy or background.busy)
    store.on_commit(engine.wake)
    web = web_app(_ports(settings, desk, engine, outside), _access(settings), metrics, clock)
    return Bot(
        settings, clock, store, desk, engine, sender, metrics, web, configurations, background, outside, clients, stack
    )


def _ports(settings: Settings, desk: Desk, engine: Engine, outside: Eventual[Outside]) -> Ports:
    """What the web side is given of this bot."""
    by_http = settings.slack_bot_token and settings.slack_signing_secret
    return Ports(
        intake=Intake(desk, desk.context.metrics),
        reader=Reader(desk),
        health=Readiness(desk, engine, desk.clock, lambda: outside.value.told if outside.value else None),
        rota=Rota(desk),
        remarks=Remarks(desk),
        beats=Beats(desk),
        senders=Senders(desk),
        alertmanager=Alertmanager(desk, desk.clock),
        slack=partial(_signed, outside) if by_http else None,
        pagerduty=PagerDutyWords(desk),
    )


def _access(settings: Settings) -> Access:
    known = {
        "grafana": (signatures.grafana, settings.grafana_webhook_secret),
        "sentry": (signatures.sentry, settings.sentry_client_secret),
    }
    return Access(
        intake_tokens=settings.intake_tokens,
        calendar_tokens=settings.calendar_tokens,
        silence_tokens=settings.silence_tokens,
        pagerduty_secrets=settings.pagerduty_webhook_secrets,
        signatures={name: signed(secret.reveal()) for name, (signed, secret) in known.items() if secret},
    )


def _made_ready(url: str, at: datetime) -> None:
    """A database of this version, in which nothing leaves that a backup had left waiting."""
    upgrade(url)
    hold_if_cut_off(url, at)


def _owner() -> str:
    return f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"


# What others need of the half that comes later


def _read_outside() -> None:
    """Import it; in a thread, so that the loop answers meanwhile."""
    threading.Thread(target=_certificates, name="certificates", daemon=True).start()
    import bot.wiring.outside  # noqa: F401 - whoever needs it finds it read


def _certificates() -> None:
    """Read them beside the imports, which go on meanwhile: OpenSSL lets go of the interpreter."""
    import aiohttp  # noqa: F401 - reads its own when it is imported

    from bot.ground.tls import trusted

    trusted()


async def _signed(outside: Eventual[Outside]) -> Slack:
    """Slack's half, as soon as it is there. Raises `Overloaded` where that takes too long: Slack sends its events again."""
    try:
        signed = (await outside.within(SLACK_WAITS_S)).signed
    except TimeoutError:
        raise Overloaded(NOT_YET) from None
    assert signed is not None  # noqa: S101 - who asks has seen that the settings name the secret
    return signed


async def _hears_slack(outside: Eventual[Outside]) -> bool:
    slack = outside.value.slack if outside.value else None
    return slack is not None and await slack.hears()


async def _rehearse(desk: Desk, outside: Eventual[Outside]) -> None:
    """What is due of a drill; without its figure as long as nobody can read that, for it has to give way all the same."""
    if outside.value is not None:
        await outside.value.rehearse()
    else:
        from bot.usecases.drill_clock import play_due

        await desk.do(play_due, None)


async def _start(bot: Bot, stack: AsyncExitStack) -> None:
    """Let it decide: what has come due while nobody was here, and whatever comes."""
    await go_on_from(bot.desk, ALIVE)
    await bot.configurations.announce(bot.desk)
    await bot.desk.do(notice_shift_changes)
    if (gap := await bot.desk.do(come_back)) > AWAY_AFTER:
        log.warning("back after %d s away", gap.total_seconds())
    if await bot.desk.do(tell_of_restored):
        log.warning("a backup was put back: what waited in it is held until somebody decides")
    await run_in_background(stack, bot.engine.run(), "engine")


async def _wind_down(bot: Bot) -> None:
    """Let what is under way finish, for a moment; what does not is taken up after the next start."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            await bot.sender.finish()
            if (outside := bot._outside.value) is not None and outside.slack is not None:
                await outside.slack.reply.finish()


@asynccontextmanager
async def serving(bot: Bot, ours: socket.socket) -> AsyncIterator[str]:
    """The bot's HTTP side on a listening socket, for as long as the block lasts; yields its URL."""
    async with served(bot.web, ours, websockets=False) as url:
        yield url
