"""Draws what is said in the channel and in threads, as things stand when it is sent.

A message that is redrawn in place is known by its key (`card:3`, `run:5`, `ask:5:…`, `page:17`); the table says who draws it. It
refuses to send anything: `Needless` says that nothing has to be said any more.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.context import Context
from bot.events import Recorded, wait_is_over
from bot.outbox.courier import Needless
from bot.slack.picture.called import could_call
from bot.slack.picture.incident import card_facts, timeline_shown
from bot.slack.picture.pages import mention_message, page_message, reminder
from bot.slack.picture.people import who
from bot.slack.picture.questions import question
from bot.slack.picture.runs import run_facts
from bot.slack.views import card, run_plan, runbook, thread
from bot.slack.views.facts import Message
from bot.slack.views.tokens import Ref
from bot.store import Tx, incidents
from bot.usecases.outcomes import got_through

Draw = Callable[[Tx, Context, str], Message | None]
"""Draws a message of some key as things stand; `None` where it should stay as it is."""


def _card(tx: Tx, ctx: Context, number: str) -> Message:
    """Of an incident; what stands there for a run without one is the run."""
    log = int(number)
    return card.card(card_facts(tx, ctx, log)) if log > 0 else run_plan.run(run_facts(tx, ctx, -log))


def _run(tx: Tx, ctx: Context, run: str) -> Message:
    return run_plan.run(run_facts(tx, ctx, int(run)))


def _ask(tx: Tx, ctx: Context, key: str) -> Message:
    run, _, confirmation = key.partition(":")
    return question(tx, ctx, int(run), confirmation)


def _page(tx: Tx, ctx: Context, key: str) -> Message | None:
    return page_message(tx, ctx, f"page:{key}")


def _mention(tx: Tx, ctx: Context, key: str) -> Message | None:
    return mention_message(tx, ctx, f"mention:{key}")


def _reminder(tx: Tx, ctx: Context, key: str) -> Message:
    return reminder(tx, ctx, int(key.partition(":")[0]))


def _was(tx: Tx, ctx: Context, key: str) -> Message:
    """What a message leaves behind when it comes down: a run's (`run:5@TS`), or a reminder's that calls anew (`remind:1:0@TS`)."""
    if key.startswith("remind:"):
        return thread.reminder_before()
    return runbook.moved_on(run_facts(tx, ctx, int(key.partition("@")[0].partition(":")[2])))


DRAWN: dict[str, Draw] = {
    "card": _card,
    "run": _run,
    "ask": _ask,
    "page": _page,
    "mention": _mention,
    "remind": _reminder,
    "was": _was,
}
"""Who draws the message of a key, by its first word."""


def drawn(tx: Tx, ctx: Context, key: str) -> Message | None:
    kind, _, rest = key.partition(":")
    return DRAWN[kind](tx, ctx, rest)


def line_of(tx: Tx, ctx: Context, number: int, seq: int) -> Message | None:
    """`None` for a reminder, as versions before left them waiting: it is told as it is now."""
    recorded = incidents.entry(tx.conn, number, seq)
    if recorded.event.kind == "page_failed" and not recorded.event.data["final"] and got_through(tx, recorded):
        raise Needless("the page got through since")
    if recorded.event.kind == "reminded":
        return None
    if recorded.event.kind == "drill" and recorded.event.data.get("became") == "ended":
        from bot.slack.picture.drill import scored  # most starts play no drill

        return scored(tx, ctx, number)
    if wait_is_over(recorded.event):
        return thread.asked(recorded, who(tx, ctx, recorded.event.data.get("waited")))
    if recorded.event.kind == "step_finished" and recorded.event.data.get("verdict"):
        return _verdict(tx, ctx, recorded)
    called = recorded.event.data.get("calls")
    if called and isinstance(called, str):  # a version before wrote of a split only whether it calls
        return thread.called(recorded, who(tx, ctx, called))
    return thread.line(recorded, who(tx, ctx, recorded.event.actor), told_at=tx.at)


def _verdict(tx: Tx, ctx: Context, recorded: Recorded) -> Message:
    """What a watch came to, and what can be pressed as things stand."""
    incident = incidents.load(tx.conn, recorded.incident)
    ref = Ref.of(incident) if incident.number > 0 else None
    facts = run_facts(tx, ctx, int(recorded.event.data["run"]))
    return thread.verdict(recorded, facts, ref, could_call(tx, ctx, incident))


def whole_timeline(tx: Tx, ctx: Context, number: int) -> list[Message]:
    incident = incidents.load(tx.conn, number)
    if number > 0 and incident.is_open:
        raise Needless("it is open again")
    return timeline_shown(tx, ctx, incident)
