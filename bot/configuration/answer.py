"""What comes of reading the files: the configuration, or all that is wrong with it; and how one process hands it to another.

It goes as a pickle. That is safe here, and only here: both sides are this program, one has started the other, and between them is a
pipe that nobody else can write to; what stands in a file has become a value before. Values go by the names of their fields, so
that an answer is refused, and not misread, where the program was replaced on the disk while the old one runs.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from bot.configuration import Config, Signature, changed, load, load_texts
from bot.errors import ConfigError, Fault
from bot.watch.grammar import Parsed
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    config: Config | None = None
    """`None` where there are faults."""
    faults: tuple[Fault, ...] = ()
    signature: Signature | None = None
    """The folder as it was before it was read; nothing where texts were, or nobody knows."""
    queries: Mapping[str, Parsed | str] = field(default_factory=dict)
    """What the queries of its rules read as, for a process that does not know PromQL."""

    def good(self) -> Config:
        """Raises `ConfigError`."""
        if self.config is None:
            raise ConfigError(list(self.faults))
        return self.config


def answer_of(folder: Path) -> Answer:
    signature = changed(folder, None)
    return _answer(lambda: load(folder), signature)


def answer_of_texts(files: Mapping[str, str]) -> Answer:
    return _answer(lambda: load_texts(files), None)


def _answer(read: Callable[[], Config], signature: Signature | None) -> Answer:
    try:
        return Answer(config=read(), signature=signature)
    except ConfigError as error:
        return Answer(faults=tuple(error.faults), signature=signature)


class NoAnswerError(Exception):
    """The process did not say what it has read."""


class AnotherVersion(Exception):
    """The answer is one of a program that is not this one."""


def packed(answer: Answer) -> bytes:
    into = io.BytesIO()
    _ByName(into, pickle.HIGHEST_PROTOCOL).dump(answer)
    return into.getvalue()


def unpacked(raw: bytes) -> Answer:
    """Raises `NoAnswerError`, `AnotherVersion`."""
    try:
        found: Answer = pickle.loads(raw)  # noqa: S301 - of our own, see above
    except (AttributeError, ImportError, TypeError) as error:
        raise AnotherVersion(str(error)) from error
    except (pickle.UnpicklingError, EOFError, LookupError, ValueError) as error:
        raise NoAnswerError(f"it said something else: {raw[:60]!r}") from error
    return found


class _ByName(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, Struct):
            return NotImplemented
        return _made, (type(value), {name: getattr(value, name) for name in value.__struct_fields__})


def _made(cls: type[Any], fields: Mapping[str, Any]) -> Any:
    return cls(**fields)
