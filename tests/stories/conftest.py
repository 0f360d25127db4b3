"""Runs the stories on uvloop, the loop of the bot and the sandbox in production; it also takes a tenth less of their time."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pytest
import uvloop

from bot.slack.trial import messages


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session", autouse=True)
def trials_are_drawn_once() -> Iterator[None]:
    """Caches the messages that the bot draws each morning to ask Slack about new ones: nearly all of them are always the same."""
    of = messages._of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "_of", cache(lambda text: tuple(of(text))))
        yield
