"""The card: one Slack message per incident, redrawn in place, read in five seconds at three in the morning.

Order: what, who has it and until when, how bad in numbers, who was called and who is next, then the buttons. It mentions
nobody (a redraw notifies nobody anyway; calling people is the thread's and the pager's business).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from slack_sdk.models.blocks import Block, ConfirmObject, InteractiveElement

from bot.alerts import TopLabel
from bot.headline import headline, is_measured, shown
from bot.incidents import Incident, State
from bot.slack.mrkdwn import bold, code, inline, link, prose, utc_time
from bot.slack.views.actions import (
    INCIDENT_ACK,
    INCIDENT_ESCALATE,
    INCIDENT_MORE,
    INCIDENT_REOPEN,
    INCIDENT_RESOLVE,
    INCIDENT_RUNBOOK,
    INCIDENT_TIMELINE,
    POSTMORTEM_DRAFT,
    UNDO,
)
from bot.slack.views.facts import CardFacts, Coming, Message, Paged, Update
from bot.slack.views.head import COLOURS, OVER, head, near, plain
from bot.slack.views.kit import (
    actions,
    ask,
    button,
    by_transports,
    context,
    message,
    name_of,
    overflow,
    section,
    spoken_list,
    with_native,
)
from bot.slack.views.newer import folded
from bot.slack.views.tokens import Ref
from bot.speech import spoken
from bot.timeline.header import alerts_in

BUTTONS: dict[State, tuple[str, ...]] = {
    "triggered": (INCIDENT_ACK, INCIDENT_ESCALATE, INCIDENT_RUNBOOK, INCIDENT_RESOLVE, INCIDENT_MORE),
    "acknowledged": (INCIDENT_ESCALATE, INCIDENT_RUNBOOK, INCIDENT_RESOLVE, INCIDENT_MORE),
    "monitoring": (INCIDENT_ESCALATE, INCIDENT_RUNBOOK, INCIDENT_RESOLVE, INCIDENT_MORE),
    "resolved": (INCIDENT_REOPEN, INCIDENT_TIMELINE, POSTMORTEM_DRAFT),
}
"""What can be pressed in each state."""
AFTER_A_DRILL = (INCIDENT_TIMELINE,)
"""Instead, once practice is over."""

MENU: dict[State, tuple[str, ...]] = {
    "triggered": ("mitigate", "severity", "assign", "note", "timeline"),
    "acknowledged": ("mitigate", "severity", "assign", "note", "timeline"),
    "monitoring": ("reopen", "severity", "assign", "note", "timeline"),
    "resolved": (),
}
"""What stands under More."""

_LABELS = {
    INCIDENT_ACK: "Acknowledge",
    INCIDENT_ESCALATE: "Escalate",
    INCIDENT_RUNBOOK: "Runbook",
    INCIDENT_RESOLVE: "Resolve",
    INCIDENT_REOPEN: "Reopen",
    INCIDENT_TIMELINE: "Timeline",
    POSTMORTEM_DRAFT: "Postmortem",
    "mitigate": "Mitigated, keep watching",
    "reopen": "Reopen",
    "severity": "Change severity…",
    "assign": "Assign…",
    "note": "Add a note…",
    "timeline": "Show timeline",
}
_PAGED_SHOWN = 4
_LABELS_SHOWN = 5
_RELATED_SHOWN = 6
_DESCRIPTION = 500
# Labels that name the alert itself, which the title already does.
_LABELS_SILENT = frozenset({"alertname", "rule", "severity", "service", "__name__", "value", "summary", "description"})


def card(facts: CardFacts) -> Message:
    """The whole card; where Slack can fold, with what is needed seldom behind a title."""
    classic = message(notification(facts), _blocks(facts))
    return with_native(classic, _blocks(facts, fold=True)) if _seldom(facts) or _called_before(facts) else classic


def notification(facts: CardFacts) -> str:
    """The card in one plain line, as a phone's lock screen shows it."""
    return f"{plain(headline(facts.incident, facts.at))}: {_plain_state(facts)}"


def mark(incident: Incident) -> str:
    """One emoji for an incident: how bad while it is open, green after."""
    return COLOURS[incident.severity] if incident.is_open else OVER


def _plain_state(facts: CardFacts) -> str:
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


def _blocks(facts: CardFacts, *, fold: bool = False) -> Iterator[Block]:
    incident = facts.incident
    if incident.drill:
        yield context("🧪 *Drill*: practice, nothing is broken. Everything works as in earnest.")
    yield section(f"{head(headline(incident, facts.at), mark=mark(incident))}{_before(incident)}", *_status(facts))
    if facts.paused:
        yield section(f"⏸️ *The drill is paused*: {inline(facts.paused, 300)}")
    if facts.update is not None:
        yield section(update_line(facts.update, incident.opened_at))
    if facts.related:
        others = [f"{how} #{each.number} {inline(each.what, 100)}" for how, each in facts.related[:_RELATED_SHOWN]]
        more = len(facts.related) - _RELATED_SHOWN
        yield context("🔗 " + " · ".join([*others, *([f"and {more} more"] if more > 0 else [])]))
    if facts.keeps_quiet:
        kept = ", ".join(f"#{each.number} {inline(each.what, 100)}" for each in facts.keeps_quiet[:5])
        yield context(f"🤫 While this is open, nobody is called for {kept}")
    seldom, before = (_seldom(facts), _called_before(facts)) if fold else ([], [])
    if details := [line for line in _details(facts) if line not in seldom]:
        yield section(*details)
    if called := [line for line in _called(facts) if line not in before]:
        yield context("\n".join(called))
    if seldom or before:
        yield folded("More about it", [*([section(*seldom)] if seldom else []), *map(context, before)])
    yield from _changed(facts)
    yield actions(*_buttons(incident))


_CHANGES_SHOWN = 5


def _changed(facts: CardFacts) -> Iterator[Block]:
    """What stands changed, each with its way back."""
    for change in facts.changed[:_CHANGES_SHOWN]:
        back = button("Take back…", UNDO, str(change.id)) if change.can_be_undone else None
        yield section(f"↩️ Still changed: {bold(change.text, 200)}", button=back)
    if (more := len(facts.changed) - _CHANGES_SHOWN) > 0:
        yield context(f"Still changed: {more} more (see the timeline)")


def update_line(update: Update, opened: datetime) -> str:
    """The last word to those outside, and whose it is."""
    return f"📣 {inline(update.text, 600)} · {name_of(update.who)}, {near(update.at, opened)}"


def _label(top: TopLabel, alerts: int) -> str:
    """A label as one alert says it, or as most of several do."""
    said = code(f"{top.name}: {top.value}", 60)
    if not top.others:
        return said
    if top.count > 1:
        return f"{said} {top.count} of {alerts}"
    return f"{said} and {top.others} other{'' if top.others == 1 else 's'}"


def _calls_again(incident: Incident) -> bool:
    """Somebody had answered, and then its severity was raised."""
    return incident.commander is not None and incident.responded_at is not None


def _before(incident: Incident) -> str:
    """That it was over once already."""
    if not _was_reopened(incident):
        return ""
    return f" · reopened, first opened {near(incident.opened_at, incident.respond_from)}"


def _was_reopened(incident: Incident) -> bool:
    """`reopened` also counts raised severities; a reopening is what moved the response clock."""
    return incident.reopened > 0 and incident.respond_from > incident.opened_at


def _status(facts: CardFacts) -> Iterator[str]:
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


def _details(facts: CardFacts) -> Iterator[str]:
    incident = facts.incident
    numbers = list(_numbers(incident))
    if numbers:
        yield "📈 " + " · ".join(numbers)
    if facts.course:
        yield f"📊 {inline(facts.course, 200)}"
    yield from _said(facts)
    yield from _labels(facts)
    yield from _papers(facts)


def _labels(facts: CardFacts) -> Iterator[str]:
    labels = [_label(top, facts.incident.alerts) for top in facts.labels if top.name not in _LABELS_SILENT]
    if labels:
        more = len(labels) - _LABELS_SHOWN
        yield "🏷️ " + " ".join(labels[:_LABELS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _seldom(facts: CardFacts) -> list[str]:
    """What the headline has said already in a word: what the alert says at length, and its labels."""
    return [*([prose(facts.description, _DESCRIPTION)] if facts.description else []), *_labels(facts)]


def _called_before(facts: CardFacts) -> list[str]:
    """The levels that were called before the last. What went wrong, and who is next, is never among them."""
    lines = list(_called(facts))
    last = 2 if facts.coming is not None and facts.incident.state == "triggered" else 1
    return lines[len(facts.trouble[:3]) : max(len(lines) - last, 0)]


def _numbers(incident: Incident) -> Iterator[str]:
    """What the headline does not say: the last figure of what has cleared, and how much has joined."""
    if incident.value and not is_measured(incident):
        limit = f" (limit {inline(incident.threshold, 60)})" if incident.threshold else ""
        yield f"last reported {inline(shown(incident.value, incident.threshold), 60)}{limit}"
    if incident.repeats or incident.firing != incident.alerts:
        yield alerts_in(incident)


def _said(facts: CardFacts) -> Iterator[str]:
    """What the alert says at length, and what its sender did not say."""
    if facts.description:
        yield prose(facts.description, _DESCRIPTION)
    if facts.left_out:
        known = (
            "what is known here has cleared. Look there, then press *Resolve*"
            if not facts.incident.firing
            else "unknown here"
        )
        yield f"✂️ Alertmanager left {facts.left_out} more of its alerts out (its `max_alerts`): {known}"


def _papers(facts: CardFacts) -> Iterator[str]:
    """The runbook and whatever else there is to read."""
    incident, book = facts.incident, facts.runbook
    url = facts.runbook_url or incident.runbook_url
    if book is not None:
        title = link(book.url or url, book.title)
        yield f"📘 {title}" + (f" · {inline(book.progress, 120)}" if book.progress else "")
    elif url:
        yield f"📘 {link(url, 'Runbook')}"
    if incident.links:
        yield "🔗 " + " · ".join(link(address, text) for text, address in incident.links[:4])


def _called(facts: CardFacts) -> Iterator[str]:
    """Whom it has called, and whom it calls next: while nobody has it, the second question of everybody."""
    incident = facts.incident
    for sentence in facts.trouble[:3]:
        yield f"⚠️ {inline(sentence, 250)}"
    if incident.state == "resolved":
        return
    together = [list(group) for _, group in groupby(facts.paged, key=_call)]
    if skipped := sum(len(group) for group in together[:-_PAGED_SHOWN]):
        yield f"Called before: {skipped} more (see the timeline)"
    for group in together[-_PAGED_SHOWN:]:
        yield _paged(group[0], group, incident.opened_at)
    if facts.coming is not None and incident.state == "triggered":
        yield coming(facts.coming, incident.opened_at)


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


def _buttons(incident: Incident) -> Iterator[InteractiveElement]:
    ref = str(Ref.of(incident))
    for action in BUTTONS[incident.state] if incident.is_open or not incident.drill else AFTER_A_DRILL:
        if action == INCIDENT_MORE:
            options = [(_LABELS[verb], f"{verb} {ref}") for verb in MENU[incident.state]]
            yield overflow(action, options)
        else:
            yield button(
                _LABELS[action],
                action,
                ref,
                style="primary" if action == INCIDENT_ACK else None,
                confirm=_sure(action, incident),
            )


def _sure(action: str, incident: Incident) -> ConfirmObject | None:
    """What Slack asks before the click leaves."""
    if action != INCIDENT_RESOLVE:
        return None
    still = " Some of its alerts still fire." if incident.firing else ""
    return ask(
        f"Resolve #{incident.number}?",
        f"It is over: paging stops and the incident closes.{still} You can reopen it.",
        yes="Resolve",
    )
