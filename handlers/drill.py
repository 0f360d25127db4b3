"""`/incident drill` and the buttons of its invitation: call, join, preview, start, pause and end a drill."""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.slack.picture import drill as drill_picture
from bot.slack.views import answers
from bot.slack.views import drill as views
from bot.slack.views.tokens import read_roll
from bot.store import Tx
from bot.usecases import drills as use
from bot.usecases.rusting import rusted
from handlers.tokens import known, number_in
from handlers.verbs import Answer
from handlers.words import Words

OLD = "That button is from an older message. `/incident drill` shows how it stands. Nothing was done."


def drill(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`drill`, `drill SCENARIO`, or what is to happen with the open one."""
    word, rest = words.first()
    match word.lower():
        case "" | "list":
            return Answer(drill_picture.scenario_list(tx, ctx))
        case "rust":
            return Answer(views.rust(rusted(tx, ctx)))
        case "score":
            return _score(tx, ctx)
        case "pause":
            return _paused(tx, ctx, caller, use.the_open(tx).id, Words(rest).plain)
        case "resume":
            return resume(tx, ctx, caller, str(use.the_open(tx).id))
        case "end":
            return _ended(tx, ctx, caller, use.the_open(tx).id, Words(rest).plain)
    return call(tx, ctx, caller, words.plain)


def call(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    found = use.call(tx, ctx, caller.actor, value)
    return Answer(
        answers.said(
            f"“{found.scenario.title}”: the invitation is in {ctx.config.bot.channel}. Nobody is called before you press *Start…*"
            " there."
        )
    )


def _score(tx: Tx, ctx: Context) -> Answer:
    message = drill_picture.last_score(tx, ctx)
    if message is None:
        raise UserError("No drill has been played yet. `/incident drill` lists what can be.")
    return Answer(message)


def join(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    found = use.answer(tx, ctx, number_in(value, OLD), caller.actor, joins=True)
    return Answer(
        answers.said(f"You take part in “{found.scenario.title}”. You are called like in earnest, marked as a drill.")
    )


def decline(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use.answer(tx, ctx, number_in(value, OLD), caller.actor, joins=False)
    return Answer(answers.said("You take no part: nothing of the drill calls you."))


def look_ahead(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """Shows what would happen to the person who may start it. Nothing is started."""
    return Answer(drill_picture.ahead(tx, ctx, use.ahead(tx, ctx, number_in(value, OLD), caller.actor)))


def begin(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    number, roll = known(read_roll(value), OLD)
    started = use.start(tx, ctx, number, caller.actor, roll)
    return Answer(answers.said(f"The drill “{started.scenario.title}” has begun."), instead=True)


def pause(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return _paused(tx, ctx, caller, number_in(value, OLD), "")


def _paused(tx: Tx, ctx: Context, caller: Caller, number: int, why: str) -> Answer:
    use.pause(tx, ctx, number, caller.actor, why or f"by {ctx.called(tx, caller.actor)}")
    return Answer(answers.said("The drill is paused: it calls nobody, and its time stands still."))


def resume(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use.resume(tx, ctx, number_in(value, OLD), caller.actor)
    return Answer(answers.said("The drill goes on where it was."))


def end(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return _ended(tx, ctx, caller, number_in(value, OLD), "")


def _ended(tx: Tx, ctx: Context, caller: Caller, number: int, why: str) -> Answer:
    over = use.end(tx, ctx, number, caller.actor, why or f"ended by {ctx.called(tx, caller.actor)}")
    scored = " Its score is in its thread." if over.incident is not None else ""
    return Answer(answers.said(f"The drill is over.{scored}"))
