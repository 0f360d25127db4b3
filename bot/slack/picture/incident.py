"""What an incident's card shows, its line in a list, its timeline, and what is said of a runbook begun for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.alerts import top_labels
from bot.context import Context
from bot.events import ends_incident
from bot.headline import headline
from bot.incidents import Incident
from bot.slack.picture.called import coming, paged
from bot.slack.picture.ending import hold, snoozed_too, unheard_since
from bot.slack.picture.people import who
from bot.slack.picture.places import address_of, card_url
from bot.slack.views import answers, timeline
from bot.slack.views.facts import CardFacts, Changed, ListLine, Message, RunbookLine, Update
from bot.slack.views.tokens import Ref
from bot.store import Tx, alerts, drills, incidents, posts, relations, runs, undo
from bot.usecases.figures import course_of
from bot.usecases.page_content import description_of
from bot.usecases.timelines import doc_of
from bot.usecases.truncated_groups import left_out
from oncall.headline import Headline


def card_facts(tx: Tx, ctx: Context, number: int) -> CardFacts:
    """Everything the card shows."""
    incident = incidents.load(tx.conn, number)
    told = incidents.of_kinds(tx.conn, number, ("resolved", "expired", "nobody_notified", "update"))
    updates = [e for e in told if e.event.kind == "update"]
    ended = next((e for e in reversed(told) if ends_incident(e.event)), None)
    by_person = ended is not None and not incident.resolved_by_alert and not incident.is_open
    unheard = [e.event.text for e in told if e.event.kind == "nobody_notified"]
    return CardFacts(
        incident=incident,
        at=tx.at,
        commander=who(tx, ctx, incident.commander),
        resolved_by=who(tx, ctx, ended.event.actor) if ended and by_person else None,
        unheard_since=unheard_since(incident, ended),
        paged=paged(tx, ctx, incident),
        coming=coming(tx, ctx, incident),
        runbook=runbook_line(tx, ctx, incident),
        trouble=tuple(dict.fromkeys(unheard))[-3:] if incident.is_open else (),
        runbook_url=incident.runbook_url,
        hold=hold(tx, ctx, incident),
        related=tuple(_related(tx, number)),
        inhibited_by=_subject_of(tx, incident.inhibited_by),
        keeps_quiet=tuple(headline(each, tx.at) for each in incidents.inhibited_by(tx.conn, number))
        if incident.is_open
        else (),
        changed=tuple(
            Changed(entry.id, entry.spoken, entry.back is not None) for entry in undo.open_of(tx.conn, number)
        ),
        labels=top_labels(alerts.labels_of(tx.conn, number)) if incident.alerts else (),
        description=description_of(tx, number),
        left_out=left_out(tx, number) if incident.is_open else 0,
        course=course_of(tx, ctx, incident),
        paused=_paused(tx, incident),
        update=Update(updates[-1].event.text, who(tx, ctx, updates[-1].event.actor), updates[-1].at)
        if updates
        else None,
    )


_BELONGS = {("merged", True): "merged into", ("merged", False): "merged here:"}


def _related(tx: Tx, number: int) -> Iterator[tuple[str, Headline]]:
    """In what way, and the other."""
    found = relations.of(tx.conn, number)
    known = incidents.by_numbers(tx.conn, [other for _, _, other in found]) if found else {}
    for kind, is_child, other in found:
        yield _BELONGS.get((kind, is_child), "linked with"), headline(known[other], tx.at)


def _subject_of(tx: Tx, number: int | None) -> Headline | None:
    other = incidents.find(tx.conn, number) if number is not None else None
    return headline(other, tx.at) if other is not None else None


def _paused(tx: Tx, incident: Incident) -> str:
    """Why a drill does not go on."""
    if not incident.drill or not incident.is_open:
        return ""
    drill = drills.of_incident(tx.conn, incident.number)
    return drill.why or "paused" if drill is not None and drill.state == "paused" else ""


def runbook_line(tx: Tx, ctx: Context, incident: Incident) -> RunbookLine | None:
    """The runbook the incident's rule names, and how far its run has come."""
    procedure = ctx.config.runbooks.get(incident.runbook or "")
    active = runs.active(tx.conn, incident.number)
    if procedure is None:
        return None
    run = next((r for r in active if r.runbook == procedure.id), None)
    return RunbookLine(
        id=procedure.id,
        title=procedure.title,
        url=incident.runbook_url,
        respond_within=procedure.respond_within,
        progress=runs.progress(run) if run else "",
    )


def list_lines(tx: Tx, ctx: Context, found: Sequence[Incident]) -> list[ListLine]:
    """One line per incident; few people lead many."""
    leading = {commander: who(tx, ctx, commander) for commander in {incident.commander for incident in found}}
    cards = posts.cards_of(tx.conn, [incident.number for incident in found])
    return [
        ListLine(
            incident=incident,
            commander=leading[incident.commander],
            card_url=address_of(cards.get(incident.number)),
            snoozed_too=snoozed_too(tx, incident),
        )
        for incident in found
    ]


def started(tx: Tx, number: int) -> Message:
    """What is said to whoever has begun a runbook for an incident."""
    incident = incidents.load(tx.conn, number)
    calls = incident.state == "triggered" and not incident.snoozed
    return answers.started(number, card_url(tx, number), Ref.of(incident) if calls else None)


def timeline_shown(tx: Tx, ctx: Context, incident: Incident) -> list[Message]:
    """The timeline as it stands now."""
    return timeline.messages(doc_of(tx, ctx, incident))
