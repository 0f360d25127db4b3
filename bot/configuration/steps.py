"""What runbook steps may use of the bot's own machine: `logs` and `commands` of `bot.yml`. Both are off until they are written.

It refuses an entry that would allow more than a person means: a shell, or “…” without a program before it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.fields import Refusal, Shape, matching
from bot.runbooks.allowed import Commands, entry_trouble


def _command(value: object) -> list[str]:
    """One entry of `allow`, as a list of words."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Refusal("a command is a list of texts, [./deploy.sh, staging]; put numbers and the like in quotes")
    if trouble := entry_trouble(value):
        raise Refusal(trouble)
    return value


LogName = Annotated[
    str,
    BeforeValidator(
        matching(r"[a-z][a-z0-9_-]{0,49}", "is not a valid log name; use lower case letters, digits, - and _")
    ),
]
Folder = Annotated[str, BeforeValidator(matching(r"/.*", "is not the full path of a folder; it begins with /"))]
Command = Annotated[list[str], BeforeValidator(_command)]


class CommandsShape(Shape):
    directory: Folder
    path: list[Folder] = Field(default_factory=list)
    allow: list[Command] = Field(default_factory=list)

    def value(self) -> Commands:
        return Commands(tuple(tuple(entry) for entry in self.allow), self.directory, tuple(self.path))
