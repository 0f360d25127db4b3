"""The buttons for what follows from an incident: an update for others, action items, the postmortem."""

from __future__ import annotations

from bot.context import Context
from bot.permissions import Caller
from bot.slack.views import answers, modals
from bot.store import Tx, incidents
from bot.usecases import actions as use_actions
from bot.usecases import postmortems as use_postmortems
from handlers.tokens import number_in, ref_in
from handlers.verbs import Answer


def update(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(view=modals.update(incidents.load(tx.conn, ref_in(value).number)))


def action_done(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    item = use_actions.end(tx, ctx, number_in(value), caller.actor, "done")
    return Answer(answers.said(f"{item.name} is done: {item.text}"), home_says_it=True)


def postmortem(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = use_postmortems.ask_for(tx, ctx, ref_in(value).number, caller.actor)
    return Answer(answers.said(f"The draft of #{incident.number} will appear in its thread."))


def waive(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(view=modals.waive(incidents.load(tx.conn, ref_in(value).number)))
