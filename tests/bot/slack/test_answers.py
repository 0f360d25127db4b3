from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.alerts import SEVERITIES
from bot.errors import Fault
from bot.slack.manifest import COMMANDS
from bot.slack.views import answers, lists, modals, notices, usage
from bot.slack.views.facts import DutyFacts, ListLine, LoadFacts, Message
from bot.slack.views.usage import Now
from tests.bot.slack.rules import shown
from tests.bot.slack.samples import ANNA, T, after, facts, incident


def test_every_command_has_its_verbs() -> None:
    assert set(answers.VERBS) == {command.name for command in COMMANDS}


def test_help_is_short_begins_with_what_can_be_typed_now_and_lists_only_what_this_user_may_do() -> None:
    now = Now("🔴 #3 Crash rate: nobody has it", ("/incident ack 3", "/incident show 3"))
    made = usage.help_for("incident", ["list", "ack"], now=[now])
    text = shown(made)
    assert text.index("`/incident ack 3`  `/incident show 3`") < text.index(
        "*Act*  `ack` take it\n*Look*  `list` open ones"
    )
    assert "resolve" not in text
    assert made.text.startswith("🔴 #3 Crash rate: nobody has it: /incident ack 3 or /incident show 3")
    everything = usage.help_for("incident", [verb.name for verb in answers.VERBS["incident"]])
    assert len(everything.blocks) <= 3 and len(shown(everything)) < 900


def test_a_verb_that_nobody_has_put_into_a_group_is_listed_all_the_same() -> None:
    known = {verb for groups in usage.GROUPS["oncall"].values() for verb in groups}
    assert "*More*" not in shown(usage.help_for("oncall", known))
    assert all(set(members) for groups in usage.GROUPS.values() for members in groups.values())
    named = {name: {verb for members in groups.values() for verb in members} for name, groups in usage.GROUPS.items()}
    known_to_all = {name: {verb.name for verb in answers.VERBS[name]} for name in named}
    assert all(named[name] <= known_to_all[name] for name in named)


def test_how_a_verb_is_written_uses_the_prefix_of_this_workspace() -> None:
    made = usage.help_on("oncall", "who", ["who"], "dev-")
    assert made is not None and "`/dev-oncall who [TIME]`" in shown(made)
    assert usage.help_on("oncall", "who", ["shifts"]) is None, "not what they may not use"


def test_help_for_somebody_who_may_do_nothing_says_so() -> None:
    assert "nothing here that you may use" in shown(usage.help_for("runbook", []))


def test_a_list_shows_number_severity_state_and_holder() -> None:
    held = incident(number=2, severity="P1", state="acknowledged", title="Memory 640MB")
    lines = [
        ListLine(incident=incident(), card_url="https://x.example/p1"),
        ListLine(incident=held, commander=ANNA),
    ]
    text = shown(lists.incident_list(lines))
    assert "🔴 *#3* P0 <https://x.example/p1|Crash rate is 4.2%> · nobody has it yet" in text
    assert "🟠 *#2* P1 Memory 640MB · acknowledged · Anna Engel" in text


def test_an_empty_list_says_that_there_is_none() -> None:
    assert "Open incidents: none." in shown(lists.incident_list([]))


def test_several_open_incidents_are_listed_and_nothing_is_done() -> None:
    text = shown(lists.which_one([ListLine(incident=incident())], "/incident ack"))
    assert "Nothing was done" in text
    assert "`/incident ack 3`" in text


def test_show_leads_to_the_card_in_the_channel() -> None:
    text = shown(answers.show(facts(), "https://slack.com/archives/C1/p1"))
    assert "<https://slack.com/archives/C1/p1|Open it in the channel>" in text


def test_an_unknown_word_is_answered_with_the_nearest_known_ones() -> None:
    text = shown(answers.did_you_mean("akc", ["ack"], "`/incident help` lists everything."))
    assert "“akc” is not known here. Nothing was done." in text
    assert "Did you mean `ack`?" in text


def test_the_on_call_answer_says_where_there_is_nobody() -> None:
    duty = DutyFacts(role="primary", who=ANNA, since=T, until=after(days=7))
    text = shown(answers.on_call([duty, replace(duty, role="secondary", who=None)]))
    assert "*primary*: Anna Engel until <!date^" in text
    assert "⚠️ *secondary*: nobody" in text
    assert "On call now" in text
    assert "On call now" not in shown(answers.on_call([duty], at=after(days=1)))


def test_ones_own_shifts_stand_out() -> None:
    duty = DutyFacts(role="primary", who=ANNA, since=T, until=after(days=7))
    assert "primary: *Anna Engel*" in shown(lists.shifts([duty], ANNA))
    assert "primary: Anna Engel" in shown(lists.shifts([duty]))


def test_a_bad_configuration_is_shown_with_its_place_and_that_paging_goes_on() -> None:
    text = shown(notices.config_bad([Fault("escalation.yml", 3, 5, "unknown key “affter”")], 1, T))
    assert "`escalation.yml:3:5` unknown key “affter”" in text
    assert "Paging goes on with the last good one" in text


def test_many_faults_are_counted() -> None:
    text = shown(notices.config_bad([Fault("bot.yml", n, 1, "x") for n in range(10)], 14, None))
    assert "14 faults" in text
    assert "and 4 more" in text


def test_the_opening_modal_offers_every_severity_and_keeps_what_was_typed() -> None:
    view = modals.open_incident(severity="P2", title="Videos stutter", metadata="C1")
    title, severity, summary = view["blocks"]
    assert title["element"]["initial_value"] == "Videos stutter"
    assert [option["value"] for option in severity["element"]["options"]] == list(SEVERITIES)
    assert severity["element"]["initial_option"]["value"] == "P2"
    assert summary["optional"] is True
    assert view["private_metadata"] == "C1"


def test_a_modal_knows_which_incident_it_was_opened_for() -> None:
    for view in (modals.assign(incident(), ANNA), modals.severity(incident()), modals.note(incident())):
        assert view["private_metadata"] == "3.17"
        assert "P0 #3" in view["blocks"][0]["text"]["text"]


@pytest.mark.parametrize("make", [modals.skip_step, modals.abort_run])
def test_skipping_and_aborting_want_a_reason(make: object) -> None:
    view = make("7:a:4", "Step")  # type: ignore[operator]
    assert view["private_metadata"] == "7:a:4"
    assert view["blocks"][1]["optional"] is False


def table_of(made: Message) -> list[list[str]]:
    """What stands in each cell of the native drawing's table."""
    (table,) = [block for block in made.native if block["type"] == "data_table"]
    return [["".join(_said(cell)) for cell in row] for row in table["rows"]]


def _said(cell: dict[str, Any]) -> Iterator[str]:
    if cell["type"] != "rich_text":
        yield cell["text"]
        return
    for part in cell["elements"][0]["elements"]:
        yield part.get("text") or part["fallback"]


def test_a_list_is_a_table_whose_rows_lead_to_their_cards_where_slack_has_one() -> None:
    held = incident(number=2, severity="P1", state="acknowledged", title="Memory <!channel>")
    made = lists.incident_list(
        [ListLine(incident=incident(), card_url="https://x.example/p1"), ListLine(incident=held, commander=ANNA)]
    )
    assert table_of(made) == [
        ["Incident", "Who has it", "Since"],
        ["🔴 P0 #3 Crash rate is 4.2%", "nobody yet", "2026-01-05 03:12 UTC"],
        ["🟠 P1 #2 Memory ‹!channel›", "Anna Engel, acknowledged", "2026-01-05 03:12 UTC"],
    ]
    assert '"url": "https://x.example/p1"' in json.dumps(made.native)


def test_figures_of_a_table_sort_as_numbers_do() -> None:
    made = lists.load([LoadFacts(ANNA, 12, 3, {"primary": 1_336.4})], 4)
    assert table_of(made)[1] == ["Anna Engel", "12", "3", "1,336"]
    assert [cell["type"] for cell in made.native[0]["rows"][1]] == ["raw_text", *["raw_number"] * 3]
