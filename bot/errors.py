"""The errors of the house. Each says what the caller may do about it; only adapters map a vendor's errors to these.

`oncall.page.DeliveryError` is the fourth of the family: a page or message that could not be handed over.
"""

from __future__ import annotations

from collections.abc import Mapping

from oncall.values import dataclass


class UserError(Exception):
    """A person asked for something that cannot be done. The text is shown to that person exactly as written."""


class NotMet(UserError):
    """Nobody knows yet who a Slack account is. Ask Slack and try again; the text is for where that is not possible."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        super().__init__(
            "I have not met this Slack account before and am asking Slack who it is. Nothing was done; please try again in"
            " a moment."
        )


class WrongFields(UserError):
    """Each of these fields of a form holds something that cannot be taken; `errors` says what, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


class Conflict(Exception):
    """The state moved between reading and writing. Reload and decide again."""


class Overloaded(Exception):
    """The writer's queue is full. Nothing was accepted; the sender should try again shortly."""


class StoreDown(Overloaded):
    """The database cannot be used. The text is one sentence with what to do about it, and holds no secret.

    What was asked for may have been kept all the same if the answer alone was lost: ask again only for what may happen twice.
    """

    AGAIN = "It is tried again."

    @property
    def for_once(self) -> str:
        """For a process that ends with it: without the promise that only a running bot keeps."""
        return str(self).removesuffix(self.AGAIN).rstrip()


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in one place of a file people edit. `line` and `column` count from 1; 0 means the whole file."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.text}"


class ConfigError(Exception):
    """The configuration cannot be used. Carries every fault at once, in the order of the files."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
