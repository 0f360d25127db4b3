"""`/incident merge, split, link`: which incidents are one, and which belong together."""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.slack.views import answers
from bot.store import Tx
from bot.usecases import families
from handlers.verbs import Answer
from handlers.words import Words


def _two(words: Words, verb: str) -> tuple[int, int]:
    """Reads `3 into 1`, `3 1`. Raises `UserError` for anything but two incidents."""
    one, rest = words.number()
    first, behind = rest.first()
    other, left = Words(behind if first.lower() in ("into", "with", "to", "and") else rest.text).number()
    if one is None or other is None or left.text:
        raise UserError(f"Say which two: `/incident {verb} 3 1`. Nothing was done.")
    return one, other


def merge(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    child, parent = _two(words, "merge")
    families.merge(tx, ctx, child, parent, caller.actor)
    return Answer(
        answers.said(
            f"#{child} is part of #{parent} now, and so are its alerts to come. `/incident split {child}` takes it out."
        )
    )


def split(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`3` takes out an incident that was merged. `3 WORDS`, or matchers, makes some of its alerts an incident of their own."""
    number, rest = words.number()
    if number is None:
        raise UserError(
            "Say which one is to be taken out: `/incident split 3`, or which of its alerts: `/incident split 3 WORDS`. Nothing"
            " was done."
        )
    if not rest.text:
        alone = families.split(tx, ctx, number, caller.actor)
        return Answer(answers.said(f"#{alone.number} is an incident of its own again."))
    new = families.take_out(tx, ctx, number, rest.plain.strip('"“”„'), caller.actor)
    what = f"holds what was taken out of #{number}: {new.title[:120]}. New alerts still join #{number};"
    return Answer(
        answers.said(f"#{new.number} {what} `/incident merge {new.number} into {number}` makes them one again.")
    )


def link(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    one, other = _two(words, "link")
    families.link(tx, ctx, one, other, caller.actor)
    return Answer(answers.said(f"#{one} and #{other} are linked: both cards say so."))
