"""Ladders of the shape that CONTRACT.md ships, and ones that hypothesis draws."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from oncall.policy import TRANSPORTS, Ladder, Level

MINUTE = timedelta(minutes=1)
ALL = ("slack", "pagerduty", "email")

P0 = Ladder(
    severity="P0",
    levels=(
        Level(("primary",), ("slack", "pagerduty"), after=0 * MINUTE),
        Level(("secondary",), ("slack", "pagerduty"), after=5 * MINUTE),
        Level(("everyone",), ("slack", "email"), after=10 * MINUTE),
    ),
    rounds=3,
    round_length=15 * MINUTE,
    last_resort=Level(("last_resort",), ALL, after=0 * MINUTE),
)
P1 = Ladder(
    severity="P1",
    levels=(
        Level(("team",), ("slack", "email"), after=0 * MINUTE),
        Level(("primary",), ("slack",), response_share=0.5),
        Level(("primary",), ("slack", "pagerduty"), response_share=1.0),
    ),
)

durations = st.timedeltas(timedelta(0), timedelta(days=3))


@st.composite
def levels(draw: st.DrawFn) -> Level:
    words = st.sampled_from(("primary", "secondary", "everyone", "team", "last_resort", "a@openvine.co"))
    notify = tuple(draw(st.lists(words, min_size=1, max_size=3)))
    via = tuple(draw(st.lists(st.sampled_from(TRANSPORTS), min_size=1, max_size=3, unique=True)))
    if draw(st.booleans()):
        return Level(notify, via, after=draw(durations))
    return Level(notify, via, response_share=draw(st.floats(0, 4)))


@st.composite
def any_ladder(draw: st.DrawFn) -> Ladder:
    return Ladder(
        severity=draw(st.sampled_from(("P0", "P1", "P2"))),
        levels=tuple(draw(st.lists(levels(), min_size=1, max_size=4))),
        rounds=draw(st.integers(1, 4)),
        round_length=draw(st.none() | durations),
        last_resort=draw(st.none() | levels()),
        remind_every=draw(st.none() | durations),
    )
