"""The one door for what others wrote: nothing that acts on its reader, nothing that nobody may read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ground.redaction import MASK, PLAIN, Mask, clean, cleaned, pause

SECRET = "s3cret/with+signs"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("token xoxb-12-34-abc is revoked", f"token {MASK} is revoked"),
        ("xoxe.xoxp-1-abc", MASK),
        ("xapp-1-A0-99-abc!", f"{MASK}!"),
        ("Authorization: Bearer abc123.def-456", f"Authorization: Bearer {MASK}"),
        ("Basic dXNlcjpwYXNz1 refused", f"Basic {MASK} refused"),
        ("see https://me:pa55@host/x", f"see https{'://'}{MASK}@host/x"),
        (
            "GET https://a.example/x?size=9&api_key=abc&n=1 failed",
            f"GET https://a.example/x?size=9&api_key={MASK}&n=1 failed",
        ),
        ("https://a/?X-Amz-Signature=0a&sig=7", f"https://a/?X-Amz-Signature={MASK}&sig={MASK}"),
        ("ghp_0123456789abcdef0123", MASK),
        ("AKIAABCDEFGHIJKLMNOP", MASK),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.abc", MASK),
    ],
)
def test_what_looks_like_a_secret_is_masked(said: str, shown: str) -> None:
    assert PLAIN(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "Basic authentication is required",
        "Bearer authentication failed",
        "https://a.example/?design=new&author=me&status=200",
        "https://a.example:8080/x@y",
        "the key is missing; its token was not sent",
    ],
)
def test_what_only_speaks_of_one_stays_as_it_is(said: str) -> None:
    assert PLAIN(said) == said


def test_a_secret_we_know_is_masked_as_it_is_and_as_it_stands_in_a_url() -> None:
    mask = Mask().also([SECRET])
    assert mask(f"no {SECRET} here") == f"no {MASK} here"
    assert mask("x?a=s3cret%2Fwith%2Bsigns&b=1") == f"x?a={MASK}&b=1"
    assert mask.all({"a": [SECRET, 5, None], SECRET: True}) == {"a": [MASK, 5, None], MASK: True}
    assert SECRET not in repr(mask)


def test_a_secret_within_another_leaves_nothing_of_the_longer_one() -> None:
    assert Mask().also(["abcdef", "abcdefghij"])("abcdefghij") == MASK


def test_what_is_too_short_to_be_one_masks_no_sentence() -> None:
    assert Mask().also(["", " ", "a", "key"])("a key") == "a key"


def test_patterns_of_the_configuration_are_masked_too() -> None:
    assert Mask().also(patterns=[re.compile(r"ovk_\w+")])("ovk_77 failed") == f"{MASK} failed"


def test_what_acts_on_a_reader_is_taken_out() -> None:
    assert clean("a\x1b[31mb\x00\u202ec\u2066d\ud800e\r\nf\tg") == "a[31mbcde\nf\tg"
    assert cleaned({"a\x00": ["\x07", 1]}) == {"a": ["", 1]}


@given(st.text(), st.integers(0, 50), st.text(alphabet="xyz", min_size=6, max_size=30))
def test_masked_first_and_cut_then_no_beginning_of_a_secret_shows(around: str, at: int, secret: str) -> None:
    said = f"{'-' * at}{secret}{around.replace(secret[:4], '')}"
    assert secret[:5] not in Mask().also([secret])(said)[: at + 5]


@pytest.mark.parametrize(
    ("word", "seconds"), [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("inf", 600.0), ("86400", 600.0), ("nan", 0.0)]
)
def test_a_pause_that_another_asks_for_has_an_end(word: str, seconds: float) -> None:
    assert pause(word) == timedelta(seconds=seconds)


def test_what_names_no_seconds_asks_for_no_pause() -> None:
    assert (pause("Wed, 21 Oct 2026 07:28:00 GMT"), pause(""), pause(None)) == (None, None, None)
