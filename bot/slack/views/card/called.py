"""Whom it has called and whom it calls next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from bot.slack.mrkdwn import inline
from bot.slack.views.facts import CardFacts, Coming, Paged
from bot.slack.views.head import near
from bot.slack.views.kit import by_transports, name_of, spoken_list

_PAGED_SHOWN = 4


def lines(facts: CardFacts) -> Iterator[str]:
    """Whom it has called, and whom it calls next: while nobody has it, the second question of everybody."""
    incident = facts.incident
    for sentence in facts.trouble[:3]:
        yield f"⚠️ {inline(sentence, 250)}"
    if incident.state == "resolved":
        return
    yield from (line for line, _ in _calls(facts))
    if facts.coming is not None and incident.state == "triggered":
        yield coming(facts.coming, incident.opened_at)


def before(facts: CardFacts) -> list[str]:
    """Whoever was called before the last. What went wrong, what is still to leave, and who is next, is never among them."""
    if facts.incident.state == "resolved":
        return []
    called = [line for line, is_made in _calls(facts) if is_made]
    return called[:-1]


def _calls(facts: CardFacts) -> Iterator[tuple[str, bool]]:
    """Each line of its calls, and whether they were made by now."""
    together = [list(group) for _, group in groupby(facts.paged, key=_call)]
    if skipped := sum(len(group) for group in together[:-_PAGED_SHOWN]):
        yield f"Called before: {skipped} more (see the timeline)", True
    for group in together[-_PAGED_SHOWN:]:
        yield _paged(group[0], group, facts.incident.opened_at), group[0].state != "later"


def _call(paged: Paged) -> tuple[object, ...]:
    """What those have in common that stand on one line."""
    return (
        paged.who is None,
        paged.role,
        paged.via,
        paged.at.replace(second=0, microsecond=0),
        paged.state,
        paged.detail,
        paged.sign,
    )


def _paged(paged: Paged, together: Sequence[Paged], opened: datetime) -> str:
    role = f" ({inline(paged.role, 40)})" if paged.role else ""
    names = spoken_list(list(dict.fromkeys(name_of(each.who) for each in together)))
    who = "the team" if paged.who is None else f"{names}{role}"
    how = f" by {by_transports(paged.via)}" if paged.via else ""
    at = near(paged.at, opened)
    if paged.state == "failed":
        why = f": {inline(paged.detail, 150)}" if paged.detail else ""
        return f"❌ Could not page {who}{how}, {at}{why}"
    if paged.state == "later":
        return f"⏳ {who}{how} at {at}, unless somebody answers before"
    if paged.state == "trying":
        why = f": {inline(paged.detail, 150)}" if paged.detail else ""
        return f"⏳ {who} is not reached{how} yet{why}. Tried again"
    if paged.state == "sending":
        return f"📟 Paging {who}{how}, {at}"
    if paged.state == "withdrawn":
        return f"➖ Not paged: {who}{how} · no longer needed"
    sign = f" · ✓ {inline(paged.sign, 80)}" if paged.sign else ""
    return (f"✉️ Mailed {who}, {at}" if paged.via == ("email",) else f"📟 Paged {who}{how}, {at}") + sign


def coming(next_up: Coming, opened: datetime) -> str:
    names = spoken_list([inline(name, 80) for name in next_up.names[:6]]) or "the next level"
    how = f" by {by_transports(next_up.via)}" if next_up.via else ""
    return f"⏭️ Next: {names}{how} at {near(next_up.at, opened)}"
