"""Reads from the store what a view has to show. Everything a person sees is drawn from the state at that moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Row

from bot.alerts import top_labels
from bot.context import Context
from bot.events import ALERT, IN_PAGERDUTY, Kind, Recorded, ends_incident, ends_unheard
from bot.headline import headline
from bot.holds import SETS_THE_CLOCK, has_a_clock, is_snoozed_too
from bot.incidents import Incident
from bot.slack.views import answers, thread, timeline
from bot.slack.views.actions import Ref
from bot.slack.views.facts import (
    CardFacts,
    Changed,
    Closing,
    Coming,
    Hold,
    ListLine,
    Message,
    Paged,
    PageFacts,
    PageState,
    RunbookLine,
    Team,
    Update,
    Who,
)
from bot.slack.views.pages import end_of, mention_closed, page_dm, page_dm_closed, page_mention, pages_dm
from bot.speech import spoken
from bot.store import Tx, alerts, deliveries, drills, incidents, people, posts, relations, runs, undo
from bot.store.posts import Post, card_key
from bot.usecases.cuts import left_out
from bot.usecases.declining import answer_to, declined
from bot.usecases.figures import course_of
from bot.usecases.pages import description_of, page_as_it_is
from bot.usecases.timelines import doc_of
from bot.usecases.whom import whom
from oncall.headline import Headline
from oncall.page import Page
from oncall.policy import Rung
from oncall.values import replace

_PAGE_STATES: dict[str, PageState] = {
    "waiting": "sending",
    "sending": "sending",
    "done": "sent",
    "failed": "failed",
    "dropped": "withdrawn",
    "held": "withdrawn",
}


def who(tx: Tx, ctx: Context, actor: str | None) -> Who | None:
    """A person as they are shown: the name from bot.yml, and their Slack account if they have one."""
    if actor is None:
        return None
    if actor.startswith("slack:"):
        member = people.by_id(tx.conn, actor.removeprefix("slack:"))
        return Who(name=member.name if member else actor, slack=actor.removeprefix("slack:"))
    if actor.startswith(IN_PAGERDUTY):
        return Who(name=ctx.name(actor))
    return Who(email=actor, name=ctx.name(actor), slack=ctx.slack_id(tx, actor))


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
        unheard_since=_unheard_since(incident, ended),
        paged=_paged(tx, ctx, incident),
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


def _unheard_since(incident: Incident, ended: Recorded | None) -> datetime | None:
    """Since when nothing was heard of an incident that silence closed."""
    if incident.is_open or ended is None or not ends_unheard(ended.event):
        return None
    return datetime.fromisoformat(ended.event.data["since"])


def hold(tx: Tx, ctx: Context, incident: Incident) -> Hold | None:
    """What it keeps still for: who said so, until when, and why."""
    if incident.held_until is None or incident.inhibited_by is not None or incident.stands == "paused":
        return None
    kinds: tuple[Kind, ...] = ("snoozed", "silenced", "acknowledged", "still_on_it")
    said = incidents.last_of_kinds(tx.conn, incident.number, kinds)
    data = said.event.data if said else {}
    kind = said.event.kind if said else None
    reason = str(data.get("reason") or data.get("note") or "")
    return Hold(
        until=incident.held_until,
        snooze=kind == "snoozed",
        silence=kind == "silenced",
        by=who(tx, ctx, said.event.actor) if said else None,
        reason=reason,
    )


def _paused(tx: Tx, incident: Incident) -> str:
    """Why a drill does not go on."""
    if not incident.drill or not incident.is_open:
        return ""
    drill = drills.of_incident(tx.conn, incident.number)
    return drill.why or "paused" if drill is not None and drill.state == "paused" else ""


def _is_snoozed_too(tx: Tx, incident: Incident) -> bool:
    """The story is asked only where there is a clock at all."""
    if not has_a_clock(incident):
        return False
    return is_snoozed_too(incident, incidents.latest_of_kinds(tx.conn, incident.number, SETS_THE_CLOCK, 1))


def _paged(tx: Tx, ctx: Context, incident: Incident) -> tuple[Paged, ...]:
    """The pages of the present opening, one line per person, level and outcome."""
    rows = [
        r for r in deliveries.rows_of(tx.conn, incident.number, "page") if r.payload["reopened"] == incident.reopened
    ]
    rows = [r for r in rows if r.payload["transport"] != "mention" or r.payload["person"] is None]

    def same(row: Row[Any]) -> tuple[str, str, str]:
        return row.payload["rung"], row.payload["person"] or "", _page_state(row, tx.at)

    signs = incidents.of_kinds(tx.conn, incident.number, ("acknowledged", "seen", "escalated"))
    return tuple(_paged_line(tx, ctx, list(group), signs) for _, group in groupby(rows, key=same))


def _page_state(row: Row[Any], at: datetime) -> PageState:
    if row.state == "waiting" and row.attempts == 0 and row.due_at > at:
        return "later"
    return "trying" if row.state in ("waiting", "sending") and row.error else _PAGE_STATES[row.state]


_ROLE_WORDS = {
    "person": "asked for by name",
    "last_resort": "last resort",
    "holder": "has it already",
    "offered": "offered it",
}
"""What a role that stands in no rota is called; the others are called what they are."""


def _paged_line(tx: Tx, ctx: Context, rows: list[Row[Any]], signs: Sequence[Recorded]) -> Paged:
    first = rows[0]
    via = tuple("slack" if r.payload["transport"] == "mention" else r.payload["transport"] for r in rows)
    return Paged(
        who=who(tx, ctx, first.payload["person"]),
        role=_ROLE_WORDS.get(first.payload["role"], first.payload["role"]),
        via=via,
        at=first.finished_at or (first.due_at if "after_s" in first.payload else first.created_at),
        state=_page_state(first, tx.at),
        detail=first.error or "",
        sign=_sign(rows, signs),
    )


def _sign(rows: Sequence[Row[Any]], signs: Sequence[Recorded]) -> str:
    """The last that is known of these pages beyond that they were accepted: their person answered, or PagerDuty calls somebody."""
    left = [row for row in rows if row.finished_at is not None]
    person = rows[0].payload["person"]
    if any(
        _is_since(each, left) and each.event.kind == "acknowledged" and each.event.actor == person for each in signs
    ):
        return "answered"
    if answer_to(
        [each for each in signs if "declined" in each.event.data], person, deliveries.call_of(rows[0].payload)
    ):
        return "cannot"
    there = [row for row in left if row.payload["transport"] == "pagerduty"]
    seen = [each.event.text for each in signs if each.event.kind == "seen" and _is_since(each, there)]
    return seen[-1] if seen else ""


def _is_since(sign: Recorded, left: Sequence[Row[Any]]) -> bool:
    return any(sign.at >= row.finished_at for row in left)


def coming(tx: Tx, ctx: Context, incident: Incident) -> Coming | None:
    """Whom the ladder calls next if nobody answers, as the rota stands now."""
    ahead = incident.rungs()
    if incident.state != "triggered" or incident.next_at is None or not ahead:
        return None
    if incident.rung >= len(ahead) and not incident.snoozed:
        return None
    rung = ahead[0 if incident.snoozed else incident.rung]
    names, via = _called(tx, ctx, incident, rung)
    if via != ("pagerduty",) and _pagerduty_has_it(tx, incident):
        via = tuple(transport for transport in via if transport != "pagerduty")
    return Coming(at=incident.next_at, names=names, via=via)


def could_call(tx: Tx, ctx: Context, incident: Incident) -> tuple[str, ...]:
    """Whom a press on Escalate would call, whether or not somebody has it."""
    ahead = incident.rungs()
    if incident.number < 0 or not incident.is_open or incident.rung >= len(ahead):
        return ()
    return _called(tx, ctx, incident, ahead[incident.rung])[0]


def _pagerduty_has_it(tx: Tx, incident: Incident) -> bool:
    """One incident is one target there: its own policy escalates inside it, and it is not called again."""
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    return any(
        row.line == f"pagerduty:{incident.number}"
        and row.payload["reopened"] == incident.reopened
        and row.state in ("waiting", "sending", "done")
        for row in calls
    )


def _called(tx: Tx, ctx: Context, incident: Incident, rung: Rung) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if rung.last_resort:
        return ("the last resort",), rung.spec.via
    targets, _ = whom(tx, ctx, incident, rung.spec)
    if "everyone" in rung.spec.notify and not incident.drill:
        names: tuple[str, ...] = ("everyone",)
    else:
        names = tuple(
            f"{ctx.name(t.person)} ({_ROLE_WORDS.get(t.role, t.role)})" if t.person else "the team" for t in targets
        )
    return names or ("nobody is on call there",), tuple(dict.fromkeys(v for t in targets for v in t.via))


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
            snoozed_too=_is_snoozed_too(tx, incident),
        )
        for incident in found
    ]


_ANSWERS: dict[
    str, tuple[Literal["acknowledged", "snoozed", "silenced", "inhibited", "mitigated", "resolved"], tuple[Kind, ...]]
] = {
    "snoozed": ("snoozed", ("snoozed",)),
    "silenced": ("silenced", ("silenced",)),
    "inhibited": ("inhibited", ("inhibited",)),
    "acknowledged": ("acknowledged", ("acknowledged", "handed_over")),
    "monitoring": ("mitigated", ("mitigated",)),
    "resolved": ("resolved", ("resolved", "expired", "merged")),
}
"""State → what its people are told, and the events by which an incident came to it."""


def closing(tx: Tx, ctx: Context, incident: Incident) -> Closing | None:
    """Why a page of this incident no longer calls anybody; `None` while it does."""
    stands = incident.stands
    if stands not in _ANSWERS:
        return None
    state, kinds = _ANSWERS[stands]
    answer = incidents.last_of_kinds(tx.conn, incident.number, kinds)
    by_itself = answer is None or incident.resolved_by_alert or answer.event.actor == ALERT
    by = None if answer is None or by_itself else who(tx, ctx, _who_answered(answer))
    return Closing(
        state=state,
        at=answer.at if answer else tx.at,
        by=by,
        until=incident.held_until,
        snoozed_too=_is_snoozed_too(tx, incident),
        unheard_since=_unheard_since(incident, answer),
    )


def _who_answered(answer: Recorded) -> str:
    """Whoever acknowledged it, or got it from them."""
    given = answer.event.data.get("person") if answer.event.kind == "handed_over" else None
    return str(given or answer.event.actor)


def reminder(tx: Tx, ctx: Context, number: int) -> Message:
    """The reminder of an incident as things stand: how long nobody has had it, or who has."""
    incident = incidents.load(tx.conn, number)
    closed = closing(tx, ctx, incident)
    if closed is not None:
        return thread.reminder_over(headline(incident, tx.at), end_of(closed))
    alone = spoken(tx.at - incident.alone_since)
    ref = Ref(incident.number, incident.last_seq)
    return thread.reminder(headline(incident, tx.at), alone, incident.ladder.remind_with, ref, card_url(tx, number))


def page_message(tx: Tx, ctx: Context, key: str) -> Message | None:
    """The direct message of a page as things stand, or of several in one. `key` is the post's; `None` where the incident calls
    anew and has sent newer ones."""
    post = posts.find(tx.conn, key)
    shown = [_page_shown(tx, ctx, each.incident, each.key) for each in posts.beside(tx.conn, post)] if post else []
    if not shown or all(facts is None for facts, _ in shown):
        return None
    found = [(facts, closed) for facts, closed in shown if facts is not None]
    if len(shown) > 1:
        return pages_dm(found)
    facts, closed = found[0]
    return page_dm_closed(facts, closed) if closed else page_dm(facts)


def mention_message(tx: Tx, ctx: Context, key: str) -> Message | None:
    """The mention of a page as things stand; `None` where the incident calls anew and has named people again."""
    post = posts.find(tx.conn, key)
    facts, closed = _page_shown(tx, ctx, post.incident, key) if post else (None, None)
    if facts is None:
        return None
    return mention_closed(facts, closed) if closed else page_mention(facts)


def _page_shown(tx: Tx, ctx: Context, number: int, key: str) -> tuple[PageFacts | None, Closing | None]:
    """What a page's message has to show; `key` is the post's: the page's own behind what kind of message it is."""
    rows = deliveries.rows_of(tx.conn, number, "page")
    row = next(row for row in reversed(rows) if row.key == key.partition(":")[2])
    incident = incidents.load(tx.conn, row.incident)
    closed = closing(tx, ctx, incident)
    if closed is None and row.payload["reopened"] != incident.reopened:
        return None, None
    facts = page_facts(tx, ctx, incident, page_as_it_is(tx, ctx, incident, row.key, row.payload))
    gone = answer_to(declined(tx, number), row.payload["person"] or "", deliveries.call_of(row.payload))
    mine = [each.key for each in rows if each.line == row.line and deliveries.may_have_left(each)]
    return replace(facts, declined_at=gone.at if gone else None, called_again=row.key not in mine[-1:]), closed


def page_facts(tx: Tx, ctx: Context, incident: Incident, page: Page) -> PageFacts:
    """A page with what Slack's messages add to it: its person's account, and where the card stands, if it does."""
    return pages_facts(tx, ctx, [(incident, page)], posts.cards_of(tx.conn, [incident.number]))[0]


def pages_facts(
    tx: Tx, ctx: Context, pages: Sequence[tuple[Incident, Page]], cards: Mapping[int, Post]
) -> list[PageFacts]:
    """The same of several, by a look for each person. `cards` are those that stand."""
    people = {person: who(tx, ctx, person) for _, page in pages for person in (page.person, *page.together)}
    team = _team(tx, ctx) if None in people else Team()
    return [
        PageFacts(
            page=page,
            called=tuple(found for each in page.together or (page.person,) if (found := people[each]) is not None),
            team=team if page.person is None else Team(),
            seen=incident.last_seq,
            card_url=address_of(cards.get(incident.number)),
        )
        for incident, page in pages
    ]


def started(tx: Tx, number: int) -> Message:
    """What is said to whoever has begun a runbook for an incident."""
    incident = incidents.load(tx.conn, number)
    calls = incident.state == "triggered" and not incident.snoozed
    return answers.started(number, card_url(tx, number), Ref(number, incident.last_seq) if calls else None)


def card_url(tx: Tx, number: int) -> str:
    """Where an incident's card stands; empty while it does not."""
    return address_of(posts.find(tx.conn, card_key(number)))


def address_of(post: Post | None) -> str:
    return post.address if post is not None else ""


def _team(tx: Tx, ctx: Context) -> Team:
    """Whom a page of the team mentions, as bot.yml says. Somebody is always called."""
    bot = ctx.config.bot
    if bot.mention_team == "group" and bot.user_group:
        return Team(group=bot.user_group)
    if bot.mention_team == "people":
        return Team(people=tuple(found for email in bot.people if (found := ctx.slack_id(tx, email))))
    return Team()


def timeline_shown(tx: Tx, ctx: Context, incident: Incident) -> list[Message]:
    """The timeline as it stands now."""
    return timeline.messages(doc_of(tx, ctx, incident))
