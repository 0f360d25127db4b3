"""Whoever is not known is asked about; what is no answer is a refusal, not a defect of ours."""

from __future__ import annotations

from typing import Any

import pytest

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.slack.directory import Directory
from bot.slack.identity import Identity
from bot.store import Store
from bot.usecases.desk import Desk
from oncall.page import DeliveryError
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED


class Proxy:
    """Something between Slack and us, that says yes to everything."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    async def users_lookupByEmail(self, **asked: str) -> Any:  # noqa: N802 - Slack's name for it
        return self._answer

    async def users_info(self, **asked: str) -> Any:
        return self._answer


@pytest.mark.parametrize("answer", [{"ok": True}, {"ok": True, "user": None}, {"ok": True, "user": {}}])
async def test_an_answer_that_names_no_account_is_tried_again_later(sqlite_url: str, answer: dict[str, Any]) -> None:
    clock = FrozenClock(MONDAY)
    store = Store(sqlite_url, clock)
    client: Any = Proxy(answer)
    directory = Directory(client, Desk(store, clock, Context(SHIPPED, ALL)), Identity("xoxb-1"))
    for asking in (directory.find("engineer_a@openvine.co"), directory.meet("U1")):
        with pytest.raises(DeliveryError, match="names no account") as refused:
            await asking
        assert refused.value.temporary
    await store.close()
