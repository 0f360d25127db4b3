"""Who has it, until when it keeps still, how it ended, and the response clock: what a person woken up asks for."""

from __future__ import annotations

from collections.abc import Iterator

from bot.formatting import spoken
from bot.incidents import Incident
from bot.slack.mrkdwn import inline, utc_time
from bot.slack.views.facts import CardFacts
from bot.slack.views.head import near
from bot.slack.views.kit import name_of


def in_plain_words(facts: CardFacts) -> str:
    incident = facts.incident
    holder = name_of(facts.commander)
    if facts.paused:
        return "the drill is paused"
    if facts.inhibited_by is not None:
        return f"calls nobody while #{facts.inhibited_by.number} is open"
    if facts.hold is not None and facts.hold.silence:
        return f"silenced until {utc_time(facts.hold.until)}"
    if facts.hold is not None and facts.hold.snooze:
        return f"snoozed until {utc_time(facts.hold.until)} by {name_of(facts.hold.by)}"
    if incident.state == "triggered":
        due = f", respond by {utc_time(incident.respond_by)}" if incident.respond_by else ""
        missed = incident.response_met(facts.at) is False
        return "nobody has it yet" + (", response time missed" if missed else due)
    if incident.state == "acknowledged":
        return f"{holder} has it"
    if incident.state == "monitoring":
        return f"mitigated, {holder} is watching" if facts.commander else "its alerts have cleared, nobody has it"
    if facts.unheard_since is not None:
        return f"closed, not heard of since {utc_time(facts.unheard_since)}"
    return "resolved"


def once_before(incident: Incident) -> str:
    """That it was over once already."""
    if not _was_reopened(incident):
        return ""
    return f" · reopened, first opened {near(incident.opened_at, incident.respond_from)}"


def _was_reopened(incident: Incident) -> bool:
    """`reopened` also counts raised severities; a reopening is what moved the response clock."""
    return incident.reopened > 0 and incident.respond_from > incident.opened_at


def _calls_again(incident: Incident) -> bool:
    """Somebody had answered, and then its severity was raised."""
    return incident.commander is not None and incident.responded_at is not None


def lines(facts: CardFacts) -> Iterator[str]:
    """Who has it, and the response clock: the two things a person woken up asks for."""
    incident, opened = facts.incident, facts.incident.opened_at
    holder = name_of(facts.commander)
    if incident.state == "triggered":
        before = f"*{holder} had it; it calls again*" if _calls_again(incident) else "*Nobody has it yet*"
        yield from _held(facts)
        yield before + _clock(facts)
    elif incident.state == "acknowledged":
        since = f" · acknowledged at {near(incident.acknowledged_at, opened)}" if incident.acknowledged_at else ""
        yield f"*{holder} has it*{since}{_clock(facts)}"
        yield from _held(facts)
    elif incident.state == "monitoring":
        since = f" since {near(incident.mitigated_at, opened)}" if incident.mitigated_at else ""
        words = f"Mitigated, {holder} is watching" if facts.commander else "Its alerts have cleared, nobody has it"
        yield f"*{words}*{since}{_clock(facts)}"
    else:
        yield from _ended(facts)


def _held(facts: CardFacts) -> Iterator[str]:
    """The clock, if there is one: until when it keeps still, in whose words and why."""
    hold, other = facts.hold, facts.inhibited_by
    if other is not None:
        yield f"🤫 *Calls nobody while #{other.number} {inline(other.what, 150)} is open*; calls then if it still fires"
    if hold is None:
        return
    until = near(hold.until, facts.incident.opened_at)
    why = f": {inline(hold.reason, 200)}" if hold.reason else ""
    if hold.silence:
        yield f"🔕 *Silenced until {until}* by {name_of(hold.by)}{why}"
        return
    yield f"💤 *Snoozed until {until}* by {name_of(hold.by)}{why}" if hold.snooze else f"⏳ On it until {until}{why}"


def _ended(facts: CardFacts) -> Iterator[str]:
    incident = facts.incident
    at = incident.resolved_at
    tail = f" · {near(at, incident.opened_at)}, after {spoken(at - incident.opened_at)}" if at else ""
    yield f"{_how_it_ended(facts)}{tail}{_clock(facts)}"


def _how_it_ended(facts: CardFacts) -> str:
    """In whose words: silence resolves nothing."""
    if facts.unheard_since is not None:
        return f"*Closed: not heard of since {near(facts.unheard_since, facts.incident.opened_at)}*, nobody said that it is over"
    into = next((each for how, each in facts.related if how == "merged into"), None)
    if into is not None:
        return f"*Merged* into #{into.number} {inline(into.what, 150)}"
    if facts.incident.resolved_by_alert:
        return "*Resolved*: every alert has cleared"
    return f"*Resolved* by {name_of(facts.resolved_by)}" if facts.resolved_by else "*Resolved*"


def _clock(facts: CardFacts) -> str:
    """The response clock: running, met or missed. Silent where nothing was promised."""
    incident, answered = facts.incident, facts.incident.responded_at
    if incident.respond_by is None:
        return ""
    if answered is None:
        due = near(incident.respond_by, incident.opened_at)
        if facts.at <= incident.respond_by:
            return f" · respond by *{due}*"
        return f"\n⚠️ Response time missed: it was due at {due}"
    promised = spoken(incident.respond_by - incident.respond_from)
    taken = spoken(answered - incident.respond_from)
    if answered <= incident.respond_by:
        return f"\nResponse time met: {taken} of {promised}"
    return f"\n⚠️ Response time missed by {spoken(answered - incident.respond_by)}: {taken}, promised {promised}"
