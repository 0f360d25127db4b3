"""Values of one night for the views, and hypothesis strategies for hostile texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.alerts import top_labels
from bot.events import Event, Kind, Recorded
from bot.incidents import Incident
from bot.slack.views.facts import CardFacts, Coming, Paged, PageFacts, RunbookLine, Who
from bot.slack.views.run_facts import ConfirmationFacts, RequestFacts, RunFacts, StepFacts
from oncall.headline import Headline
from oncall.page import Page
from oncall.policy import Ladder

T = datetime(2026, 1, 5, 3, 12, 5, tzinfo=UTC)
ANNA = Who(email="engineer_a@openvine.co", name="Anna Engel", slack="U0ANNA")
BEA = Who(email="engineer_b@openvine.co", name="Bea Novak", slack="U0BEA")
SUBJECT = Headline(number=3, severity="P0", what="Crash rate is 4.2%", since=T, at=T)


def after(**span: float) -> datetime:
    return T + timedelta(**span)


def incident(**changes: Any) -> Incident:
    values: dict[str, Any] = {
        "number": 3,
        "service": "openvine-video",
        "join_key": "rule:video_crash_rate_high",
        "title": "Crash rate is 4.2%",
        "severity": "P0",
        "state": "triggered",
        "rule": "video_crash_rate_high",
        "runbook": "high-crash-rate",
        "opened_at": T,
        "respond_from": T,
        "respond_by": after(minutes=10),
        "ladder": Ladder("P0", ()),
        "ladder_from": T,
        "alerts": 2,
        "firing": 1,
        "repeats": 14,
        "value": "4.2%",
        "threshold": "3 %",
        "labels": {"app": "ios", "region": "eu-west-1", "alertname": "video_crash_rate_high"},
        "links": (("Graph", "https://prometheus.example/graph?a=1&b=2"),),
        "runbook_url": "https://docs.openvine.co/runbooks/crash-rate",
        "last_seq": 17,
    }
    return Incident(**(values | changes))


def facts(of: Incident | None = None, **changes: Any) -> CardFacts:
    of = of or incident()
    values: dict[str, Any] = {
        "incident": of,
        "labels": top_labels([of.labels]),
        "at": after(seconds=2),
        "paged": (Paged(who=ANNA, role="primary", via=("slack", "pagerduty"), at=T),),
        "coming": Coming(at=after(minutes=5), names=("Bea Novak (secondary)",), via=("slack",)),
        "runbook": RunbookLine(id="high-crash-rate", title="High Crash Rate Alert"),
    }
    return CardFacts(**(values | changes))


def page(**changes: Any) -> Page:
    values: dict[str, Any] = {
        "key": "3:1:anna:slack",
        "incident": 3,
        "service": "openvine-video",
        "title": "Crash rate is 4.2%",
        "severity": "P0",
        "state": "triggered",
        "level": 1,
        "role": "primary",
        "person": "engineer_a@openvine.co",
        "text": "You are on call as primary",
        "opened_at": T,
        "respond_by": after(minutes=10),
    }
    return Page(**(values | changes))


def page_facts(**changes: Any) -> PageFacts:
    values: dict[str, Any] = {
        "page": page(),
        "called": (ANNA,),
        "seen": 17,
        "card_url": "https://slack.com/archives/C1/p1",
    }
    return PageFacts(**(values | changes))


def step(**changes: Any) -> StepFacts:
    values: dict[str, Any] = {"number": 1, "title": "Emergency Rollback"}
    return StepFacts(**(values | changes))


def run(*steps: StepFacts, **changes: Any) -> RunFacts:
    values: dict[str, Any] = {
        "token": "7:rollback:4",
        "incident": 3,
        "title": "High Crash Rate Alert",
        "steps": steps or (step(), step(number=2, title="Analyze Crash Reports")),
        "current": 1,
        "moves": ("ask", "skip"),
    }
    return RunFacts(**(values | changes))


def confirmation(**changes: Any) -> ConfirmationFacts:
    values: dict[str, Any] = {
        "token": "7:c1",
        "incident": 3,
        "runbook": "High Crash Rate Alert",
        "step": step(),
        "request": RequestFacts(
            method="POST",
            url="https://api.openvine.co/admin/feature-flags",
            host="api.openvine.co",
            body='{"new_video_manager": false}',
            changes="Turns the new video system off for everybody.",
        ),
        "asked_by": ANNA,
        "expires_at": after(minutes=5),
    }
    return ConfirmationFacts(**(values | changes))


def event(
    seq: int = 1, kind: Kind = "note", text: str = "text", actor: str = "incident-bot", at: datetime = T, **data: Any
) -> Recorded:
    return Recorded(3, seq, at, Event(kind, actor, text, data))


HOSTILE = (
    "<!channel>",
    "<@U0ANNA>",
    "<https://evil.example|click me>",
    "&amp;",
    "&",
    "```",
    "`",
    "*bold*",
    "_",
    "> quote",
    "\x1b[31mred\x07",
    "\u202eevil",
    "👩‍🔥",
    "é",
    "\n",
    "\x00",
    "x",
)
texts = st.one_of(
    st.text(max_size=40),
    st.builds(lambda part, count: part * count, st.sampled_from(HOSTILE), st.sampled_from((0, 1, 3, 150, 4_100))),
    st.lists(st.sampled_from(HOSTILE), max_size=8).map("".join),
)
