"""The configuration's folder on the disk: which files count, their texts, and whether anything has changed.

It does not guess: an unknown file is named, not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.errors import Fault
from oncall.values import dataclass, field
from oncall.words import did_you_mean

REQUIRED = ("bot.yml", "oncall_schedule.yml", "escalation.yml", "alerts.yml")
MAINTENANCE = "maintenance.yml"
MONITORING = "monitoring.yml"
POSTMORTEM = "postmortem.md"
"""The template of a postmortem: the only file that is not YAML."""
RUNBOOKS = "runbooks/"
DRILLS = "drills/"
LARGEST_FILE = 256 * 1024
"""Bytes. A larger file is no configuration that a person wrote."""
_KNOWN = (*REQUIRED, MAINTENANCE, MONITORING)

Signature = tuple[tuple[str, int, int], ...]
"""Name, time of last change in nanoseconds and size of every file that counts."""


@dataclass(slots=True)
class Folder:
    """Texts by name, and what could not be read."""

    files: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    there: bool = True

    def knows(self, name: str) -> bool:
        return name in self.files or any(fault.file == name for fault in self.faults)

    def instead_of(self, name: str) -> str:
        """The name of a file that may have been meant, as the end of a sentence."""
        return f"; {guess.removeprefix('; ')}" if (guess := did_you_mean(name, self.strays)) else ""


def read_folder(folder: Path) -> Folder:
    """Reads the folder. Never raises: what cannot be read is a fault."""
    found = Folder()
    if not folder.is_dir():
        found.there = False
        found.faults.append(Fault(str(folder), 0, 0, "there is no such folder; set CONFIG_DIR to the one with bot.yml"))
        return found
    for path in _files_in(folder):
        name = path.relative_to(folder).as_posix()
        if not _counts(name):
            found.strays.append(name)
            found.notices.append(f"{name} is not read{_advice(name)}")
            continue
        text = read_text(path, name)
        if isinstance(text, Fault):
            found.faults.append(text)
        else:
            found.files[name] = text
    return found


def read_text(path: Path, name: str) -> str | Fault:
    """The text of one file, or why it has none."""
    try:
        if not path.is_file():
            return Fault(name, 0, 0, "this is not a file")
        if path.stat().st_size > LARGEST_FILE:
            return Fault(name, 0, 0, f"the file is larger than {LARGEST_FILE // 1024} KiB")
        raw = path.read_bytes()
    except OSError as error:
        return Fault(name, 0, 0, f"the file cannot be read: {error.strerror}")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        return Fault(name, line, column, "the file is not UTF-8 from here on; save it as UTF-8")


def changed(folder: Path, known: Signature | None) -> Signature | None:
    """The folder's new signature if any file that counts was changed, added or removed since `known`; else `None`. At first, pass
    `None`.

    It compares times and sizes, so it is cheap enough for every few seconds. A file that cannot be looked at counts as removed.
    """
    now = tuple(_signed(folder))
    return now if now != known else None


def _signed(folder: Path) -> Iterator[tuple[str, int, int]]:
    for path in _files_in(folder):
        name = path.relative_to(folder).as_posix()
        if not _counts(name):
            continue
        try:
            status = path.stat()
        except OSError:
            continue
        yield name, status.st_mtime_ns, status.st_size


def _files_in(folder: Path) -> list[Path]:
    """The YAML files of the folder and its subfolders, and the template, in order; hidden files (editors' copies) are left out."""
    try:
        places = (folder, folder / RUNBOOKS, folder / DRILLS)
        found = [path for place in places if place.is_dir() for path in place.iterdir()]
    except OSError:
        return []
    read = (path for path in found if path.suffix in (".yml", ".yaml") or path == folder / POSTMORTEM)
    return sorted(path for path in read if not path.name.startswith("."))


def _counts(name: str) -> bool:
    return name in (*_KNOWN, POSTMORTEM) or (name.startswith((RUNBOOKS, DRILLS)) and name.endswith(".yml"))


def _advice(name: str) -> str:
    if name.startswith((RUNBOOKS, DRILLS)):
        return f"; {name.partition('/')[0]} end in .yml"
    return did_you_mean(name, _KNOWN) or f" (read are {', '.join(_KNOWN)}, {RUNBOOKS}*.yml and {DRILLS}*.yml)"
