"""Samples that the views are given on trial: an incident, its pages and people, once short and once with as much as may come.

The long ones hold what Slack reads as its own markup, and more characters than any field takes. Those of runs, of the rota and
of drills have files of their own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from bot.alerts import Rule, TopLabel
from bot.drills.drill import State as DrillState
from bot.events import Event, Kind, Recorded
from bot.headline import headline
from bot.incidents import Incident, State
from bot.runbooks.run import StepStatus
from bot.slack.views.afterwards import ActionLine
from bot.slack.views.facts import (
    CardFacts,
    Changed,
    Closing,
    Coming,
    ListLine,
    Paged,
    PageFacts,
    RunbookLine,
    Team,
    Update,
    Who,
)
from bot.slack.views.home import HomeFacts, ShiftLine
from bot.slack.views.silences import PreviewFacts, SilenceFacts, Wish
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


def closing(text: str) -> Closing:
    return Closing(state="acknowledged", at=LATER, by=who(text))


def line(text: str) -> ListLine:
    return ListLine(incident=incident(text), commander=who(text), card_url=URL)


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
