"""The result of reading the files (a configuration, or all its faults), and how one process hands it to another.

It is handed over as a pickle. That is safe here, and only here: both sides are this program, one has started the other, between
them is a pipe that nobody else can write to, and what stands in a file has become a value before. Values are packed with the names
of their fields, so that an answer is refused, not misread, if the program on the disk was replaced while the old one runs.
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
    """`None` if there are faults."""
    faults: tuple[Fault, ...] = ()
    signature: Signature | None = None
    """The signature of the folder before it was read; `None` if texts were read, or if nobody knows."""
    queries: Mapping[str, Parsed | str] = field(default_factory=dict)
    """What the rules' queries parse to, for a process that cannot parse PromQL."""

    def good(self) -> Config:
        """The configuration. Raises `ConfigError` if there is none."""
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
    """The process gave no answer."""


class FatalError(Exception):
    """The process did not survive the reading: another process that reads the same may not survive it either."""


class AnotherVersion(Exception):
    """The answer comes from another version of the program."""


def packed(answer: Answer) -> bytes:
    into = io.BytesIO()
    _ByName(into, pickle.HIGHEST_PROTOCOL).dump(answer)
    return into.getvalue()


def unpacked(raw: bytes) -> Answer:
    """The inverse of `packed`. Raises `NoAnswerError` or `AnotherVersion`."""
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
