"""Each morning: what is left to do after incidents."""

from __future__ import annotations

from datetime import datetime

from bot.context import Context
from bot.store import Tx
from bot.usecases import actions, postmortems


def remind(tx: Tx, ctx: Context, meant: datetime) -> None:
    actions.remind(tx, ctx, meant)
    postmortems.remind(tx, ctx, meant)
