"""Hours that are watched, told with fewer looks: what a watch makes of them is the same, and each look costs a story its time.

How often the product looks is tested where a watch is decided (`tests/bot/runbooks/test_verify.py`).
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.machine import sampling
from bot.runbooks import verify


def look_rarely(
    monkeypatch: pytest.MonkeyPatch, *, soon: timedelta = timedelta(minutes=1), later: timedelta = timedelta(minutes=10)
) -> None:
    """A watch looks so often, one of a quarter of an hour or longer even more rarely; the figures are sampled as rarely."""
    monkeypatch.setattr(verify, "LOOK_SOON", soon)
    monkeypatch.setattr(verify, "LOOK_LATER", later)
    monkeypatch.setattr(sampling, "MINUTE", later)
