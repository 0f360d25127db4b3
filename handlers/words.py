"""Reads what a person typed after a verb: a number, a severity, a person, the rest."""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import get_close_matches

from bot.alerts import SEVERITIES, Severity
from bot.context import Context
from bot.errors import UserError
from bot.runbooks.fields import span_from
from bot.store import Tx
from handlers.callers import somebody
from handlers.references import as_meant, number_of, only_numbers, resembles
from oncall.values import dataclass

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<([@#!]?)([^|<>]+)(?:\|([^<>]*))?>")
_LIKE_A_SEVERITY = re.compile(r"[pP]\d+")
_OPTION = re.compile(r"(?:--|[—–])[a-z].*|-h", re.IGNORECASE)
"""`--help` and the like; on some machines Slack turns two hyphens into a dash."""
_HELP = re.compile(r"(?:--|[—–])help|-h", re.IGNORECASE)
_UNITS = r"(?:d|days?|h|hours?|hrs?|m|mins?|minutes?)"
_SPAN = re.compile(rf"\d{{1,4}} ?{_UNITS}(?: ?\d{{1,4}} ?{_UNITS})*(?=\s|[,.:;]|$)", re.IGNORECASE)
_PARTS = re.compile(rf"(\d+) ?({_UNITS})")
"""A length of time as people write it."""
_BEGINS_A_SPAN = ("for", "until", "till")
_ODD_SPACES = re.compile(r"[\u00a0\u2000-\u200b\u202f\u3000]")


@dataclass(frozen=True, slots=True)
class Words:
    """The rest of a command's text. Each reading returns what it found and the words after it."""

    text: str

    @classmethod
    def of(cls, text: str) -> Words:
        """Undoes Slack's odd spaces near links; its escapes of `&<>` and its mentions stay, for the readings to see."""
        return cls(" ".join(_ODD_SPACES.sub(" ", text).split()))

    def number(self) -> tuple[int | None, Words]:
        """An incident's number, however it is written; `run-7` is a run without an incident, a negative number.

        Raises `UserError` for a word that resembles one and is none.
        """
        found, rest = self._number()
        if found is None and resembles(*self._typed()):
            raise UserError(
                f"“{as_meant(*self._typed())}” is not an incident number: write it as `5` or `#5`. If your words begin so, put"
                " the incident's number before them. Nothing was done."
            )
        return found, rest

    def _number(self) -> tuple[int | None, Words]:
        found = number_of(self._typed()[0])
        return (None, self) if found is None else (found, Words(self.first()[1]))

    def _typed(self) -> tuple[str, str]:
        """The first word and the rest, as they stood in the message box."""
        first, rest = self.first()
        return Words(first).plain, Words(rest).plain

    def severity(self) -> tuple[Severity | None, Words]:
        first, rest = self.first()
        found: Severity | None = next((s for s in SEVERITIES if s == first.upper()), None)
        return (found, Words(rest)) if found else (None, self)

    def graded(self) -> tuple[Severity | None, Words]:
        """A severity before a text. Raises `UserError` for a word that resembles one and is none: it would open a P1."""
        found, rest = self.severity()
        first = self.first()[0]
        if found is None and _LIKE_A_SEVERITY.fullmatch(first):
            raise UserError(f"{no_severity(first)} If the title begins so, put the severity before it.")
        return found, rest

    def span(self) -> tuple[timedelta | None, Words]:
        """A time before a text: `30m`, `for 1h30m`, `30 min`. Raises `UserError` for a number without its unit."""
        first, rest = self.first()
        if first.lower() == "for" and rest:
            return self._span_after_for(Words(rest))
        found = _SPAN.match(self.text)
        span = (
            span_from("".join(f"{count}{unit[0]}" for count, unit in _PARTS.findall(found[0].lower())))
            if found
            else None
        )
        return (span, Words(self.text[found.end() :].strip())) if found and span else (None, self)

    def _span_after_for(self, behind: Words) -> tuple[timedelta | None, Words]:
        span, rest = behind.span()
        if span is None and behind.first()[0].isdigit():
            raise UserError(f"“for {behind.first()[0]}” has no unit: write `30m` or `2h`. Nothing was done.")
        return (span, rest) if span else (None, self)

    @property
    def like_a_span(self) -> str:
        """The words that were probably meant as a time: `for a while`; empty if nothing looks like one."""
        first, rest = Words(self.plain).first()
        behind = rest.split()
        more = "…" if behind[3:] else ""
        return f"{first} {' '.join(behind[:3])}{more}" if first.lower() in _BEGINS_A_SPAN and rest else ""

    def remark(self) -> str:
        """The rest as a note. Raises `UserError` for nothing but numbers: they were meant as incidents."""
        text = self.plain
        if only_numbers(text):
            raise UserError(f"“{text}” is not a note, and only one incident is taken at a time. Nothing was done.")
        return text

    def behind(self, named: int | None) -> tuple[int | None, str]:
        """What follows the words that a verb wanted: the incident, if none was named before and only a number follows, else a note.

        Raises `UserError` for a number with words after it: nobody knows whether the number belongs to them.
        """
        if named is not None:
            return named, self.remark()
        found, rest = self.number()
        if found is not None and rest.text:
            raise UserError(
                f"“{as_meant(*self._typed())}” may be an incident: its number stands first, behind the verb. Nothing was done."
            )
        return found, rest.remark()

    def only_a_number(self) -> int | None:
        """An incident's number and nothing else. Raises `UserError` for any other word, which would be ignored otherwise."""
        found, rest = self.number()
        if rest.text:
            raise UserError(f"“{rest.plain}” is not an incident number. `/incident list` has the open ones.")
        return found

    def asks_help(self, *, titled: bool) -> bool:
        """Whether it is `--help` in a place where a command would take it for a note; if a title is wanted, any option counts, for
        no title begins so."""
        rest = self._number()[1].severity()[1]
        return bool((_OPTION if titled else _HELP).fullmatch(rest.first()[0]))

    def first(self) -> tuple[str, str]:
        head, _, tail = self.text.partition(" ")
        return head, tail.strip()

    @property
    def plain(self) -> str:
        """The rest as the person typed it: Slack has made links of addresses and ids of names, and escaped other signs."""
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


def no_severity(word: str) -> str:
    return f"“{word}” is not a severity. It is one of {', '.join(SEVERITIES)}. Nothing was done."


def person_in(tx: Tx, ctx: Context, words: Words) -> tuple[str | None, Words]:
    """A person of bot.yml, given as an email or a name, or a mention of any full member. `None` if the first word is none of these.

    Raises `UserError` for the mention of somebody who cannot be called.
    """
    first, rest = words.first()
    mention = _MENTION.fullmatch(first)
    if mention:
        return somebody(tx, ctx, mention[1]), Words(rest)
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
    """The same; raises `UserError` if there is no person."""
    person, rest = person_in(tx, ctx, words)
    if person is None:
        raise UserError(f"{nobody(ctx, words)} Nothing was done.")
    return person, rest


def nobody(ctx: Context, words: Words) -> str:
    """Why the first word is no person, who may have been meant, and who there is."""
    names = {person.name.lower(): email.split("@")[0] for email, person in ctx.config.bot.people.items()}
    spelled = names | {first: first for first in names.values()}
    known = f"Say who: a mention, or one of {', '.join(sorted(names.values()))}."
    typed = words.first()[0].lower()
    if not typed:
        return known
    near = dict.fromkeys(spelled[each] for each in get_close_matches(typed, spelled, n=3, cutoff=0.7))
    guess = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"I do not know “{Words(typed).plain}”.{guess} {known}"


def weeks_in(text: str, usual: int, most: int, example: str) -> int:
    """For how many weeks, `usual` if nothing is said. Raises `UserError`."""
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
        raise UserError(f"Say for how many weeks, 1 to {most}: `{example}`.")
    return int(text)
