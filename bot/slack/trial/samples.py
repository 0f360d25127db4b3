"""What the views are given on trial: an incident, its pages, a run and people, once short and once with as much as may come.

The long ones hold what Slack reads as its own markup, and more characters than any field takes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from bot.alerts import Rule, TopLabel
from bot.drills.drill import State as DrillState
from bot.events import Event, Kind, Recorded
from bot.headline import headline
from bot.incidents import Incident, State
from bot.runbooks.model import Runbook
from bot.runbooks.offers import Move
from bot.runbooks.run import StepStatus
from bot.slack.views.afterwards import ActionLine
from bot.slack.views.cover import CoverFacts, ShiftFacts
from bot.slack.views.drill import AheadFacts, DrillFacts, ScoreFacts
from bot.slack.views.facts import (
    CardFacts,
    Changed,
    Closing,
    Coming,
    DutyFacts,
    ListLine,
    Paged,
    PageFacts,
    RunbookLine,
    Team,
    Update,
    Who,
)
from bot.slack.views.handoff import ComingShift, CopyFacts, Handed, HandoffFacts
from bot.slack.views.home import HomeFacts, ShiftLine
from bot.slack.views.output import OutputFacts
from bot.slack.views.rehearsal import RehearsedStep
from bot.slack.views.run_facts import (
    ConfirmationFacts,
    ItemFacts,
    OutputLine,
    RequestFacts,
    RunCall,
    RunFacts,
    StageFacts,
    StepFacts,
    WatchFacts,
)
from bot.slack.views.silences import PreviewFacts, SilenceFacts, Wish
from bot.slack.views.tokens import Ref
from oncall.headline import Headline
from oncall.page import DESCRIPTION, Page
from oncall.policy import Ladder
from oncall.values import replace

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
SHORT = "Crash rate 4.1 %"
LONG = "<!channel> *bold* `code` ```fence``` & <https://example.com|link> " * 60
"""Some 4,000 characters, and every one of Slack's signs."""
URL = "https://example.com/runbook?a=1&b=2"
STATES: tuple[State, ...] = ("triggered", "acknowledged", "monitoring", "resolved")
STEP_STATES: tuple[StepStatus, ...] = get_args(StepStatus)
DRILL_STATES: tuple[DrillState, ...] = get_args(DrillState)
KINDS: tuple[Kind, ...] = get_args(Kind)


def who(text: str = "Engineer A") -> Who:
    return Who(email="somebody@example.com", name=text, slack="U0123ABCD")


def incident(text: str, state: State = "triggered", rule: Rule | None = None) -> Incident:
    answered = LATER if state != "triggered" else None
    return Incident(
        number=7,
        service="a-service",
        join_key="trial",
        title=(rule.title or rule.message or text) if rule else text,
        severity="P0",
        state=state,
        rule=rule.name if rule else "a_rule",
        runbook="a-runbook",
        opened_at=AT,
        respond_from=AT,
        respond_by=LATER,
        ladder=Ladder("P0", ()),
        ladder_from=AT,
        acknowledged_at=answered,
        mitigated_at=answered if state in ("monitoring", "resolved") else None,
        resolved_at=answered if state == "resolved" else None,
        commander="somebody@example.com" if answered else None,
        alerts=30,
        firing=20,
        repeats=400,
        value=text[:100],
        threshold=(rule.threshold if rule else "") or "3 %",
        labels={"instance": text, "region": "eu"},
        links=(("Query", URL), (text, URL)),
        runbook_url=rule.runbook_url if rule else URL,
        last_seq=17,
    )


def card(text: str, state: State = "triggered", rule: Rule | None = None) -> CardFacts:
    return CardFacts(
        incident=incident(text, state, rule),
        at=LATER,
        commander=who(text) if state != "triggered" else None,
        resolved_by=who(text) if state == "resolved" else None,
        paged=(Paged(who=who(text), role="primary", via=("slack", "pagerduty", "email"), at=AT, detail=text),) * 4,
        coming=Coming(at=LATER, names=(text, text), via=("slack",)) if state == "triggered" else None,
        runbook=RunbookLine(id="a-runbook", title=text, url=URL, progress=text),
        trouble=(text,) * 3,
        labels=(TopLabel("instance", text, 20, 10),),
        description=text,
        update=Update(text, who(text), AT),
        left_out=3,
        changed=(Changed(1, text, can_be_undone=True), Changed(2, text, can_be_undone=False)),
    )


def page(text: str, person: str | None = "somebody@example.com") -> PageFacts:
    it = Page(
        key="trial",
        incident=7,
        service="a-service",
        title=text,
        severity="P0",
        state="triggered",
        level=1,
        role="primary" if person else "team",
        person=person,
        text=text,
        opened_at=AT,
        respond_by=LATER,
        details={DESCRIPTION: text} | {f"label {n}": text for n in range(9)},
        links=(("Query", URL),) * 5,
        alerts=30,
        raised=text,
        headline=subject(text),
        stage=text,
        waiting=LATER - AT,
    )
    called = (who(text),) * 12 if person else ()
    return PageFacts(page=it, called=called, team=Team(group="S0123ABCD"), seen=17, card_url=URL)


def told(text: str, role: str) -> PageFacts:
    """What tells somebody of an incident that is in hand."""
    facts = page(text)
    return replace(facts, page=replace(facts.page, role=role, state="acknowledged"))


def shift(text: str) -> ShiftFacts:
    return ShiftFacts(role="secondary", since=AT, until=LATER, who=who(text), before=who(text))


def request(text: str, kind: str, taken: bool = False) -> CoverFacts:
    shifts = (shift(text),) * 12
    return CoverFacts(
        id=1,
        kind=kind,
        who=who(text),
        start=AT,
        until=LATER,
        reason=text,
        wanted=() if taken else shifts,
        taken=shifts,
        calls=("U0123ABCD",) * 10,
    )


def closing(text: str) -> Closing:
    return Closing(state="acknowledged", at=LATER, by=who(text))


def step(text: str, number: int = 1, state: StepStatus = "pending") -> StepFacts:
    return StepFacts(
        number=number,
        title=text,
        state=state,
        text=text,
        code=text,
        outcome=text if state not in ("pending", "waiting") else "",
        by=who(text),
        at=AT,
        due_at=LATER,
        watch=WatchFacts(share=0.5, standing=text, gap=text) if state == "watching" else None,
        stages=(StageFacts("1 %", "passed"), StageFacts(text, "held")) if state == "waiting" else (),
    )


def run(text: str, state: StepStatus, procedure: Runbook | None = None) -> RunFacts:
    """With its current step in that state, and every button that there is."""
    titles = [each.title for each in procedure.steps] if procedure else [text] * 12
    texts = [each.text for each in procedure.steps] if procedure else [text] * 12
    steps = tuple(
        StepFacts(number=n, title=title, text=said)
        for n, (title, said) in enumerate(zip(titles, texts, strict=True), 1)
    )
    return RunFacts(
        token="1:trial:1",  # noqa: S106 - of no run
        incident=7,
        title=procedure.title if procedure else text,
        steps=(*steps[:1], step(text, 2, state), *steps[2:]),
        current=2,
        moves=get_args(Move),
        options=(text[:60], "No"),
        items=(ItemFacts(text=text, by=who(text), at=AT), ItemFacts(text=text)),
        paused=text if state == "pending" else "",
        call=RunCall(text=text, mark="❌", who=who(text), hint="Look.", helped=False, next_up=(text, text), ref="7.17"),
        cleared=text,
        cleared_by=who(text),
        outputs=tuple(OutputLine(step=n, token=f"1:step-{n}:1", logs=n > 4) for n in range(9, 0, -1)),
        unanswered="7.17",
        hint=text,
        url=URL,
    )


def confirmation(text: str, *, approval: bool) -> ConfirmationFacts:
    return ConfirmationFacts(
        token="1:trial",  # noqa: S106 - of no question
        incident=7,
        runbook=text,
        step=step(text, 2),
        request=RequestFacts(method="POST", url=URL, host="example.com", body=text, changes=text),
        asked_by=who(text),
        expires_at=LATER,
        change=text,
        plan=(text, text),
        present=text,
        undo=text,
        danger=True,
        approval=approval,
        approvers=(who(text), who(text)) if approval else (),
    )


def line(text: str) -> ListLine:
    return ListLine(incident=incident(text), commander=who(text), card_url=URL)


def duty(text: str, role: str = "primary") -> DutyFacts:
    return DutyFacts(role=role, who=who(text), since=AT, until=LATER, why=text)


def subject(text: str) -> Headline:
    return headline(incident(text), LATER)


def recorded(text: str, kind: Kind) -> Recorded:
    return Recorded(7, 3, AT, Event(kind, "somebody@example.com", text, _DATA.get(kind, {})))


def sampled(text: str, moment: str) -> Recorded:
    """Figures that were read at one end of an incident."""
    figures = {"title": text, "values": {text: text, "Memory": 812}, "units": {"Memory": "MB"}}
    return Recorded(7, 3, AT, Event("sample", "incident-bot", text, {"moment": moment, "samples": [figures]}))


_DATA: dict[Kind, dict[str, Any]] = {
    "step_finished": {"run": 1, "step": "a", "more": {"kind": "logs", "attempt": 1}},
    "sample": {"moment": "opened", "samples": []},
    "paged": {"person": "somebody@example.com", "role": "primary", "level": 1, "via": "slack", "receipt": "1"},
    "pinned": {"ref": "C0123ABCD:1.000001", "at": AT.isoformat(), "by": "somebody@example.com"},
    "unpinned": {"ref": "C0123ABCD:1.000002"},
    "edited": {"seq": 1, "text": "corrected"},
    "moment": {"moment": "began", "at": AT.isoformat()},
    "page_failed": {"person": "somebody@example.com", "via": "email", "final": True, "attempts": 3},
}


def output(text: str) -> OutputFacts:
    return OutputFacts(log=7, run=1, step="a", title=text, attempt=1, text=text * 3)


def rehearsed(text: str) -> RehearsedStep:
    return RehearsedStep(
        number=1, title=text, means=text, request=text, change=text, holds=text, held=text, undo=text, refused=text
    )


def handed_over(text: str, reader: str) -> HandoffFacts:
    role = Handed(role=text[:20], leaver=Who(email="another@example.com", name=text), taker=who(text))
    return HandoffFacts(
        id=1,
        at=AT,
        handed=(role, Handed(role="secondary", leaver=None, taker=who(text), accepted_at=LATER)),
        reader=reader,
        copies_until=LATER,
        open=(line(text),) * 14,
        waiting=(text,) * 14,
        changed=(text,) * 14,
        snoozed=(text,),
        silences=(text,),
        quiet=(5, 7),
    )


def silence(text: str) -> SilenceFacts:
    return SilenceFacts(
        id="0" * 36,
        what=text,
        starts_at=AT,
        ends_at=LATER,
        active=True,
        by=text,
        why=text,
        window=text,
        holds=3,
        names=(text,) * 3,
    )


def wish(text: str) -> PreviewFacts:
    it = Wish(matchers='alertname="x"', span=timedelta(hours=2), why=text[:100], asked_at=AT)
    return PreviewFacts(wish=it, alerts=30, firing=3, incidents=(incident(text),) * 12, p0=True)


def coming_shift(text: str) -> ComingShift:
    return ComingShift(role="primary", since=AT, until=LATER, before=who(text), why=text, ways=("slack", text))


def copied(text: str) -> CopyFacts:
    return CopyFacts(subject=subject(text), taker=who(text), role="primary", handed_at=AT, ref=Ref(7, 17), card_url=URL)


def action(text: str, state: str = "open") -> ActionLine:
    return ActionLine(id=1, incident="#7", text=text, who=who(text), due_at=AT, overdue=True, link=URL, state=state)


def at_home(text: str) -> HomeFacts:
    return HomeFacts(
        at=AT,
        open=((line(text), URL),) * 30,
        leads=(7,),
        shifts=(ShiftLine(role=text, since=AT, until=LATER, now=True),) * 9,
        waiting=((text, URL),) * 9,
        actions=(action(text),) * 30,
    )


def drill(text: str, state: DrillState) -> DrillFacts:
    return DrillFacts(
        id=1,
        title=text,
        story=text,
        state=state,
        called_by=who(text),
        joined=(who(text),) * 12,
        declined=(who(text),) * 3,
        began_at=AT if state != "inviting" else None,
        why=text if state in ("paused", "ended") else "",
        card_url=URL,
        score=drill_score(text) if state == "ended" else None,
    )


def drill_score(text: str) -> ScoreFacts:
    return ScoreFacts(rows=((True, text), (False, text)) * 2, remarks=(text,) * 3)


def drill_ahead(text: str) -> AheadFacts:
    return AheadFacts(
        shown="1 somebody@example.com",
        title=text,
        after=timedelta(minutes=1),
        rule=text,
        severity="P0",
        response=timedelta(minutes=15),
        runbook=text,
        calls=((timedelta(minutes=5), who(text), ("slack", "email")),) * 20,
        left_out=(who(text),) * 3,
        ends=timedelta(hours=1),
    )
