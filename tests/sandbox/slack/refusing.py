"""Makes one method of the sandbox's Slack answer an error, instead of its effect or after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.sandbox.slack.methods import METHODS
from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.values import JSON, SlackError
from bot.sandbox.slack.workspace import Workspace


def refusing(
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    error: str,
    *,
    times: int = 10_000,
    after: bool = False,
    when: Callable[[Args], bool] = lambda _: True,
) -> list[Args]:
    """`method` answers `error` that many times, to the calls for which `when` holds; returns the list in which those calls are
    recorded."""
    known, struck = METHODS[method], list[Args]()

    def run(world: Workspace, args: Args) -> JSON:
        if len(struck) >= times or not when(args):
            return known.run(world, args)
        struck.append(args)
        if after:
            known.run(world, args)
        raise SlackError(error)

    monkeypatch.setitem(METHODS, method, replace(known, run=run))
    return struck
