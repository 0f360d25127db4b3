"""Messages are filled in as Prometheus fills them in, and what is beyond this writer is said and not guessed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.watch.template import filled, go_float, unknown_in

FORMATS = json.loads((Path(__file__).parents[2] / "payloads/senders/prometheus242_formats.json").read_bytes())


@pytest.mark.parametrize("row", FORMATS, ids=[row["expr"] for row in FORMATS])
def test_numbers_are_printed_as_a_real_prometheus_printed_them(row: dict[str, str]) -> None:
    if math.isfinite(value := float(row["v"])):
        assert go_float(value) == row["v"]


@pytest.mark.parametrize(
    ("message", "value", "said"),
    [
        ("{{ $value }}MB", 812.4, "812.4MB"),
        ("{{$value}}", 1.5e7, "1.5e+07"),
        ("{{ .Value }}", 1e-7, "1e-07"),
        ("{{ $value | humanizePercentage }}", 0.0351234, "3.512%"),
        ("{{ humanizePercentage $value }}", 812.4, "8.124e+04%"),
        ("{{ $value | humanize }}", 1234567.891, "1.235M"),
        ("{{ $value | humanize }}", 0.000001234, "1.234u"),
        ("{{ humanize1024 $value }}", 1.5e7, "14.31Mi"),
        ("{{ $value | humanizeDuration }}", 90061.7, "1d 1h 1m 1s"),
        ("{{ $value | humanizeDuration }}", 59.5, "59.5s"),
        ('{{ printf "%.2f %%" $value }}', 3.14159, "3.14 %"),
        ('{{ $value | printf "%.1f" }}', 3.14159, "3.1"),
        ("{{ $labels.host }} is at {{ $value }}", 1.0, "app-1 is at 1"),
        ("{{ $value }}", math.inf, "+Inf"),
        ("{{ $value }}", math.nan, "NaN"),
    ],
)
def test_every_function_writes_as_gos_does(message: str, value: float, said: str) -> None:
    assert filled(message, value, {"host": "app-1"}) == said


@pytest.mark.parametrize(
    "message", ["{{ if gt $value 1.0 }}x{{ end }}", "{{ $externalURL }}", "{{ $value | humanizeTimestamp }}"]
)
def test_what_is_beyond_it_is_refused_by_name(message: str) -> None:
    with pytest.raises(UserError, match="more than the bot can fill in"):
        filled(message, 1.0)
    assert unknown_in(message) and not unknown_in("{{ $value }}")
