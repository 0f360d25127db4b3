"""The part of `bot.yml` about transports: those that it names, where each reaches a person, and how a person wants to be called.

Addresses and keys are in variables that begin with TRANSPORT_, never in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from bot.configuration.document import Document, Path, quoted
from bot.configuration.fields import Refusal, Shape, matching, span_of
from bot.configuration.model import Transport, TransportKind
from oncall.policy import TRANSPORTS
from oncall.reach import Start
from oncall.targets import Person
from oncall.words import did_you_mean, written

LONGEST_DELAY = timedelta(hours=1)
_RESERVED = (*TRANSPORTS, "mention")

TransportName = Annotated[
    str,
    BeforeValidator(
        matching(
            r"[a-z][a-z0-9_]{0,19}", "is not a name for a transport; write lower case letters, digits and _, at most 20"
        )
    ),
]
_IN_A_VARIABLE = "is not a variable: write ${TRANSPORT_…} in quotes, and the address or key itself in the environment"


def _variable(value: object) -> str:
    """The name of the variable. What was written instead may be the secret itself, so it is not repeated."""
    return matching(r"\$\{TRANSPORT_[A-Z0-9_]{1,60}\}", _IN_A_VARIABLE, secret=True)(value)[2:-1]


def _start(value: object) -> Start:
    """`slack`, or `{voice: 3m}`."""
    if isinstance(value, str):
        return Start(value.strip())
    if not isinstance(value, dict) or len(value) != 1:
        raise Refusal(f"{quoted(value)} is not a transport; write its name, or with a delay {{voice: 3m}}")
    ((name, delay),) = value.items()
    after = span_of(delay)
    if after > LONGEST_DELAY:
        raise Refusal(f"{written(after)} is too long; nobody waits longer than {written(LONGEST_DELAY)} for a call")
    return Start(str(name).strip(), after)


Variable = Annotated[str, BeforeValidator(_variable), WithJsonSchema({"type": "string"})]
StartShape = Annotated[
    Start,
    BeforeValidator(_start),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}]}
    ),
]
Scheme = Annotated[
    str,
    BeforeValidator(
        matching(r"[a-z][a-z0-9+.-]{0,30}", "is not a scheme; write what stands before ://, such as twilio")
    ),
]


class TransportShape(Shape):
    by: TransportKind
    url: Variable | None = None
    secret: Variable | None = None

    def value(self, name: str) -> Transport:
        return Transport(name, self.by, self.url or "", self.secret or "")


def check_ways(document: Document, ways: Mapping[str, TransportShape], schemes: list[str]) -> None:
    for name, way in ways.items():
        path: Path = ("transports", name)
        if name in _RESERVED:
            document.fault_at_key(path, f"{quoted(name)} is there already; give this transport another name")
        if way.by == "webhook" and way.secret is None:
            document.fault_at_key(path, "a webhook is signed: `secret` is missing, such as ${TRANSPORT_DESK_SECRET}")
        if way.by == "apprise" and way.secret is not None:
            document.fault((*path, "secret"), "only a webhook is signed; Apprise takes everything from the URL")
    if any(way.by == "apprise" for way in ways.values()) and not schemes:
        text = "`apprise_schemes` is missing: which URLs may be handed to Apprise, such as [twilio, ntfys]"
        document.fault_at_key(("transports",), text)


def check_person(document: Document, person: Person, ways: Mapping[str, TransportShape]) -> None:
    """Everything that a person lists must be able to reach them."""
    path: Path = ("people", person.email)
    for name in person.addresses:
        if name not in ways:
            guess = did_you_mean(name, ways) or "; name it there"
            document.fault_at_key((*path, "addresses", name), f"{quoted(name)} is not in `transports`{guess}")
    for severity, starts in person.transports.items():
        where: Path = (*path, "transports", severity)
        names = [start.transport for start in starts]
        if not names:
            document.fault(where, "is empty: nobody would be called by it; delete the line to leave it to the ladder")
        for index, name in enumerate(names):
            if name in names[:index]:
                document.fault((*where, index), f"{quoted(name)} stands there twice")
            elif name not in TRANSPORTS and name not in ways:
                known: list[Any] = [*TRANSPORTS, *ways]
                document.fault((*where, index), f"there is no transport {quoted(name)}{did_you_mean(name, known)}")
            elif name in ways and name not in person.addresses and ways[name].url is None:
                text = f"{quoted(name)} has no address of {person.email}: write it under `addresses`"
                document.fault((*where, index), text)
