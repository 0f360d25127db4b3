"""What a process that reads the configuration for another hands over: the configuration, or all that is wrong with it.

It goes as a pickle. That is safe here, and only here: both sides are this program, one has started the other, and between them is a
pipe that nobody else can write to; what stands in a file has become a value before. Values go by the names of their fields, so
that an answer is refused, and not misread, where the program was replaced on the disk while the old one runs.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from bot.configuration.model import Config
from bot.errors import Fault
from bot.watch.grammar import Parsed
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    config: Config | None = None
    """`None` where there are faults."""
    faults: tuple[Fault, ...] = ()
    queries: Mapping[str, Parsed | str] = field(default_factory=dict)
    """What the queries of its rules read as, for whoever asks it without knowing PromQL."""


class AnotherVersion(Exception):
    """The answer is one of a program that is not this one."""


def packed(answer: Answer) -> bytes:
    into = io.BytesIO()
    _ByName(into, pickle.HIGHEST_PROTOCOL).dump(answer)
    return into.getvalue()


def unpacked(raw: bytes) -> Answer:
    """Raises `AnotherVersion`."""
    try:
        found: Answer = pickle.loads(raw)  # noqa: S301 - of our own, see above
    except (AttributeError, ImportError, TypeError) as error:
        raise AnotherVersion(str(error)) from error
    return found


class _ByName(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, Struct):
            return NotImplemented
        return _made, (type(value), {name: getattr(value, name) for name in value.__struct_fields__})


def _made(cls: type[Any], fields: Mapping[str, Any]) -> Any:
    return cls(**fields)
