"""For stories in which figures are watched for hours: fewer looks. The result is the same, and each look takes a story's time.

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
    """Sets how often a watch looks: `soon` for short ones, `later` for those of a quarter of an hour or more, and for samples."""
    monkeypatch.setattr(verify, "LOOK_SOON", soon)
    monkeypatch.setattr(verify, "LOOK_LATER", later)
    monkeypatch.setattr(sampling, "MINUTE", later)
