"""What a typed word means where an incident may be named: its number, something meant as one, or neither.

If a word resembles a number and is none, the person is asked: if it were skipped, it would be taken for a remark, and the verb
would act on whichever incident happens to be open.
"""

from __future__ import annotations

import re

from bot.incidents import number_from

_BARE = r"(?:inc(?:ident)?[-_–—:]?)?#?(\d{1,9}|run-\d{1,9})"
_AFTER = r"""[)\]}>”’“"'`»*_.,;:!?…]*"""
_OPENED = r"""[(\[{<“”„"'`‘’«»*_]+"""
_NUMBER = re.compile(rf"{_BARE}{_AFTER}|{_OPENED}{_BARE}{_AFTER}(?<!\d)", re.IGNORECASE)
"""`5`, `#5`, `INC-5`, `run-5`, and each of them at the end of a sentence, in quotes or in closed brackets."""

_PUNCTUATION = "()[]{}<>“”„‘’«»\"'`*_.,;:!?…"
_RESEMBLES = re.compile(
    r"[#№][^a-z]*\d.*|(?:inc|incident)\W*\d.*|run-\d.*|(?-i:[A-Z]{2,10}-\d+)|[-+−–—]?\d[\d,./\\|&+:;−–—-]*",
    re.IGNORECASE,
)
"""`#5x`, `INC-5-6`, `ICN-5`, `5/6`, `-5`, or a number that is too long."""
_QUANTITY = re.compile(r"\d{1,2}:\d\d(:\d\d)?|\d+(\.\d+)+|\d{4}-\d\d-\d\d|\d{1,3}(,\d{3})+")
"""A time, a decimal, a version, a day, thousands: figures that a remark may begin with."""
_SLIP = re.compile(r"\d+(?![smhd])[a-z]", re.IGNORECASE)
"""`5x`, but not a time such as `30m`."""

_CALLED = re.compile(r"#|№|inc|incident", re.IGNORECASE)
_JOINING = frozenset({"and", "&", "+", ","})


def number_of(word: str) -> int | None:
    """The number of an incident, however it is written; negative for a run without an incident."""
    found = _NUMBER.fullmatch(word)
    return number_from(found[1] or found[2]) if found else None


def resembles(word: str, more: str) -> bool:
    """Whether a word that is no number may have been meant as one. `more` is what follows it."""
    following = more.partition(" ")[0]
    if _CALLED.fullmatch(word):
        return number_of(following) is not None or resembles(following, "")
    core = word.strip(_PUNCTUATION)
    if more and _QUANTITY.fullmatch(core):
        return False
    return bool(_RESEMBLES.fullmatch(core)) or (not more and _SLIP.fullmatch(core) is not None)


def as_meant(word: str, more: str) -> str:
    """The words to repeat to the person: `incident 5` are two words."""
    return f"{word} {more.partition(' ')[0]}" if _CALLED.fullmatch(word) else word


def only_numbers(text: str) -> bool:
    """Whether a text names incidents and says nothing else."""
    words = [word for word in text.split() if word not in _JOINING]
    return bool(words) and all(number_of(word) is not None for word in words)
