"""The list of trials: each message and form of the views, by name, and those that hold what this configuration says.

A view that stands in no trial is named by a guard.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import orjson

from bot.configuration import Config
from bot.errors import Fault
from bot.reports.model import Chart, ChartEvent, Line, Number, Offer, Report, Suggestion, Table
from bot.runbooks.model import Runbook
from bot.slack.trial import drill_samples, rota_samples, run_samples
from bot.slack.trial import samples as a
from bot.slack.trial.samples import AT, LATER, LONG, SHORT, URL
from bot.slack.trial.validate import Trial
from bot.slack.views import (
    afterwards,
    answers,
    card,
    cover,
    drill,
    first_time,
    handoff,
    home,
    lists,
    modals,
    monitor,
    notices,
    output,
    pages,
    plain,
    practice,
    questions,
    rehearsal,
    report,
    run_plan,
    runbook,
    runbook_choice,
    silences,
    thread,
    timeline,
    usage,
)
from bot.slack.views.facts import DutyFacts, LoadFacts, Message, RunbookLine, Update, View, Who
from bot.slack.views.tokens import Ref, Window
from bot.slack.views.usage import Now
from bot.timeline.entries import curated
from oncall.values import replace

REF = Ref(7, 17)


def trials(config: Config) -> list[Trial]:
    """Everything, in the order of importance: what pages first."""
    every = [*_of(SHORT), *_of(LONG), *_of_configuration(config)]
    return [Trial(name, drawn, digest_of(drawn)) for name, drawn in every]


def digest_of(drawn: Message | View) -> str:
    """The same for the same drawing, in every process."""
    whole = (
        {"text": drawn.text, "blocks": drawn.blocks, "native": drawn.native} if isinstance(drawn, Message) else drawn
    )
    return sha256(orjson.dumps(whole)).hexdigest()[:16]


Named = Iterator[tuple[str, Message | View]]


def _of(text: str) -> Named:
    yield from _pages(text)
    yield from _cards(text)
    yield from _thread(text)
    yield from _runs(text)
    yield from _answers(text)
    yield from _cover(text)
    yield from _shifts(text)
    yield from _drills(text)
    yield from _afterwards(text)
    yield from _notices(text)
    yield from _reports(text)
    yield from _modals(text)


def _pages(text: str) -> Named:
    one, closed = a.page(text), a.closing(text)
    yield "page, direct message", pages.page_dm(one)
    yield "page, given away", pages.page_dm(replace(one, declined_at=LATER))
    yield "page, mention", pages.page_mention(one)
    yield "mention, answered", pages.mention_closed(one, closed)
    yield "page of the team", pages.page_mention(a.page(text, person=None))
    yield "page, answered", pages.page_dm_closed(one, closed)
    yield "page, answered after a later one", pages.page_dm_closed(replace(one, called_again=True), closed)
    yield "several pages in one", pages.pages_dm([(one, None), (one, closed)] * 6)
    yield "possible repeat", plain.doubtful(pages.page_dm(one))
    yield "page as text", plain.as_text(pages.page_dm(one))
    yield "page of what is in hand", pages.page_dm(a.told(text, "holder"))
    yield "page of what is offered", pages.page_dm(a.told(text, "offered"))
    yield "word to one person", pages.word(text, text)


def _cards(text: str) -> Named:
    for state in a.STATES:
        yield f"card, {state}", card.card(a.card(text, state))


def _thread(text: str) -> Named:
    for kind in a.KINDS:
        yield f"thread, {kind}", thread.line(a.recorded(text, kind), a.who(text))
    yield "thread, end of a wait", thread.asked(a.recorded(text, "step_asked"), a.who(text))
    yield "thread, a call", thread.called(a.recorded(text, "note"), a.who(text))
    yield "reminder", thread.reminder(a.subject(text), text, "channel", REF, URL)
    yield "reminder, called again", thread.reminder_before()
    yield "reminder, over", thread.reminder_over(a.subject(text), text)
    story = [a.recorded(text, kind) for kind in a.KINDS]
    story += [a.sampled(text, moment) for moment in ("opened", "resolved")]
    for drawn in timeline.timeline(a.incident(text), story, at=LATER):
        yield "timeline", drawn


def _runs(text: str) -> Named:
    for state in a.STEP_STATES:
        yield f"run, {state}", run_plan.run(run_samples.run(text, state))
    question = run_samples.confirmation(text, approval=False)
    yield (
        "run that asks",
        run_plan.run(replace(run_samples.run(text, "failed"), question=question)),
    )
    yield "run that went on below", runbook.moved_on(run_samples.run(text, "failed"))
    yield "question", questions.confirmation(run_samples.confirmation(text, approval=False))
    yield "question with approval", questions.confirmation(run_samples.confirmation(text, approval=True))
    yield "question, answered", questions.confirmation_closed(run_samples.confirmation(text, approval=False), "expired")
    watched = thread.verdict(a.recorded(text, "step_finished"), run_samples.run(text, "failed"), REF, [text, text])
    yield "verdict of a watch", watched
    yield "test of a runbook", rehearsal.rehearsal(text, [run_samples.rehearsed(text)] * 9)
    yield "output of a step", output.output(run_samples.output(text), text)
    yield "output sent as a file", output.sent(run_samples.output(text))


def _answers(text: str) -> Named:
    lines = [a.line(text)] * 5
    yield "answer", answers.said(text)
    yield "yours", answers.yours(a.incident(text), LATER)
    yield "runbook started", answers.started(7, URL, REF)
    yield "refusal", answers.refused(text)
    yield "did you mean", answers.did_you_mean(text, [text] * 3, text)
    yield "yours", answers.yours(a.incident(text), LATER)
    yield "list of incidents", lists.incident_list(lines, text)
    yield "which one", lists.which_one(lines, text)
    yield "card, shown again", answers.show(a.card(text), URL)
    yield "who is on call", answers.on_call([rota_samples.duty(text)], [rota_samples.duty(text, "secondary")], AT)
    yield "shifts", lists.shifts([rota_samples.duty(text)] * 8, a.who(text))
    yield "load", lists.load([LoadFacts(a.who(text), 7, 3, {"primary": 336.0, text: 1.0})] * 12, 4)
    yield "explanation", answers.explain([text] * 8, text)
    yield "silences", silences.silence_list([a.silence(text)] * 30)
    yield "silence, shown before", silences.preview(a.wish(text))
    yield "monitor", monitor.monitor(text, lambda voice: iter([voice.text(text), voice.at(AT)] * 50), text)


def _reports(text: str) -> Named:
    for count in (2, 40):
        labels = tuple(f"{hour}:00 {text}" for hour in range(count))
        chart = Chart(
            text, labels, (Line("average", (312.0,) * count), Line("peak", (402.5,) * (count - 1) + (None,))), "MB"
        )
        table = Table(text, ("metric", text), ((text, text),) * count)
        yield (
            f"report, {count} points",
            report.report(
                Report(
                    name="weekly",
                    period=text,
                    headline=text,
                    numbers=(Number(text, text, text),) * 5,
                    charts=(chart, chart, chart),
                    tables=(table,),
                    suggestions=(Suggestion(text, text, text),) * 8,
                    remarks=(text,) * 8,
                    offer=Offer(text, "graduation"),
                )
            ),
        )
    yield "report, quiet", report.report(Report(name="daily", period=text, headline=text, mark="quiet"))


def _shifts(text: str) -> Named:
    for reader in ("somebody@example.com", "another@example.com"):
        yield f"handoff, to {reader}", handoff.handoff(rota_samples.handed_over(text, reader))
    yield "shift to come", handoff.shift(rota_samples.coming_shift(text))
    yield "first time on call", first_time.welcome(rota_samples.coming_shift(text))
    yield "test page", first_time.trial_page(a.who(text), AT)
    yield "test page, pressed", first_time.trial_over()
    yield "copy of a call", handoff.copy(rota_samples.copied(text))


def _drills(text: str) -> Named:
    for state in a.DRILL_STATES:
        yield f"drill, {state}", drill.invitation(drill_samples.drill(text, state))
    yield "drill, what would happen", drill.ahead(drill_samples.drill_ahead(text))
    yield "drill, scored", drill.scored(text, text, drill_samples.drill_score(text))
    found = [drill.ScenarioFacts(id="a-scenario", title=text, rule=text, why_not=why) for why in ("", text)] * 9
    yield "drills", drill.scenario_list(found, text)
    for parts in ([], [(text, [text] * 40)] * 4):
        yield "what has rusted", drill.rust(parts)
    yield "line of a drill", practice.marked(thread.line(a.recorded(text, "note"), a.who(text)))


def _afterwards(text: str) -> Named:
    lines = [a.action(text, state) for state in ("open", "done", "dropped")] * 9
    yield "action items", afterwards.action_list(lines, text)
    told = Update(text, a.who(text), AT)
    for last in (told, None):
        yield "question for an update", afterwards.update_ask(a.subject(text), AT, text, last, REF, URL)
    yield "update for those outside", afterwards.stakeholders(a.subject(text), told, text)
    long = tuple(f"{hour}:00 {text}" for hour in range(90))
    chart = Chart(text, long, (Line("value", (312.0,) * 90),), "MB", 500.0, (ChartEvent(3, text), ChartEvent(80, text)))
    for table in (Table(text, ("a", "b", "c"), ((text, text, text),) * 9), None):
        yield "figures around an incident", afterwards.figures(a.subject(text), (chart, chart), table)
    yield "question for postmortems", afterwards.postmortems_wanted([(a.subject(text), REF, URL)] * 30)
    for place in (URL, ""):
        yield "postmortem, drafted", afterwards.postmortem_drafted(a.subject(text), place)
    yield "home", home.home(a.at_home(text))


def _notices(text: str) -> Named:
    yield "notice, bad configuration", notices.config_bad([Fault("bot.yml", 3, 5, text)] * 12, 12, AT)
    yield "notice, good configuration", notices.config_good_again()
    yield "notice, configuration that waits", notices.config_held("0" * 64, [text] * 12)
    yield "notice, severity", notices.unclear_severity(7, text)
    yield "notice, ignored alert", notices.ignored_alert(text, text)
    yield "notice, unreadable alerts", notices.unreadable_alerts(text, 3, 4, [text] * 12)
    yield "notice, back", notices.back(AT, LATER, [text] * 12)
    yield "notice, clock", notices.clock_set(timedelta(hours=-1))
    yield "notice, audit", notices.audit_failed([text] * 12)
    yield "notice, failing transport", notices.transport_failing("slack", text, AT)
    yield "notice, working transport", notices.transport_working("email")
    yield "notice, doubtful account", notices.doubtful_account(text)
    yield "notice, direct messages", notices.direct_trouble(text, text)
    move = {"role": "primary", "since": AT.isoformat(), "until": LATER.isoformat(), "before": text, "now": text}
    yield "notice, rota's file", notices.rota_file_changed([move] * 5, 99, text)
    yield "notice, rota", notices.rota_changed([move] * 12, text, text, ["U0ENGINR0A"], back=False)
    yield "notice, sandbox", notices.sandbox(URL)
    yield "notice, gap", notices.duty_gap("primary", AT, LATER, text, group=True)
    yield "notice, user group", notices.group_taken("S0123ABCD", ["U0123ABCD"] * 12)
    yield "notice, not kept", notices.not_kept("topic", text)
    yield "notice, silence", notices.silence_begun(text, LATER, text, text, text, range(40))
    yield (
        "notice, end of a silence",
        notices.silence_over(text, text, text, text, held=4, times=9, still=3, names=[text] * 3),
    )
    held = {"as_of": text, "ended": [text] * 3, "digest": "0" * 64, "count": 40, "lines": [text] * 12}
    yield (
        "notice, restored backup",
        notices.restored(held | {"release": "All of it goes on.", "drop": "Nothing of it leaves."}),
    )
    yield "notice, answered backup", notices.restored_over(text, text, [text] * 12, 40)
    yield "notice, updates", notices.updates_unheard(text, text)
    yield "notice, postmortems", notices.postmortems_missing([7] * 20)
    yield "notice, preflight", notices.preflight_failed([text] * 12)
    yield "notice, preflight good", notices.preflight_good_again()


def _cover(text: str) -> Named:
    for kind in ("swap", "away"):
        yield f"request, {kind}", cover.request(rota_samples.request(text, kind))
        yield f"request, {kind}, again", cover.again(rota_samples.request(text, kind))
    yield "request, taken", cover.request(rota_samples.request(text, "away", taken=True))
    yield "who moves", cover.moved([rota_samples.shift(text)] * 12, (1, 2), alone=True)


def _modals(text: str) -> Named:
    incident = a.incident(text)
    window = Window("primary", "a@x.example", AT, LATER)
    yield "form, snooze", modals.snooze(incident, timedelta(minutes=30))
    yield "form, override", modals.override(a.who(text), AT)
    yield "form, who moves", modals.override_sure(window, [rota_samples.shift(text)] * 12, alone=True)
    yield "form, swap", modals.swap([rota_samples.shift("primary")], "UTC")
    yield "form, away", modals.away(AT)
    yield "form, what is to be taken", modals.away_sure(window, [rota_samples.shift(text)] * 12)
    yield "form, open", modals.open_incident(title=text)
    yield "form, assign", modals.assign(incident, a.who(text))
    yield "form, call somebody", modals.call_somebody(incident, [(f"a{n}@x.example", text) for n in range(120)])
    yield "window", modals.reading("Timeline", answers.said(text))
    yield "form, severity", modals.severity(incident)
    yield "form, note", modals.note(incident)
    entries = curated([a.recorded(text, kind) for kind in ("note", "acknowledged")] * 60)
    yield "form, update", modals.update(incident)
    yield "form, no postmortem", modals.waive(incident)
    yield "form, timeline", modals.timeline_entries(incident, entries, "UTC")
    yield "form, entry", modals.timeline_entry(incident, entries[0])
    yield "form, moment", modals.timeline_moment(incident, "began", AT)
    yield "form, resolve", modals.resolve(incident)
    yield "form, resolve with a reason", modals.resolve(incident, text)
    yield "form, snooze", modals.snooze(incident, timedelta(days=1))
    yield "form, skip", modals.skip_step("1:a", text)
    yield "form, observe", modals.observe("1:a", text)
    yield "form, failed", modals.fail_step("1:a", text)
    yield "form, abort", modals.abort_run("1:a", text)
    yield "form, type", modals.type_to_confirm("1:a", text, "yes")
    yield "form, break glass", modals.break_glass("1:a", text)


def _of_configuration(config: Config) -> Named:
    """What the files say goes into messages as well: their rules, their procedures, their people."""
    for name, verbs in answers.VERBS.items():
        every = [verb.name for verb in verbs]
        yield (
            f"help of {name}",
            usage.help_for(name, every, now=[Now(LONG, ("/incident ack 7", "/incident show 7"))] * 3),
        )
        yield f"help of {name}, in full", _there(usage.help_on(name, "all", every))
    for rule in config.rules:
        yield f"card of rule {rule.name}", card.card(a.card(SHORT, rule=rule))
    books = [_line(each) for each in config.runbooks.values()]
    yield "list of runbooks", lists.runbook_list(books)
    yield "choice of runbooks", runbook_choice.choose(REF, books, books[0].id if books else None)
    for each in config.runbooks.values():
        steps = [(step.title, step.text) for step in each.steps]
        yield f"runbook {each.id}", answers.runbook_shown(_line(each), steps, each.source)
        yield f"run of {each.id}", run_plan.run(run_samples.run(SHORT, "pending", each))
        if each.parameters:
            yield f"form of {each.id}", modals.parameters(f"{each.id} 7", each.title, each.parameters, {})
    people = [Who(email=each.email, name=each.name, slack=each.slack) for each in config.bot.people.values()]
    duties = [DutyFacts(role="primary", who=person, since=AT, until=LATER) for person in people]
    yield "people", lists.shifts(duties)


def _there(drawn: Message | None) -> Message:
    assert drawn is not None  # noqa: S101 - every verb is allowed here
    return drawn


def _line(procedure: Runbook) -> RunbookLine:
    return RunbookLine(id=procedure.id, title=procedure.title, respond_within=procedure.respond_within)
