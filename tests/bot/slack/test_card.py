from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from bot.alerts import TopLabel, top_labels
from bot.incidents import State
from bot.incidents.moves import MOVES
from bot.slack.views.actions import MORE
from bot.slack.views.card import BUTTONS, MENU, card
from bot.slack.views.facts import CardFacts, Paged
from bot.slack.views.tokens import Ref, read_more, read_ref
from tests.bot.slack.rules import action_ids, elements, shown, strings
from tests.bot.slack.samples import ANNA, BEA, T, after, facts, incident

WANTED = {
    "triggered": ["incident_ack", "incident_escalate", "incident_runbook", "incident_resolve", "incident_more"],
    "acknowledged": ["incident_escalate", "incident_runbook", "incident_resolve", "incident_more"],
    "monitoring": ["incident_escalate", "incident_runbook", "incident_resolve", "incident_more"],
    "resolved": ["incident_reopen", "incident_timeline", "postmortem_draft"],
}


def acknowledged(minutes: float = 3) -> CardFacts:
    held = incident(state="acknowledged", acknowledged_at=after(minutes=minutes), commander="engineer_a@openvine.co")
    return facts(held, commander=ANNA, coming=None)


@pytest.mark.parametrize("state", get_args(State))
def test_the_buttons_follow_the_state(state: State) -> None:
    assert action_ids(card(facts(incident(state=state)))) == WANTED[state]


@pytest.mark.parametrize("state", get_args(State))
def test_no_button_offers_a_move_that_the_state_refuses(state: State) -> None:
    moves = {
        "incident_ack": "acknowledge",
        "incident_escalate": "escalate",
        "incident_resolve": "resolve",
        "incident_reopen": "reopen",
    }
    for action in BUTTONS[state]:
        if action in moves:
            assert state in MOVES[moves[action]]  # type: ignore[index]
    for verb in MENU[state]:
        if verb in MOVES:
            assert state in MOVES[verb]


def test_every_button_carries_the_number_and_the_last_event_it_had_seen() -> None:
    for element in elements(card(facts()).blocks):
        values = [option["value"] for option in element["options"]] if "options" in element else [element["value"]]
        for value in values:
            ref = read_more(value)[1] if "options" in element else read_ref(value)  # type: ignore[index]
            assert ref == Ref(3, 17)


def test_the_menu_never_offers_a_verb_that_nobody_reads() -> None:
    assert {verb for verbs in MENU.values() for verb in verbs} == set(MORE)


@pytest.mark.parametrize("value", ["", "3", "3.x", "-3.1", "3.1.2", "³.1", "9" * 30 + ".1", "mitigate 3.17"])
def test_what_is_no_token_is_read_as_none(value: str) -> None:
    assert read_ref(value) is None
    assert read_more(f"fly {value}") is None


def test_resolving_is_asked_once_more_and_says_that_alerts_still_fire() -> None:
    resolve = next(e for e in elements(card(facts()).blocks) if e["action_id"] == "incident_resolve")
    assert "still fire" in resolve["confirm"]["text"]["text"]
    quiet = next(e for e in elements(card(facts(incident(firing=0))).blocks) if e["action_id"] == "incident_resolve")
    assert "still fire" not in quiet["confirm"]["text"]["text"]


def test_an_unanswered_card_says_what_how_bad_who_is_called_and_who_is_next() -> None:
    made = card(facts())
    text = shown(made)
    for part in (
        "🔴 *P0 · Crash rate is 4.2%*",
        "*Nobody has it yet* · respond by",
        "(limit 3 %)",
        "📈 1 firing, 14 repeats\n",
        "`app: ios` `region: eu-west-1`",
        "<https://docs.openvine.co/runbooks/crash-rate|High Crash Rate Alert>",
        "<https://prometheus.example/graph?a=1&amp;b=2|Graph>",
        "Paged Anna Engel (primary) by Slack and PagerDuty",
        "Next: Bea Novak (secondary) by Slack at",
    ):
        assert part in text
    assert made.text.startswith(
        "P0 #3 Crash rate is 4.2% (limit 3 %) since 03:12 UTC · 2 alerts: nobody has it yet, respond by"
    )
    assert "alertname" not in text, "the title says that already"


def test_the_card_mentions_nobody() -> None:
    for state in get_args(State):
        assert "<@" not in shown(card(facts(incident(state=state), commander=ANNA, resolved_by=BEA)))


def test_a_deadline_that_passed_unanswered_is_said_to_be_missed() -> None:
    text = shown(card(facts(at=after(minutes=11))))
    assert "Response time missed: it was due at" in text
    assert "respond by" not in text


def test_a_timely_answer_says_how_long_it_took() -> None:
    text = shown(card(acknowledged(3)))
    assert "*Anna Engel has it*" in text
    assert "Response time met: 3 min of 10 min" in text


def test_a_late_answer_stays_late() -> None:
    assert "missed by 2 min: 12 min, promised 10 min" in shown(card(acknowledged(12)))


def test_nothing_is_said_about_a_response_time_that_was_not_promised() -> None:
    text = shown(card(facts(incident(respond_by=None))))
    assert "respond by" not in text
    assert "Response time" not in text


def test_who_is_next_is_not_shown_once_somebody_has_it() -> None:
    held = facts(incident(state="acknowledged", acknowledged_at=after(minutes=3)), commander=ANNA)
    assert "Next:" not in shown(card(held))


def test_a_resolved_card_says_by_whom_and_after_how_long() -> None:
    ended = incident(state="resolved", acknowledged_at=after(minutes=3), resolved_at=after(minutes=51), firing=0)
    text = shown(card(facts(ended, resolved_by=ANNA)))
    assert "🟢 *P0 · Crash rate" in text
    assert "*Resolved* by Anna Engel" in text
    assert "after 51 min" in text
    assert "last reported 4.2 %" in text
    assert "Paged" not in text


def test_a_card_that_resolved_itself_says_that_the_alerts_cleared() -> None:
    ended = incident(state="resolved", resolved_at=after(minutes=51), resolved_by_alert=True)
    assert "*Resolved*: every alert has cleared" in shown(card(facts(ended)))


def test_a_drill_is_marked_on_the_card_and_in_the_notification() -> None:
    made = card(facts(incident(drill=True)))
    assert "*Drill*: practice" in shown(made)
    assert made.text.startswith("[DRILL] ")
    assert "rill" not in shown(card(facts()))


def test_a_mail_rings_nowhere_and_is_not_called_a_page() -> None:
    mailed = Paged(who=None, role="team", via=("email",), at=T)
    assert "✉️ Mailed the team" in shown(card(facts(paged=(mailed,))))
    assert "Paged" not in shown(card(facts(paged=(mailed,))))


def test_a_page_that_failed_is_said_with_its_reason() -> None:
    failed = Paged(who=ANNA, role="primary", via=("email",), at=T, state="failed", detail="550 mailbox unknown")
    assert "❌ Could not page Anna Engel (primary) by email" in shown(card(facts(paged=(failed,))))
    assert "550 mailbox unknown" in shown(card(facts(paged=(failed,))))


def test_only_the_last_calls_are_listed_and_the_others_counted() -> None:
    calls = tuple(Paged(who=None, role="team", via=("slack",), at=T + timedelta(minutes=n)) for n in range(9))
    text = shown(card(facts(paged=calls)))
    assert text.count("📟") == 4
    assert "Called before: 5 more" in text


def test_a_reopening_is_said_and_a_raised_severity_is_none() -> None:
    assert "reopened, first opened" in shown(card(facts(incident(reopened=3, respond_from=after(hours=1)))))
    assert "reopened" not in shown(card(facts(incident(reopened=1))))


def test_several_alerts_show_what_most_of_them_say() -> None:
    labels = top_labels([{"region": "eu", "host": f"h{n}", "tier": "web" if n else "db"} for n in range(4)])
    text = shown(card(facts(incident(alerts=4, firing=4), labels=labels)))
    assert "`region: eu` `tier: web` 3 of 4 `host: h0` and 3 others" in text


def test_where_slack_can_fold_labels_words_and_earlier_levels_stand_behind_a_title_and_nothing_is_said_less() -> None:
    calls = tuple(
        Paged(who=who, role="primary", via=("slack",), at=after(minutes=n)) for n, who in enumerate((ANNA, BEA, ANNA))
    )
    told = facts(
        paged=calls,
        trouble=("Nobody is on call as secondary",),
        labels=(TopLabel("region", "eu-1", 5, 0),),
        description="The player crashes at start.",
    )
    made = card(told)
    (folded,) = [block for block in made.native if block["type"] == "container"]
    assert folded["default_collapsed"] and folded["title"]["text"] == "More about it"
    inside = "\n".join(strings(folded["child_blocks"]))
    outside = "\n".join(strings([block for block in made.native if block is not folded]))
    for words in ("eu-1", "The player crashes at start.", "Paged Bea Novak"):
        assert words in inside and words not in outside
    assert "Nobody is on call as secondary" in outside and "Anna Engel" in outside
    classic = "\n".join(strings(made.blocks))
    assert all(
        line in classic for line in inside.split("\n") if line not in ("container", "More about it", "plain_text")
    )
    assert elements(made.native) == elements(made.blocks)


def test_who_was_called_last_is_not_folded_away_by_what_is_still_to_leave() -> None:
    paged, later = facts().paged, replace(facts().paged[0], via=("sms",), at=after(minutes=1), state="later")
    made = card(facts(paged=(*paged, later), labels=()))
    assert not made.native and "📟 Paged Anna Engel" in shown(made) and "unless somebody answers before" in shown(made)


def test_a_card_with_nothing_to_fold_has_one_drawing() -> None:
    assert not card(facts(labels=(), description="", paged=())).native
