"""The question before a change: the effect in words, then exactly what would be sent; whoever may answer, and until when.

It stands in the run's own message, or calls others by one of its own. It shows the exact request; what does not fit is said to be
missing, never silently cut. It is the only question asked: its button has no dialog of its own, but for what is called dangerous.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from slack_sdk.models.blocks import Block, ConfirmObject, InteractiveElement

from bot.incidents import name_of as number_of
from bot.slack.mrkdwn import TIME, bold, code_block, inline, utc_time, when
from bot.slack.views.actions import BREAK_GLASS, STEP_APPROVE, STEP_CANCEL, STEP_CONFIRM, STEP_TYPE
from bot.slack.views.facts import Message, Who
from bot.slack.views.kit import (
    actions,
    ask,
    button,
    call,
    context,
    message,
    name_of,
    paragraphs,
    practice,
    section,
    spoken_list,
)
from bot.slack.views.run_facts import ConfirmationFacts, RequestFacts

_REQUEST = 2_600
_PLAN = 1_500
"""Characters of one line of what is agreed to besides the request: twelve stages, or as many checks."""


def confirmation(facts: ConfirmationFacts) -> Message:
    """The one question before something changes: the effect in words, then exactly what would be sent, and until when it may be."""
    return message(asked_text(facts), [*what_is_asked(facts), actions(*answers(facts)), context(_small(facts))])


def asked_text(facts: ConfirmationFacts) -> str:
    what = f"{inline(facts.step.title)}{f', {inline(facts.change)}' if facts.change else ''}"
    return (
        f"Confirm for {number_of(facts.incident)}: {what}? It sends {_plain_request(facts.request)}, "
        f"until {utc_time(facts.expires_at)}. Nothing has been sent yet."
    )


def what_is_asked(facts: ConfirmationFacts) -> Iterator[Block]:
    """The effect in words, then the wire."""
    step, request = facts.step, facts.request
    change = f" – {bold(facts.change, 200)}" if facts.change else ""
    yield section(
        f"{practice(drill=facts.drill)}⚠️ *Confirm for {number_of(facts.incident)}:* {inline(step.title)}{change}",
        f"_{inline(facts.present, 300)}_" if facts.present else "",
        f"*Changes:* {inline(request.changes, 600)}" if request.changes else "",
        f"*Undo:* {inline(facts.undo, 200)}" if facts.undo else "",
        _waits_for(facts),
    )
    yield from paragraphs(f"• {inline(line, _PLAN)}" for line in facts.plan)
    where = f"the OpenVine of the drill, not {inline(request.host, 250)}" if facts.drill else inline(request.host, 250)
    yield section(f"*Sends to* {where}:" if request.host else "*Does:*", _request(request))


def _small(facts: ConfirmationFacts) -> str:
    return f"{inline(facts.runbook, 120)}, step {facts.step.number} · {until(facts)}"


def until(facts: ConfirmationFacts) -> str:
    return f"asked by {name_of(facts.asked_by)} · expires {when(facts.expires_at, TIME)} · nothing has been sent yet"


def _waits_for(facts: ConfirmationFacts) -> str:
    """Whose agreement is needed, and who has given it."""
    if not facts.approval:
        return ""
    have = f" · approved by {spoken_list([name_of(who) for who in facts.approved_by])}" if facts.approved_by else ""
    if not facts.approvers:
        return "⏳ Has to be approved, and *nobody who may is on call now*"
    names = spoken_list([call(who) for who in facts.approvers], "and" if facts.needs_all else "or")
    return f"⏳ *Waits for* {names}{have}"


def answers(facts: ConfirmationFacts) -> Iterator[InteractiveElement]:
    if facts.approval:
        if facts.to_type:
            yield button("Approve…", STEP_TYPE, facts.token, style="danger")
        else:
            yield button("Approve and send", STEP_APPROVE, facts.token, style="primary", confirm=_once_more(facts))
        yield button("Refuse", STEP_CANCEL, facts.token)
        yield button("Break glass…", BREAK_GLASS, facts.token, style="danger")
        return
    if facts.to_type:
        yield button("Confirm…", STEP_TYPE, facts.token, style="danger")
    else:
        yield button("Confirm and send", STEP_CONFIRM, facts.token, style="danger", confirm=_once_more(facts))
    yield button("Cancel", STEP_CANCEL, facts.token)


def _once_more(facts: ConfirmationFacts) -> ConfirmObject | None:
    """Slack's own dialog, for what the file calls dangerous. Our own words only: its text is not escaped."""
    if not facts.danger:
        return None
    text = "The message above says exactly what is sent, and to where. It is sent at once."
    return ask("This is dangerous", text, yes="Send it", style="danger")


def _plain_request(request: RequestFacts) -> str:
    return f"{inline(request.method, 12)} {inline(request.url, 500)}"


def _request(request: RequestFacts) -> str:
    """Method, URL and body as they go out. If Slack cannot hold them the cut is said, so that nobody confirms unseen."""
    whole = f"{request.method} {request.url}" + (f"\n\n{request.body}" if request.body.strip() else "")
    block = code_block(whole, _REQUEST)
    cut = len(code_block(whole, 1_000_000)) > _REQUEST
    return block + ("\n⚠️ The request is longer than Slack can show. Read it in the runbook." if cut else "")


Answer = Literal["confirmed", "cancelled", "expired", "outdated"]
_ENDS: dict[Answer, str] = {
    "confirmed": "✅ Confirmed",
    "cancelled": "✖️ Cancelled, nothing was sent",
    "expired": "⌛ Expired, nothing was sent. Press Run on the step to be asked again",
    "outdated": "✖️ No longer valid, nothing was sent: the runbook has moved on",
}


def confirmation_closed(facts: ConfirmationFacts, answer: Answer, by: Who | None = None) -> Message:
    """The same message once answered: what was asked stays readable, nothing is left to press."""
    end = _ENDS[answer] + (f" by {name_of(by)}" if by else "")
    request = facts.request
    blocks: list[Block] = [
        section(f"*{number_of(facts.incident)}:* {inline(facts.step.title)}", end),
        context(f"{inline(request.method, 12)} {inline(request.url, 400)}"),
    ]
    return message(f"{number_of(facts.incident)} {inline(facts.step.title)}: {end}", blocks)
