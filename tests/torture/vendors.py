"""The servers outside the victim: the sandbox's Slack, PagerDuty, mailbox and OpenVine, with their memories unlimited."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from unittest.mock import patch

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.ground.clock import ShiftedClock
from bot.sandbox import mailbox, pagerduty
from bot.sandbox.app import sandbox_app
from bot.sandbox.settings import OPENVINE_TOKEN
from bot.sandbox.slack import NoLimits, Workspace, slack_app
from bot.sandbox.slack.app import COMMANDS, SlackApp
from bot.sandbox.slack.delivery.http import HttpLine
from bot.sandbox.slack.methods import METHODS
from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.values import JSON, Message
from bot.sandbox.world import World
from bot.slack.manifest import EVENTS, OPTIONAL, SCOPES
from bot.web.serve import listen, port_of, served
from tests.client import a_client

CHANNEL = "C0VIDALERT"
EFFECT_THEN = ("500", "503", "fatal_error", "internal_error", "broken", "html")
"""Errors that Slack answers although it has done what was asked."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A post that Slack took: where it is, and what was sent."""

    channel: str
    text: str
    blocks: str


@dataclass(slots=True)
class Vendors:
    """Everything the victim talks to. `posts` counts the admin requests that reached OpenVine, by path and query."""

    url: str
    mail_port: int
    world: World
    slack: Workspace
    posts: Counter[str]
    app: SlackApp
    taken: list[Taken]
    """Every post that took effect, whatever was answered to it."""
    targets: list[str] = field(default_factory=list)
    """The replicas' URLs in HTTP mode: Slack's requests go to them in turn, as through a load balancer."""

    def well(self) -> None:
        """Everybody answers as documented again."""
        for fault in ("slack_down", "slack_429", "hang", "close"):
            self.slack.set_fault(fault, False)
        self.slack.mend()
        self.world.pagerduty.manner = "well"
        self.world.mailbox.manner = "well"


def cards_in(message: Message) -> list[int]:
    """The incident whose card this message is, if it is one: the card's mark says so."""
    marks = ((message.metadata or {}).get("event_payload") or {}).get("marks") or ()
    return [int(mark.split("@")[0].removeprefix("card:")) for mark in marks if mark.startswith("card:")]


@contextmanager
def _recording() -> Iterator[list[Taken]]:
    """What was posted while the block lasts; the answers do not tell, because effect and answer may differ."""
    known, taken = METHODS["chat.postMessage"], list[Taken]()

    def run(world: Workspace, args: Args) -> JSON:
        answer = known.run(world, args)
        taken.append(Taken(str(answer["channel"]), args.text("text"), args.text("blocks")))
        return answer

    with patch.dict(METHODS, {"chat.postMessage": replace(known, run=run)}):
        yield taken


@asynccontextmanager
async def vendors(*, http_mode: bool = False) -> AsyncIterator[Vendors]:
    """All servers, for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        pagerduty.PAGES_KEPT = mailbox.MAILS_KEPT = 100_000
        ours = listen(0)
        url = f"http://127.0.0.1:{port_of(ours)}"
        clock = ShiftedClock()
        world = World(
            folder=None, clock=clock, alert_url=f"{url}/nowhere", external_url=url, openvine_token=OPENVINE_TOKEN
        )
        world.pagerduty.rate = None
        world.pagerduty.calls = deque()
        app = SlackApp(scopes=frozenset(SCOPES) | frozenset(OPTIONAL), commands=COMMANDS, events=frozenset(EVENTS))
        slack = Workspace(None, app=app, clock=clock, base_url=url, limits=NoLimits(), retry_delays=(0.5, 2.0, 4.0))
        taken = stack.enter_context(_recording())
        await slack.start()
        stack.push_async_callback(slack.stop)
        posts: Counter[str] = Counter()
        mail_port = await world.start()
        stack.push_async_callback(world.stop)
        found = Vendors(url, mail_port, world, slack, posts, app, taken)
        client = await stack.enter_async_context(a_client(timeout=5))
        routes = [Route("/balance", _balancer(client, found.targets), methods=["POST"]), *slack_app(slack)]
        await stack.enter_async_context(served(_counting(sandbox_app(world, slack=routes, page=()), posts), ours))
        if http_mode:
            # Straight to the line: the handshake wants an answer, and nobody is alive yet.
            slack.http = HttpLine(f"{url}/balance", app.signing_secret)
        yield found


def _balancer(client: httpx.AsyncClient, targets: Sequence[str]) -> Callable[[Request], object]:
    turn = iter(range(10**9))

    async def balance(request: Request) -> Response:
        """Hands a signed request to the next replica that answers, like any load balancer."""
        body = await request.body()
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "content-length")}
        for _ in targets:
            with suppress(httpx.ConnectError):
                target = targets[next(turn) % len(targets)]
                answer = await client.post(f"{target}/slack/events", content=body, headers=headers)
                return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))
        return Response("no replica answers", 502)

    return _quietly(balance)


def _quietly(endpoint: Callable[[Request], object]) -> Callable[[Request], object]:
    """A replica that is killed in the middle of an answer is what is being tested, not a crash of the balancer."""

    async def quiet(request: Request) -> Response:
        try:
            return await endpoint(request)  # type: ignore[misc, no-any-return]
        except httpx.HTTPError:
            return Response("the replica broke off", 502)

    return quiet


def _counting(app: ASGIApp, posts: Counter[str]) -> ASGIApp:
    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith("/openvine/"):
            posts[f"{scope['path']}?{scope['query_string'].decode()}"] += 1
        await app(scope, receive, send)

    return counted


async def mischief(them: Vendors, dice: random.Random) -> None:
    """One vendor at a time misbehaves for a while, in every way that it can, until cancelled."""
    while True:
        _misbehave(them, dice)
        await asyncio.sleep(dice.uniform(0.3, 1.5))
        them.well()
        await asyncio.sleep(dice.uniform(0.5, 1.5))


def _misbehave(them: Vendors, dice: random.Random) -> None:
    match dice.randrange(3):
        case 0:
            them.world.pagerduty.manner = dice.choice(("down", "limited", "hang", "close"))
        case 1:
            them.world.mailbox.manner = dice.choice(("down", "451", "hang", "close"))
        case _:
            _misbehave_as_slack(them.slack, dice)


def _misbehave_as_slack(slack: Workspace, dice: random.Random) -> None:
    methods = ["chat.postMessage", "chat.update"]
    match dice.randrange(6):
        case 0:
            slack.set_fault("slack_429", seconds=1)
        case 1:
            slack.set_fault("slack_down")
        case 2:
            slack.set_fault("hang", seconds=10, methods=methods)
        case 3:
            slack.set_fault("close", when="before", methods=methods)
        case 4:
            slack.trouble(dice.choice(EFFECT_THEN), *methods, when="after")
        case _:
            slack.set_fault("close", when="after", methods=methods)
