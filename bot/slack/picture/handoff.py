"""Reads from the store what the messages about a shift have to show, at the moment they leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.context import Context, overrides
from bot.headline import headline
from bot.incidents import Incident, name_of
from bot.runbooks.run import Run, state_of
from bot.slack.picture.incident import list_lines
from bot.slack.picture.people import who
from bot.slack.picture.places import card_url
from bot.slack.views import first_time
from bot.slack.views import handoff as views
from bot.slack.views.facts import Message, Who
from bot.slack.views.handoff import ComingShift, CopyFacts, Handed, HandoffFacts
from bot.slack.views.tokens import Ref
from bot.store import Tx, handoffs, incidents, runs, undo
from bot.store.handoffs import COPIES_FOR, Handoff
from bot.usecases.calls import MENTION
from bot.usecases.silences import in_words, standing
from oncall.nights import quiet_nights
from oncall.schedule import duty

_TICK = timedelta.resolution
_SOON = timedelta(days=1)


def handoff(tx: Tx, ctx: Context, handoff_id: int, person: str) -> Message | None:
    """One person's message of a handoff; `None` where it is not known any more."""
    found = handoffs.find(tx.conn, handoff_id)
    return views.handoff(_facts(tx, ctx, found, person)) if found is not None else None


def _facts(tx: Tx, ctx: Context, found: Handoff, person: str) -> HandoffFacts:
    opened = [incident for incident in incidents.gravest(tx.conn) if not incident.drill]
    logs = [*(incident.number for incident in opened), *(run.incident for run in runs.alone(tx.conn))]
    handed = tuple(
        Handed(
            role=each.role,
            leaver=who(tx, ctx, each.leaver),
            taker=who(tx, ctx, each.taker) or Who(email=each.taker),
            accepted_at=found.accepted.get(each.taker),
        )
        for each in found.moved
    )
    began = [datetime.fromisoformat(each.since) for each in found.moved if each.since]
    return HandoffFacts(
        id=found.id,
        at=min(began, default=found.at),
        handed=handed,
        reader=person,
        copies_until=found.at + COPIES_FOR,
        open=tuple(list_lines(tx, ctx, opened)),
        waiting=tuple(line for log in logs for line in _questions(tx, log)),
        changed=tuple(f"{name_of(log)} {entry.spoken}" for log in logs for entry in undo.open_of(tx.conn, log)),
        snoozed=tuple(_quiet_until(opened, "snoozed")),
        silenced=tuple(_quiet_until(opened, "silenced")),
        inhibited=tuple(f"#{each.number} by #{each.inhibited_by}" for each in opened if each.stands == "inhibited"),
        silences=tuple(in_words(tx, ctx, each) for each in standing(tx, ctx) if each.silence.ends_at <= tx.at + _SOON),
        quiet=_quiet(tx, ctx, found, min(began, default=found.at)),
    )


def _quiet(tx: Tx, ctx: Context, found: Handoff, at: datetime) -> tuple[int, int]:
    """The nights of whoever left the first of the roles."""
    first = found.moved[0]
    over = duty(ctx.config.schedule, first.role, at - _TICK, overrides(tx.conn))
    if first.leaver is None or over.person != first.leaver:
        return 0, 0
    called = incidents.paged_at(tx.conn, first.leaver, over.since)
    return quiet_nights(called, over.since, at, ctx.config.schedule.timezone)


def _questions(tx: Tx, log: int) -> Iterator[str]:
    for run in runs.active(tx.conn, log):
        for step in run.snapshot.steps:
            if _is_asked(run, step.id):
                yield f"{name_of(log)} {step.title} ({run.snapshot.title})"


def _is_asked(run: Run, step_id: str) -> bool:
    return state_of(run, step_id).state == "waiting_confirmation"


def _quiet_until(opened: list[Incident], stands: str) -> Iterator[str]:
    for incident in opened:
        if incident.stands == stands and incident.held_until is not None:
            yield f"#{incident.number} until {incident.held_until:%H:%M} UTC"


def shift(tx: Tx, ctx: Context, role: str, person: str, since: datetime, *, first: bool = False) -> Message | None:
    """That a shift begins, and if it is their first, what that means; `None` where it is somebody else's by now, or has begun."""
    schedule, made = ctx.config.schedule, overrides(tx.conn)
    found = duty(schedule, role, since, made)
    if found.person != person or since <= tx.at:
        return None
    before = duty(schedule, role, since - _TICK, made).person
    facts = ComingShift(
        role=role,
        since=found.since,
        until=found.until,
        before=who(tx, ctx, before),
        why=found.why,
        ways=tuple(sorted(ctx.transports - {MENTION}, key=lambda way: (way != "slack", way == "email", way))),
    )
    return first_time.welcome(facts) if first else views.shift(facts)


def copy(tx: Tx, ctx: Context, number: int, reopened: int, taker: str, role: str) -> Message | None:
    """A copy of a call; `None` where nobody needs it any more: it was answered, or the handoff confirmed."""
    incident = incidents.load(tx.conn, number)
    waits = [each for each in handoffs.since(tx.conn, tx.at - COPIES_FOR) if taker not in each.accepted]
    mine = next((each for each in waits if any((m.role, m.taker) == (role, taker) for m in each.moved)), None)
    if mine is None or incident.state != "triggered" or incident.reopened != reopened:
        return None
    facts = CopyFacts(
        subject=headline(incident, tx.at),
        taker=who(tx, ctx, taker) or Who(email=taker),
        role=role,
        handed_at=mine.at,
        ref=Ref.of(incident),
        card_url=card_url(tx, number),
    )
    return views.copy(facts)
