"""The state folder: where each part of the sandbox stores what it knows, so that a restarted sandbox goes on where it was.

There is one JSON file per part, replaced as a whole (temporary file, then rename), so a kill at any moment leaves the old file or
the new one. A second sandbox on the same folder is refused.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from bot.ground.clock import ShiftedClock


class StateFolderError(Exception):
    """The state folder cannot be used. The text names it and says what to do."""


class StateInUseError(StateFolderError):
    """Another sandbox uses this state folder. The text names the folder and the process."""


class StateFolder:
    """A folder with one JSON file per part. Created on first use, for its owner only, because mails and pages are in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unfit(path, error) from None
        self._lock: int | None = None

    def lock(self) -> None:
        """Lock the folder until `unlock` or the end of the process; raises `StateInUseError` if somebody else has."""
        try:
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unfit(self.path, error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            raise StateInUseError(
                f"state folder in use by pid {owner}: {self.path}. Stop that sandbox, or give this one another --state."
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._lock = handle

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read(self, name: str) -> dict[str, Any] | None:
        """The part's last state; `None` if it never had one."""
        try:
            found: dict[str, Any] = orjson.loads((self.path / f"{name}.json").read_bytes())
        except FileNotFoundError:
            return None
        return found

    def write(self, name: str, state: Mapping[str, Any]) -> None:
        """Replace the part's state. No fsync: when the process is killed, the kernel already has the data."""
        target = self.path / f"{name}.json"
        fresh = target.with_suffix(".json.new")
        fresh.write_bytes(orjson.dumps(state))
        fresh.replace(target)


def _unfit(path: Path, error: OSError) -> StateFolderError:
    why = (error.strerror or type(error).__name__).lower()
    return StateFolderError(f"the state folder {path} cannot be written ({why}); name another one: --state DIR")


def load_clock(folder: StateFolder) -> ShiftedClock:
    """The sandbox's clock, as far ahead of the machine's as it was left."""
    kept = folder.read("clock") or {}
    return ShiftedClock(timedelta(seconds=float(kept.get("offset_s", 0.0))))


def save_clock(folder: StateFolder, clock: ShiftedClock) -> None:
    folder.write("clock", {"offset_s": clock.offset.total_seconds()})
