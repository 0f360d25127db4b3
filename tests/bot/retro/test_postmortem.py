"""A postmortem's draft says what the record says, and where that is silent, that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.configuration import load_texts
from bot.errors import ConfigError
from bot.events import Event, Recorded
from bot.reports.html import body_of, page
from bot.retro.actions import Item, is_reminded
from bot.retro.postmortem import DEFAULT, PLACES, SAYS_NOTHING, Record, filled, sentences
from bot.retro.updates import first_ask, wants_updates
from bot.timeline.document import build
from tests.bot.slack.samples import T, after, incident
from tests.bot.usecases.house import SHIPPED

ANN = "engineer_a@openvine.co"
NAMES = {ANN: "Anna Engel"}


def event(seq: int, kind: Any, text: str, actor: str = "incident-bot", at: datetime = T, /, **data: Any) -> Recorded:
    return Recorded(3, seq, at, Event(kind, actor, text, data))


NIGHT = [
    event(1, "opened", "P0 Crash rate is 4.2%", "alert", T, value="4.2%"),
    event(2, "acknowledged", "Acknowledged", ANN, after(minutes=4)),
    event(3, "step_finished", "Step 2 rolled back: did not help", ANN, after(minutes=9), run=1, step="a", ok=False),
    event(4, "update", "One in three cannot watch", ANN, after(minutes=10)),
    event(5, "step_finished", "Step 3 restarted: helped", ANN, after(minutes=20), run=1, step="b", ok=True),
    event(6, "edited", "Corrected", ANN, after(hours=1), seq=5, text="Step 3 restarted app-1: helped", **{"for": [5]}),
    event(7, "resolved", "Resolved: restarted", ANN, after(minutes=41)),
]
OVER = {"state": "resolved", "acknowledged_at": after(minutes=4), "resolved_at": after(minutes=41), "commander": ANN}


def a_record(story: list[Recorded] | None = None, **changes: Any) -> Record:
    story = NIGHT if story is None else story
    doc = build(incident(**(OVER | changes)), story, at=after(hours=2), names=NAMES)
    item = Item(id=4, incident=3, text="cap <b>it</b>", who=ANN, made_at=T, made_by=ANN)
    return Record(doc=doc, at=after(hours=2), items=[item])


def test_every_sentence_stands_on_events_that_are_in_the_log() -> None:
    known = {each.seq for each in NIGHT}
    said = sentences(a_record())
    assert all(each.seqs and set(each.seqs) <= known for section in said.values() for each in section)
    assert {name for name, section in said.items() if section} == {"summary", "impact", "helped", "did_not_help"}


def test_the_draft_has_what_happened_and_says_where_the_record_is_silent() -> None:
    text = filled(DEFAULT, a_record())
    for part in (
        "# Postmortem of #3: Crash rate is 4.2%",
        "It was answered by Anna Engel; response time met with 6 min to spare: 4 min of 10 min.",
        "It was over after 41 min: restarted.",
        "When it opened, 4.2 % was reported (limit 3 %).",
        "**03:22** One in three cannot watch (Anna Engel) – said to those outside",
        "**03:32** Step 3 restarted app-1: helped (Anna Engel)",
        "- [ ] A4: cap \\<b\\>it\\</b\\> (Anna Engel)",
        "## Timeline",
    ):
        assert part in text, text
    assert "{{" not in text
    silent = filled("{{helped}}", a_record([NIGHT[0]], commander=None, acknowledged_at=None))
    assert silent == f"{SAYS_NOTHING}\n"


def test_a_template_of_ones_own_is_filled_and_one_that_asks_for_something_else_is_a_fault() -> None:
    files = dict(SHIPPED.files) | {"postmortem.md": "<!-- note -->\n{{ severity }} {{title}}"}
    assert filled(load_texts(files).postmortem, a_record()) == "P0 Crash rate is 4.2%\n"
    try:
        load_texts(dict(SHIPPED.files) | {"postmortem.md": "# A\n\n see {{timline}}"})
    except ConfigError as wrong:
        (fault,) = wrong.faults
        assert (fault.file, fault.line, fault.column) == ("postmortem.md", 3, 6)
        assert "timeline" in fault.text
    without = {name: text for name, text in SHIPPED.files.items() if name != "postmortem.md"}
    assert load_texts(without).postmortem == DEFAULT, "a folder of before goes on"
    assert all(f"{{{{{name}}}}}" in SHIPPED.postmortem for name in PLACES if name in ("summary", "impact", "undo"))


def test_markdown_becomes_a_page_in_which_outside_text_is_text() -> None:
    page_ = body_of(filled(DEFAULT, a_record(title="<script>alert(1)</script> *x*")))
    assert "<script>" not in page_ and "&lt;script&gt;alert(1)&lt;/script&gt; *x*" in page_
    assert "<h2>Summary</h2>" in page_ and "<strong>03:22</strong>" in page_
    table = body_of("| | When |\n|---|---|\n| a \\| b | [x](https://e.example) `c` |")
    assert table == (
        "<table><tr><th></th><th>When</th></tr>"
        '<tr><td>a | b</td><td><a href="https://e.example">x</a> <code>c</code></td></tr></table>'
    )
    assert "javascript" not in body_of('[x](https://e.example"onclick=javascript:a)').replace("javascript:a)", "")
    assert "prefers-color-scheme:dark" in page("a", "b")


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_text_gets_a_tag_into_the_page(text: str) -> None:
    made = body_of(text)
    for tag in ("<script", "<img", "<iframe", "<svg", '<a href="javascript'):
        assert tag not in made.lower()


def test_items_are_told_of_from_their_day_on_and_without_one_each_week() -> None:
    dated = Item(id=1, incident=3, text="x", due_at=after(days=2), made_at=T, made_by=ANN)
    assert [is_reminded(dated, after(days=day)) for day in (1, 2, 3)] == [False, True, True]
    undated = Item(id=1, incident=3, text="x", made_at=T, made_by=ANN)
    told = [day for day in range(20) if is_reminded(undated, after(days=day, hours=3))]
    assert told == [7, 14]


def test_a_word_is_wanted_half_an_hour_after_it_began_but_not_at_once_from_whoever_just_came() -> None:
    every, of = timedelta(minutes=30), incident(state="acknowledged")
    assert first_ask(of, after(minutes=2), every) == after(minutes=30)
    assert first_ask(of, after(minutes=50), every) == after(minutes=60)
    assert wants_updates(of)
    for changes in ({"severity": "P1"}, {"state": "monitoring"}, {"drill": True}):
        assert not wants_updates(incident(**({"state": "acknowledged"} | changes)))
