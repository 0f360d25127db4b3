"""The courier of reports: read when it leaves, a report stands in the channel, and in the team's mailbox if that is wanted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.context import Context
from bot.outbox.courier import Handed
from bot.reports.asker import Asker
from bot.reports.daily import CleanUp
from bot.reports.facts import Facts, Period
from bot.reports.model import Name, Report
from bot.reports.rendering import as_text
from bot.store import Tx
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.reports import LENGTHS, clean_ups, facts_of, mail_team, period_of
from oncall.page import DeliveryError, Receipt

Show = Callable[[Report, Claimed], Awaitable[str]]
"""Puts a report into the channel, and says where it stands."""


class Reports:
    """Without `show` (no Slack is set up) a report only goes where mail goes."""

    def __init__(self, desk: Desk, asker: Asker, show: Show | None) -> None:
        self._desk, self._asker, self._show = desk, asker, show

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`."""
        name = _name(str(claimed.payload["report"]))
        until = datetime.fromisoformat(str(claimed.payload["until"]))
        period = period_of(name, until, self._desk.context.config.schedule.timezone)
        report = await self._asker.report(name, period)
        receipt = Receipt(await self._show(report, claimed) if self._show is not None else "")
        return Handed(receipt, lambda tx, ctx: self._mailed(tx, ctx, report, claimed))

    def _mailed(self, tx: Tx, ctx: Context, report: Report, claimed: Claimed) -> None:
        plan = ctx.config.reports.weekly
        if report.name == "weekly" and plan is not None and plan.mail:
            mail_team(tx, ctx, claimed.key, report.title, as_text(report))


class KnownHere:
    """What the bot's own database knows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def facts(self, period: Period) -> Facts:
        return await self._desk.look(_facts, period)

    async def clean_ups(self, period: Period) -> list[CleanUp]:
        return await self._desk.look(_clean_ups, period)


def _facts(tx: Tx, ctx: Context, period: Period) -> Facts:
    return facts_of(tx.conn, ctx.config, period)


def _clean_ups(tx: Tx, ctx: Context, period: Period) -> list[CleanUp]:
    return clean_ups(tx.conn, period)


def _name(word: str) -> Name:
    """Of a version that knew other reports: those are not made up."""
    for name in LENGTHS:
        if name == word:
            return name
    raise DeliveryError(f"there is no report “{word}”", temporary=False)
