"""The only place that builds things: from settings and a configuration to a bot that runs.

`Bot` is one process's worth: store, desk, engine, sender, the Slack side and the web side. Everything is passed in by
constructor; nothing is found at import.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient
from starlette.types import ASGIApp

from bot.configuration import Config
from bot.configuration.findings import Finding
from bot.configuration.model import Transport
from bot.configuration.zones import time_zones
from bot.context import Context
from bot.errors import ConfigError
from bot.ground.clock import Clock, SystemClock
from bot.ground.logs import mask_with
from bot.ground.metrics import Metrics
from bot.ground.tls import trusted
from bot.machine import audit
from bot.machine.audit import Auditor
from bot.machine.away import AWAY_AFTER, come_back
from bot.machine.chores import Beside, Ears, chores, every
from bot.machine.engine import Chore, Engine
from bot.machine.mail import EVERY as LOOK_AT_MAIL_EVERY
from bot.machine.mail import look_at_mail
from bot.machine.reload import Configurations
from bot.machine.sampling import THIN_EVERY, Sampler
from bot.machine.timekeeping import go_on_from
from bot.outbox.cover import StandIns
from bot.outbox.evidence import Evidence
from bot.outbox.handoffs import Handoffs
from bot.outbox.heard import Heard
from bot.outbox.keeping import KeepingCouriers
from bot.outbox.listening import Listening
from bot.outbox.pages import Paging
from bot.outbox.preflight import Preflight
from bot.outbox.reports import KnownHere, Reports, Show
from bot.outbox.sender import Courier, Sender
from bot.outbox.steps import Runner, answered
from bot.outbox.talk import Talk
from bot.outbox.throttle import ROOM
from bot.outbox.words import TeamMail, Way, Words
from bot.pagers.apprise import Apprise, Threads
from bot.pagers.pagerduty import PagerDuty
from bot.pagers.slack import SlackDirect, ThreadMention
from bot.pagers.webhook import Webhook
from bot.preflight.admin import ask_openvine
from bot.preflight.arrivals import arrivals
from bot.preflight.asking import Probe
from bot.preflight.mail import ask_mail
from bot.preflight.morning import keep_taken, taken_messages
from bot.preflight.pagerduty import ask_pagerduty
from bot.preflight.transports import addresses
from bot.reports.asker import Asker, Sources
from bot.runbooks.urls import VARIABLES, host_of
from bot.settings import Settings
from bot.slack.channel import Channel
from bot.slack.directory import Directory
from bot.slack.identity import Identity
from bot.slack.joining import Attempt, insist, open_socket, side_by_side
from bot.slack.keeping import Keeping
from bot.slack.messenger import Messenger
from bot.slack.native import Drawings
from bot.slack.probe import Asking, ask_about_messages, ask_slack
from bot.slack.watch import Client, Watch
from bot.store import Store, deliveries
from bot.store.migrate import upgrade
from bot.usecases.desk import Desk
from bot.usecases.hearing import ALIVE
from bot.usecases.turns import look_at_turns
from bot.watch.prometheus import Prometheus
from bot.watch.reader import MetricsReader
from bot.web.adapters import Intake, Reader, Readiness
from bot.web.adapters import Words as PagerDutyWords
from bot.web.app import web_app
from bot.web.serve import served
from handlers.app import build_app
from handlers.http import Signed
from handlers.reply import Reply
from handlers.verbs import Outside
from oncall.page import DeliveryError, Pager

if TYPE_CHECKING:
    from bot.pagers.email import Email

log = logging.getLogger(__name__)

SLACK_TIMEOUT = 8
"""Seconds for one call of Slack's Web API."""
DIRECTORY_EVERY = timedelta(minutes=10)


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


@dataclass(slots=True)
class SlackSide:
    """Everything that needs a Slack."""

    client: AsyncWebClient
    identity: Identity
    channel: Channel
    directory: Directory
    messenger: Messenger
    reply: Reply
    app: Any
    watch: Watch
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once everything that Slack is asked at the start was tried, and when the workspace is refused."""
    socket: AsyncSocketModeHandler | None = None
    by_http: bool = False
    """Whether Slack posts its events to us, too."""

    async def hears(self) -> bool:
        """Whether Slack can tell us anything at present, as far as can be seen from here."""
        if self.by_http:
            return self.identity.known
        return self.socket is not None and bool(await self.socket.client.is_connected())


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
    await asyncio.get_running_loop().run_in_executor(None, upgrade, url)
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
    http, guarded = await stack.enter_async_context(_client()), await stack.enter_async_context(_client())
    slack = await _slack_side(settings, desk, guarded, stack)
    mail = _mail(settings, clock)
    sender = Sender(desk, clock, _couriers(settings, desk, slack, http, guarded, mail), owner=_owner())
    beside = Beside()
    stack.push_async_callback(beside.end)
    heartbeat = settings.heartbeat_url.get_secret_value() if settings.heartbeat_url else None
    auditor = Auditor(desk, metrics, http, heartbeat)
    sampler = Sampler(desk, clock, _metrics(desk, guarded), _prometheus(settings, http))
    watching = [
        Chore("samples", sampler.due, beside("samples", sampler.sample)),
        every(THIN_EVERY, "thinning", beside("thinning", sampler.thin), clock),
    ]
    jobs = _chores(desk, sender, clock, slack, configurations, auditor, beside, mail)
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
    )
    return Bot(settings, clock, store, desk, engine, sender, sampler, metrics, web, slack, configurations)


def _client() -> httpx.AsyncClient:
    """With connections of its own: the pages do not wait for one that a hanging step holds."""
    limits = httpx.Limits(max_connections=ROOM["run"], max_keepalive_connections=20)
    return httpx.AsyncClient(timeout=httpx.Timeout(8, connect=3), limits=limits, trust_env=False, verify=trusted())


def _owner() -> str:
    return f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"


def variables_of(settings: Settings) -> dict[str, str]:
    """What runbook steps and readers of figures may fill in."""
    token = settings.openvine_api_token
    values = {
        "OPENVINE_API_URL": settings.openvine_api_url,
        "CDN_TEST_URL": settings.cdn_test_url,
        "CDN_STATUS_URL": settings.cdn_status_url,
        "PROMETHEUS_URL": settings.prometheus_url or "",
    }
    return values | ({"OPENVINE_API_TOKEN": token.get_secret_value()} if token else {})


def allowed_hosts(config: Config, variables: Mapping[str, str]) -> frozenset[str]:
    """The hosts of bot.yml; an entry such as `${OPENVINE_API_URL}` stands for the host of that setting."""
    named = {f"${{{name}}}": variables.get(name, "") for name in VARIABLES}
    return frozenset(host_of(named[entry]) if entry in named else entry for entry in config.bot.hosts)


def _hosts(desk: Desk) -> frozenset[str]:
    return allowed_hosts(desk.context.config, desk.context.variables)


async def _slack_side(
    settings: Settings, desk: Desk, guarded: httpx.AsyncClient, stack: AsyncExitStack
) -> SlackSide | None:
    if settings.slack_bot_token is None:
        return None
    session = await stack.enter_async_context(
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_TIMEOUT), trust_env=True)
    )
    token = settings.slack_bot_token.get_secret_value()

    def client_of(token: str | None, watch: Watch) -> Client:
        # The SDK would by itself repeat a call whose connection broke: a second message that does not say it may be one.
        return Client(token, settings.slack_api_url, SLACK_TIMEOUT, session=session, retry_handlers=[], watch=watch)

    identity = Identity(token)
    await identity.recall(desk)
    watch = Watch(desk, desk.clock)
    client = client_of(token, watch)
    channel = Channel(client, desk, identity, watch)
    await channel.recall()
    watch.ours, watch.sure = channel.known, lambda: identity.sure
    drawings = Drawings(desk, lambda: identity.team)
    messenger = Messenger(client, desk.clock, lambda: _refused(identity) or watch.gate(), drawings)
    directory = Directory(client, desk, identity)
    reply = Reply(Outside(messenger, _runner(desk, guarded).rehearse), directory.meet, settings.command_prefix)
    secret = settings.slack_signing_secret
    app = build_app(
        # Without the token: each listener is given it by `authorize`.
        client=client_of(None, watch),
        desk=desk,
        reply=reply,
        channel=channel,
        identity=identity,
        meet=directory.meet,
        signing_secret=secret.get_secret_value() if secret else None,
    )
    return SlackSide(client, identity, channel, directory, messenger, reply, app, watch, by_http=secret is not None)


def _refused(identity: Identity) -> DeliveryError | None:
    """Nothing leaves for a workspace that is not ours."""
    if not identity.refused:
        return None
    return DeliveryError(f"Slack is not used: {identity.refused}", temporary=True, retry_after=timedelta(minutes=1))


def _couriers(
    settings: Settings,
    desk: Desk,
    slack: SlackSide | None,
    http: httpx.AsyncClient,
    guarded: httpx.AsyncClient,
    mail: Email | None,
) -> dict[str, Courier]:
    """Who carries which kind of delivery. `guarded` is how the guarded system is asked, `http` how everybody else."""
    key = settings.pagerduty_routing_key
    pagers: dict[str, Pager] = {}
    ways: dict[str, Way] = {}
    couriers: dict[str, Courier] = {}
    show: Show | None = None
    if key is not None:
        pagers["pagerduty"] = PagerDuty(http, settings.pagerduty_events_url)
    if mail is not None:
        pagers["email"] = ways["email"] = mail
        couriers["mail"] = Courier(TeamMail(desk, mail).send)
    if slack is not None:
        identity = slack.identity
        talk = Talk(desk, slack.messenger, slack.channel)
        stand_ins = StandIns(desk, slack.messenger, slack.channel)
        show = talk.report
        shifts = Handoffs(desk, slack.messenger, slack.directory.find)
        kept = KeepingCouriers(Keeping(slack.client, desk, slack.channel))
        pagers["slack"] = ways["slack"] = SlackDirect(desk, slack.messenger, lambda: identity.team)
        pagers["mention"] = ThreadMention(desk, talk)
        couriers |= {
            "draw": Courier(talk.draw),
            "redraw": Courier(talk.redraw),
            "thread": Courier(talk.thread_line),
            "remind": Courier(talk.reminder),
            "timeline": Courier(talk.timeline),
            "notice": Courier(talk.notice),
            "cover_ask": Courier(stand_ins.ask),
            "cover_redraw": Courier(stand_ins.redraw),
            "handoff": Courier(shifts.handoff),
            "shift": Courier(shifts.shift),
            "copy": Courier(shifts.copy),
            "usergroup": Courier(kept.user_group),
            "topic": Courier(kept.topic),
            "heard": Courier(Heard(desk, slack.channel.id, lambda: identity.own).send),
        }
    find = slack.directory.find if slack is not None else _nobody
    paging = Paging(desk, pagers, key.get_secret_value() if key else "", find, _named_pagers(desk, http))
    runner = _runner(desk, guarded)
    return couriers | {
        "page": paging.courier(),
        "page_close": Courier(paging.close),
        "word": Courier(Words(desk, ways, find).send),
        "step": Courier(runner.send, left=answered),
        "look": Courier(runner.look),
        "observe": Courier(runner.observe),
        "check": Courier(runner.check),
        "listen": Courier(Listening(desk).send),
        "report": Courier(Reports(desk, _asker(desk, http), show).send),
        "preflight": Courier(Preflight(desk, _probes(settings, desk, slack)).send),
        "sample": Courier(Evidence(desk, guarded, partial(_hosts, desk)).send),
    }


def _probes(settings: Settings, desk: Desk, slack: SlackSide | None) -> tuple[Probe, ...]:
    """What is asked every morning."""

    async def of_slack(config: Config) -> list[Finding]:
        if slack is None:
            return []
        asking = Asking(team=slack.identity.team, channel=slack.channel.known() or "")
        found = await ask_slack(slack.client, config.bot, asking)
        known = await desk.store.read(taken_messages)
        messages, verdict = await ask_about_messages(slack.client, config, known)
        if verdict.taken != known:
            await desk.do(keep_taken, verdict.taken)
        last = await desk.store.read(deliveries.last_direct)
        return [*found, *messages, *arrivals(config.bot, last, desk.clock.now())]

    async def of_pagerduty(config: Config) -> list[Finding]:
        return await ask_pagerduty(settings, config.bot)

    async def of_mail(config: Config) -> list[Finding]:
        return await ask_mail(settings, config.bot)

    async def of_openvine(_config: Config) -> list[Finding]:
        return await ask_openvine(settings)

    async def of_time_zones(config: Config) -> list[Finding]:
        return [time_zones(config.schedule.timezone, desk.clock.now())]

    async def of_transports(config: Config) -> list[Finding]:
        return list(addresses(config, settings))

    return (of_slack, of_pagerduty, of_mail, of_openvine, of_time_zones, of_transports)


def _named_pagers(desk: Desk, http: httpx.AsyncClient) -> Callable[[Transport], Pager]:
    """Makes the pagers of the transports that bot.yml names."""
    threads = Threads()

    def pager(way: Transport) -> Pager:
        if way.by == "webhook":
            return Webhook(http, desk.clock, way.name, desk.context.addresses.get(way.secret, ""))
        return Apprise(way.name, desk.context.config.bot.apprise_schemes, threads)

    return pager


def _mail(settings: Settings, clock: Clock) -> Email | None:
    if settings.smtp_url is None or not settings.mail_from:
        return None
    from bot.pagers.email import Email, MailServer  # its library is a tenth of a start; only who mails pays for it

    server = MailServer.from_url(settings.smtp_url.get_secret_value())
    return Email(server, settings.mail_from, clock, prefix=settings.command_prefix)


def _asker(desk: Desk, http: httpx.AsyncClient) -> Asker:
    """Makes reports. What it is allowed to ask follows the configuration in force."""
    sources = Sources(
        http,
        variables=lambda: desk.context.variables,
        hosts=partial(_hosts, desk),
        logs=lambda: desk.context.config.bot.logs,
        mask=lambda: desk.context.mask,
    )
    return Asker(sources, KnownHere(desk), lambda: desk.context.config.reports)


def _runner(desk: Desk, http: httpx.AsyncClient) -> Runner:
    """Does steps, and reads what they would do. It keeps nothing, so that there may be several."""
    return Runner(desk, http, partial(_hosts, desk), _metrics(desk, http))


def _prometheus(settings: Settings, http: httpx.AsyncClient) -> Prometheus | None:
    """Where the queries of rules are asked, if not of the bot's own samples."""
    return Prometheus(http, settings.prometheus_url) if settings.prometheus_url else None


def _metrics(desk: Desk, http: httpx.AsyncClient) -> MetricsReader:
    return MetricsReader(
        http,
        monitoring=lambda: desk.context.config.monitoring,
        variables=lambda: desk.context.variables,
        hosts=partial(_hosts, desk),
    )


async def _nobody(email: str) -> None:
    """Without Slack nobody has an account there."""


def _chores(
    desk: Desk,
    sender: Sender,
    clock: Clock,
    slack: SlackSide | None,
    configurations: Configurations,
    auditor: Auditor,
    beside: Beside,
    mail: Email | None,
) -> list[Any]:
    async def reread() -> None:
        await configurations.reread(desk)

    housekeeping = [
        every(timedelta(seconds=5), "configuration", reread, clock),
        every(audit.EVERY, "audit", beside("audit", auditor.run), clock, at_once=False),
    ]
    if mail is not None and mail.wants_tls:
        look = partial(look_at_mail, desk, mail.offers_tls, mail.off)
        housekeeping.append(every(LOOK_AT_MAIL_EVERY, "mail", beside("mail", look), clock))
    if slack is not None:
        side = slack

        async def read_directory() -> None:
            if side.identity.known:
                await side.directory.read()

        housekeeping.append(
            every(DIRECTORY_EVERY, "directory", beside("directory", read_directory), clock, at_once=False)
        )
    return [*chores(desk, sender, clock, Ears(desk, clock, slack.hears if slack else None)), *housekeeping]


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
    await _background(stack, bot.engine.run(), "engine")
    if bot.slack is not None:
        await _background(stack, _connect(bot, bot.slack), "slack")


async def _connect(bot: Bot, slack: SlackSide) -> None:
    """Learn who we are, then let events in, and find the people and the channel.

    A workspace that is not ours is left alone, as if Slack were not set up.
    """
    try:
        await insist(lambda: slack.identity.ask(slack.client, bot.desk), "asking Slack who we are")
    except ConfigError as error:
        bot.desk.without("slack")
        others = ", ".join(sorted(bot.desk.context.transports)) or "nothing: NOBODY CAN BE PAGED"
        log.error("Slack is refused, pages leave by %s. %s", others, error)
        slack.decided.set()
        return
    parts: dict[str, Attempt] = {
        "reading Slack's list of people": slack.directory.read,
        "looking for the channel": slack.channel.id,
    }
    handler = None
    if bot.settings.slack_app_token is not None:
        handler = AsyncSocketModeHandler(slack.app, bot.settings.slack_app_token.get_secret_value())
        slack.socket = handler
        slack.watch.socket = handler.client.is_connected
        parts["opening the socket"] = lambda: open_socket(handler, SLACK_TIMEOUT)
    try:
        await side_by_side(parts, slack.identity.untried, slack.decided.set)
        await asyncio.Event().wait()
    finally:
        if handler is not None:
            with contextlib.suppress(Exception):
                await handler.close_async()  # type: ignore[no-untyped-call]


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
