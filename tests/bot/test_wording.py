"""A rule's message is a pattern by which its value is found again, whatever way Go printed the number."""

from __future__ import annotations

import math
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wording import number_in, wording_of, written_out

FORMATS = orjson.loads((Path(__file__).parents[1] / "payloads/senders/prometheus242_formats.json").read_bytes())
MEMORY = "Video system memory usage is {{ $value }}MB (threshold: 500MB)"
CRASHES = "Video system crash rate is {{ $value | humanizePercentage }} (threshold: 3%)"
PRELOAD = "Video preload time is {{ $value }}ms (threshold: 5000ms)"


def value_in(message: str, text: str) -> str | None:
    wording = wording_of(message)
    assert wording is not None
    said = wording.find(text)
    return said.value if said else None


@pytest.mark.parametrize(
    ("message", "text", "value"),
    [
        (MEMORY, "Video system memory usage is 650MB (threshold: 500MB)", "650MB"),
        (MEMORY, "critical: video system  memory usage is 512.3456789 MB", "512.3456789 MB"),
        (MEMORY, "Video system memory usage is 1.2e+04MB (threshold: 500MB)", "12000MB"),
        (CRASHES, "Video system crash rate is 1.5e+04% (threshold: 3%)", "15000%"),
        (CRASHES, "Video system crash rate is 3.526% (threshold: 3%)", "3.526%"),
        (PRELOAD, "Video preload time is 1e+06ms (threshold: 5000ms)", "1000000ms"),
        (PRELOAD, "Video preload time is +Infms (threshold: 5000ms)", "+Infms"),
        ("Latency of {{ $labels.job }} is {{ $value | humanizeDuration }}", "", None),
        ('CPU of {{ $labels.i }} at {{ $value | printf "%.1f%%" }} on x', "CPU of app-1 (eu) at 95.2% on x", "95.2%"),
        ('Disk at {{ printf "%.2f" $value }} of {{ .Labels.m }}', "Disk at 3.20 of /var", "3.20"),
        ("Requests hang for {{ $value | humanize }}s", "Requests hang for 500ms", "0.5s"),
        ("Requests queued: {{ $value | humanize }}", "Requests queued: 1.235k", "1235"),
        ("Heap of the players: {{ $value | humanize1024 }}B", "Heap of the players: 4.5MiB", "4718592B"),
        ("{{ $value }}% of all users crash", "at 7.2% of all users crash", "7.2%"),
        ("{{ .Value }} videos fail to load", "12 videos fail to load", "12"),
    ],
)
def test_the_value_of_a_message_is_found(message: str, text: str, value: str | None) -> None:
    wording = wording_of(message)
    if value is None:
        assert wording is None
        return
    assert value_in(message, text) == value


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Something is wrong",
        "on {{ $labels.instance }}",
        "{{ if gt $value 5 }}bad{{ end }}",
        '{{ range query "up" }}{{ .Value }}{{ end }}',
    ],
)
def test_a_message_without_a_value_or_beyond_this_reader_has_no_wording(message: str) -> None:
    assert wording_of(message) is None


@pytest.mark.parametrize(
    "text", ["Video system memory usage is high", "memory usage is 5MB", "Video system memory usage is 5 GB", ""]
)
def test_another_text_says_nothing(text: str) -> None:
    assert value_in(MEMORY, text) is None


def test_only_a_message_with_words_of_its_own_tells_which_rule_it_is() -> None:
    telling = {
        message: wording_of(message) for message in (MEMORY, "{{ $value }}", "{{ $value }}%", "CPU {{ $value }}%")
    }
    assert [wording.telling for wording in telling.values() if wording] == [True, False, False, False]


def test_what_stands_before_the_value_names_what_it_is_of_with_its_labels() -> None:
    wording = wording_of("Memory usage of {{ $labels.instance }} is {{ $value }}MB")
    assert wording is not None
    said = wording.find("x Memory usage of app-1 is 700MB")
    assert said is not None and said.about == "Memory usage of app-1"


@pytest.mark.parametrize("row", FORMATS, ids=[row["expr"] for row in FORMATS])
def test_every_number_that_prometheus_prints_is_read(row: dict[str, str]) -> None:
    exact = float(row["v"])
    for message, printed, factor in (
        ("the value here is {{ $value }}MB", f"{row['v']}MB", 1.0),
        ("the value here is {{ $value | humanizePercentage }}", row["pct"], 100.0),
        ("the value here is {{ $value | humanize }}B", f"{row['h']}B", 1.0),
        ('the value here is {{ printf "%.2f" $value }}', row["p2"], 1.0),
    ):
        number = number_in(value_in(message, f"the value here is {printed}"))
        if math.isnan(exact):
            assert number is None
        elif row["expr"] != "0" and abs(exact) > 1:
            assert number is not None
            assert number == pytest.approx(exact * factor, rel=1e-2), (message, printed)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("812.4MB", 812.4),
        ("3.2 %", 3.2),
        ("1.5e+04%", 15_000),
        ("1e+06ms", 1_000_000),
        ("1.2k", 1_200),
        ("4ki", 4_096),
        ("5MB", 5),
        ("12,000 ms", 12_000),
        ("-3", -3),
        ("+Inf", math.inf),
        ("NaN", None),
        ("n/a", None),
        (None, None),
        ("1e999999999999", math.inf),
    ],
)
def test_the_number_of_a_value(text: str | None, number: float | None) -> None:
    assert number_in(text) == number


@given(st.floats(-1e6, 1e6, allow_nan=False).map(lambda n: round(n, 3)), st.sampled_from(["", "MB", " %", " ms"]))
def test_the_number_of_a_value_is_found_before_its_unit(number: float, unit: str) -> None:
    assert number_in(f"{number:.3f}{unit}") == number


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1.5e+04%", "15000%"),
        ("5e-03 s", "0.005 s"),
        ("1e400", "1e400"),
        ("12,000", "12,000"),
        ("high", "high"),
        ("", ""),
    ],
)
def test_an_exponent_is_written_out_for_people(text: str, shown: str) -> None:
    assert written_out(text) == shown


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_message_and_any_text_are_read_or_not_and_never_an_error(message: str, text: str) -> None:
    for each in (message, f"{message}{{{{ $value }}}}{text}"):
        wording = wording_of(each)
        if wording is not None:
            wording.find(text)
    number_in(text)
    written_out(text)
