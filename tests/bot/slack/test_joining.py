"""What the bot needs of Slack at its start is tried until it works, whatever part of the way to it fails."""

from __future__ import annotations

import aiohttp
import pytest

from bot.errors import Overloaded, StoreDown
from bot.slack import joining
from oncall.page import DeliveryError


@pytest.mark.parametrize(
    "trouble",
    [
        DeliveryError("Slack has trouble", temporary=True),
        aiohttp.ClientConnectionError("gone"),
        StoreDown("the database is away"),
        Overloaded("too many wait"),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
async def test_what_passes_is_tried_again_until_it_works_and_told_meanwhile(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(joining, "RETRY", 0)
    left, told, ended = [trouble, trouble], dict[str, str](), list[bool]()

    async def attempt() -> None:
        if left:
            raise left.pop()
        told_before.update(told)

    told_before: dict[str, str] = {}
    await joining.side_by_side({"asking who we are": attempt}, told, lambda: ended.append(True))
    assert told_before == {"asking who we are": str(trouble)}
    assert (told, ended[0]) == ({}, True)
