"""What OpenVine's instruments have shown: the samples of a range, and figures over them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.drills.openvine import COLUMNS, OpenVine, Sample, sample

_RANGE = re.compile(r"([1-9][0-9]{0,4})([smhd])")
_UNIT_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds_of(span: str) -> int | None:
    """`30m`, `24h`, `7d` in seconds; None for anything else."""
    found = _RANGE.fullmatch(span)
    return int(found[1]) * _UNIT_S[found[2]] if found else None


def samples_of(state: OpenVine, seconds: float) -> Sequence[Sample]:
    """The samples of the last `seconds`, oldest first, with this moment as the last: so there is always at least one."""
    now = sample(state)
    fine = state.recent[0][0] if state.recent else state.elapsed
    kept = [row for row in state.minutes if row[0] < fine] + list(state.recent)
    return [row for row in kept if state.elapsed - seconds <= row[0] < now[0]] + [now]


def column(samples: Sequence[Sample], name: str) -> list[float]:
    """One gauge's values; `name` is one of `COLUMNS`."""
    place = COLUMNS.index(name)
    return [row[place] for row in samples]


def mean(samples: Sequence[Sample], name: str) -> float:
    return round(sum(column(samples, name)) / len(samples), 2)
