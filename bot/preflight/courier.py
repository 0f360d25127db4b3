"""The courier of the morning's check: asks every probe and has the findings written down. It sends nothing to anybody."""

from __future__ import annotations

from collections.abc import Sequence

from bot.outbox.courier import Handed
from bot.preflight.asking import Probe, ask_all
from bot.preflight.morning import keep
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from oncall.page import Receipt


class Preflight:
    """Asks every probe, and hands over what they found."""

    def __init__(self, desk: Desk, probes: Sequence[Probe]) -> None:
        self._desk = desk
        self._probes = probes

    async def send(self, claimed: Claimed) -> Handed:
        findings = await ask_all(self._desk.context.config, self._probes)
        return Handed(Receipt(""), lambda tx, ctx: keep(tx, ctx, findings))
