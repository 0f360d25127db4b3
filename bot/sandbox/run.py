"""Starts the sandbox: the state folder, the world, and the web app on one loop. The bot is wired in by `bot/wiring`.

Refuses a state folder that another sandbox holds (`StateInUseError`) and an explicit port that is busy (`PortBusyError`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from starlette.routing import BaseRoute

from bot.sandbox.app import sandbox_app
from bot.sandbox.serve import listen, port_of, served
from bot.sandbox.state import StateFolder, load_clock
from bot.sandbox.world import World

DEFAULT_PORT = 8080
PORT_TRIES = 20
OPENVINE_TOKEN = "sandbox-openvine"  # noqa: S105 - the sandbox's secrets are no secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How `incident-bot sandbox` was called. `port` None: 8080 or the next free one. `bot_url`: where the bot listens."""

    state: Path = Path(".sandbox")
    port: int | None = None
    mode: Literal["socket", "http"] = "socket"
    bot_url: str = "http://127.0.0.1:3000"
    people: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A sandbox that runs: its page's URL, its SMTP port and its world."""

    url: str
    mail_port: int
    world: World


@asynccontextmanager
async def running(
    options: Options, *, slack: Sequence[BaseRoute] = (), page: Sequence[BaseRoute] | None = None
) -> AsyncIterator[Running]:
    """Everything but the bot, for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        folder = StateFolder(options.state)
        folder.lock()
        stack.callback(folder.unlock)
        ours = listen(DEFAULT_PORT, tries=PORT_TRIES) if options.port is None else listen(options.port)
        stack.callback(ours.close)
        world = World(
            folder=folder,
            clock=load_clock(folder),
            alert_url=f"{options.bot_url}/alerts/alertmanager",
            external_url=f"http://127.0.0.1:{port_of(ours)}",
            openvine_token=OPENVINE_TOKEN,
            people=options.people,
        )
        url = await stack.enter_async_context(served(sandbox_app(world, slack=slack, page=page), ours))
        # Entered last, so it ends first: open event streams let go before the server waits for them.
        stack.push_async_callback(world.stop)
        yield Running(url=url, mail_port=await world.start(), world=world)


async def run_sandbox(options: Options) -> None:
    """Run until cancelled."""
    async with running(options):
        await asyncio.Event().wait()
