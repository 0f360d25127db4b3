"""`/monitor`: the figures, the memory, the rules, and why a rule does or does not fire. It changes nothing."""

from __future__ import annotations

from functools import partial

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.slack.views.monitor import monitor
from bot.store import Tx
from bot.usecases import monitor as use
from bot.watch import words as said
from handlers.verbs import Answer, Verb
from handlers.words import Words


def now(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    lines = partial(said.now_lines, use.now(tx, ctx), tx.at)
    return Answer(
        monitor("The figures, by the last sample", lines, "Sampled once a minute. `/monitor memory` has a day of it.")
    )


def memory(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    found = use.memory(tx, ctx)
    return Answer(monitor(found.sample.name, partial(said.memory_lines, found)))


def rules(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    lines = partial(said.rule_lines, use.rules(tx, ctx))
    return Answer(monitor("The rules, as they stand", lines, "`/monitor why RULE` says why one fires or does not."))


def why(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    if not words.text:
        names = ", ".join(each.name for each in use.rules(tx, ctx))
        raise UserError(f"Say which rule: `/monitor why RULE`, one of {names}.")
    found = use.why(tx, ctx, words.plain)
    return Answer(monitor(f"Why {found.name} fires, or does not", partial(said.why_lines, found)))


VERBS: dict[str, Verb] = {
    "now": Verb("read", now, writes=False),
    "memory": Verb("read", memory, writes=False),
    "rules": Verb("read", rules, writes=False),
    "why": Verb("read", why, writes=False),
}
