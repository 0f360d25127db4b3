"""Stories run on the loop that bot and sandbox run on in life; it takes a tenth less of their time, too."""

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
    """Each morning of a story the bot draws all that it can say, to ask Slack about what is new: nearly all is always the same."""
    of = messages._of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "_of", cache(lambda text: tuple(of(text))))
        yield
