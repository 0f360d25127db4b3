"""A drill as Slack shows it: the invitation, which says how it stands to its end; what would happen before it begins; its score.

Everything of it bears the mark of practice. It mentions nobody: a drill calls only those who have pressed Join.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import Block, ButtonElement

from bot.drills.drill import State
from bot.formatting import spoken
from bot.slack.mrkdwn import bold, code, inline, when
from bot.slack.views.actions import (
    DRILL_BEGIN,
    DRILL_CALL,
    DRILL_DECLINE,
    DRILL_END,
    DRILL_JOIN,
    DRILL_PAUSE,
    DRILL_RESUME,
    DRILL_START,
    LINK_CARD,
)
from bot.slack.views.facts import Message, Who
from bot.slack.views.kit import (
    actions,
    ask,
    button,
    by_transports,
    context,
    link_button,
    message,
    name_of,
    paragraphs,
    section,
    spoken_list,
)
from oncall.headline import DRILL
from oncall.values import dataclass

MARK = f"🧪 {DRILL}"
_PROMISE = (
    "Only who joins is called, by Slack, mail and their own ways. No PagerDuty, no @here, no user group. OpenVine is a made-up one:"
    " nothing real is read or changed. A real incident pauses the drill."
)
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFacts:
    """What it was worth: each thing that was to be there, and whether it was."""

    rows: tuple[tuple[bool, str], ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillFacts:
    """A drill as it stands."""

    id: int
    title: str
    story: str
    state: State
    called_by: Who | None
    joined: tuple[Who, ...] = ()
    declined: tuple[Who, ...] = ()
    began_at: datetime | None = None
    why: str = ""
    card_url: str = ""
    score: ScoreFacts | None = None


def invitation(facts: DrillFacts) -> Message:
    """The one message of a drill in the channel, redrawn until it is over."""
    title = f"{MARK} {bold(facts.title, 200)}"
    told = [title, f"called by {name_of(facts.called_by)} · {_stands(facts)}"]
    blocks: list[Block] = [section(*told, inline(facts.story, 1_000) if facts.story else ""), section(*_people(facts))]
    if facts.score is not None:
        blocks.append(section(*_score(facts.score)))
    if facts.state == "inviting":
        blocks.append(context(_PROMISE))
    if pressed := list(_buttons(facts)):
        blocks.append(actions(*pressed))
    return message(f"{MARK} {inline(facts.title, 200)}: {_stands(facts)}", blocks)


def _stands(facts: DrillFacts) -> str:
    since = f" since {when(facts.began_at)}" if facts.began_at else ""
    why = f": {inline(facts.why, 300)}" if facts.why else ""
    return {
        "inviting": "who takes part?",
        "running": f"▶️ being played{since}",
        "paused": f"⏸️ paused{why}",
        "ended": f"⏹️ over{why}",
    }[facts.state]


def _people(facts: DrillFacts) -> Iterator[str]:
    joined = spoken_list([name_of(who) for who in facts.joined])
    yield f"🙋 *Takes part*: {joined}" if joined else "🙋 Nobody has joined yet."
    if facts.declined:
        yield f"Not this time: {spoken_list([name_of(who) for who in facts.declined])}"


def _buttons(facts: DrillFacts) -> Iterator[ButtonElement]:
    value = str(facts.id)
    sure = ask("End the drill?", "Its incident is resolved, and its score is posted.", yes="End it")
    if opening := link_button("Open the incident", LINK_CARD, facts.card_url):
        yield opening
    if facts.state == "inviting":
        yield button("Join", DRILL_JOIN, value, style="primary")
        yield button("Not this time", DRILL_DECLINE, value)
        yield button("Start…", DRILL_START, value)
        yield button(
            "Call it off", DRILL_END, value, confirm=ask("Call it off?", "Nobody is called.", yes="Call it off")
        )
    elif facts.state == "running":
        yield button("Pause", DRILL_PAUSE, value)
        yield button("End the drill", DRILL_END, value, confirm=sure)
    elif facts.state == "paused":
        yield button("Resume", DRILL_RESUME, value, style="primary")
        yield button("End the drill", DRILL_END, value, confirm=sure)


def _score(score: ScoreFacts) -> Iterator[str]:
    met = sum(good for good, _ in score.rows)
    yield f"*{met} of {len(score.rows)}* as the procedure wants it" if score.rows else "*There is nothing to score*"
    for good, text in score.rows:
        yield f"{'✅' if good else '❌'} {inline(text, 200)}"
    for text in score.remarks[:_SHOWN]:
        yield f"• {inline(text, 400)}"


def scored(title: str, why: str, score: ScoreFacts) -> Message:
    """The end, in the thread of its incident."""
    head = f"{MARK} over: {inline(title, 200)} ({inline(why, 200)})"
    return message(f"{head}. {' · '.join(_score(score))}", [section(f"*{head}*", *_score(score))])


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadFacts:
    """What a drill would do, shown before it begins."""

    shown: str
    """The drill, and who takes part now."""
    title: str
    after: timedelta
    rule: str
    severity: str
    response: timedelta | None
    runbook: str
    calls: tuple[tuple[timedelta, Who, tuple[str, ...]], ...]
    left_out: tuple[Who, ...]
    ends: timedelta


def ahead(facts: AheadFacts) -> Message:
    """The look before it is started. Only whoever called it sees it."""
    begins = f"In {spoken(facts.after)}" if facts.after else "At once"
    within = f", to be answered within {spoken(facts.response)}" if facts.response else ""
    lines = [
        f"{begins} the alert {code(facts.rule, 80)} comes, as {facts.severity}{within}.",
        f"Its procedure is {inline(facts.runbook, 150)}." if facts.runbook else "It has no procedure.",
        *_calls(facts),
        f"Not called: {spoken_list([name_of(who) for who in facts.left_out])}." if facts.left_out else "",
        f"After {spoken(facts.ends)} it is over by itself.",
    ]
    head = f"{MARK} What happens if you start {bold(facts.title, 150)}"
    blocks: list[Block] = [section(head), *paragraphs(filter(None, lines)), context(_PROMISE)]
    blocks.append(actions(button("Start the drill", DRILL_BEGIN, facts.shown, style="primary")))
    return message(f"{MARK} {inline(facts.title, 200)}: nothing is started yet", blocks)


def _calls(facts: AheadFacts) -> Iterator[str]:
    if not facts.calls:
        yield "⚠️ No level of the ladder finds anybody who takes part: nobody would be called."
        return
    yield "Called, as long as nobody answers:"
    for later, who, via in facts.calls[:_SHOWN]:
        at = f"after {spoken(later)}" if later else "at once"
        yield f"• {at} {name_of(who)} by {by_transports(via)}"
    if (more := len(facts.calls) - _SHOWN) > 0:
        yield f"• and {more} calls more"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFacts:
    """One that can be played, or why not."""

    id: str
    title: str
    rule: str
    why_not: str = ""


def scenario_list(found: Sequence[ScenarioFacts], now: str = "") -> Message:
    """What can be played. `now`: the drill that is open."""
    blocks: list[Block] = [section("🧪 *Drills*: practice with the team's own rota, ladder and procedures", now)]
    for each in found[:_SHOWN]:
        if each.why_not:
            blocks.append(section(f"{code(each.id, 60)} {inline(each.title, 200)}: {inline(each.why_not, 200)}"))
        else:
            invite = button("Invite", DRILL_CALL, each.id)
            blocks.append(
                section(f"{code(each.id, 60)} {inline(each.title, 200)} · {inline(each.rule, 80)}", button=invite)
            )
    if (more := len(found) - _SHOWN) > 0:
        blocks.append(context(f"and {more} more: `incident-bot drill` lists them all"))
    blocks.append(
        context(
            "`/incident drill rust` lists what nobody has used for a long time. Scenarios of your own go into `config/drills/`."
        )
    )
    return message(f"Drills: {', '.join(each.id for each in found)}", blocks)


def rust(parts: Sequence[tuple[str, Sequence[str]]]) -> Message:
    """What has rusted, by kind."""
    if not parts:
        return message(
            "Nothing has rusted", [section("✨ *Nothing has rusted*: everything was used in the last 90 days.")]
        )
    blocks: list[Block] = [section("🧽 *What has rusted*: not used in the last 90 days, or never")]
    for title, found in parts:
        shown = [f"• {inline(each, 200)}" for each in found[:20]]
        more = len(found) - len(shown)
        blocks += paragraphs([f"*{title}* ({len(found)})", *shown, *([f"and {more} more"] if more else [])])
    blocks.append(context("`incident-bot drill --rust` has all of it. A drill counts as use: `/incident drill`"))
    return message("; ".join(f"{title}: {len(found)}" for title, found in parts), blocks)
