"""A step that runs a program on the bot's own machine, given as words, never as a line for a shell.

Off until `commands:` in bot.yml allows exactly this call; confirmed first, unless the file says that it only reads.
"""

from __future__ import annotations

from datetime import timedelta

from bot.runbooks.fields import Fields
from bot.runbooks.parts.consent import Consent, parse_consent
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass

DEFAULT_TIMEOUT, LONGEST_TIMEOUT = timedelta(minutes=10), timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The call as the file has it, with its parameters not yet filled in."""

    argv: tuple[str, ...]
    timeout: timedelta = DEFAULT_TIMEOUT
    read_only: bool
    consent: Consent
    idempotent: bool


def _parse(fields: Fields) -> Command:
    argv = fields.texts("argv")
    if not argv:
        fields.wrong(
            "argv" if "argv" in fields.data else None, "a command needs “argv”: the program and its words, as a list."
        )
    timeout = fields.span("timeout") or DEFAULT_TIMEOUT
    if timeout > LONGEST_TIMEOUT:
        fields.wrong("timeout", "the timeout may be two hours at most.")
    read_only = bool(fields.flag("read_only"))
    idempotent = fields.flag("idempotent")
    return Command(
        argv=argv,
        timeout=timeout,
        read_only=read_only,
        consent=parse_consent(fields, read_only=read_only),
        idempotent=read_only if idempotent is None else idempotent,
    )


KIND = StepKind("command", "request", ("argv", "timeout", "read_only", "confirm", "idempotent"), _parse)
