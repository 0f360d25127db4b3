"""`/incident action`, `postmortem` and `update`: what is left to do after an incident, and one line for those who wait."""

from __future__ import annotations

import re
from datetime import datetime

from bot.context import Context
from bot.errors import UserError
from bot.incidents import name_of
from bot.permissions import Caller
from bot.retro.actions import number_of
from bot.slack.picture.afterwards import action_lines
from bot.slack.views import afterwards as views
from bot.slack.views import answers, modals
from bot.store import Tx, actions, incidents
from bot.usecases import actions as use
from bot.usecases import postmortems, updates
from handlers.verbs import Answer
from handlers.words import Words, person_in
from oncall.typed_times import read_day

_BY = re.compile(r"\bby ([^\s].*)$", re.IGNORECASE)
_WHO = re.compile(r"(?:^|\s)(<@[UW][A-Z0-9]+(?:\|[^>]*)?>|@[\w.+-]+)(?=\s|$)")
_ENDS = {"done": "done", "drop": "dropped"}


def action(tx: Tx, ctx: Context, caller: Caller, words: Words, number: int | None) -> Answer:
    """What follows `action [N]`: nothing or `list`, `done A3 [NOTE]`, `drop A3 WHY`, or `TEXT [@who] [by DATE]`."""
    first, rest = words.first()
    if not words.text or words.text.lower() == "list":
        return _list(tx, ctx, number)
    if first.lower() in _ENDS and (item := number_of(Words(rest).first()[0])) is not None:
        return _end(tx, ctx, caller, first.lower(), item, Words(Words(rest).first()[1]).plain)
    text, due_at = _dated(tx, ctx, words.text)
    text, who = _given(tx, ctx, text)
    made = use.add(tx, ctx, _of(tx, number), Words(text).plain, caller.actor, who=who, due_at=due_at)
    return Answer(views.action_list(action_lines(tx, ctx, [made]), f"Noted for {name_of(made.incident)}"))


def _of(tx: Tx, number: int | None) -> int:
    if number is None:
        raise UserError("There has been no incident yet. Nothing was noted.")
    return number


def _list(tx: Tx, ctx: Context, number: int | None) -> Answer:
    """With a number, every item that the incident ever had; without one, the open items of all."""
    if number is not None:
        items = actions.of_incident(tx.conn, number)
        return Answer(views.action_list(action_lines(tx, ctx, items), f"Action items of {name_of(number)}"))
    return Answer(views.action_list(action_lines(tx, ctx, actions.open_items(tx.conn)), "Open action items"))


def _end(tx: Tx, ctx: Context, caller: Caller, verb: str, item: int, why: str) -> Answer:
    if verb == "drop" and not why:
        raise UserError(f"Say why it is dropped: `/incident action drop A{item} WHY`. Nothing changed.")
    ended = use.end(tx, ctx, item, caller.actor, "done" if verb == "done" else "dropped", why)
    return Answer(answers.said(f"{ended.name} is {ended.state}: {ended.text}"))


def _dated(tx: Tx, ctx: Context, text: str) -> tuple[str, datetime | None]:
    """The text, and the date at its end after `by`; words that are no date stay part of the text."""
    found = _BY.search(text)
    if found is None:
        return text, None
    day = read_day(found[1].strip(" .").lower(), tx.at, ctx.config.schedule.timezone)
    return (text[: found.start()].strip(" ,"), day) if day is not None else (text, None)


def _given(tx: Tx, ctx: Context, text: str) -> tuple[str, str | None]:
    """The text, and the person named with @. Raises `UserError` if nobody knows them: the item would be nobody's."""
    found = _WHO.search(text)
    if found is None:
        return text, None
    person, _ = person_in(tx, ctx, Words(found[1].removeprefix("@")))
    if person is None:
        raise UserError(f"I do not know {found[1]}. Mention somebody of this workspace. Nothing was noted.")
    return f"{text[: found.start()]} {text[found.end() :]}".strip(), person


def postmortem(tx: Tx, ctx: Context, caller: Caller, words: Words, number: int) -> Answer:
    """What follows `postmortem [N]`: nothing, `again`, or `waive WHY`."""
    word, rest = words.first()
    if word.lower() == "waive":
        incident = postmortems.waive(tx, ctx, number, caller.actor, Words(rest).plain)
        return Answer(answers.said(f"Nobody is asked for a postmortem of #{incident.number} any more."))
    if words.text and words.text.lower() != "again":
        raise UserError(
            f"Write `/incident postmortem {number}`, or `waive WHY` or `again` behind it. Nothing was drafted."
        )
    incident = postmortems.ask_for(tx, ctx, number, caller.actor, again=bool(words.text))
    return Answer(answers.said(f"The draft of #{incident.number} will appear in its thread."))


def update(tx: Tx, ctx: Context, caller: Caller, words: Words, number: int) -> Answer:
    """What follows `update [N]`: the text; without one, a form for it."""
    if not words.text:
        return Answer(view=modals.update(incidents.load(tx.conn, number)))
    incident = updates.say(tx, ctx, number, words.plain, caller.actor)
    return Answer(answers.said(f"#{incident.number} has your update on its card{_also(ctx)}."))


def _also(ctx: Context) -> str:
    wanted = ctx.config.bot.updates
    places = [wanted.channel, wanted.email if "email" in ctx.transports else ""]
    named = " and ".join(place for place in places if place)
    return f", and it goes to {named}" if named else ""
