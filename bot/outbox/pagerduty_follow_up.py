"""Looks, ten minutes after PagerDuty accepted a page, whether anything was heard of it since. Sends nothing."""

from __future__ import annotations

from bot.outbox.courier import Handed, Needless
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.pagerduty_follow_up import say_unheard, unheard
from oncall.page import Receipt


class PagerDutyFollowUp:
    """The courier of these follow-ups."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `Needless` where something was heard, or nobody has to answer any more."""
        if not await self._desk.look(unheard, claimed):
            raise Needless("PagerDuty was heard of, or somebody has it")
        return Handed(Receipt(""), lambda tx, ctx: say_unheard(tx, ctx, claimed.incident or 0))
