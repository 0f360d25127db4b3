from __future__ import annotations

from tests.bot.usecases.conftest import house

__all__ = ["house"]
