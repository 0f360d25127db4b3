"""Cleans and masks texts that others wrote, before they are kept or sent on: vendors' answers, errors, alerts.

`clean` removes characters that would act on whoever displays them, `Mask` hides secrets. A text is masked before it is cut, or the
beginning of a secret would show. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from re import Pattern
from typing import Any
from urllib.parse import quote

from oncall.values import dataclass

MASK = "••••"
SHORTEST = 6
"""Characters a secret has at the least: a shorter one would mask half of every sentence."""

LONGEST_PAUSE_S = 600.0
"""However long another asks us to wait, it is asked again after that: a number gone wrong keeps nobody from being called."""

_DELETED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_WORDS = r"[\w.\-]*(?:token|key|secret|auth(?!or)|signature|password|passwd|pwd|credential)\w*|sig"
_SHAPES = (
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+",
    r"xapp-[\w-]+",
    r"(?P<kept>B(?<!\wB)(?:earer|asic)\s+)(?=\S*\d)[A-Za-z0-9._~+/=-]{8,}",
    r"(?P<kept>://)[^\s/@:]*:[^\s/@]+(?=@)",
    rf"(?P<kept>[?&;](?:{_WORDS})=)[^&\s#\"'<>|]+",
    r"gh(?<!\wgh)[opsur]_[A-Za-z0-9]{16,}",
    r"A(?<!\wA)(?:KIA|SIA)[0-9A-Z]{16}\b",
    r"eyJ(?<!\weyJ)[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
)
"""What well-known tokens look like, and where a URL holds one. What the group `kept` matches stays. A shape that begins with
letters is looked for ten times faster than one that begins with `\\b`: that no word goes on there is asked behind them."""
KNOWN = tuple(re.compile(shape, re.IGNORECASE if "kept" in shape else 0) for shape in _SHAPES)


def clean(text: str) -> str:
    """Without control characters, direction overrides, zero-width space and lone surrogates (which no JSON can carry)."""
    return _DELETED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def cleaned(value: Any) -> Any:
    """The same for every text in a JSON value."""
    return _each(value, clean)


def pause(word: str | None) -> timedelta | None:
    """The seconds that a `Retry-After` names; `None` where it names none."""
    try:
        return timedelta(seconds=min(max(0.0, float(word or "")), LONGEST_PAUSE_S))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, repr=False)
class Mask:
    """Knows what must not be shown: texts that are secret as they are, and what secrets look like."""

    secrets: tuple[str, ...] = ()
    """The longest first: one may be the beginning of another."""
    patterns: tuple[Pattern[str], ...] = ()

    def also(self, secrets: Iterable[str] = (), patterns: Iterable[Pattern[str]] = ()) -> Mask:
        """One that knows these as well."""
        more = {spelling for secret in secrets for spelling in _spellings(secret)}
        return Mask(tuple(sorted(more.union(self.secrets), key=len, reverse=True)), (*self.patterns, *patterns))

    def __call__(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        for pattern in (*KNOWN, *self.patterns):
            text = pattern.sub(_masked, text)
        return text

    def all(self, value: Any) -> Any:
        """The same for every text in a JSON value."""
        return _each(value, self)


PLAIN = Mask()
"""Knows none of our secrets, only what secrets look like."""


def _masked(found: re.Match[str]) -> str:
    return f"{found.groupdict().get('kept') or ''}{MASK}"


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it is, and as it stands in a URL."""
    if len(secret.strip()) >= SHORTEST:
        yield from {secret.strip(), quote(secret.strip(), safe="")}


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_each(name, change): _each(inner, change) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_each(inner, change) for inner in value)
    return value
