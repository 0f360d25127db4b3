"""Who would be reached: holes in the rota, ladders that end with nobody, transports that are off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.configuration import Config, load_texts
from bot.configuration.coverage import coverage
from bot.configuration.findings import Finding
from bot.configuration.proof import Situation
from oncall.rota import Override
from tests.bot.configuration.cases import shipped

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
"""In a week_1."""
ALL = frozenset({"slack", "pagerduty", "email"})
ALONE = "week_1: {primary: engineer_a@openvine.co, secondary: engineer_b@openvine.co}\n"
ONLY_PRIMARY = """
P0: {respond_within: 15m, levels: [{after: 0s, notify: primary, via: slack}]}
P1: {respond_within: 1h, levels: [{after: 0s, notify: everyone, via: slack}]}
P2: {respond_within: 4h, levels: [{after: 0s, notify: team, via: email}]}
"""


def config(**changed: str) -> Config:
    return load_texts(shipped() | {f"{name}.yml": text for name, text in changed.items()})


def found(config: Config, transports: frozenset[str] = ALL, overrides: Sequence[Override] = ()) -> list[Finding]:
    return coverage(config, Situation(AT, transports, overrides))


def said(findings: list[Finding], mark: str, topic: str) -> list[str]:
    return [finding.text for finding in findings if (finding.mark, finding.topic) == (mark, topic)]


def test_the_shipped_configuration_is_covered_with_every_transport() -> None:
    findings = found(config())
    assert [finding for finding in findings if finding.mark == "fault"] == []
    assert said(findings, "good", "transports") == ["Slack, PagerDuty, email set up"]


def test_a_hole_in_the_rota_is_a_fault_with_its_ends() -> None:
    findings = found(config(oncall_schedule=ALONE + "week_2: {primary: engineer_b@openvine.co}\n"))
    [fault] = [finding for finding in findings if finding.mark == "fault"]
    assert "gaps in the next 365 days" in fault.text
    assert fault.details[0] == "nobody is secondary from Mon 2026-12-07 09:00 UTC to Mon 2026-12-14 09:00 UTC"
    assert fault.details[-1] == "and 21 more"


def test_a_rota_that_has_not_begun_is_a_hole_until_it_does() -> None:
    findings = found(config(oncall_schedule="starts: 2026-12-07\n" + ALONE))
    assert said(findings, "fault", "rota") == ["2 gaps in the next 365 days: fill the weeks or add overrides"]


def test_an_override_made_in_slack_fills_a_hole() -> None:
    hole = config(oncall_schedule="starts: 2026-12-07\n" + ALONE)
    until = datetime(2026, 12, 7, 9, tzinfo=UTC)
    both = [Override(role, "engineer_c@openvine.co", AT, until) for role in ("primary", "secondary")]
    assert said(found(hole), "fault", "rota")
    assert not said(found(hole, overrides=both), "fault", "rota")


def test_somebody_who_is_never_on_call_is_named() -> None:
    notes = said(found(config(oncall_schedule=ALONE)), "note", "rota")
    assert "never on call within the year: engineer_c@openvine.co" in notes


def test_a_ladder_that_ends_with_nobody_while_a_week_is_empty_is_a_fault() -> None:
    rota = ALONE + "week_2: {secondary: engineer_c@openvine.co}\n"
    findings = found(config(oncall_schedule=rota, escalation=ONLY_PRIMARY))
    [text] = said(findings, "fault", "P0")
    assert "nobody would be paged from Mon 2026-12-07 09:00 UTC on" in text
    assert said(findings, "good", "P1")


def test_a_ladder_that_reaches_only_the_team_is_a_fault() -> None:
    assert said(found(config(escalation=ONLY_PRIMARY)), "fault", "P2")


def test_what_is_off_says_what_is_lost_and_where() -> None:
    notes = said(found(config(), frozenset({"slack"})), "note", "transports")
    assert any(
        note.startswith("PagerDuty is off: nothing that rings a phone; left out of P0 levels 1") for note in notes
    )
    assert any(note.startswith("email is off: no mail") and "P2 level 1" in note for note in notes)


@pytest.mark.parametrize(
    ("said_in_the_file", "mentioned"),
    [
        ("mention_team: people", "each of 3 people who has a Slack account"),
        ("mention_team: here", "@here"),
        ("user_group: S012ABCDEF", "the user group S012ABCDEF"),
    ],
)
def test_whom_a_page_of_the_team_mentions_is_said(said_in_the_file: str, mentioned: str) -> None:
    asked = config(bot=f"{shipped()['bot.yml']}\n{said_in_the_file}\n")
    (text,) = said(found(asked), "good", "team")
    assert mentioned in text and "P1 level 1" in text
    assert said(found(asked, frozenset({"email"})), "good", "team") == [], "without Slack nobody is mentioned"


def test_without_any_transport_nobody_is_said_to_be_covered() -> None:
    findings = found(config(), frozenset())
    assert "nobody would be paged" in said(findings, "fault", "transports")[0]
    assert not any(said(findings, "good", severity) for severity in ("P0", "P1", "P2"))


def test_only_pagerduty_means_that_pagerduty_decides() -> None:
    assert "decided there" in said(found(config(), frozenset({"pagerduty"})), "note", "people")[0]


def test_a_key_of_ones_own_that_is_never_used_is_named() -> None:
    key = "0123456789abcdef0123456789abcdef"
    bot = shipped()["bot.yml"].replace("{name: Engineer B}", f"{{name: Engineer B, pagerduty_routing_key: {key}}}")
    notes = said(found(config(bot=bot), frozenset({"slack"})), "note", "people")
    assert notes == ["PAGERDUTY_ROUTING_KEY is unset, so these own keys rest: engineer_b@openvine.co"]
    assert key not in str(notes)


def test_rules_without_a_runbook_and_runbooks_without_a_rule_are_named() -> None:
    alerts = "rules: [{alert: video_memory_high}, {alert: video_crash_rate_high, runbook_id: high-crash-rate}]\n"
    findings = found(config(alerts=alerts))
    assert said(findings, "note", "rules") == ["no runbook: video_memory_high"]
    assert "high-memory" in said(findings, "note", "runbooks")[0]


@pytest.mark.parametrize("transports", [ALL, frozenset({"slack"}), frozenset({"email"})])
def test_each_ladder_names_whom_it_ends_with_and_by_what(transports: frozenset[str]) -> None:
    [text] = said(found(config(), transports), "good", "P0")
    assert "3 rounds, then last resort; ends with engineer_a@openvine.co by " in text
    assert text.endswith("after 45m")
