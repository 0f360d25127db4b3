"""Starts the sandbox: the world's servers and the real bot, on one loop, with the state of last time.

It refuses a state folder that another sandbox uses or that cannot be written (`StateFolderError`), and an explicit port that is
busy (`PortBusyError`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from socket import socket
from typing import Literal

from bot.alerts import Rule
from bot.configuration import Config, load
from bot.sandbox.app import sandbox_app
from bot.sandbox.bot_deadlines import BotDeadlines
from bot.sandbox.jump import MovableClock, NoDeadlines
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
from bot.usecases.notices import Notice, announce
from bot.web.readiness import TICK_WITHIN
from bot.web.serve import listen, port_of, served
from bot.wiring import Bot, running, serving
from oncall.schedule import duty
from oncall.values import dataclass, replace

DEFAULT_PORT = 8080
BOT_PORT = 3000
PORT_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How `incident-bot sandbox` was called. If `port` is `None`, 8080 or the next free one is used."""

    state: Path = Path(".sandbox")
    port: int | None = None
    mode: Literal["socket", "http"] = "socket"
    config_dir: Path = Path("config")
    database: str | None = None
    """Another database than the state folder's own, for tests."""
    phones: bool = False
    """Whether everybody has a phone for text messages, if the YAML names no transports of its own."""
    seed: Seed = SEED
    limits: Limits | None = None
    """Slack's own limits by default."""
    patience: float = 1.0
    """How many times longer than usual everything waits in real seconds, because a test's machine may be busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A running sandbox."""

    url: str
    bot_url: str
    world: World
    slack: Workspace
    bot: Bot


@dataclass(frozen=True, slots=True)
class Doors:
    """The sockets on which the world and the bot listen."""

    ours: socket
    bots: socket

    @property
    def world_url(self) -> str:
        return f"http://127.0.0.1:{port_of(self.ours)}"

    @property
    def bot_url(self) -> str:
        return f"http://127.0.0.1:{port_of(self.bots)}"


@asynccontextmanager
async def sandbox(options: Options, clock: MovableClock | None = None) -> AsyncIterator[Sandbox]:
    """The whole sandbox, for as long as the block lasts. Raises `ConfigError` if the configuration cannot be used."""
    async with AsyncExitStack() as stack:
        folder = StateFolder(options.state)
        folder.lock()
        stack.callback(folder.unlock)
        doors = _opened(options, stack)
        clock = clock or load_clock(folder)
        world = _world(options, folder, clock, doors)
        slack = await _slack(options, folder, world, doors, stack)
        await stack.enter_async_context(served(sandbox_app(world, slack=slack_app(slack)), doors.ours))
        stack.push_async_callback(world.stop)
        places = _places(options, world, doors, mail_port=await world.start())
        keep(folder, places)
        settings = settings_for(options.state, places)
        bot = await stack.enter_async_context(running(settings, clock, partial(_adapted, world, options.phones)))
        await stack.enter_async_context(serving(bot, doors.bots))
        if options.mode == "http":
            await slack.point_at(f"{doors.bot_url}/slack/events")
            stack.push_async_callback(slack.point_at, None)
        _show(world, bot, options, stack)
        await _begin(options, folder, world, bot, doors)
        yield Sandbox(url=doors.world_url, bot_url=doors.bot_url, world=world, slack=slack, bot=bot)


def _opened(options: Options, stack: AsyncExitStack) -> Doors:
    ours = listen(DEFAULT_PORT, tries=PORT_TRIES) if options.port is None else listen(options.port)
    stack.callback(ours.close)
    bots = listen(BOT_PORT, tries=PORT_TRIES * 5)
    stack.callback(bots.close)
    return Doors(ours, bots)


def _world(options: Options, folder: StateFolder, clock: MovableClock, doors: Doors) -> World:
    people, rules = _people_and_rules(options.config_dir)
    return World(
        folder=folder,
        clock=clock,
        alert_url=f"{doors.bot_url}/alerts/alertmanager",
        external_url=doors.world_url,
        openvine_token=OPENVINE_TOKEN,
        webhooks=Webhooks(f"{doors.bot_url}/pagerduty/webhooks", WEBHOOK_SECRETS),
        people=people,
        rules=rules,
    )


async def _slack(options: Options, folder: StateFolder, world: World, doors: Doors, stack: AsyncExitStack) -> Workspace:
    slack = Workspace(
        folder.path / "slack.db",
        app=_installed(),
        clock=world.clock,
        hub=world.hub,
        base_url=doors.world_url,
        seed=options.seed,
        limits=options.limits,
        waits=WAITS * options.patience,
    )
    await slack.start()
    stack.push_async_callback(slack.stop)
    world.faults.watch(slack.switch)
    return slack


def _places(options: Options, world: World, doors: Doors, *, mail_port: int) -> Places:
    return Places(
        world_url=doors.world_url,
        mail_port=mail_port,
        bot_port=port_of(doors.bots),
        mode=options.mode,
        config_dir=str(options.config_dir.resolve()),
        database=options.database,
        people=len(world.people) if options.phones else 0,
    )


def _show(world: World, bot: Bot, options: Options, stack: AsyncExitStack) -> None:
    """Connects the page with the bot, for as long as it runs."""
    world.deadlines = BotDeadlines(bot, options.patience)
    # A page that asks at the last moment, when the bot's store is closed, gets an answer instead of a fault.
    stack.callback(setattr, world, "deadlines", NoDeadlines())
    world.rota = lambda: bot.desk.look(strip)
    stack.callback(setattr, world, "rota", no_rota)
    world.pagerduty.on_call = lambda: _primary(bot)
    world.progress = lambda: bot.desk.look(progress)
    stack.callback(setattr, world, "progress", no_progress)


async def _begin(options: Options, folder: StateFolder, world: World, bot: Bot, doors: Doors) -> None:
    """Called once Slack reaches the bot; the first time, a message in the channel says where the page is."""
    restarts = _count_start(folder)
    started = BotStatus(url=doors.bot_url, mode=options.mode, restarts=restarts)
    world.bot_status = lambda: _status(started, bot)
    await bot.connected(within=10 * options.patience)
    if restarts == 0:
        await bot.desk.do(announce, "sandbox", Notice("sandbox", {"url": doors.world_url}))


def _status(started: BotStatus, bot: Bot) -> BotStatus:
    """The engine's part of `/readyz`, without its write into the store, because a page asks all the time."""
    last = bot.engine.last_round
    age = bot.clock.real() - last if last is not None else timedelta(0)
    trouble = f"its engine went round {age.total_seconds():.0f} s ago" if age > TICK_WITHIN else ""
    return replace(started, ready=last is not None and not trouble, trouble=trouble)


def _primary(bot: Bot) -> str | None:
    """PagerDuty calls the primary of the rota, as if the team kept its schedule there equal; overrides made in Slack are not known
    there."""
    context = bot.desk.context
    person = duty(context.config.schedule, "primary", bot.clock.now()).person
    return context.name(person) if person else None


def _adapted(world: World, phones: bool, config: Config) -> Config:
    """The configuration with the sandbox's machine instead of yours, and with its phones."""
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
    """The app as the manifest describes it: with no further scope or event, so that a missing one shows here."""
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
    """How many times this sandbox was restarted."""
    kept = folder.read("starts") or {"count": -1}
    count = int(kept["count"]) + 1
    folder.write("starts", {"count": count})
    return count
