"""One figure out of an answer: read as what the file says it is, or a gap with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.runbooks.answer import Answer
from bot.watch.model import How, Sample
from bot.watch.reading import Reading, read_sample


def sample(read: How = "number", path: str = "rate") -> Sample:
    return Sample(name="metric", endpoint="/metrics", path=path, unit="MB", read=read)


def read(value: Any, how: How = "number") -> Reading:
    return read_sample(sample(how), Answer(status=200, body=json.dumps({"rate": value}).encode()))


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        (512, "number", 512),
        (512.25, "number", 512.25),
        ("512", "number", 512),
        (" -1.5e2 ", "number", -150),
        (0, "number", 0),
        ("87%", "percent", 87),
        ("87 %", "percent", 87),
        ("87", "percent", 87),
        (87, "percent", 87),
        (0.87, "percent", 0.87),
        (0.87, "ratio", 87),
        ("0.87", "ratio", 87),
        (0, "ratio", 0),
        (1, "ratio", 100),
        (True, "flag", 1),
        (False, "flag", 0),
    ],
)
def test_a_figure_is_read_as_what_the_file_says_it_is(value: Any, how: How, expected: float) -> None:
    found = read(value, how)
    assert found.value == pytest.approx(expected)
    assert (found.name, found.unit, found.why) == ("metric", "MB", "")


@pytest.mark.parametrize(
    ("value", "how", "why"),
    [
        ("87%", "number", "rate is “87%”, a percentage, and monitoring.yml says it is a number"),
        ("87%", "ratio", "rate is “87%”, a percentage, and monitoring.yml says it is a ratio"),
        (87, "ratio", "rate is 87, no ratio between 0 and 1"),
        (-0.1, "ratio", "rate is -0.1, no ratio between 0 and 1"),
        ("n/a", "percent", "rate is “n/a”, no number"),
        ("", "number", "rate is “”, no number"),
        ("1,024", "number", "rate is “1,024”, no number"),
        ("١٢", "number", "rate is “١٢”, no number"),
        ("1_000", "number", "rate is “1_000”, no number"),
        ("9" * 200, "number", f"rate is “{'9' * 119}…”, no number"),
        (True, "number", "rate is true, no number"),
        (1, "flag", "rate is 1, neither true nor false"),
        (None, "number", "rate is null, no number"),
        ([1], "number", "rate is [1], no number"),
        ({"a": 1}, "number", 'rate is {"a": 1}, no number'),
        (float("nan"), "number", "rate is NaN, which says nothing"),
        (float("inf"), "percent", "rate is Infinity, which says nothing"),
        ("1e999", "number", "rate is “1e999”, which says nothing"),
        (10**400, "number", f"rate is 1{'0' * 118}…, which says nothing"),
    ],
)
def test_what_is_no_such_figure_is_a_gap_that_says_what_stood_there(value: Any, how: How, why: str) -> None:
    assert read(value, how) == Reading(name="metric", unit="MB", why=why)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(status=200, body=b'{"rat": 1}'), "the answer holds no rate"),
        (Answer(status=200, body=b"[1, 2]"), "the answer holds no rate"),
        (
            Answer(status=200, body=b"<html>", kind="text/html; charset=utf-8"),
            "the answer is no JSON but text/html",
        ),
        (
            Answer(status=200, body=b'{"rate": 1}', encoding="gzip", kind="text/plain"),
            "the answer is no JSON but text/plain",
        ),
        (Answer(status=204), "the answer is no JSON"),
        (Answer(status=200, body=b'{"rate": 1', cut=True), "the answer is longer than is read"),
        (Answer(status=503, reason="Service Unavailable", body=b'{"rate": 1}'), "HTTP 503 Service Unavailable"),
        (Answer(status=401, reason="Unauthorized", body=b'{"rate": 1}'), "HTTP 401 Unauthorized"),
        (
            Answer(status=302, reason="Found", location="https://sso.example/login"),
            "HTTP 302 Found: a redirect to sso.example, which the bot does not follow",
        ),
        (Answer(trouble="no answer within 10 s", left=True), "no answer within 10 s"),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_gap_with_its_reason_and_never_a_zero(answer: Answer, why: str) -> None:
    assert read_sample(sample(), answer) == Reading(name="metric", unit="MB", why=why)
