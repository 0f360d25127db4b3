"""Whatever stands in whatever field: every message and every modal is one that Slack takes, and nothing in it acts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Fault
from bot.events import Event, Kind
from bot.incidents import Incident, State
from bot.runbooks.offers import Move
from bot.runbooks.parts.parameters import Parameter
from bot.runbooks.run import StepStatus
from bot.slack.trial import drill_samples, rota_samples
from bot.slack.trial import samples as trial
from bot.slack.views import (
    afterwards,
    answers,
    cover,
    drill,
    first_time,
    handoff,
    lists,
    modals,
    notices,
    output,
    pages,
    questions,
    rehearsal,
    runbook,
    runbook_choice,
    silences,
    thread,
    timeline,
    usage,
)
from bot.slack.views.actions import ACTIONS, MODALS
from bot.slack.views.card import card
from bot.slack.views.facts import (
    Changed,
    Closing,
    Coming,
    DutyFacts,
    Hold,
    ListLine,
    Message,
    Paged,
    RunbookLine,
    View,
    Who,
)
from bot.slack.views.run_facts import ItemFacts, OutputLine, RequestFacts
from bot.slack.views.tokens import Ref, Window
from bot.timeline.entries import curated
from oncall.headline import Headline
from tests.bot.slack import samples
from tests.bot.slack.rules import action_ids, check_message, check_modal, shown, strings
from tests.bot.slack.samples import SUBJECT, T, after, texts

many = settings(max_examples=30, deadline=None)
states = st.sampled_from(get_args(State))
step_states = st.sampled_from(get_args(StepStatus))
moves = st.lists(st.sampled_from(get_args(Move)), unique=True).map(tuple)


@st.composite
def people(draw: st.DrawFn) -> Who:
    return Who(email=draw(texts), name=draw(texts), slack=draw(st.none() | texts | st.just("U0ANNA")))


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    state = draw(states)
    return samples.incident(
        state=state,
        severity=draw(st.sampled_from(("P0", "P1", "P2"))),
        title=draw(texts),
        service=draw(texts),
        value=draw(texts),
        threshold=draw(texts),
        labels=draw(st.dictionaries(texts, texts, max_size=8)),
        links=tuple(draw(st.lists(st.tuples(texts, texts | st.just("https://x.example/?a&b")), max_size=6))),
        runbook_url=draw(texts),
        respond_by=draw(st.none() | st.just(after(minutes=10))),
        acknowledged_at=draw(st.none() | st.just(after(minutes=3))) if state != "triggered" else None,
        mitigated_at=draw(st.none() | st.just(after(days=2))) if state in ("monitoring", "resolved") else None,
        resolved_at=after(days=3) if state == "resolved" else None,
        drill=draw(st.booleans()),
        commander=draw(texts),
        rule=draw(texts),
    )


@st.composite
def paged(draw: st.DrawFn) -> Paged:
    return Paged(
        who=draw(st.none() | people()),
        role=draw(texts),
        via=tuple(draw(st.lists(texts, max_size=3))),
        at=T,
        state=draw(st.sampled_from(("sending", "sent", "failed", "withdrawn"))),
        detail=draw(texts),
    )


@st.composite
def books(draw: st.DrawFn) -> RunbookLine:
    return RunbookLine(
        id=draw(texts),
        title=draw(texts),
        url=draw(texts),
        progress=draw(texts),
        respond_within=draw(st.none() | st.just(timedelta(minutes=15))),
    )


@given(incidents(), st.lists(paged(), max_size=9), books(), people(), texts)
@many
def test_a_card_of_anything_is_a_message(
    incident: Incident, calls: list[Paged], book: RunbookLine, who: Who, text: str
) -> None:
    facts = samples.facts(
        incident,
        paged=tuple(calls),
        runbook=book,
        commander=who,
        resolved_by=who,
        trouble=(text,) * 5,
        coming=Coming(at=after(minutes=5), names=(text,) * 9, via=(text,)),
        hold=Hold(until=after(minutes=30), snooze=incident.drill, by=who, reason=text),
    )
    for made in (card(facts), answers.show(facts, text), answers.show(facts, "https://x.example")):
        check_message(made)
    assert action_ids(card(facts)), "the buttons are never what is left out"
    line = ListLine(incident=incident, commander=who, card_url=text)
    check_message(lists.incident_list([line] * 3, text))
    check_message(lists.which_one([line], text))
    for view in _incident_modals(incident, who):
        check_modal(view)


def _incident_modals(incident: Incident, who: Who) -> Iterator[View]:
    yield modals.assign(incident, who)
    yield modals.severity(incident)
    yield modals.note(incident)
    yield modals.snooze(incident, timedelta(minutes=30))
    yield modals.resolve(incident)
    yield modals.call_somebody(incident, [("a@x.example", who.name or "A")])


@given(texts, texts, st.sampled_from(get_args(Kind)), people())
@many
def test_whatever_is_said_in_the_thread_is_a_message(text: str, other: str, kind: Kind, who: Who) -> None:
    recorded = samples.event(kind=kind, text=text, actor=other)
    page = samples.page(title=text, text=other, details={text: other}, links=((text, other),), possible_repeat=True)
    subject = Headline(number=3, severity="P0", what=text, limit=other, read_at=T, since=T, at=T, drill=True)
    page = replace(page, headline=subject, stage=text, waiting=timedelta(minutes=3))
    facts = samples.page_facts(page=page, called=(who,) * 40, card_url=text)
    for made in (
        thread.line(recorded, who),
        thread.line(recorded),
        pages.page_mention(facts),
        pages.mention_closed(facts, Closing(state="resolved", at=T, by=who)),
        pages.page_dm(facts),
        pages.page_dm_closed(facts, Closing(state="resolved", at=T, by=who)),
        pages.page_dm_closed(facts, Closing(state="acknowledged", at=T)),
        pages.pages_dm([(facts, None), (facts, Closing(state="resolved", at=T, by=who))] * 6),
        thread.reminder(subject, text, calls="channel"),
    ):
        check_message(made)


@given(texts, texts, step_states, moves, people())
@many
def test_whatever_a_runbook_holds_is_a_message(
    text: str, other: str, state: StepStatus, allowed: Any, who: Who
) -> None:
    first = samples.step(title=text, text=other, code=text, outcome=other, state=state, by=who, at=T, due_at=T)
    run = samples.run(first, *[samples.step(number=n, title=other) for n in range(2, 6)])
    run = replace(run, title=text, url=other, why=text, hint=other, moves=allowed, by=who)
    request = RequestFacts(method=other, url=text, host=other, body=text, changes=other)
    asked = samples.confirmation(request=request, step=first, runbook=text, asked_by=who)
    book = RunbookLine(id=text, title=other, url=text)
    for made in (
        runbook.run(run),
        runbook.run(replace(run, state="aborted")),
        questions.confirmation(asked),
        questions.confirmation_closed(asked, "confirmed", who),
        runbook_choice.choose(Ref(3, 17), [book] * 3, text),
        lists.runbook_list([book] * 3),
        answers.runbook_shown(book, [(text, other)] * 3, text),
    ):
        check_message(made)
    check_modal(modals.skip_step("7:a:4", text))
    check_modal(modals.abort_run("7:a:4", text))
    check_modal(modals.observe("7:a:4", text))
    assert "run_abort" in action_ids(runbook.run(run)), "there is always a way out"


@given(texts, texts, people())
@many
def test_every_answer_and_notice_is_a_message(text: str, other: str, who: Who) -> None:
    duty = DutyFacts(role=text, who=who, since=T, until=None, why=other)
    for made in (
        answers.said(text),
        answers.refused(text),
        answers.did_you_mean(text, [other, text], text),
        lists.incident_list([]),
        answers.on_call([duty, replace(duty, who=None)], [duty]),
        lists.shifts([duty] * 3, who),
        answers.explain([text, other], text),
        *(usage.help_for(name, [verb.name for verb in verbs]) for name, verbs in answers.VERBS.items()),
        *_notices(text, other),
        pages.word(text, other),
    ):
        check_message(made)
    check_modal(modals.open_incident(title=text))


def _notices(text: str, other: str) -> Iterator[Message]:
    yield notices.config_bad([Fault(text, 3, 5, other), Fault(other, 0, 0, text)] * 10, 99, T)
    yield notices.config_good_again()
    yield notices.config_held("0" * 64, [text] * 12)
    move = dict.fromkeys(("role", "before", "now"), text) | {"since": T.isoformat(), "until": T.isoformat()}
    yield notices.rota_file_changed([move] * 5, 9, text)
    yield notices.clock_set(timedelta(hours=-1))
    yield notices.clock_set(timedelta(days=400))
    yield notices.unclear_severity(3, text)
    yield notices.ignored_alert(text, other)
    yield notices.unreadable_alerts(text, 2, 30, [other] * 30)
    yield notices.back(T, after(minutes=7), [text] * 30)
    yield notices.transport_failing(text, other, T)
    yield notices.sandbox(text)


@given(st.lists(texts, max_size=30), texts)
@settings(max_examples=25, deadline=None)
def test_a_timeline_of_any_length_is_split_into_messages_and_loses_no_event(notes: list[str], name: str) -> None:
    story = [samples.event(seq, text=note, actor="a@b.c", at=after(hours=seq)) for seq, note in enumerate(notes)]
    made = timeline.timeline(samples.incident(title=name), story, names={"a@b.c": name})
    for message in made:
        check_message(message)
    assert sum(shown(message).count(thread.ICONS["note"]) for message in made) >= len(notes)
    assert not any("Shortened" in shown(message) for message in made)


ANSWERED = replace(
    samples.event(),
    event=Event("step_finished", "a@b.c", "done", {"run": 1, "step": "look", "more": {"kind": "logs", "attempt": 1}}),
)
"""A step that answered more than its line says."""


@given(st.text(max_size=40_000) | st.text("<&>\n", max_size=40_000), texts)
@settings(max_examples=25, deadline=None)
def test_an_answer_of_any_length_is_a_message_and_what_fits_is_whole(text: str, title: str) -> None:
    facts = output.OutputFacts(log=3, run=1, step="look", title=title, attempt=1, text=text)
    for made in (output.output(facts, "no scope"), output.sent(facts)):
        check_message(made)
        assert "Shortened" not in shown(made)
    assert ("incident-bot output 3 look" in shown(output.output(facts))) != output.fits(facts)


@given(st.lists(texts, max_size=60), texts)
@settings(max_examples=25, deadline=None)
def test_a_rehearsal_of_anything_is_a_message(found: list[str], text: str) -> None:
    steps = [
        rehearsal.RehearsedStep(
            number=number, title=each, means=text, request=each, change=text, done=each, lines=text, holds=each,
            held=text, undo=each, verified=text, refused=each,
        )
        for number, each in enumerate(found, start=1)
    ]  # fmt: skip
    check_message(rehearsal.rehearsal(text, steps))


@given(texts, st.lists(texts.filter(str.strip), max_size=120, unique=True), texts)
@settings(max_examples=25, deadline=None)
def test_a_form_for_any_parameters_is_a_modal(label: str, values: list[str], text: str) -> None:
    one = Parameter("version", label.strip() or "version", description=text, default=text, values=tuple(values))
    check_modal(modals.parameters("deploy 3", text, [one], {"version": (values or [""])[0]}))


def test_very_many_of_anything_is_shortened_and_keeps_its_buttons() -> None:
    long = "long " * 500
    steps = [samples.step(number=n, title=long, outcome=long, text=long, code=long) for n in range(1, 80)]
    book = RunbookLine(id="high-memory", title=long, url="https://x.example/" + "y" * 1_000)
    run = runbook.run(samples.run(*steps))
    duty = DutyFacts(role=long, who=samples.ANNA, since=T, until=T, why=long)
    line = ListLine(incident=samples.incident(title=long), card_url=book.url)
    for made in (
        run,
        runbook_choice.choose(Ref(3, 17), [book] * 120),
        lists.runbook_list([book] * 80),
        answers.runbook_shown(book, [(long, long)] * 80),
        lists.shifts([duty] * 200),
        lists.incident_list([line] * 80),
        answers.explain([long] * 80),
        answers.said(f"{long}\n" * 80),
    ):
        check_message(made)
        assert "Shortened" in shown(made) or " more" in shown(made)
    assert action_ids(run) == ["step_run", "step_skip", "run_abort"]


def trial_actions() -> Message:
    return afterwards.action_list([trial.action("x")], "To do")


def test_every_action_and_modal_that_is_listed_is_emitted_by_a_view() -> None:
    drawn = [card(samples.facts(samples.incident(state=state))) for state in get_args(State)]
    drawn += [card(samples.facts(samples.incident(), changed=(Changed(1, "Rollout 25 → 0 %", True),)))]
    drawn += [
        pages.page_dm(samples.page_facts()),
        pages.page_dm(samples.page_facts(page=samples.page(state="acknowledged", role="offered"))),
        answers.yours(samples.incident(state="acknowledged")),
        cover.request(rota_samples.request("x", "swap")),
        cover.moved([rota_samples.shift("x")], (1,)),
        handoff.handoff(rota_samples.handed_over("x", "somebody@example.com")),
        runbook.run(samples.run(moves=("ask", "tick", "fail", "skip"), url="https://docs.example/crash")),
        runbook.run(samples.run(moves=("choose", "skip"), options=("Yes", "No"))),
        runbook.run(samples.run(moves=("check", "skip"), items=(ItemFacts(text="Tests pass"),))),
        runbook.run(samples.run(moves=("look", "skip"))),
        thread.line(ANSWERED),
        runbook.run(samples.run(outputs=(OutputLine(2, "1:b:1"), OutputLine(1, "1:a:1")))),
        silences.silence_list([trial.silence("x")]),
        silences.preview(trial.wish("x")),
        notices.restored(
            {"as_of": "x", "ended": [], "digest": "0", "count": 1, "lines": [], "release": "x", "drop": "x"}
        ),
        first_time.welcome(rota_samples.coming_shift("x")),
        first_time.trial_page(Who(), T),
        runbook.run(samples.run(samples.step(state="unknown"), moves=("ask", "tick", "fail", "skip"))),
        questions.confirmation(samples.confirmation(approval=True)),
        questions.confirmation(samples.confirmation(to_type="rollback")),
        runbook.run(samples.run(paused="somebody took over")),
        runbook.run(samples.run(moves=("ask", "back", "pause"))),
        questions.confirmation(samples.confirmation()),
        notices.config_held("0" * 64, ["P0: nobody would be paged"]),
        trial_actions(),
        afterwards.update_ask(samples.SUBJECT, T, "30 min", None, Ref(3, 17), ""),
        afterwards.postmortems_wanted([(samples.SUBJECT, Ref(3, 17), "")]),
        *(drill.invitation(drill_samples.drill("x", state)) for state in trial.DRILL_STATES),
        drill.ahead(drill_samples.drill_ahead("x")),
        drill.scenario_list([drill.ScenarioFacts(id="x", title="x", rule="x")]),
        runbook_choice.choose(Ref(3, 17), [RunbookLine(id="high-memory", title="High Memory")]),
    ]
    emitted = {action for message in drawn for action in action_ids(message)}
    assert emitted == set(ACTIONS)
    views = [*_incident_modals(samples.incident(), Who()), modals.open_incident()]
    window = Window("primary", "a@x.example", T, after(days=1))
    views += [
        modals.override(Who(), T),
        modals.override_sure(window, [], alone=True),
        modals.swap([rota_samples.shift("primary")], "UTC"),
        modals.away(T),
        modals.away_sure(window, []),
        modals.update(samples.incident()),
        modals.waive(samples.incident()),
        modals.timeline_entries(samples.incident(), curated([samples.event()]), "UTC"),
        modals.timeline_entry(samples.incident(), curated([samples.event()])[0]),
        modals.timeline_moment(samples.incident(), "began", T),
        modals.skip_step("t", "Step"),
        modals.abort_run("t", "Book"),
        modals.fail_step("t", "Step"),
        modals.observe("t", "Step"),
        modals.type_to_confirm("t", "Step", "rollback"),
        modals.break_glass("t", "Step"),
        modals.parameters("t", "Book", [Parameter("version", "Version")], {}),
    ]
    assert {view["callback_id"] for view in views} == set(MODALS)


def test_hostile_text_mentions_nobody_and_links_nowhere() -> None:
    evil = "<!channel> <!here> <@U0EVIL> <#C1> <https://evil.example|safe>"
    made = [
        card(samples.facts(samples.incident(title=evil, labels={evil: evil}, value=evil, service=evil))),
        pages.page_dm(samples.page_facts(page=samples.page(title=evil, text=evil, details={evil: evil}))),
        thread.line(samples.event(text=evil, actor=evil)),
        runbook.run(samples.run(samples.step(title=evil, text=evil, code=evil, outcome=evil))),
        notices.unclear_severity(3, evil),
        answers.refused(evil),
    ]
    for message in made:
        whole = "\n".join([message.text, *strings(message.blocks)])
        assert "evil.example" in whole, "it is shown"
        for active in ("<!channel", "<!here", "<@", "<#", "<https://evil"):
            assert active not in whole


def test_a_reminder_calls_the_channel_only_when_it_is_meant_to_be_loud() -> None:
    assert "<!channel>" in shown(thread.reminder(SUBJECT, "30 min", calls="channel"))
    assert "<!channel>" not in shown(thread.reminder(SUBJECT, "30 min"))
