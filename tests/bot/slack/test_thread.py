from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from bot.events import BOT, Kind
from bot.slack.views import pages, thread
from bot.slack.views.facts import Closing, Message, Team, Who
from bot.slack.views.plain import as_text, doubtful
from bot.slack.views.tokens import Ref
from tests.bot.slack import samples
from tests.bot.slack.rules import action_ids, elements, shown
from tests.bot.slack.samples import ANNA, BEA, SUBJECT, after, event, page, page_facts


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_event_has_one_line_with_its_mark(kind: Kind) -> None:
    made = thread.line(event(kind=kind, text="it happened"))
    assert made.text == f"{thread.ICONS[kind]} it happened"
    assert len(made.blocks) == 1


@pytest.mark.parametrize(
    ("state", "mark"), [("done", "✅"), ("skipped", "⏩"), ("failed", "❌"), ("unknown", "❓"), ("pending", "✖️")]
)
def test_only_a_step_that_is_done_looks_done(state: str, mark: str) -> None:
    assert thread.line(event(kind="step_finished", text="Step 1/8", state=state)).text == f"{mark} Step 1/8"


def test_the_end_of_a_wait_calls_whoever_began_it() -> None:
    over = event(kind="step_asked", text="Step 5/13: the time is over. What did you see?", waited="a@b.c")
    assert thread.asked(over, ANNA).text == "⏰ <@U0ANNA> Step 5/13: the time is over. What did you see?"
    assert thread.line(event(kind="step_asked", confirmation="c1")).text.startswith("❔")


def verdict_of(ok: bool, *, calls: tuple[str, ...] = ("Engineer C (secondary)",), **run: Any) -> Message:
    said = event(kind="step_finished", text="Step 2/7 is seen to", state="done" if ok else "failed", ok=ok, run=1)
    return thread.verdict(said, samples.run(**run), Ref(3, 17), calls)


def test_what_helped_says_how_it_goes_on_and_calls_nobody() -> None:
    made = verdict_of(True)
    assert "Now: step 1, " in shown(made) and action_ids(made) == ["incident_runbook"]


def test_what_did_not_help_can_be_passed_on_and_somebody_called_who_is_named() -> None:
    made = verdict_of(False)
    assert action_ids(made) == ["incident_runbook", "incident_escalate"]
    assert elements(made.blocks)[-1]["text"]["text"] == "Call Engineer C (secondary)"
    assert elements(made.blocks)[-1]["value"] == "3.17"


def test_the_verdict_of_a_run_that_is_over_has_nothing_to_press_unless_somebody_can_be_called() -> None:
    assert action_ids(verdict_of(True, state="finished")) == []
    assert action_ids(verdict_of(False, state="finished", calls=())) == []
    assert action_ids(verdict_of(False, state="finished")) == ["incident_escalate"]


def test_a_line_names_who_did_it_without_calling_them() -> None:
    made = thread.line(event(kind="acknowledged", text="Acknowledged", actor="engineer_a@openvine.co"), ANNA)
    assert made.text.endswith("Acknowledged · Anna Engel")
    assert "<@" not in shown(made)


def test_what_the_bot_did_names_nobody() -> None:
    assert thread.line(event(kind="escalated", text="Level 2", actor=BOT)).text == "⏫ Level 2"


def test_a_note_keeps_its_lines() -> None:
    assert "one\ntwo" in shown(thread.line(event(kind="note", text="one\ntwo", actor="a@b.c")))


def test_a_mention_calls_the_person_and_says_what_is_wrong_until_when_and_what_to_press() -> None:
    made = pages.page_mention(page_facts())
    assert shown(made).startswith("<@U0ANNA> – 🔴 *P0 · Crash rate is 4.2%* · #3 · since <!date^")
    assert "\nRespond by <!date^" in shown(made)
    assert action_ids(made) == ["incident_ack"]
    assert made.text == "<@U0ANNA> – P0 #3 Crash rate is 4.2% since 03:12 UTC. Respond by 03:22 UTC"


def test_one_mention_names_everybody_of_a_level_and_how_long_nobody_has_had_it() -> None:
    asked = page(stage="Level 3", waiting=timedelta(minutes=8))
    made = pages.page_mention(page_facts(page=asked, called=(ANNA, BEA)))
    assert shown(made).startswith("<@U0ANNA> <@U0BEA> – 🔴")
    assert "Level 3 · nobody has answered for 8 min · respond by" in shown(made)


def test_a_mention_that_was_answered_is_one_small_line_without_a_button() -> None:
    facts = page_facts(page=page(stage="Level 3"), called=(ANNA, BEA))
    made = pages.mention_closed(facts, Closing(state="acknowledged", at=after(minutes=9), by=BEA))
    assert shown(made) == "✅ Level 3 · called Anna Engel and Bea Novak · Bea Novak has it"
    assert action_ids(made) == []


def test_somebody_without_slack_is_named_instead_of_mentioned() -> None:
    made = pages.page_mention(page_facts(called=(Who(email="engineer_c@openvine.co"),)))
    assert shown(made).startswith("*engineer_c@openvine.co* – 🔴")


def test_a_line_that_comes_late_says_when_it_was() -> None:
    happened = event(kind="escalated", text="Level 2", actor=BOT)
    assert thread.line(happened, told_at=after(seconds=30)).text == "⏫ Level 2"
    assert shown(thread.line(happened, told_at=after(minutes=12))).startswith("⏫ <!date^")


def test_nobody_is_told_of_themselves_as_of_somebody_else() -> None:
    for state, words in (("acknowledged", "You have it since"), ("resolved", "You have resolved it,")):
        made = pages.page_dm_closed(page_facts(), Closing(state=state, at=after(minutes=3), by=ANNA))  # type: ignore[arg-type]
        assert words in shown(made) and "need not answer" not in shown(made)


def test_of_several_calls_only_the_newest_keeps_its_buttons_once_somebody_has_it() -> None:
    mine = Closing(state="acknowledged", at=after(minutes=3), by=ANNA)
    assert "incident_hand_over" in action_ids(pages.page_dm_closed(page_facts(), mine))
    older = pages.page_dm_closed(page_facts(called_again=True), mine)
    assert "You have it since" in shown(older) and action_ids(older) == []


def test_that_nobody_has_answered_is_said_from_a_minute_on() -> None:
    for waited, said in ((timedelta(seconds=14), False), (timedelta(minutes=5), True)):
        made = pages.page_mention(page_facts(page=page(stage="Level 2, Anna cannot", waiting=waited)))
        assert ("nobody has answered" in shown(made).lower()) is said


@pytest.mark.parametrize(
    ("team", "called"),
    [
        (Team(group="S0VIDEO", people=("U0ANNA1",)), "<!subteam^S0VIDEO>"),
        (Team(people=("U0ANNA1", "U0BEA22")), "<@U0ANNA1> <@U0BEA22>"),
        (Team(), "<!here>"),
    ],
)
def test_a_page_to_the_team_mentions_somebody_whose_phone_rings(team: Team, called: str) -> None:
    made = pages.page_mention(page_facts(called=(), team=team, page=page(person=None)))
    assert shown(made).startswith(f"{called} – 🔴 *P0 · ")
    assert made.text.startswith(f"{called} – P0 #3 ")


def test_a_direct_page_has_its_own_acknowledge_a_way_to_give_it_away_and_one_to_the_card() -> None:
    made = pages.page_dm(page_facts())
    assert action_ids(made) == ["incident_ack", "incident_decline", "link_card"]
    assert elements(made.blocks)[0]["value"] == "3.17"
    assert made.text == "P0 #3 Crash rate is 4.2% since 03:12 UTC – you are primary, respond by 03:22 UTC"
    assert "Why you: You are on call as primary" in shown(made)


def test_whoever_is_called_although_somebody_has_it_reads_first_who_asks() -> None:
    made = pages.page_dm(
        page_facts(page=page(state="acknowledged", role="secondary", text="Engineer A has it and asks for help"))
    )
    assert made.text.endswith(" – Engineer A has it and asks for help")
    assert shown(made).count("Engineer A has it and asks for help") == 1 and "Why you" not in shown(made)


def test_a_direct_page_without_a_card_yet_can_still_be_acknowledged() -> None:
    assert action_ids(pages.page_dm(page_facts(card_url=""))) == ["incident_ack", "incident_decline"]


def test_a_possible_repeat_is_said_to_be_one_in_the_notification_and_in_the_message() -> None:
    for made in (pages.page_dm(page_facts()), pages.page_mention(page_facts())):
        assert "ossible repeat" not in shown(made)
        again = doubtful(made)
        assert again.text == f"{made.text} (possible repeat)"
        assert "Possible repeat" in shown(again)


def test_a_page_as_plain_text_says_all_that_was_drawn_and_how_it_is_answered_without_buttons() -> None:
    drawn = pages.page_dm(page_facts())
    plain = as_text(drawn)
    assert plain.blocks == []
    assert "P0 · Crash rate is 4.2%" in plain.text
    assert "Open the incident" in plain.text
    assert plain.text.endswith("👀 on this message acknowledges it, the commands do the rest.")


def test_a_closed_direct_page_says_who_took_it_and_cannot_be_acknowledged_any_more() -> None:
    made = pages.page_dm_closed(page_facts(), Closing(state="acknowledged", at=after(minutes=3), by=BEA))
    assert "Bea Novak has it" in shown(made)
    assert action_ids(made) == ["link_card"]


def test_a_page_closed_by_the_alerts_says_so() -> None:
    made = pages.page_dm_closed(page_facts(), Closing(state="resolved", at=after(minutes=3)))
    assert "every alert has cleared" in shown(made)


def test_several_pages_in_one_message_can_each_be_acknowledged_and_each_ends_by_itself() -> None:
    first, second = page_facts(), page_facts(page=page(incident=4, title="Memory is 990 MB"))
    made = pages.pages_dm([(first, None), (second, None)])
    assert made.text.startswith(
        "You are paged for 2 incidents: P0 #3 Crash rate is 4.2% since 03:12 UTC; P0 #4 Memory is 990 MB"
    )
    assert action_ids(made) == ["incident_ack", "incident_decline", "link_card"] * 2
    taken = pages.pages_dm([(first, Closing(state="acknowledged", at=after(minutes=3), by=BEA)), (second, None)])
    assert "Bea Novak has it" in shown(taken)
    assert action_ids(taken) == ["incident_ack", "incident_decline", "link_card"]


def test_a_drill_is_marked_wherever_it_calls_somebody() -> None:
    drill = replace(SUBJECT, drill=True)
    facts = page_facts(page=page(headline=drill))
    for made in (
        pages.page_dm(facts),
        pages.page_mention(facts),
        thread.reminder(drill, "30 min"),
    ):
        assert "[DRILL]" in made.text
        assert "[DRILL]" in shown(made)
