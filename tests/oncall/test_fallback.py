"""By what else somebody is called whom no way of their level reaches."""

from __future__ import annotations

import pytest

from oncall.fallback import Call, other_ways

ALL = ("email", "pagerduty", "slack")


@pytest.mark.parametrize(
    ("calls", "others"),
    [
        ([Call("slack", failing=True)], ("pagerduty", "email")),
        ([Call("slack", failing=True), Call("pagerduty", failing=True)], ("email",)),
        ([Call("slack", failing=True), Call("pagerduty", failing=False)], ()),
        ([Call("slack", failing=True), Call("pagerduty", failing=True), Call("email", failing=True)], ()),
        ([], ()),
    ],
)
def test_the_others_are_taken_only_when_every_way_used_so_far_fails(calls: list[Call], others: tuple[str, ...]) -> None:
    assert other_ways(calls, ALL) == others


def test_only_what_is_set_up_is_another_way() -> None:
    assert other_ways([Call("slack", failing=True)], ("slack", "email")) == ("email",)
    assert other_ways([Call("slack", failing=True)], ("slack",)) == ()
