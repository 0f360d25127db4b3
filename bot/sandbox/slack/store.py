"""Stores the workspace in one SQLite file, so that a restart shows the same messages.

Records are marked when they change and written together a moment later: a call never waits for the disk. A clean stop loses
nothing; a kill may lose the last quarter of a second, which is acceptable in a sandbox. Without a path nothing is stored.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import orjson

from bot.sandbox.slack.values import JSON

FLUSH_AFTER_S = 0.25
_GONE = object()
_TABLE = """
CREATE TABLE IF NOT EXISTS records
    (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, UNIQUE (kind, key))
"""
_UPSERT = """
INSERT INTO records (kind, key, value) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value
"""


class Store:
    """Records by kind and key; values are dataclasses or JSON, read back as JSON."""

    def __init__(self, path: Path | None) -> None:
        self._dirty: dict[tuple[str, str], object] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._db = None if path is None else _open(path)

    def load(self, kind: str) -> Iterator[tuple[str, JSON]]:
        """Everything of one kind, in the order in which it was first stored."""
        if self._db is None:
            return
        for key, value in self._db.execute("SELECT key, value FROM records WHERE kind = ? ORDER BY number", (kind,)):
            yield key, orjson.loads(value)

    def put(self, kind: str, key: str, value: object) -> None:
        """Mark `value` for writing; it is written as it is at that later moment."""
        self._mark(kind, key, value)

    def drop(self, kind: str, key: str) -> None:
        self._mark(kind, key, _GONE)

    def _mark(self, kind: str, key: str, value: object) -> None:
        if self._db is None:
            return
        self._dirty[kind, key] = value
        if self._timer is None:
            try:
                self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self.flush)
            except RuntimeError:
                return  # no loop yet: the next write inside one, or `close`, takes these along

    def flush(self) -> None:
        """Write what changed, in one transaction. What could not be written stays marked."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._db is None or not self._dirty:
            return
        gone = [place for place, value in self._dirty.items() if value is _GONE]
        kept = [(*place, orjson.dumps(value)) for place, value in self._dirty.items() if value is not _GONE]
        with self._db:
            self._db.executemany("DELETE FROM records WHERE kind = ? AND key = ?", gone)
            self._db.executemany(_UPSERT, kept)
        self._dirty.clear()

    def close(self) -> None:
        self.flush()
        if self._db is not None:
            self._db.close()
            self._db = None


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(_TABLE)
    return db
