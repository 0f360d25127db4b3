"""The couriers that keep Slack's user group and channel topic showing who is on call. Nothing is sent if they already do."""

from __future__ import annotations

from bot.outbox.courier import Handed
from bot.slack.rota_display import RotaDisplay
from bot.store.deliveries import Claimed
from oncall.page import Receipt


class RotaDisplayCouriers:
    """Each raises `DeliveryError` for what passes by itself."""

    def __init__(self, keeping: RotaDisplay) -> None:
        self._keeping = keeping

    async def user_group(self, claimed: Claimed) -> Handed:
        await self._keeping.user_group()
        return Handed(Receipt(""))

    async def topic(self, claimed: Claimed) -> Handed:
        await self._keeping.topic()
        return Handed(Receipt(""))
