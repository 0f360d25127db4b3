"""Who a Slack account is: a table of what may stand in a workspace, and what each counts as."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.accounts import Kind, Member, account_of, address, doubt_about
from bot.slack.directory import read_member
from oncall.targets import Person

TEAM = "T0OPENVINE"
ANNA = Person("anna@x.example", "Anna Engel")
PEOPLE = {ANNA.email: ANNA}
HERS = Member(team=TEAM, id="U1", email=ANNA.email, name="anna", kind="member", deleted=False)


def user(**fields: Any) -> dict[str, Any]:
    return {"id": "U1", "team_id": TEAM, "name": "anna", "profile": {"email": "Anna@X.example"}, **fields}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "member"),
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_stranger": True}, "outside"),
        ({"team_id": "T0ELSEWHER"}, "outside"),
        ({"team_id": "T0SISTERWS", "enterprise_user": {"teams": ["T0SISTERWS", TEAM]}}, "member"),
        ({"team_id": "E0ORGANISA", "enterprise_user": {"teams": [TEAM]}}, "member"),
        ({"team_id": TEAM, "enterprise_user": {"teams": ["T0SISTERWS"]}}, "outside"),
        ({"enterprise_user": {"teams": [TEAM]}, "is_restricted": True}, "guest"),
        ({"enterprise_user": {"teams": [TEAM]}, "is_stranger": True}, "outside"),
        ({"is_bot": True}, "app"),
        ({"is_workflow_bot": True}, "app"),
        ({"id": "USLACKBOT", "is_bot": False}, "app"),
    ],
)
def test_what_slack_says_of_an_account_makes_it_one_kind(fields: dict[str, Any], kind: Kind) -> None:
    assert read_member(user(**fields), TEAM).kind == kind


def test_an_address_is_kept_in_lower_case_and_a_deactivated_account_is_no_full_member() -> None:
    assert read_member(user(), TEAM).email == "anna@x.example"
    gone = read_member(user(deleted=True), TEAM)
    assert (gone.full, gone.flaw) == (False, "deactivated")


def test_the_one_full_account_with_a_listed_address_is_that_person() -> None:
    found = account_of("U1", HERS, PEOPLE, [HERS])
    assert (found.actor, found.standing) == (ANNA.email, "people")


@pytest.mark.parametrize("listed", ["anna@x.example", "Anna@X.Example"])
def test_an_address_is_the_same_in_any_case_of_its_letters(listed: str) -> None:
    people = {listed: replace(ANNA, email=listed)}
    assert account_of("U1", HERS, people, [HERS]).actor == listed


@pytest.mark.parametrize(
    "changed", [{"kind": "guest"}, {"kind": "outside"}, {"kind": "app"}, {"deleted": True}], ids=str
)
def test_whoever_merely_carries_a_listed_address_reads_and_is_nobody_else(changed: dict[str, Any]) -> None:
    bearer = replace(HERS, id="U2", **changed)
    found = account_of("U2", bearer, PEOPLE, [bearer, HERS])
    assert (found.actor, found.standing) == ("slack:U2", "guest")
    assert account_of("U1", HERS, PEOPLE, [bearer, HERS]).actor == ANNA.email, "the real one is not disturbed"
    assert address(ANNA, [bearer, HERS]) == "U1", "whichever stands first"
    assert address(ANNA, [bearer]) is None


def test_between_two_full_accounts_nobody_guesses() -> None:
    twin = replace(HERS, id="U2", name="anna2")
    for each in (HERS, twin):
        found = account_of(each.id, each, PEOPLE, [HERS, twin])
        assert (found.actor, found.standing) == (f"slack:{each.id}", "member")
        assert "bot.yml" in found.doubt
    assert address(ANNA, [HERS, twin]) is None
    why = doubt_about(ANNA, [HERS, twin])
    assert "2 Slack accounts have the address anna@x.example: anna (U1) and anna2 (U2)" in why
    assert "`slack: U…`" in why


def test_an_id_in_bot_yml_wins_over_address_and_kind() -> None:
    guest = replace(HERS, id="U2", kind="guest")
    people = {ANNA.email: replace(ANNA, slack="U2")}
    assert account_of("U2", guest, people, [HERS, guest]).actor == ANNA.email
    assert account_of("U2", None, people, []).known
    other = account_of("U1", HERS, people, [HERS, guest])
    assert (other.actor, other.standing) == ("slack:U1", "member")
    assert address(people[ANNA.email], [HERS]) == "U2"
    assert doubt_about(people[ANNA.email], [HERS, replace(HERS, id="U3")]) == ""


def test_a_person_without_an_account_is_no_doubt() -> None:
    assert doubt_about(ANNA, []) == ""
    assert "is of another workspace" in doubt_about(ANNA, [replace(HERS, kind="outside")])


def test_a_member_who_is_not_listed_is_a_member_and_a_stranger_to_the_list_is_unknown() -> None:
    dana = replace(HERS, id="U4", email="dana@x.example")
    assert account_of("U4", dana, PEOPLE, [dana]).standing == "member"
    assert not account_of("U5", None, PEOPLE, []).known
