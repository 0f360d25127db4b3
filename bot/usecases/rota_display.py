"""Records that Slack refuses to show who is on call (user group, topic): told once in the channel, and on `/readyz`.

A scope that whoever installed the app left out is no news: `check --live` and `/readyz` say what is off without it.
"""

from __future__ import annotations

from bot.context import Context
from bot.store import Tx, facts
from bot.usecases.notices import Notice, announce

PLACES = ("user group", "topic")
_SCOPE = "missing_scope"


def refused(tx: Tx, ctx: Context, what: str, reason: str) -> None:
    """It could not be changed, and will not be until somebody mends that."""
    _note(tx, ctx, what, reason, said=_SCOPE not in reason)


def works(tx: Tx, ctx: Context, what: str, left: str) -> None:
    """It is as it should be, but for what is `left`."""
    if left:
        _note(tx, ctx, what, left, said=True)
    elif facts.get(tx.conn, _fact(what)) is not None:
        facts.drop(tx.conn, _fact(what))


def not_kept(tx: Tx) -> list[str]:
    """What is not as it should be: a clause each."""
    kept = {what: facts.get(tx.conn, _fact(what)) for what in PLACES}
    return [f"the {what} does not show who is on call: {reason}" for what, reason in kept.items() if reason]


def _note(tx: Tx, ctx: Context, what: str, reason: str, *, said: bool) -> None:
    if facts.get(tx.conn, _fact(what)) == reason:
        return
    facts.put(tx.conn, _fact(what), reason, tx.at)
    if said:
        announce(tx, ctx, f"not_kept:{what}", Notice("not_kept", {"what": what, "reason": reason}))


def _fact(what: str) -> str:
    return f"not_kept:{what}"
