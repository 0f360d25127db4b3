"""Watches the SQLite file: if it was deleted or replaced under the bot, what is written now would be lost.

A file that was deleted, moved or replaced takes every write of whoever has it open, and they are gone with the process. So the
writer looks before each transaction. It refuses to mend that: a person has to say which file is the right one.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

from bot.errors import StoreDown
from oncall.values import dataclass, field


@dataclass(slots=True)
class DatabaseFile:
    """`path` is `None` where the database is no file."""

    path: Path | None
    _known: tuple[int, int] | None = field(default=None, init=False)

    @classmethod
    def of(cls, url: str) -> DatabaseFile:
        where = make_url(url)
        named = where.get_backend_name() == "sqlite" and where.database not in (None, "", ":memory:")
        return cls(Path(str(where.database)).absolute() if named else None)

    def must_be_there(self) -> None:
        """Raises `StoreDown` where the file is not the one of the first look any more. One that was put back is good again."""
        if self.path is None:
            return
        try:
            found = self.path.stat()
        except OSError:
            if self._known is None:
                return  # it is made, or refused, when it is opened
            raise StoreDown(
                f"The database {self.path} was deleted or moved while the bot runs, so nothing is written and no alert is taken."
                " Put the file back as it was; else restore a backup and restart the bot."
            ) from None
        now = (found.st_dev, found.st_ino)
        if self._known is None:
            self._known = now
        elif now != self._known:
            raise StoreDown(
                f"The database {self.path} was replaced by another file while the bot runs, so nothing is written and no alert"
                " is taken. Restart the bot if the new file is the right one."
            )
