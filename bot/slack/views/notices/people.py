"""News about how people are reached and who is on call: transports, accounts, gaps and changes of the rota, what they owe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.slack.mrkdwn import bold, inline, mention, mention_group, when
from bot.slack.views.facts import Message
from bot.slack.views.kit import LISTED, by_transports, context, message, section


def rota_file_changed(moves: Sequence[Mapping[str, Any]], count: int, by: str | None) -> Message:
    """Who is called instead of whom, by a changed file; `count` is how many moves there are."""
    lines = [f"🔁 {_move(move)}" for move in moves]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more: `incident-bot oncall shifts` lists them all")
    small = f"by a changed file, applied by {inline(by, 80)}" if by else "by a changed file"
    return message(f"{lines[0]} · {small}", [section(*lines), context(small)])


def transport_failing(transport: str, reason: str, since: datetime) -> Message:
    """A transport refuses or cannot be reached. Pages are tried again, and by the others."""
    text = f"⚠️ {by_transports([transport])} does not take pages: {inline(reason, 300)}"
    more = f"Since {when(since)}. Pages are tried again; the other ways are used meanwhile."
    return message(text, [section(text, more)])


def transport_working(transport: str) -> Message:
    """The end of that trouble."""
    text = f"✅ {by_transports([transport])} takes pages again"
    return message(text, [section(text)])


def doubtful_account(why: str) -> Message:
    """No Slack account is surely that of a listed person, though some carry the address. `why` says what to do."""
    text = f"⚠️ {inline(why, 600)}"
    more = "Until then nobody of them counts as that person, and no direct message pages them. The other ways are used."
    return message(text, [section(text, more)])


def direct_trouble(subject: str, text: str) -> Message:
    """Nobody can be written to directly, and somebody has to mend it."""
    said = f"⚠️ {inline(subject, 300)}"
    return message(f"{said}.", [section(f"{said}.", inline(text, 1_000))])


def duty_gap(role: str, since: datetime, until: datetime, why: str, *, group: bool) -> Message:
    """Nobody fills a role. `group`: nobody is on call at all, and there is a user group that mentions somebody all the same."""
    text = f"⚠️ Nobody is on call as {inline(role, 40)}"
    until_words = f"until {when(until)}" if until - since < timedelta(days=366) else "until the rota changes"
    empty = "Slack allows no empty user group, so it still mentions those who were in it." if group else ""
    more = "A page of that level goes on to the next one at once."
    return message(f"{text}.", [section(f"{text}, since {when(since)}, {until_words}.", inline(why, 300), more, empty)])


def group_taken(group: str, former: Sequence[str]) -> Message:
    """A user group that others have filled is kept equal to who is on call from now on."""
    text = f"👥 {mention_group(group)} is from now on kept equal to who is on call, as bot.yml asks"
    names = " ".join(filter(None, map(mention, former)))
    return message(
        "A user group is kept equal to who is on call.", [section(f"{text}.", f"It held {names} as well until now.")]
    )


def not_kept(what: str, reason: str) -> Message:
    """Something that Slack shows of who is on call is not as it should be. Nothing else depends on it."""
    text = f"⚠️ The {inline(what, 40)} does not show who is on call: {inline(reason, 300)}"
    return message(f"{text}.", [section(f"{text}.", "Paging is not affected.")])


def updates_unheard(channel: str, reason: str) -> Message:
    """What people outside were to read stands only on the card."""
    text = f"⚠️ The last update did not get to {inline(channel, 80)}: {inline(reason, 300)}"
    more = "Invite me there, or name another channel under `updates` in bot.yml; then say it again."
    return message(f"{text}.", [section(f"{text}.", more)])


def postmortems_missing(incidents: Sequence[int]) -> Message:
    """Whoever led was asked often enough: now the team is, once."""
    numbers = ", ".join(f"#{number}" for number in incidents)
    text = f"📄 Nobody has written the postmortem of {numbers} yet"
    more = (
        "`/incident postmortem N` drafts it from the record; `/incident postmortem N waive WHY` says why there is none."
    )
    return message(f"{text}.", [section(f"{text}.", more)])


def rota_changed(moves: Sequence[Mapping[str, Any]], by: str, why: str, calls: Sequence[str], back: bool) -> Message:
    """Somebody stands in for somebody else, or does not any more. Whoever moves is called by it."""
    lines = [f"🔁 {_move(move)}" for move in moves[:LISTED]] or ["🔁 Nobody moves."]
    how = "taken back by" if back else "by"
    small = f"{how} {inline(by, 80)}" + (f": {inline(why, 300)}" if why else "")
    called = " ".join(filter(None, map(mention, calls)))
    return message(f"{lines[0]} · {small}", [section(*lines, called), context(small)])


def _move(move: Mapping[str, Any]) -> str:
    instead = f" instead of {inline(move['before'], 80)}" if move["before"] else ""
    since, until = datetime.fromisoformat(move["since"]), datetime.fromisoformat(move["until"])
    who = bold(move["now"], 80) if move["now"] else "Nobody"
    return f"{who} is {inline(move['role'], 40)}{instead}, {when(since)} – {when(until)}"
