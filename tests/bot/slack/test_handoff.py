"""What the message of a handoff says of what goes on."""

from __future__ import annotations

from bot.slack.views.facts import ListLine
from bot.slack.views.handoff import Handed, HandoffFacts, handoff
from tests.bot.slack.rules import shown
from tests.bot.slack.samples import ANNA, T, after, incident


def test_a_handoff_says_who_has_what_that_it_is_snoozed_too_and_that_what_was_given_back_is_nobodys() -> None:
    held = incident(number=2, state="acknowledged", title="Memory 640MB")
    quiet = incident(number=4, state="acknowledged", title="Preload slow")
    given_back = incident(number=3, state="triggered", title="Crash rate 4.2%")
    told = HandoffFacts(
        id=1,
        at=T,
        handed=(Handed(role="primary", leaver=None, taker=ANNA),),
        reader="engineer_a@openvine.co",
        copies_until=after(hours=2),
        open=(
            ListLine(incident=held, commander=ANNA),
            ListLine(incident=given_back, commander=ANNA),
            ListLine(incident=quiet, commander=ANNA, snoozed_too=True),
        ),
    )
    text = shown(handoff(told))
    assert "#2 Memory 640MB – Anna Engel has it, acknowledged" in text
    assert "#3 Crash rate 4.2% – nobody has it yet" in text
    assert "#4 Preload slow – Anna Engel has it, acknowledged and snoozed" in text
