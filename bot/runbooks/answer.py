"""What matters in an HTTP answer, in a few words. Pure.

It passes on no more of a body than a person reads: the declared values, or else the first lines. An answer may contain anything;
whatever it is, there is an outcome, and one that can be stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bot.ground.redaction import PLAIN, Mask, clean, cleaned
from bot.ground.storable import storable, storable_text
from bot.runbooks.output import SEAM
from bot.runbooks.paths import MISSING, dig
from bot.runbooks.request import Outcome, Request
from bot.runbooks.steps.http import Shown, Warn
from bot.runbooks.urls import host_of
from oncall.values import dataclass

LINES, LINE, VALUE = 6, 160, 120
"""How many lines of a body are shown, and how many characters of a line and of a value."""
_DEEPEST = 3

BETWEEN = " · "
"""Separates values from each other: an outcome is one line of a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it came, or the trouble instead of one."""

    status: int | None = None
    reason: str = ""
    kind: str = ""
    """The content type."""
    encoding: str = ""
    location: str = ""
    body: bytes = b""
    cut: bool = False
    """Whether the body was longer than what is read."""
    trouble: str = ""
    left: bool = False
    """Whether the request may have reached the server although no answer came."""
    temporary: bool = False


def read_answer(answer: Answer, request: Request, mask: Mask = PLAIN) -> Outcome:
    """Judge an answer by what the step expects, and say what matters in it.

    Texts are masked while they are still whole, and only then cut; expectations are checked on the answer as it came.
    """
    if answer.status is None:
        return _no_answer(answer, request)
    came = json_of(answer)
    value = _fit_to_show(came, mask)
    unmet = _unmet(answer, came, request, mask)
    warned = [f"⚠️ {each.text}" for each in request.warn if _beyond(came, each)]
    shown = _shown(value, request.show)
    said = [f"{item.label}: {_with_unit(found, item.unit)}" for item, found in shown]
    if shown and request.expect.status_met(answer.status):
        lines = [*said, *unmet, *warned]  # the values come first: that there was an answer at all is no news
    else:
        head = [clean(mask(headline(answer))), *unmet]
        lines = [*head, *warned, *(said or _pairs(value) or _lines(answer, mask))]
    data = {item.label: found if _plain(found) else short(found) for item, found in shown if found is not MISSING}
    text = storable_text(BETWEEN.join(lines))
    return Outcome(ok=not unmet, text=text, status=answer.status, data=storable(data), output=_whole(answer, mask))


def unreadable(status: int | None, *, read_only: bool) -> Outcome:
    """The outcome of a request that was answered in a way that we cannot read."""
    text = f"HTTP {status}: the answer is unreadable"
    text += "." if read_only else ", so what it changed is not known. Look before sending it again."
    return Outcome(ok=False, text=text, status=status, certain=read_only)


def _fit_to_show(value: Any, mask: Mask) -> Any:
    return value if value is MISSING else cleaned(mask.all(storable(value)))


def _no_answer(answer: Answer, request: Request) -> Outcome:
    uncertain = answer.left and not request.read_only
    doubt = (
        "It may or may not have taken effect: look before sending it again." if uncertain else "Nothing was changed."
    )
    return Outcome(ok=False, text=f"{answer.trouble[:1].upper()}{answer.trouble[1:]}. {doubt}", certain=not uncertain)


def headline(answer: Answer) -> str:
    """`HTTP 503 Service Unavailable`, and where a redirect would lead."""
    text = f"HTTP {answer.status} {answer.reason}".strip()
    if answer.status is not None and 300 <= answer.status < 400 and answer.location:
        text += f": a redirect to {_host(answer.location)}, which the bot does not follow"
    return text


def _host(location: str) -> str:
    try:
        return clip(host_of(location), VALUE) or "the same host"
    except ValueError:
        return "something that is not an address"


def _unmet(answer: Answer, value: Any, request: Request, mask: Mask) -> list[str]:
    """What was expected and is not so."""
    unmet = []
    if answer.status is None or not request.expect.status_met(answer.status):
        unmet.append(f"expected HTTP {' or '.join(request.expect.status)}")
    for path, want in request.expect.values:
        found = MISSING if value is MISSING else dig(value, path)
        if found is MISSING or not _same(found, want):
            unmet.append(f"expected {path} to be {short(want)}, it is {short(_fit_to_show(found, mask))}")
    return unmet


def _beyond(value: Any, warn: Warn) -> bool:
    """Whether the figure calls for a warning; not if one of the two figures is missing or is no number."""
    found, above, below = (_figure(value, each) for each in (warn.path, warn.above, warn.below))
    if found is None:
        return False
    return (above is not None and found > above) or (below is not None and found < below)


def _figure(value: Any, at: float | str | None) -> float | None:
    """A number, or the number that stands at a path."""
    if isinstance(at, str):
        at = dig(value, at) if value is not MISSING else None
    return at if isinstance(at, int | float) and not isinstance(at, bool) else None


def _same(found: Any, want: Any) -> bool:
    return bool(found == want) and isinstance(found, bool) == isinstance(want, bool)


def json_of(answer: Answer) -> Any:
    """The body as JSON, whatever its content type says; `MISSING` if it is none, or was not read to its end."""
    if answer.cut or answer.encoding not in ("", "identity"):
        return MISSING
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return MISSING


def _shown(value: Any, show: tuple[Shown, ...]) -> list[tuple[Shown, Any]]:
    """The declared values; empty if the answer has none of them, so that its first lines are shown instead."""
    found = [(item, dig(value, item.path)) for item in show] if value is not MISSING else []
    return found if any(value is not MISSING for _, value in found) else []


def _pairs(value: Any) -> list[str]:
    """An object for which nothing is declared: its first values with their names; empty if it is no object."""
    if not isinstance(value, dict):
        return []
    pairs = list(islice(_named(value, ""), LINES + 1))
    return [*pairs[:LINES], "(and more)"] if len(pairs) > LINES else pairs


def _named(value: dict[str, Any], around: str) -> Iterator[str]:
    for name, inner in value.items():
        path = f"{around}{clip(' '.join(name.split()), VALUE)}"
        if isinstance(inner, dict) and inner and path.count(".") < _DEEPEST:
            yield from _named(inner, f"{path}.")
        elif isinstance(inner, list) and any(isinstance(each, dict | list) for each in inner):
            yield f"{path}: {len(inner)} {'entry' if len(inner) == 1 else 'entries'}"
        else:
            yield clip(f"{path}: {short(inner)}", LINE)


def _lines(answer: Answer, mask: Mask) -> list[str]:
    if answer.encoding not in ("", "identity"):
        return [f"(the answer is {answer.encoding}-compressed and not shown)"]
    try:
        # A cut answer may end within a character.
        text = answer.body.decode(errors="ignore" if answer.cut else "strict")
    except UnicodeDecodeError:
        return [f"({len(answer.body):,} bytes of {answer.kind or 'an unnamed type'}, not shown)"]
    printable = "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
    lines = [line.strip() for line in mask(printable).splitlines() if line.strip()]
    found = [clip(line, LINE) for line in lines[:LINES]]
    return [*found, "(cut)"] if len(lines) > LINES or answer.cut else found


def _whole(answer: Answer, mask: Mask) -> str:
    """The body as it came, as far as it is text; if it was not read to its end, without a tail that may be half a secret."""
    if answer.encoding not in ("", "identity"):
        return ""
    try:
        text = mask(storable_text(answer.body.decode(errors="ignore" if answer.cut else "strict")))
    except UnicodeDecodeError:
        return ""
    return f"{clean(text[:-SEAM])}\n(cut)" if answer.cut else clean(text)


def _with_unit(value: Any, unit: str) -> str:
    if value is MISSING:
        return "not in the answer"
    text = short(value)
    return f"{text} {unit}" if unit else text


def _plain(value: Any) -> bool:
    return isinstance(value, int | float | bool) or value is None


def short(value: Any) -> str:
    """A value of an answer on one line, shortened."""
    if value is MISSING:
        return "missing"
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else _as_json(value)
    return clip(" ".join(text.split()), VALUE)


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or nested deeper than can be written
        return json.dumps(storable(value), ensure_ascii=False)


def clip(text: str, length: int) -> str:
    """The text, shortened to `length` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"
