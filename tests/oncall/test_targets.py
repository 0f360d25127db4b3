"""Whom a level reaches, by what, and what is said where it cannot."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from oncall.policy import Level
from oncall.schedule import Duty, duty
from oncall.targets import Target, resolve
from tests.oncall.ladders import ALL
from tests.oncall.rotas import ROTA, A, B, C, D, at

NIGHT = at("2026-11-24T03:00")  # week_2: B is primary, C secondary
LONG_AGO = at("2020-01-01T00:00")


def called(
    notify: Sequence[str],
    via: Sequence[str] = ALL,
    *,
    transports: Collection[str] = ALL,
    instant: object = NIGHT,
    people: Sequence[str] = (A, B, C),
    last_resort: Sequence[str] = (D,),
) -> tuple[list[Target], list[str]]:
    def on_duty(role: str) -> Duty:
        return duty(ROTA, role, instant)  # type: ignore[arg-type]

    level = Level(tuple(notify), tuple(via))
    return resolve(level, duty=on_duty, people=people, last_resort=last_resort, transports=transports)


def test_a_role_is_whoever_fills_it_now_and_says_why() -> None:
    (target,), said = called(["primary"])
    assert target == Target(
        "primary",
        B,
        ALL,
        "Primary until Mon 30 Nov 09:00 UTC: week_2 of 2",
    )
    assert said == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("secondary", [("secondary", C)]),
        ("everyone", [("everyone", A), ("everyone", B), ("everyone", C)]),
        ("team", [("team", None)]),
        ("last_resort", [("last_resort", D)]),
        (A, [(A, A)]),
    ],
)
def test_every_word_of_a_policy_finds_its_people(word: str, expected: list[tuple[str, str | None]]) -> None:
    targets, said = called([word])
    assert [(target.role, target.person) for target in targets] == expected
    assert said == []


def test_a_person_reached_in_two_ways_is_one_target_with_both_reasons() -> None:
    targets, _ = called(["primary", B, "everyone"])
    assert [(target.role, target.person) for target in targets] == [("primary", B), ("everyone", A), ("everyone", C)]
    assert targets[0].via == ALL
    assert targets[0].why.endswith("; also named in the policy; also everyone is called")


def test_a_person_listed_twice_is_called_once_and_told_once() -> None:
    targets, _ = called(["everyone"], people=(A, A))
    assert [(target.person, target.why) for target in targets] == [(A, "Everyone is called")]


def test_nobody_on_call_gives_no_target_and_a_sentence() -> None:
    targets, said = called(["primary"], instant=LONG_AGO)
    assert targets == []
    assert said == ["primary: nobody is on call (the rotation starts Mon 2024-01-01 09:00 UTC, and this is before it)"]


@pytest.mark.parametrize("word", ["everyone", "last_resort"])
def test_an_empty_group_gives_no_target_and_a_sentence(word: str) -> None:
    targets, said = called([word], people=(), last_resort=())
    assert targets == []
    assert len(said) == 1
    assert "nobody" in said[0]


def test_one_role_without_anybody_does_not_keep_the_other_from_being_called() -> None:
    targets, said = called(["primary", "team"], instant=LONG_AGO)
    assert [target.role for target in targets] == ["team"]
    assert len(said) == 1


def test_a_transport_that_is_off_is_left_out_and_named_in_the_reason() -> None:
    (target,), said = called(["team"], ["slack", "pagerduty"], transports={"slack", "email"})
    assert target.via == ("slack",)
    assert target.why == "The whole team; PagerDuty is not configured"
    assert said == ["PagerDuty is not configured"]


def test_a_level_whose_transports_are_all_off_goes_by_the_others() -> None:
    (target,), said = called(["team"], ["pagerduty"], transports={"email", "slack"})
    assert target.via == ("slack", "email")
    assert target.why == "The whole team; PagerDuty is not configured, so by Slack and email instead"
    assert said == ["PagerDuty is not configured, so by Slack and email instead"]


def test_a_later_transport_serves_as_a_fallback_too() -> None:
    (target,), _ = called(["team"], ["pagerduty"], transports={"sms", "email"})
    assert target.via == ("email", "sms")


def test_with_no_transport_at_all_the_target_says_that_it_cannot_be_reached() -> None:
    (target,), said = called(["primary"], transports=())
    assert target.via == ()
    assert "Slack, PagerDuty and email are not configured, nor is anything else" in target.why
    assert len(said) == 1
