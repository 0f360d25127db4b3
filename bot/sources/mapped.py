"""Any other sender: `POST /alerts/from/NAME`, read as `senders:` of alerts.yml says.

A sender is a set of JMESPath expressions, one for each field of this bot's own format, and one that finds the alerts in a post. An
expression that finds nothing leaves its field out; the alert is then read as any other of this format.
Language: https://jmespath.org/specification.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from bot.alerts import Alert
from bot.sources import generic
from bot.sources.reading import Notes, Read, SourceError, clip, kind_of, read_each
from oncall.values import dataclass, replace

FIELDS = (
    "summary",
    "status",
    "severity",
    "dedup_key",
    "rule",
    "value",
    "description",
    "labels",
    "links",
    "runbook_url",
    "starts_at",
)
"""What an expression may be for; `each` finds the alerts, and `resolved` is true where an alert is over."""


class Expression(Protocol):
    """A JMESPath expression that is compiled."""

    def search(self, value: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Sender:
    """How the posts of one sender are read."""

    name: str
    fields: Mapping[str, Expression]
    each: Expression | None = None
    resolved: Expression | None = None

    def read(self, payload: object, at: datetime) -> Read:
        """The alerts of one post. Raises `SourceError` if none is readable; finding no alerts at all is no error."""
        notes = Notes()
        found = payload if self.each is None else _found(self.each, payload, "each")
        entries = found if isinstance(found, list) else [] if found is None else [found]
        return read_each(entries, notes, lambda entry: self._alert(entry, notes))

    def _alert(self, entry: Any, notes: Notes) -> Alert:
        if not isinstance(entry, dict):
            raise SourceError(f"it is {kind_of(entry)}, not an object")
        said = {name: _found(each, entry, name) for name, each in self.fields.items()}
        if self.resolved is not None:
            said["status"] = "resolved" if _found(self.resolved, entry, "resolved") is True else "firing"
        read = generic.alert_of({name: value for name, value in said.items() if value is not None}, notes)
        return replace(read, source=f"from:{self.name}")


def expression(text: str) -> Expression:
    """Raises `ValueError` with what is wrong, in one line."""
    import jmespath  # a bot that has no such sender does without
    from jmespath.exceptions import JMESPathError

    try:
        found: Expression = jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(clip(str(error).splitlines()[0], 200)) from error
    return found


def _found(each: Expression, value: Any, name: str) -> Any:
    from jmespath.exceptions import JMESPathError

    try:
        return each.search(value)
    except (JMESPathError, TypeError, RecursionError) as error:
        raise SourceError(
            f"`{name}` of its sender in alerts.yml does not fit it: {clip(str(error).splitlines()[0], 200)}"
        ) from error
