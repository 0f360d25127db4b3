from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import Recorded
from bot.formatting import instant, md_escape, spoken
from bot.reports.html import body_of
from bot.slack.views import timeline as slack_timeline
from bot.timeline.as_json import as_json, incident_json
from bot.timeline.document import TimelineDoc, build
from bot.timeline.markdown import as_md
from bot.timeline.text import as_text
from tests.bot.slack.rules import shown
from tests.bot.slack.samples import T, after, event, incident, texts

NAMES = {"engineer_a@openvine.co": "Anna Engel"}
NIGHT = [
    event(1, "opened", "P0 Crash rate is 4.2%", "alert", T),
    event(2, "paged", "Paged Anna Engel by PagerDuty", at=after(seconds=1)),
    event(3, "page_failed", "Could not page Anna Engel by email: 550", at=after(seconds=1)),
    event(4, "acknowledged", "Acknowledged", "engineer_a@openvine.co", after(minutes=4, seconds=12)),
    event(5, "resolved", "Resolved: rolled back", "engineer_a@openvine.co", after(minutes=51)),
]
ENDED: dict[str, Any] = {
    "state": "resolved",
    "acknowledged_at": after(minutes=4, seconds=12),
    "resolved_at": after(minutes=51),
    "commander": "engineer_a@openvine.co",
}


def doc(story: list[Recorded] | None = None, **changes: Any) -> TimelineDoc:
    return build(incident(**(ENDED | changes)), story or NIGHT, at=after(hours=2), names=NAMES)


@pytest.mark.parametrize(
    ("state", "word"), [("done", "step done"), ("skipped", "skipped"), ("failed", "step failed"), ("pending", "step")]
)
def test_only_a_step_that_is_done_is_called_done(state: str, word: str) -> None:
    story = [event(1, "step_finished", "Step 1/8", at=T, state=state)]
    assert f"  {word:<11}  Step 1/8" in as_text(doc(story))
    assert f"** {word}: Step 1/8" in as_md(doc(story))


def test_no_word_stands_twice_in_a_line() -> None:
    story = [
        event(1, "resolved", "Resolved: rolled back", "engineer_a@openvine.co", T),
        event(2, "reopened", "Reopened: still failing", at=T),
        event(3, "mitigated", "Mitigated, now watching", at=T),
        event(4, "resolved", "Resolved", "engineer_a@openvine.co", T),
        event(5, "escalated", "Level 2: paging Anna Engel", at=T),
    ]
    lines = [" ".join(line.split()[1:]) for line in as_text(doc(story)).splitlines()[-5:]]
    assert lines == [
        "resolved rolled back (Anna Engel)",
        "reopened still failing",
        "mitigated now watching",
        "resolved (Anna Engel)",
        "escalated Level 2: paging Anna Engel",
    ]
    assert "** resolved: rolled back (Anna Engel)" in as_md(doc(story))
    assert "** resolved (Anna Engel)" in as_md(doc(story))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (252, "4 min 12 s"),
        (3_600, "1 h"),
        (3_605, "1 h"),
        (5_400, "1 h 30 min"),
        (86_400, "1 day"),
        (273_600, "3 days 4 h"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert spoken(timedelta(seconds=seconds)) == words


def test_the_terminal_shows_a_header_and_a_line_per_event_in_aligned_columns() -> None:
    assert as_text(doc()) == (
        "#3 P0 Crash rate is 4.2%\n"
        "openvine-video\n"
        "\n"
        "State         resolved\n"
        "Opened        2026-01-05 03:12:05 UTC\n"
        "Acknowledged  2026-01-05 03:16:17 UTC, after 4 min 12 s\n"
        "Resolved      2026-01-05 04:03:05 UTC, after 51 min\n"
        "Response      met with 5 min 48 s to spare: 4 min 12 s of 10 min\n"
        "Commander     Anna Engel\n"
        "Alerts        2 alerts, 14 repeats\n"
        "\n"
        "Times are UTC.\n"
        "03:12:05  opened       P0 Crash rate is 4.2%  (alert)\n"
        "03:12:06  page         Paged Anna Engel by PagerDuty\n"
        "03:12:06  page failed  Could not page Anna Engel by email: 550\n"
        "03:16:17  ack          Acknowledged  (Anna Engel)\n"
        "04:03:05  resolved     rolled back  (Anna Engel)\n"
    )


def test_a_missed_response_time_says_by_how_much() -> None:
    late = doc(acknowledged_at=after(minutes=12))
    assert "missed by 2 min: 12 min, promised 10 min" in as_text(late)


def test_an_open_incident_says_when_an_answer_is_due_and_then_that_none_came() -> None:
    unanswered = incident()
    due = build(unanswered, NIGHT[:1], at=after(minutes=5))
    assert "due by 2026-01-05 03:22:05 UTC (10 min)" in as_text(due)
    missed = build(unanswered, NIGHT[:1], at=after(minutes=30))
    assert "missed: nobody after 30 min, promised 10 min" in as_text(missed)
    assert "Open for  30 min" in as_text(missed)


def test_a_reopened_incident_counts_from_its_reopening_and_loses_no_moment_of_before() -> None:
    again = doc(reopened=1, respond_from=after(hours=1), respond_by=after(minutes=70), **_at(hours=1, minutes=1))
    rows = {row.label: row.text for row in again.header}
    assert rows["First acknowledged"] == "{at}, after 4 min 12 s"
    assert rows["First over"] == "{at}, after 51 min"
    assert rows["Resolved"] == "{at}, after 1 h (2 h since it opened)"
    assert "Reopened            2026-01-05 04:12:05 UTC" in as_text(again)
    assert "met with 9 min to spare: 1 min of 10 min" in as_text(again)


def _at(**span: float) -> dict[str, Any]:
    return {"acknowledged_at": after(**span), "resolved_at": after(hours=2)}


def test_events_of_several_days_show_their_dates() -> None:
    text = as_text(doc([event(1, at=T), event(2, at=after(days=1))]))
    assert "2026-01-05 03:12:05  note" in text
    assert "2026-01-06 03:12:05  note" in text


def test_events_stand_in_the_order_of_the_log() -> None:
    assert as_text(doc(list(reversed(NIGHT)))) == as_text(doc())


def test_a_terminal_gets_no_escape_sequence_and_no_line_of_its_own_from_outside() -> None:
    evil = "ok\x1b]0;title\x07\x1b[2J\nFAKE  04:00 resolved\r\x9b31m\u202e"
    text = as_text(doc([event(1, text=evil, actor=evil)], title=evil, service=evil, commander=evil))
    assert not any(char < " " and char != "\n" for char in text)
    assert not {"\x7f", "\x9b", "\u202e"} & set(text)
    assert not any(line.startswith("FAKE") for line in text.splitlines())


@given(texts)
@settings(max_examples=50, deadline=None)
def test_no_text_breaks_out_of_its_line(text: str) -> None:
    story = [event(1, text=text, actor=text)]
    told = doc(story, title=text, service=text)
    quiet = doc([event(1, text="x", actor="x")], title="x", service="x")
    assert len(as_text(told).splitlines()) == len(as_text(quiet).splitlines())
    assert len(as_md(told).splitlines()) == len(as_md(quiet).splitlines())


def test_markdown_from_outside_stays_text() -> None:
    evil = "*b* [l](https://evil.example) <img> | # `c` &lt; ![i](x)"
    md = as_md(doc([event(1, text=evil, actor=evil)], title=evil))
    for active in (" *b*", "](https://", "<img>", "`c`", " | #"):
        assert active not in md
    assert md_escape("a|b") == "a\\|b"


def test_markdown_has_a_header_table_and_a_list_of_events() -> None:
    md = as_md(doc())
    assert md.startswith("# #3 P0 Crash rate is 4.2%\n")
    assert "| Acknowledged | 2026-01-05 03:16:17 UTC, after 4 min 12 s |" in md
    assert "- **03:16:17** ack: Acknowledged (Anna Engel)" in md


def test_the_json_has_exactly_the_keys_of_the_contract() -> None:
    told = as_json(doc([event(4, "acknowledged", "Acknowledged", "a@b.c", after(minutes=4), note="mine")]))
    assert set(told) == {"incident", "events", "receipts", "moments", "entries"}
    assert list(told["incident"]) == [
        "number",
        "service",
        "title",
        "severity",
        "state",
        "rule",
        "runbook",
        "opened_at",
        "acknowledged_at",
        "mitigated_at",
        "resolved_at",
        "respond_by",
        "alerts",
        "drill",
        "value",
        "acknowledged_by",
        "commander",
        "silenced",
        "inhibited_by",
    ]
    assert told["events"] == [
        {
            "seq": 4,
            "at": "2026-01-05T03:16:05.000Z",
            "kind": "acknowledged",
            "actor": "a@b.c",
            "text": "Acknowledged",
            "data": {"note": "mine"},
        }
    ]
    json.dumps(told)


def test_a_page_holds_the_same_as_text_in_light_and_dark() -> None:
    made = body_of(as_md(doc(title="<b>Crash</b>")))
    assert "<h1>#3 P0 &lt;b&gt;Crash&lt;/b&gt;</h1>" in made
    assert "<li><strong>03:16:17</strong> ack: Acknowledged (Anna Engel)</li>" in made


def test_times_in_json_end_in_z_and_missing_ones_are_null() -> None:
    assert incident_json(incident())["opened_at"] == "2026-01-05T03:12:05.000Z"
    assert incident_json(incident())["resolved_at"] is None
    row = incident_json(incident(acknowledged_at=after(), commander="a@x", value="812 MB"), "b@x")
    assert (row["acknowledged_by"], row["commander"], row["value"]) == ("b@x", "a@x", "812 MB")
    assert instant(None) is None


def test_slack_shows_times_in_the_readers_zone() -> None:
    (message,) = slack_timeline.messages(doc())
    text = shown(message)
    assert "Acknowledged: <!date^" in text
    assert "👀 Acknowledged · Anna Engel" in text
    assert text.count("<!date^") == 3 + len(NIGHT), "opened, acknowledged, resolved, and each event"


@given(st.integers(60, 160))
@settings(max_examples=5, deadline=None)
def test_a_long_timeline_becomes_several_messages_with_every_event_once(count: int) -> None:
    story = [event(seq, text=f"note {seq}. " + "x" * 200, at=after(minutes=seq)) for seq in range(count)]
    made = slack_timeline.messages(doc(story))
    assert len(made) > 1
    whole = "".join(shown(message) for message in made)
    assert [whole.count(f"note {seq}. ") for seq in range(count)] == [1] * count
    assert f"(1 of {len(made)})" in made[0].text


def test_what_is_acknowledged_and_snoozed_says_both_until_somebody_is_on_it_again() -> None:
    kept: dict[str, Any] = {"state": "acknowledged", "held_until": after(hours=3), "resolved_at": None}
    story = [*NIGHT[:4], event(5, "snoozed", "Snoozed for 20m: deploy", "engineer_a@openvine.co", after(minutes=5))]
    assert "State         acknowledged and snoozed until 2026-01-05 06:" in as_text(doc(story, **kept))
    again = [*story, event(6, "still_on_it", "On it for 3h from now", "engineer_a@openvine.co", after(minutes=9))]
    assert "State         acknowledged, on it until 2026-01-05 06:" in as_text(doc(again, **kept))
