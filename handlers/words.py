"""Reads what a person typed behind a verb: a number, a severity, a person, the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.alerts import SEVERITIES, Severity
from bot.errors import UserError
from bot.store import Tx
from bot.usecases.context import Context
from handlers.callers import actor_of

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<([@#!]?)([^|<>]+)(?:\|([^<>]*))?>")
_NUMBER = re.compile(r"#?(\d{1,9})")
_ODD_SPACES = re.compile(r"[\u00a0\u2000-\u200b\u202f\u3000]")


@dataclass(frozen=True, slots=True)
class Words:
    """What is left of a command's text. Each reading answers with what it found and the words after it."""

    text: str

    @classmethod
    def of(cls, text: str) -> Words:
        """Slack swaps spaces for others near links and escapes `&<>`: both are undone here, mentions are kept."""
        return cls(" ".join(_ODD_SPACES.sub(" ", text).split()))

    def number(self) -> tuple[int | None, Words]:
        """An incident's number, with or without `#`."""
        first, rest = self.first()
        found = _NUMBER.fullmatch(first)
        return (int(found[1]), Words(rest)) if found else (None, self)

    def severity(self) -> tuple[Severity | None, Words]:
        first, rest = self.first()
        found: Severity | None = next((s for s in SEVERITIES if s == first.upper()), None)
        return (found, Words(rest)) if found else (None, self)

    def first(self) -> tuple[str, str]:
        head, _, tail = self.text.partition(" ")
        return head, tail.strip()

    @property
    def plain(self) -> str:
        """The rest as the person typed it: Slack has made links of addresses, ids of names, and escaped the rest."""
        text = _LINK.sub(_as_typed, self.text)
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _as_typed(found: re.Match[str]) -> str:
    """`<@U1|ann>`, `<#C1|general>`, `<!here>`, `<mailto:…|…>` and `<https://…|…>` as they stood in the message box."""
    sign, inner, label = found[1], found[2], found[3] or ""
    if sign == "!":
        return label or f"@{inner.rpartition('^')[2]}"
    if sign:
        return f"{sign}{label or inner}"
    return inner.removeprefix("mailto:")


def person_in(tx: Tx, ctx: Context, words: Words) -> tuple[str | None, Words]:
    """A person of bot.yml, given as a mention, an email or a name. `None` if the first word is none of these."""
    first, rest = words.first()
    mention = _MENTION.fullmatch(first)
    if mention:
        return actor_of(tx, ctx, mention[1]), Words(rest)
    word = Words(first).plain.lower()
    if word in ctx.config.bot.people:
        return word, Words(rest)
    named = [
        email
        for email, person in ctx.config.bot.people.items()
        if word and (email.split("@")[0] == word or words.plain.lower().startswith(person.name.lower()))
    ]
    if len(named) != 1:
        return None, words
    name = ctx.config.bot.people[named[0]].name
    spelled = words.plain.lower().startswith(name.lower())
    return named[0], Words(words.plain[len(name) :].strip()) if spelled else Words(rest)


def require_person(tx: Tx, ctx: Context, words: Words) -> tuple[str, Words]:
    """The same, but it has to be there."""
    person, rest = person_in(tx, ctx, words)
    if person is None:
        known = ", ".join(sorted(ctx.config.bot.people))
        raise UserError(f"Say who: a mention, or one of {known}. Nothing was done.")
    return person, rest
