"""What a call of somebody starts, and when: their own list, else the level's, else whatever is on."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from oncall.fallback import Call, other_ways
from oncall.reach import Reach, Start, starts

MINUTE = timedelta(minutes=1)
EVERYTHING = frozenset({"slack", "pagerduty", "email", "sms", "voice"})
OWN = (Start("slack"), Start("sms"), Start("voice", 3 * MINUTE))


def test_without_a_list_of_their_own_the_level_decides_and_all_start_at_once() -> None:
    by = starts(Reach(EVERYTHING), ("slack", "pagerduty"))
    assert by.starts == (Start("slack"), Start("pagerduty")) and not by.off


def test_their_own_list_takes_the_place_of_the_levels_with_its_delays() -> None:
    assert starts(Reach(EVERYTHING, OWN), ("email",)).starts == OWN


def test_what_is_off_is_said_and_the_next_start_in_its_place() -> None:
    by = starts(Reach(frozenset({"voice", "email"}), OWN), ("slack",))
    assert by.starts == (Start("voice"),), "nobody waits three minutes for what would have been second"
    assert by.off == ("slack", "sms") and not by.instead


def test_where_none_of_their_list_is_on_the_level_and_then_anything_else_does() -> None:
    assert starts(Reach(frozenset({"email", "pagerduty"}), OWN), ("email", "slack")).via == ("email",)
    by = starts(Reach(frozenset({"email", "pagerduty"}), OWN), ("slack",))
    assert by.via == ("pagerduty", "email") and by.instead
    assert starts(Reach(frozenset()), ("slack",)).starts == ()


NAMES = st.sampled_from(sorted(EVERYTHING))
LISTS = st.lists(
    st.builds(Start, NAMES, st.sampled_from([timedelta(0), MINUTE, 5 * MINUTE])), unique_by=lambda s: s.transport
)


@given(st.frozensets(NAMES), LISTS, st.lists(NAMES, min_size=1, unique=True))
def test_as_long_as_anything_is_on_a_call_starts_and_no_later_than_it_was_meant_to(
    on: frozenset[str], own: list[Start], via: list[str]
) -> None:
    by = starts(Reach(on, tuple(own)), via)
    assert bool(by.starts) == bool(on)
    assert set(by.via) <= on and len(set(by.via)) == len(by.via)
    if on:
        meant = min((start.after for start in own), default=timedelta(0))
        assert min(start.after for start in by.starts) in (meant, timedelta(0))


def test_what_was_to_come_later_comes_now_once_all_that_came_before_fails() -> None:
    slack, voice = Call("slack", failing=True), Call("voice", failing=False, later=True)
    assert other_ways([slack, voice], {"slack", "voice", "email"}) == ("email", "voice")
    assert other_ways([Call("slack", failing=False), voice], {"voice", "email"}) == ()
    assert other_ways([voice], {"voice", "email"}) == ()
