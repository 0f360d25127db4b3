"""Reads from the store what the views of afterwards and of the Home tab have to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.context import Context, overrides
from bot.formatting import spoken
from bot.headline import headline
from bot.incidents import OPEN_STATES, name_of
from bot.reports.model import Chart, Table
from bot.retro.actions import Item
from bot.retro.updates import wants_updates
from bot.runbooks.run import state_of
from bot.slack.picture.incident import list_lines
from bot.slack.picture.people import who
from bot.slack.picture.places import card_url
from bot.slack.views import afterwards as views
from bot.slack.views import home as home_views
from bot.slack.views.afterwards import ActionLine
from bot.slack.views.facts import Message, Update, View
from bot.slack.views.home import HomeFacts, ShiftLine
from bot.slack.views.tokens import Ref
from bot.store import Tx, actions, incidents, runs
from bot.timeline.figures import readings
from bot.usecases import actions as use_actions
from bot.usecases import postmortems as use_postmortems
from bot.usecases.incident_chart import charts_of
from bot.usecases.timelines import doc_of
from oncall.schedule import shifts
from oncall.values import dataclass

AHEAD = timedelta(weeks=4)


def action_line(tx: Tx, ctx: Context, item: Item) -> ActionLine:
    return ActionLine(
        id=item.id,
        incident=name_of(item.incident),
        text=item.text,
        who=who(tx, ctx, item.who),
        due_at=item.due_at,
        overdue=item.due_at is not None and tx.at >= item.due_at + timedelta(days=1),
        link=item.link,
        state=item.state,
    )


def action_lines(tx: Tx, ctx: Context, items: Sequence[Item]) -> tuple[ActionLine, ...]:
    return tuple(action_line(tx, ctx, item) for item in items)


def _actions(tx: Tx, ctx: Context, payload: Mapping[str, Any]) -> Message | None:
    """What somebody is reminded of; `None` where all of it has been done meanwhile."""
    morning = datetime.fromisoformat(payload["morning"])
    items = use_actions.reminded(tx, ctx, str(payload["person"]), morning)
    return views.action_list(action_lines(tx, ctx, items), "Still to do") if items else None


def _update(tx: Tx, ctx: Context, payload: Mapping[str, Any]) -> Message | None:
    """The question for a word; `None` where none is needed, or somebody else leads by now."""
    incident = incidents.load(tx.conn, int(payload["incident"]))
    every = ctx.config.bot.updates.every
    last = last_update(tx, ctx, incident.number)
    silent = tx.at - (last.at if last else incident.respond_from)
    if not wants_updates(incident) or incident.commander != payload["person"] or every is None or silent < every / 3:
        return None
    ref = Ref.of(incident)
    since, url = incident.respond_from, card_url(tx, incident.number)
    return views.update_ask(headline(incident, tx.at), since, spoken(silent), last, ref, url)


def last_update(tx: Tx, ctx: Context, number: int) -> Update | None:
    found = incidents.last_of_kinds(tx.conn, number, ("update",))
    return Update(found.event.text, who(tx, ctx, found.event.actor), found.at) if found else None


def _postmortems(tx: Tx, ctx: Context, payload: Mapping[str, Any]) -> Message | None:
    wanted = use_postmortems.wanted_of(tx, str(payload["person"]))
    waiting = [(headline(each, tx.at), Ref.of(each), card_url(tx, each.number)) for each in wanted]
    return views.postmortems_wanted(waiting) if waiting else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The message about an incident's figures, and the charts for whoever has to draw them."""

    message: Message
    charts: tuple[Chart, ...]


def figures(tx: Tx, ctx: Context, number: int) -> Figures | None:
    """`None` where nothing was read, or it is open again."""
    incident = incidents.load(tx.conn, number)
    charts = charts_of(tx, ctx, incident) if not incident.is_open else ()
    if not charts:
        return None
    found = readings(doc_of(tx, ctx, incident))
    head = ("Figure", "When it opened", "When it was over")
    table = Table("Before and after", head, tuple((each.label, each.before, each.after) for each in found))
    return Figures(views.figures(headline(incident, tx.at), charts, table if found else None), charts)


def postmortem_told(tx: Tx, ctx: Context, number: int, place: str) -> Message:
    """That the draft is there: in a canvas, or right below."""
    return views.postmortem_drafted(headline(incidents.load(tx.conn, number), tx.at), place)


NUDGES: dict[str, Callable[[Tx, Context, Mapping[str, Any]], Message | None]] = {
    "update": _update,
    "actions": _actions,
    "postmortems": _postmortems,
}
"""Who draws which direct message that asks for something, by its name in the outbox (`bot.usecases.nudges`)."""


def stakeholders(tx: Tx, ctx: Context, number: int, seq: int) -> Message:
    """One update, as those outside read it."""
    incident, said = incidents.load(tx.conn, number), incidents.entry(tx.conn, number, seq)
    states = {"triggered": "being looked at", "acknowledged": "being worked on", "monitoring": "mitigated"}
    update = Update(said.event.text, who(tx, ctx, said.event.actor), said.at)
    return views.stakeholders(headline(incident, tx.at), update, states.get(incident.state, "over"))


def home(tx: Tx, ctx: Context, user: str) -> View:
    """The Home tab of an account."""
    account = ctx.account(tx, user)
    opened = incidents.newest(tx.conn, states=OPEN_STATES)
    lines = tuple((line, card_url(tx, line.incident.number)) for line in list_lines(tx, ctx, opened))
    if account.standing == "guest":
        return home_views.home(HomeFacts(at=tx.at, open=lines, member=False))
    return home_views.home(
        HomeFacts(
            at=tx.at,
            open=lines,
            leads=tuple(each.number for each in opened if each.commander == account.actor),
            shifts=tuple(_shifts(tx, ctx, account.actor)),
            waiting=tuple(_waiting(tx, [each.number for each in opened], account.actor)),
            actions=action_lines(tx, ctx, actions.open_items(tx.conn, account.actor)),
        )
    )


def _shifts(tx: Tx, ctx: Context, person: str) -> Iterator[ShiftLine]:
    """Those that begin in the coming weeks; the end of one that lasts longer than anybody looks is left out."""
    horizon = tx.at + 2 * AHEAD
    for shift in shifts(ctx.config.schedule, tx.at, horizon, overrides(tx.conn)):
        if shift.person == person and shift.since < tx.at + AHEAD:
            until = shift.until if shift.until < horizon else None
            yield ShiftLine(role=shift.role, since=shift.since, until=until, now=shift.since <= tx.at)


def _waiting(tx: Tx, opened: Sequence[int], person: str) -> Iterator[tuple[str, str]]:
    """Questions that wait: those this person may answer first of all whoever asked them, and each is told where it stands."""
    logs = [*opened, *(run.incident for run in runs.alone(tx.conn))]
    for log in logs:
        for run in runs.active(tx.conn, log):
            for step in run.snapshot.steps:
                if state_of(run, step.id).state == "waiting_confirmation":
                    yield f"{name_of(log)} {step.title} ({run.snapshot.title})", card_url(tx, log)
