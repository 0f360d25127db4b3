"""Matchers as Alertmanager has them: `name="value"`, `!=`, `=~`, `!~`. Pure.

A label that is not there is the empty text; an expression fits the whole value. Refuses expressions that could take for ever on
some value: they are asked of each alert that comes in. https://prometheus.io/docs/alerting/latest/configuration/#matcher
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from re import Pattern
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Literal

from oncall.values import dataclass, field

Operator = Literal["=", "!=", "=~", "!~"]
LONGEST_EXPRESSION = 1_000
LONGEST_VALUE = 1_000
"""Characters of a value that an expression is asked about: a longer one fits none, and is silenced by none."""
MOST_REPEATS = 3
"""Of open repeats (`.*`) in one expression."""
LONGEST_NAME = 200
_TYPED = re.compile(r'\s*([A-Za-z_][\w.:-]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s,{}"]+)')
_ESCAPED = re.compile(r"\\(.)")
_SAID = {"n": "\n"}
_WORDY = re.compile(r"[\w./:@-]+(?:\|[\w./:@-]+)*")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label."""

    name: str
    operator: Operator
    value: str
    _pattern: Pattern[str] | None = field(default=None, compare=False, repr=False)

    @property
    def negative(self) -> bool:
        return self.operator in ("!=", "!~")

    @property
    def is_regex(self) -> bool:
        return self._pattern is not None

    def names(self, value: str) -> bool:
        """Whether a value is what it names, be that wanted or not."""
        if self._pattern is None:
            return value == self.value
        return len(value) <= LONGEST_VALUE and self._pattern.fullmatch(value) is not None

    def fits(self, values: Sequence[str]) -> bool:
        """Whether a label with these values fits: it has several where it is called differently by us and by its sender."""
        if self.negative and self.is_regex and any(len(value) > LONGEST_VALUE for value in values):
            return False
        return any(map(self.names, values)) is not self.negative

    @property
    def equals(self) -> tuple[str, ...]:
        """The values that alone can fit, where there are few: what it is found by."""
        if self.operator == "=" and self.value:
            return (self.value,)
        if self.operator == "=~" and _WORDY.fullmatch(self.value) and "." not in self.value:
            return tuple(self.value.split("|"))
        return ()

    def __str__(self) -> str:
        quoted = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{self.operator}"{quoted}"'


def matcher(name: str, operator: Operator, value: str) -> Matcher:
    """Raises `ValueError` with a sentence."""
    if not name or len(name) > LONGEST_NAME:
        raise ValueError("a matcher needs the name of a label")
    return Matcher(name, operator, value, expression(value) if operator in ("=~", "!~") else None)


def expression(text: str) -> Pattern[str]:
    """An expression that takes a bounded time on every value. Raises `ValueError`."""
    if len(text) > LONGEST_EXPRESSION:
        raise ValueError(f"an expression of more than {LONGEST_EXPRESSION} characters is not taken")
    try:
        tree = parser.parse(text)
        found = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"“{text[:60]}” is not a regular expression: {error}") from None
    if _repeats(tree) > MOST_REPEATS:
        raise ValueError(f"“{text[:60]}” repeats within repeats, or too often: it could take too long on some value")
    return found


def _repeats(tree: Iterable[tuple[Any, Any]]) -> int:
    """How many open repeats; a repeat of more than one character at a time counts as too many."""
    count = 0
    for code, what in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, body = what
            simple = len(body) == 1 and body[0][0] in (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY)
            if most > 1:
                count += (1 if most is codes.MAXREPEAT or most > 10 else 0) if simple else MOST_REPEATS + 1
            count += 0 if simple else _repeats(body)
        else:
            count += sum(map(_repeats, _inside(code, what)))
    return count


def _inside(code: Any, what: Any) -> Iterator[Iterable[tuple[Any, Any]]]:
    if code is codes.SUBPATTERN:
        yield what[-1]
    elif code is codes.BRANCH:
        yield from what[1]
    elif code in (codes.ASSERT, codes.ASSERT_NOT):
        yield what[1]
    elif code is codes.ATOMIC_GROUP:
        yield what
    elif code is codes.GROUPREF_EXISTS:
        yield from (part for part in what[1:] if part is not None)


def read_matchers(text: str) -> tuple[tuple[Matcher, ...], str]:
    """The matchers in front of a text, with or without braces and commas, and what stands behind them. Raises `ValueError`."""
    found, rest = [], text.replace("“", '"').replace("”", '"').lstrip().removeprefix("{")
    while typed := _TYPED.match(rest):
        name, operator, value = typed[1], typed[2], typed[3]
        if value.startswith('"'):
            value = _ESCAPED.sub(lambda escaped: _SAID.get(escaped[1], escaped[1]), value[1:-1])
        found.append(matcher(name, operator, value))  # type: ignore[arg-type]
        rest = rest[typed.end() :].lstrip().removeprefix(",")
    return tuple(found), rest.lstrip().removeprefix("}").lstrip() if found else text


@dataclass(frozen=True, slots=True)
class Labels:
    """What an alert can be matched by: its sender's labels, and what it is called here."""

    sent: Mapping[str, str]
    ours: Mapping[str, str] = field(default_factory=dict)
    """`alertname`, `rule`, `severity` (P0–P2), `source` and the like: either word for the same thing fits."""

    def values(self, name: str) -> tuple[str, ...]:
        found = tuple(value for place in (self.sent, self.ours) if (value := place.get(name)))
        return found or ("",)

    def fit(self, matchers: Iterable[Matcher]) -> bool:
        return all(each.fits(self.values(each.name)) for each in matchers)

    def pairs(self) -> Iterator[tuple[str, str]]:
        yield from self.sent.items()
        yield from self.ours.items()
