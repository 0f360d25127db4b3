"""`/incident`: its verbs. Each reads a few words and calls one use case."""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.formatting import spoken
from bot.holds import LONGEST_SNOOZE
from bot.incidents import OPEN_STATES, Incident
from bot.incidents.moves import require_move
from bot.permissions import Caller
from bot.retro.insights_report import as_report
from bot.slack.picture.incident import card_facts, list_lines, timeline_shown
from bot.slack.picture.people import who
from bot.slack.views import answers, lists, modals
from bot.slack.views.report import report
from bot.store import Tx, incidents
from bot.usecases import incidents as use
from bot.usecases.direct_calls import page_person, said_of_call
from bot.usecases.escalation import LadderOver
from bot.usecases.escalation import escalate as escalate_now
from bot.usecases.insights import MOST, WEEKS, insights_of
from bot.usecases.why import why as reasons
from bot.usecases.why_alert import why_alert
from handlers.afterwards import action, postmortem, update
from handlers.drill import drill
from handlers.editing import edit
from handlers.families import link, merge, split
from handlers.silence import silence
from handlers.verbs import Answer, Verb
from handlers.words import Words, no_severity, nobody, person_in, require_person, weeks_in

TIMELINE = "Timeline"
"""The title of the window that shows it."""


def pick(tx: Tx, caller: Caller, named: int | None) -> int:
    """The incident that is meant, by CONTRACT's rule: the named one, the only open one, or the one that the caller leads."""
    return use.which(incidents.gravest(tx.conn), named, caller.actor)


def _said(incident: Incident, text: str) -> Answer:
    return Answer(answers.said(f"#{incident.number} {text}"))


def open_incident(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    severity, rest = words.graded()
    if not rest.text:
        return Answer(view=modals.open_incident(severity=severity or "P1"))
    incident = use.open_by_hand(tx, ctx, severity or "P1", rest.plain, caller.actor)
    return _said(incident, f"is open as {incident.severity}. Its card is in {ctx.config.bot.channel}.")


def list_incidents(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    found = incidents.gravest(tx.conn)
    if found:
        return Answer(lists.incident_list(list_lines(tx, ctx, found)))
    recent = incidents.newest(tx.conn, limit=5)
    lines = list_lines(tx, ctx, recent)
    return Answer(lists.incident_list(lines, "Nothing is open. The latest" if lines else "Open incidents"))


def show(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    return Answer(answers.show(card_facts(tx, ctx, pick(tx, caller, words.only_a_number()))))


def ack(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """A time before the note limits the acknowledgement; whoever has the incident already sets a limit that way. Words that only
    look like a time become the note, because nobody is refused at night, and the answer says how to write a time."""
    named, rest = words.number()
    span, behind = rest.span()
    number = pick(tx, caller, named)
    if span is None or not _has_it(tx, number, caller):
        incident = use.acknowledge(tx, ctx, number, caller.actor, behind.remark(), span)
    else:
        incident = use.hold(tx, ctx, number, caller.actor, span, behind.remark())
    return Answer(answers.yours(incident, incident.held_until, "" if span else rest.like_a_span))


def unack(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    incident = use.give_back(tx, ctx, pick(tx, caller, named), caller.actor, rest.remark())
    return _said(incident, "is nobody's any more: it calls again from the first level on.")


def _has_it(tx: Tx, number: int, caller: Caller) -> bool:
    incident = incidents.load(tx.conn, number)
    return incident.state == "acknowledged" and incident.commander == caller.actor


def snooze(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    number = pick(tx, caller, named)
    if not rest.text:
        incident = incidents.load(tx.conn, number)
        require_move(incident, "snooze")
        return Answer(view=modals.snooze(incident, LONGEST_SNOOZE[incident.severity]))
    span, why = rest.span()
    if span is None:
        tried = rest.like_a_span or rest.first()[0]
        raise UserError(f"“{tried}” is not a time. Write `/incident snooze {number} 20m WHY`. Nothing was done.")
    incident = use.snooze(tx, ctx, number, caller.actor, span, why.remark())
    return _said(incident, f"is quiet for {spoken(span)}; then it calls from the first level on.")


def mitigate(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    incident = use.mitigate(tx, ctx, pick(tx, caller, named), caller.actor, rest.remark())
    return _said(incident, "is mitigated and being watched. Paging has stopped.")


def resolve(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    incident = use.resolve(tx, ctx, pick(tx, caller, named), caller.actor, rest.remark())
    return _said(incident, "is resolved. Its timeline will appear in the thread.")


def reopen(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    if named is None and not incidents.newest(tx.conn, states=OPEN_STATES, limit=1):
        raise UserError("Nothing is open; say which incident to reopen: `/incident reopen N why`. Nothing was done.")
    incident = use.reopen(tx, ctx, pick(tx, caller, named), caller.actor, rest.remark())
    return _said(incident, "is open again, and the ladder begins anew.")


def severity(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    wanted, behind = rest.severity()
    if wanted is None:
        number = pick(tx, caller, named)
        if rest.text:
            raise UserError(no_severity(rest.first()[0]))
        return Answer(view=modals.severity(incidents.load(tx.conn, number)))
    named, why = behind.behind(named)
    incident = use.regrade(tx, ctx, pick(tx, caller, named), wanted, caller.actor, why)
    return _said(incident, f"is {wanted} now.")


def assign(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    if not rest.text:
        incident = incidents.load(tx.conn, pick(tx, caller, named))
        return Answer(view=modals.assign(incident, who(tx, ctx, incident.commander)))
    person, behind = require_person(tx, ctx, rest)
    named, why = behind.behind(named)
    incident = use.assign(tx, ctx, pick(tx, caller, named), person, caller.actor)
    if why:
        use.note(tx, ctx, incident.number, why, caller.actor)
    return _said(incident, f"is led by {ctx.called(tx, person)} now.")


def note(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    number = pick(tx, caller, named)
    if not rest.text:
        return Answer(view=modals.note(incidents.load(tx.conn, number)))
    return _said(use.note(tx, ctx, number, rest.plain, caller.actor), "has your note in its timeline.")


def escalate(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    person, behind = person_in(tx, ctx, rest)
    if person is None:
        number = pick(tx, caller, named)
        if rest.text:
            raise UserError(
                f"{nobody(ctx, rest)} `/incident escalate {number}` calls the next level. Nothing was done."
            )
        try:
            return _said(escalate_now(tx, ctx, number, caller.actor), "is escalated: the next level is being paged.")
        except LadderOver:
            return whom_to_call(tx, ctx, number)
    named, why = behind.behind(named)
    number = pick(tx, caller, named)
    if why:
        use.note(tx, ctx, number, f"Calling {ctx.name(person)}: {why}", caller.actor)
    incident = page_person(tx, ctx, number, person, caller.actor)
    return _said(incident, f"{said_of_call(tx, number, f'{ctx.name(person)} is being paged')}.")


def whom_to_call(tx: Tx, ctx: Context, number: int) -> Answer:
    """The ladder is at its end: a form with everybody who may be called."""
    people = [(person.email, person.name) for person in ctx.config.bot.people.values()]
    return Answer(view=modals.call_somebody(incidents.load(tx.conn, number), people))


def take_action(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """Mostly used afterwards: without a number it means the last incident, as `timeline` does."""
    named, rest = words.number()
    about = named
    if about is None and rest.text and rest.first()[0].lower() not in ("list", "done", "drop"):
        about = _latest(tx, caller)
    return action(tx, ctx, caller, rest, about)


def say_update(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    return update(tx, ctx, caller, rest, pick(tx, caller, named))


def draft_postmortem(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    return postmortem(tx, ctx, caller, rest, named if named is not None else _latest(tx, caller))


def show_timeline(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named = words.only_a_number()
    number = named if named is not None else _latest(tx, caller)
    incident = incidents.load(tx.conn, number)
    first, *more = timeline_shown(tx, ctx, incident)
    return Answer(first, more=tuple(more))


def edit_timeline(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """Like `timeline`, it means the last incident if none is open."""
    named, rest = words.number()
    return edit(tx, ctx, caller, rest, named if named is not None else _latest(tx, caller))


def why(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """Like `timeline`, it means the last incident if none is open. A text is taken for the name of an alert."""
    named, rest = words.number()
    if rest.text:
        return Answer(answers.explain(why_alert(tx, ctx, words.plain), "Why"))
    number = named if named is not None else _latest(tx, caller)
    return Answer(answers.explain(reasons(tx, ctx, number), f"Why #{number}"))


def _latest(tx: Tx, caller: Caller) -> int:
    """The incident that is meant, which may be the last one if none is open."""
    if incidents.newest(tx.conn, states=OPEN_STATES, limit=1):
        return pick(tx, caller, None)
    recent = incidents.newest(tx.conn, limit=1)
    if not recent:
        raise UserError("There has been no incident yet.")
    return recent[0].number


def show_insights(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """What the last weeks show: 12 of them unless another number is given."""
    weeks = weeks_in(words.plain, WEEKS, MOST, "/incident insights 26")
    names = {email: person.name for email, person in ctx.config.bot.people.items()}
    return Answer(report(as_report(insights_of(tx.conn, ctx.config, tx.at, weeks), names), bars=True))


VERBS: dict[str, Verb] = {
    "open": Verb("open", open_incident),
    "list": Verb("read", list_incidents, writes=False, modal="Incidents"),
    "show": Verb("read", show, writes=False),
    "ack": Verb("acknowledge", ack),
    "unack": Verb("acknowledge", unack),
    "snooze": Verb("snooze", snooze),
    "mitigate": Verb("mitigate", mitigate),
    "resolve": Verb("resolve", resolve),
    "reopen": Verb("reopen", reopen),
    "severity": Verb("severity", severity),
    "assign": Verb("assign", assign),
    "note": Verb("note", note),
    "escalate": Verb("escalate", escalate),
    "update": Verb("update", say_update),
    "action": Verb("action", take_action),
    "postmortem": Verb("postmortem", draft_postmortem),
    "timeline": Verb("read", show_timeline, writes=False, modal=TIMELINE),
    "silence": Verb("silence", silence),
    "timeline edit": Verb("edit", edit_timeline),
    "merge": Verb("merge", merge),
    "split": Verb("split", split),
    "link": Verb("link", link),
    "why": Verb("read", why, writes=False),
    "drill": Verb("drill", drill),
    "insights": Verb("read", show_insights, writes=False),
}
