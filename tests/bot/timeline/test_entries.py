"""What of the log is shown: pinned, corrected, folded; and the moments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.errors import UserError
from bot.events import Event, Recorded
from bot.timeline.as_json import as_json
from bot.timeline.document import build
from bot.timeline.entries import curated, pins_of
from bot.timeline.markdown import as_md
from bot.timeline.moments import moments, said
from bot.timeline.text import as_text
from tests.bot.slack.samples import T, after, incident

ANN, BEA, BOT = "engineer_a@openvine.co", "engineer_b@openvine.co", "incident-bot"
NAMES = {ANN: "Anna Engel", BEA: "Bea Novak"}
REF = {"ref": "C1:1.0"}
SAID = {**REF, "at": T.isoformat(), "by": BEA}


def event(seq: int, kind: Any, text: str, actor: str = BOT, at: datetime = T, /, **data: Any) -> Recorded:
    return Recorded(3, seq, at, Event(kind, actor, text, data))


def shown(*story: Recorded) -> list[str]:
    return [entry.text for entry in curated(story, NAMES)]


def paged(seq: int, person: str = ANN, **span: float) -> Recorded:
    return event(seq, "paged", f"Paged {NAMES[person]}", BOT, after(**span), person=person, via="slack")


def test_what_two_people_pinned_stands_once_where_it_was_said_until_both_take_it_back() -> None:
    pins = [
        event(2, "pinned", "CDN is slow", ANN, after(minutes=9), **SAID),
        event(3, "pinned", "CDN is slow", BEA, T, **SAID),
    ]
    first = event(1, "note", "later", ANN, after(minutes=1))
    entries = curated([first, *pins], NAMES)
    assert [(entry.text, entry.at, entry.actor, entry.pinned) for entry in entries] == [
        ("CDN is slow", T, BEA, True),
        ("later", after(minutes=1), ANN, False),
    ]
    one_less = event(4, "unpinned", "Taken out", ANN, T, **REF)
    assert shown(first, *pins, one_less) == ["CDN is slow", "later"]
    assert shown(first, *pins, one_less, event(5, "unpinned", "Taken out", BEA, T, **REF)) == ["later"]
    assert pins_of([*pins, one_less]) == {"C1:1.0": {BEA}}


def test_a_pinned_line_of_the_bots_own_is_marked_and_stands_once() -> None:
    line = event(1, "reminded", "Still nobody", BOT, T)
    (entry,) = curated([line, event(2, "pinned", "Entry 1", ANN, T, **SAID, seq=1)], NAMES)
    assert (entry.text, entry.pinned) == ("Still nobody", True)


def test_calls_fold_into_one_line_with_its_span_and_never_across_what_a_person_did() -> None:
    story = [
        paged(1),
        event(2, "escalated", "Level 2: paging Bea", BOT, after(minutes=5)),
        paged(3, BEA, minutes=5),
        paged(4, minutes=10),
        event(5, "acknowledged", "Acknowledged", ANN, after(minutes=11)),
        paged(6, BEA, minutes=12),
    ]
    assert shown(*story) == ["Called Anna Engel, Bea Novak: 3 calls", "Acknowledged", "Paged Bea Novak"]
    text = as_text(build(incident(), story, at=after(hours=1), names=NAMES))
    assert "03:12:05  page         Called Anna Engel, Bea Novak: 3 calls  (until 03:22:05)" in text


@pytest.mark.parametrize(
    ("kind", "actor", "data"),
    [
        ("page_failed", BOT, {"final": True}),
        ("escalated", ANN, {}),
        ("note", ANN, {}),
        ("expired", BOT, {"ends": True}),
    ],
)
def test_what_people_did_and_what_was_given_up_never_folds(kind: str, actor: str, data: dict[str, Any]) -> None:
    story = [event(seq, kind, f"no. {seq}", actor, T, **data) for seq in (1, 2, 3)]
    assert shown(*story) == ["no. 1", "no. 2", "no. 3"]


def test_repeats_are_counted_and_several_texts_are_told_as_far_as_they_say_more() -> None:
    reminded = [event(seq, "reminded", f"Still nobody, {seq} h", BOT, T) for seq in (1, 2, 3)]
    assert shown(*reminded) == ["Nobody had it yet: the channel was reminded 3 times"]
    asked = [event(seq, "still_on_it", "Still on it?", BOT, T) for seq in (4, 5)]
    assert shown(*reminded, *asked)[0].endswith("reminded 3 times; Still on it? (2 times)")
    joined = [event(seq, "alert_joined", f"app-{seq}", "alert", T) for seq in range(1, 6)]
    assert shown(*joined) == ["app-1; app-2; app-3; and 2 more"]


def test_a_step_is_told_by_its_end_and_by_its_beginning_while_it_has_none() -> None:
    at = {"run": 1, "step": "roll-back"}
    asked, began = event(1, "step_asked", "asks", BOT, T, **at), event(2, "step_started", "sends", ANN, T, **at)
    assert shown(asked, began) == ["asks", "sends"]
    assert shown(asked, began, event(3, "step_finished", "done", ANN, T, **at)) == ["done"]
    other = event(4, "step_asked", "asks about another", BOT, T, run=1, step="next")
    assert shown(asked, began, event(3, "step_finished", "done", ANN, T, **at), other) == ["done", "asks about another"]


def test_a_correction_takes_the_place_of_what_it_corrects_and_the_log_keeps_both() -> None:
    story = [
        event(1, "note", "CDM is slow", ANN, T),
        event(2, "edited", "Corrected", BEA, after(hours=1), seq=1, text="CDN is slow", **{"for": [1]}),
        event(3, "edited", "Corrected", BEA, after(hours=2), seq=1, at=after(minutes=-5).isoformat(), **{"for": [1]}),
    ]
    doc = build(incident(), story, at=after(hours=3), names=NAMES)
    assert "03:07:05  note         CDN is slow  (Anna Engel, corrected by Bea Novak)" in as_text(doc)
    assert "note: CDN is slow (Anna Engel, corrected by Bea Novak)" in as_md(doc)
    told = as_json(doc)
    assert [entry["text"] for entry in told["entries"]] == ["CDN is slow"]
    assert [entry["text"] for entry in told["events"]] == ["CDM is slow", "Corrected", "Corrected"]


def test_a_corrected_fold_stands_for_all_that_it_stood_for() -> None:
    story = [
        paged(1),
        paged(2),
        paged(3),
        event(4, "edited", "Corrected", ANN, T, seq=1, text="Called A by hand", **{"for": [1, 2]}),
    ]
    assert shown(*story) == ["Called A by hand", "Paged Anna Engel"]


def test_a_moment_that_somebody_sets_stands_beside_what_the_bot_saw() -> None:
    of = incident(acknowledged_at=after(minutes=4))
    began = said(of, "began", after(minutes=-20), ANN, after(hours=1), "02:52 UTC").events[0]
    answered = said(of, "answered", after(minutes=2), BEA, after(hours=1), "03:14 UTC").events[0]
    story = [Recorded(3, seq, after(hours=1), each) for seq, each in enumerate((began, answered), 1)]
    assert list(moments(of, story)) == ["began", "noticed", "answered"]
    text = as_text(build(of, story, at=after(hours=1), names=NAMES))
    assert "Impact began  2026-01-05 02:52:05 UTC (set by Anna Engel)" in text
    assert "Opened        2026-01-05 03:12:05 UTC, after 20 min" in text
    assert "2026-01-05 03:14:05 UTC, after 2 min (set by Bea Novak; the bot saw it 2 min later)" in text
    with pytest.raises(UserError, match="still to come"):
        said(of, "over", after(hours=2), ANN, after(hours=1), "05:12 UTC")
