"""The slash commands: find the verb, check whether the caller may use it, run it, and answer that person only."""

from __future__ import annotations

from collections.abc import Awaitable
from difflib import get_close_matches
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.context import Context
from bot.permissions import Caller, may
from bot.slack.picture.incident import list_lines
from bot.slack.views import answers, lists
from bot.store import Tx
from bot.usecases.desk import Desk
from bot.usecases.incidents import SeveralOpen
from handlers import incident, monitor, oncall, runbook
from handlers.callers import admit, caller_of, in_names
from handlers.helping import helped
from handlers.reply import Reply, ack_with
from handlers.verbs import Answer, Verb
from handlers.words import Words

COMMANDS: dict[str, dict[str, Verb]] = {
    "incident": incident.VERBS,
    "runbook": runbook.VERBS,
    "oncall": oncall.VERBS,
    "monitor": monitor.VERBS,
}
"""Every verb of every command."""

TITLED = ("incident", "open")
"""The verb that begins something new with whatever words follow, and pages people."""
FIRST = {"incident": "list", "runbook": "list", "oncall": "who", "monitor": "now"}
"""The verb of a command without any words."""


def register(app: AsyncApp, desk: Desk, reply: Reply) -> None:
    for name in COMMANDS:
        app.command(f"/{reply.prefix}{name}")(_listener(name, desk, reply))


def _listener(name: str, desk: Desk, reply: Reply) -> Any:
    async def on_command(ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond) -> None:
        words = Words.of(command.get("text") or FIRST[name])
        verb, word, rest = _verb(name, words)
        user, trigger = command["user_id"], command["trigger_id"]
        typed = f"/{reply.prefix}{name} {word.lower()}"
        if verb is not None and Words(rest).asks_help(titled=(name, word.lower()) == TITLED):
            verb, word, rest = None, "help", word

        def work() -> Awaitable[Answer]:
            if verb is None:
                return desk.look(_unknown, name, word, rest, user, reply.prefix)
            if verb.writes:
                return desk.once(f"command:{trigger}", _run, verb, typed, user, Words(rest))
            return desk.look(_run, verb, typed, user, Words(rest))

        window = reply.opens(trigger, verb.modal if verb is not None else "")

        def show(answer: Answer) -> None:
            reply.show(trigger, respond, answer, window)

        answer = await reply.attempt(work, show)
        left = await ack_with(ack, answer, window)
        if left is not None:
            show(left)

    return on_command


def _verb(name: str, words: Words) -> tuple[Verb | None, str, str]:
    """The verb, which may be of two words; how it was typed; and what follows it."""
    word, rest = words.first()
    second, behind = Words(rest).first()
    two = COMMANDS[name].get(f"{word} {second}".lower())
    return (two, f"{word} {second}", behind) if two else (COMMANDS[name].get(word.lower()), word, rest)


def _run(tx: Tx, ctx: Context, verb: Verb, typed: str, user: str, words: Words) -> Answer:
    """Runs a verb. `typed` is the command as far as it is clear."""
    with in_names(tx, ctx):
        caller = admit(tx, ctx, user, verb.action)
        try:
            return verb.run(tx, ctx, caller, Words(ctx.mask(words.text)))
        except SeveralOpen as several:
            return Answer(lists.which_one(list_lines(tx, ctx, several.found), typed))


def _unknown(tx: Tx, ctx: Context, name: str, word: str, rest: str, user: str, prefix: str) -> Answer:
    """The answer to `help`, to a verb that does not exist, or to a slip of the finger."""
    verbs, caller = COMMANDS[name], caller_of(tx, ctx, user)
    if word.lower() in ("help", "?"):
        return Answer(helped(tx, ctx, name, rest, caller, _allowed(ctx, verbs, caller), prefix))
    near = get_close_matches(word.lower(), [*verbs, "help"], n=3, cutoff=0.5)
    return Answer(answers.did_you_mean(word, near, f"`/{prefix}{name} help` lists what you can do."))


def _allowed(ctx: Context, verbs: dict[str, Verb], caller: Caller) -> set[str]:
    return {name for name, verb in verbs.items() if may(caller.standing, verb.action, ctx.config.bot.permissions)}
