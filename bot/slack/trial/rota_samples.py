"""Samples of the rota: shifts, handoffs, requests for a stand-in, who is on call."""

from __future__ import annotations

from bot.slack.trial.samples import AT, LATER, URL, line, subject, who
from bot.slack.views.cover import CoverFacts, ShiftFacts
from bot.slack.views.facts import DutyFacts, Who
from bot.slack.views.handoff import ComingShift, CopyFacts, Handed, HandoffFacts
from bot.slack.views.tokens import Ref


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


def duty(text: str, role: str = "primary") -> DutyFacts:
    return DutyFacts(role=role, who=who(text), since=AT, until=LATER, why=text)


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


def coming_shift(text: str) -> ComingShift:
    return ComingShift(role="primary", since=AT, until=LATER, before=who(text), why=text, ways=("slack", text))


def copied(text: str) -> CopyFacts:
    return CopyFacts(subject=subject(text), taker=who(text), role="primary", handed_at=AT, ref=Ref(7, 17), card_url=URL)
