"""`incident-bot run`: production. Socket Mode, signed HTTP, or both, as the environment says; stops cleanly on SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import click

from bot.machine.reading import Apart, Way

if TYPE_CHECKING:
    from bot.cli.session import Session
    from bot.settings import Settings

log = logging.getLogger(__name__)

COLLECTED_AFTER = 10_000, 20, 20
"""A large post makes tens of thousands of objects that all go at its end, none of them in a circle: looked through every 700, as
Python does it by itself, each alert on its way is gone over again and again."""
HAND_OVER_S = 0.001
"""How long the loop and the store's threads may keep the interpreter from each other. Python's own 5 ms are felt by people who
click in a storm."""


@click.command()
@click.pass_obj
def run(session: Session) -> None:
    """Run the bot until it is stopped (Ctrl-C, SIGTERM). SIGHUP reads the configuration again."""
    reading = Apart()
    reading.begin()  # it imports while we do
    try:
        reading.ask(session.settings.config_dir)
        _run_to_the_end(session.settings, reading)
    finally:
        reading.end()


def _run_to_the_end(settings: Settings, way: Way) -> None:
    import uvloop

    from bot.errors import ConfigError, StoreDown
    from bot.ground.logs import mask_with, set_up
    from bot.ground.redaction import Mask
    from bot.web.serve import PortBusyError

    mask = Mask().also(settings.secrets())
    mask_with(lambda: mask)
    set_up(settings.log_level, settings.log_format)
    try:
        uvloop.run(_run(settings, way))
    except (ConfigError, PortBusyError, StoreDown) as error:
        why = error.for_once if isinstance(error, StoreDown) else error
        click.echo(f"The bot cannot start:\n{why}", err=True)
        sys.exit(1)


async def _run(settings: Settings, way: Way | None = None) -> None:
    from bot.configuration.set_up import missing
    from bot.ground.clock import SystemClock
    from bot.web.serve import listen
    from bot.wiring import opened, serving

    sys.setswitchinterval(HAND_OVER_S)
    stop = stopped()
    async with AsyncExitStack() as stack:
        ours = stack.enter_context(listen(settings.port, host=settings.host))
        opening = asyncio.create_task(stack.enter_async_context(opened(settings, SystemClock(), way=way)))
        if not await done_before(stop, opening):
            return
        bot = opening.result()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, bot.reread_soon)
        url = await stack.enter_async_context(serving(bot, ours))
        click.echo(f"incident-bot listens on {url}", err=True)
        if not await done_before(stop, asyncio.create_task(bot.whole())):
            return
        for line in missing(settings):
            log.warning(line)
        collect_from_now_on()
        await stop.wait()


async def done_before(stop: asyncio.Event, working: asyncio.Task[Any]) -> bool:
    """Whether the work is done; if it is not because somebody has stopped us, it is given up. Raises what it raises."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
        return working.done()
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


def collect_from_now_on() -> None:
    """Everything is up: what is there stays, and only what comes is looked through for garbage (`bot.__main__` turned it off)."""
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
    gc.enable()


def stopped() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set."""
    event = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    return event
