"""Starts the sandbox: the world's servers and the real bot, on one loop, with the state of last time.

Refuses a state folder that another sandbox holds or that cannot be written (`StateFolderError`) and an explicit port that is
busy (`PortBusyError`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from bot.alerts import Rule
from bot.configuration import Config, load
from bot.machine.deadlines import next_deadline
from bot.sandbox.app import sandbox_app
from bot.sandbox.jump import SOON, MovableClock, NoDeadlines
from bot.sandbox.pagerduty_webhooks import Webhooks
from bot.sandbox.progress import progress
from bot.sandbox.rota import strip
from bot.sandbox.settings import OPENVINE_TOKEN, WEBHOOK_SECRETS, Places, keep, settings_for
from bot.sandbox.slack import SEED, Seed, Workspace, slack_app
from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.delivery.dispatcher import WAITS
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.values import Command, Shortcut
from bot.sandbox.state import StateFolder, load_clock
from bot.sandbox.world import BotStatus, World, no_progress, no_rota
from bot.slack.manifest import EVENTS, OPTIONAL, SCOPES, manifest
from bot.store import claims
from bot.store.deliveries import LANES, Lane
from bot.store.due import Questions
from bot.usecases.notices import Notice, announce
from bot.web.readiness import TICK_WITHIN
from bot.web.serve import listen, port_of, served
from bot.wiring import Bot, running, serving
from oncall.schedule import duty
from oncall.values import dataclass, replace

DEFAULT_PORT = 8080
BOT_PORT = 3000
PORT_TRIES = 20
SETTLE_WITHIN = 5.0
"""Real seconds that one stop of a jump waits for the bot; what hangs longer is a broken vendor, and goes on by itself."""
TOLD = tuple(lane for lane in LANES if lane not in ("card", "house"))
"""The lanes that tell the night: a jump waits for them. A card is drawn from the state at sending time, so it cannot come late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How `incident-bot sandbox` was called. `port` None: 8080 or the next free one."""

    state: Path = Path(".sandbox")
    port: int | None = None
    mode: Literal["socket", "http"] = "socket"
    config_dir: Path = Path("config")
    database: str | None = None
    """Another database than the state folder's own: the tests'."""
    phones: bool = False
    """Whether everybody has a phone for text messages, where the YAML names no transports of its own."""
    seed: Seed = SEED
    limits: Limits | None = None
    """Slack's own by default."""
    patience: float = 1.0
    """How many times longer than in life everybody waits for real seconds: a test's machine may have much else to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A sandbox that runs."""

    url: str
    bot_url: str
    world: World
    slack: Workspace
    bot: Bot


class BotDeadlines:
    """What a jump of the clock asks the bot."""

    def __init__(self, bot: Bot, patience: float = 1.0) -> None:
        self._bot = bot
        self._within = SETTLE_WITHIN * patience

    async def next_deadline(self) -> tuple[datetime, str] | None:
        return await self._bot.desk.look(next_deadline)

    async def next_try(self) -> datetime | None:
        now = self._bot.clock.now()
        heads = [max(at, self._bot.sender.rests_until(lane) or at) for lane, at in (await self._heads()).items()]
        return min((at for at in heads if at > now), default=None)

    def sample_due(self) -> bool:
        return self._bot.sampler.due() <= self._bot.clock.now()

    def brewing(self) -> bool:
        return self._bot.sampler.pending

    async def settled(self) -> None:
        await self._engine_settled()
        overdue = [lane for lane, at in (await self._heads()).items() if at <= self._bot.clock.now()]
        if rests := [until for lane in overdue if (until := self._bot.sender.rests_until(lane)) is not None]:
            # Slack asked for real seconds, which no jump brings. Longer ones are an outage, which a night does not wait for.
            left = min(rests) - self._bot.clock.now()
            await asyncio.sleep(left.total_seconds() if left <= SOON else 0)
            await self._engine_settled()

    async def _engine_settled(self) -> None:
        self._bot.engine.wake()
        await self._bot.engine.settled(self._within)

    async def _heads(self) -> dict[Lane, datetime]:
        """When each lane that tells something has something to send."""
        heads = await self._bot.desk.look(lambda tx, _ctx: _OUTBOX.ask(tx.conn))
        return {lane: at for lane in TOLD if (at := heads[lane]) is not None}


_OUTBOX = Questions(dict(zip(LANES, claims.EARLIEST, strict=True)))


@asynccontextmanager
async def sandbox(options: Options, clock: MovableClock | None = None) -> AsyncIterator[Sandbox]:
    """Everything, for as long as the block lasts. Raises `ConfigError` where the configuration cannot be started on."""
    async with AsyncExitStack() as stack:
        folder = StateFolder(options.state)
        folder.lock()
        stack.callback(folder.unlock)
        ours = listen(DEFAULT_PORT, tries=PORT_TRIES) if options.port is None else listen(options.port)
        stack.callback(ours.close)
        bots = listen(BOT_PORT, tries=PORT_TRIES * 5)
        stack.callback(bots.close)
        world_url, bot_url = (f"http://127.0.0.1:{port_of(each)}" for each in (ours, bots))
        clock = clock or load_clock(folder)
        people, rules = _people_and_rules(options.config_dir)
        world = World(
            folder=folder,
            clock=clock,
            alert_url=f"{bot_url}/alerts/alertmanager",
            external_url=world_url,
            openvine_token=OPENVINE_TOKEN,
            webhooks=Webhooks(f"{bot_url}/pagerduty/webhooks", WEBHOOK_SECRETS),
            people=people,
            rules=rules,
        )
        slack = Workspace(
            folder.path / "slack.db",
            app=_installed(),
            clock=clock,
            hub=world.hub,
            base_url=world_url,
            seed=options.seed,
            limits=options.limits,
            waits=WAITS * options.patience,
        )
        await slack.start()
        stack.push_async_callback(slack.stop)
        world.faults.watch(slack.switch)
        await stack.enter_async_context(served(sandbox_app(world, slack=slack_app(slack)), ours))
        stack.push_async_callback(world.stop)
        mail_port = await world.start()
        places = Places(
            world_url=world_url,
            mail_port=mail_port,
            bot_port=port_of(bots),
            mode=options.mode,
            config_dir=str(options.config_dir.resolve()),
            database=options.database,
            people=len(world.people) if options.phones else 0,
        )
        keep(folder, places)
        settings = settings_for(options.state, places)
        bot = await stack.enter_async_context(running(settings, clock, partial(_adapted, world, options.phones)))
        await stack.enter_async_context(serving(bot, bots))
        if options.mode == "http":
            await slack.point_at(f"{bot_url}/slack/events")
            stack.push_async_callback(slack.point_at, None)
        world.deadlines = BotDeadlines(bot, options.patience)
        # A page that asks in the last moment, when the bot's store is closed, is answered and not shown a fault.
        stack.callback(setattr, world, "deadlines", NoDeadlines())
        world.rota = lambda: bot.desk.look(strip)
        stack.callback(setattr, world, "rota", no_rota)
        world.pagerduty.on_call = lambda: _primary(bot)
        world.progress = lambda: bot.desk.look(progress)
        stack.callback(setattr, world, "progress", no_progress)
        restarts = _count_start(folder)
        started = BotStatus(url=bot_url, mode=options.mode, restarts=restarts)
        world.bot_status = lambda: _status(started, bot)
        await bot.connected(within=10 * options.patience)
        if restarts == 0:
            await bot.desk.do(announce, "sandbox", Notice("sandbox", {"url": world_url}))
        yield Sandbox(url=world_url, bot_url=bot_url, world=world, slack=slack, bot=bot)


def _status(started: BotStatus, bot: Bot) -> BotStatus:
    """Ready as `/readyz` has it of the engine, without its write into the store: a page looks all the time."""
    last = bot.engine.last_round
    age = bot.clock.real() - last if last is not None else timedelta(0)
    trouble = f"its engine went round {age.total_seconds():.0f} s ago" if age > TICK_WITHIN else ""
    return replace(started, ready=last is not None and not trouble, trouble=trouble)


def _primary(bot: Bot) -> str | None:
    """The team keeps PagerDuty's schedule in step with its rota; an override made in Slack is not known there."""
    context = bot.desk.context
    person = duty(context.config.schedule, "primary", bot.clock.now()).person
    return context.name(person) if person else None


def _adapted(world: World, phones: bool, config: Config) -> Config:
    """With the machine of the sandbox in the place of yours, and its phones."""
    here = world.workshop.adapted(config)
    return world.phones.adapted(here) if phones else here


def _people_and_rules(config_dir: Path) -> tuple[tuple[tuple[str, str], ...], tuple[Rule, ...]]:
    """Raises `ConfigError` like the bot's own start, unless the bot has a good configuration of last time."""
    from bot.errors import ConfigError

    try:
        config = load(config_dir)
    except ConfigError:
        return (), ()
    return tuple((person.email, person.name) for person in config.bot.people.values()), config.rules


def _installed() -> SlackApp:
    """The app as the manifest describes it: no scope and no event more, so that a missing one shows here."""
    features = manifest()["features"]
    home, commands = features.get("app_home", {}), features["slash_commands"]
    tab = bool(home.get("messages_tab_enabled"))
    menu = tuple(Shortcut(each["callback_id"], each["name"], each["description"]) for each in features["shortcuts"])
    typed = tuple(Command(each["command"], each["description"], f"[{each['usage_hint']}]") for each in commands)
    return SlackApp(
        messages_tab=tab,
        home_tab=bool(home.get("home_tab_enabled")),
        scopes=frozenset(SCOPES) | frozenset(OPTIONAL),
        commands=typed,
        shortcuts=menu,
        events=frozenset(EVENTS),
    )


def _count_start(folder: StateFolder) -> int:
    """How often this sandbox was started again."""
    kept = folder.read("starts") or {"count": -1}
    count = int(kept["count"]) + 1
    folder.write("starts", {"count": count})
    return count
