"""The configuration in force: read at start and again when a file changes; the last good one is kept in the database.

A bad file never stops the paging: the running bot keeps what it has and says so in the channel, and one that starts begins on
the last good one. Only without any good one does it refuse to start. A good one that newly uncovers the current hour waits for
somebody's word (`bot.usecases.rota`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from bot.configuration import Config, Signature, changed
from bot.configuration.proof import Situation
from bot.context import Context, overrides
from bot.errors import ConfigError
from bot.ground.clock import Clock
from bot.machine.reading import Here, Way
from bot.store import Store, Tx, facts
from bot.usecases import rota
from bot.usecases.desk import Desk
from bot.usecases.notices import LINES, Notice, announce
from bot.usecases.shift_changes import notice_shift_changes
from oncall.values import asdict

log = logging.getLogger(__name__)

_GOOD = rota.KEPT


class Configurations:
    """Watches one folder of YAML files.

    `adapted` is what becomes of a configuration before it is in force; the sandbox puts its own machine in the place of yours.
    `way` is how it is read.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        clock: Clock,
        transports: frozenset[str],
        adapted: Callable[[Config], Config] = lambda config: config,
        *,
        addresses: Collection[str] = (),
        way: Way | None = None,
    ) -> None:
        self._folder = folder
        self._way = way or Here()
        self._alone = asyncio.Lock()
        self._adapted = adapted
        self._store = store
        self._clock = clock
        self._seen: Signature | None = None
        self._bad: ConfigError | None = None
        self._transports, self._addresses = transports, addresses
        self._held: tuple[Config, list[str]] | None = None
        """What waits for somebody's word, and what it uncovers."""
        self._good_since: datetime = clock.now()

    async def first(self) -> Config:
        """The configuration to start on. Raises `ConfigError` where neither the folder nor the database has a good one."""
        now = changed(self._folder, None)
        read = await self._way.load(self._folder)
        self._seen = read.signature or now
        try:
            config = read.good()
        except ConfigError as error:
            kept = await self._store.read(facts.get, _GOOD)
            if kept is None:
                raise
            log.error("the configuration is bad; starting on the last good one\n%s", error)
            self._bad = error
            self._good_since = datetime.fromisoformat(kept["since"])
            return self._adapted((await self._way.load_texts(kept["files"])).good())
        before = await self._before(config)
        if before is not None:
            return self._adapted(before)
        await self._store.write(_keep, config)
        return self._adapted(config)

    async def _before(self, config: Config) -> Config | None:
        """The last good one, if the new one has to wait; `None` at a first start, and where nobody need be asked."""
        kept = await self._store.read(facts.get, _GOOD)
        if kept is None or kept["files"] == config.files:
            return None
        try:
            before = (await self._way.load_texts(kept["files"])).good()
        except ConfigError:
            return None  # good by what an earlier version asked for
        uncovers = await self._store.read(self._uncovers, before, config)
        if not uncovers:
            return None
        log.error("the changed configuration would leave the current hour uncovered; starting on the one before")
        self._held = config, uncovers
        return before

    def _uncovers(self, conn: Connection, old: Config, new: Config) -> list[str]:
        """What the new one newly leaves uncovered, unless somebody wants it all the same."""
        if old.digest == new.digest or rota.wanted(conn, new):
            return []
        return rota.newly_uncovered(
            old, new, Situation(self._clock.now(), self._transports, overrides(conn), self._addresses)
        )

    def forget(self) -> None:
        """Take the files as changed the next time, however they look."""
        self._seen = None

    async def announce(self, desk: Desk) -> None:
        """Say in the channel that the bot started on the last good configuration, if it did."""
        if self._bad is not None:
            await desk.do(announce, "configuration", _bad(self._bad, self._good_since))
        if self._held is not None:
            await desk.do(rota.hold, *self._held)

    async def reread(self, desk: Desk) -> None:
        """Take a changed file, or say what is wrong with it and go on as before. Whoever asks meanwhile waits."""
        async with self._alone:
            await self._reread(desk)

    async def _reread(self, desk: Desk) -> None:
        if self._held is not None and await self._store.read(rota.wanted, self._held[0]):
            self.forget()
        signature = changed(self._folder, self._seen)
        if signature is None:
            return
        try:
            config = (await self._way.load(self._folder)).good()
        except ConfigError as error:
            self._seen = signature
            log.error("the changed configuration is bad; the last good one stays in force\n%s", error)
            self._bad = error
            await desk.do(announce, "configuration", _bad(error, self._good_since))
            return
        uncovers = await self._store.read(self._uncovers, desk.context.config, config)
        if uncovers:
            log.error("the changed configuration would leave the current hour uncovered; it waits for somebody's word")
            self._held = config, uncovers
            await desk.do(rota.hold, config, uncovers)
            self._seen = signature
            return
        await desk.do(_take, config)
        self._seen, self._held = signature, None
        if self._bad is not None:
            await desk.do(announce, "configuration", Notice("config_good_again"))
        self._bad, self._good_since = None, self._clock.now()
        if config.digest != desk.context.config.digest:
            log.info("took the changed configuration")
            desk.reconfigure(self._adapted(config))
            await desk.do(notice_shift_changes)


def _bad(error: ConfigError, good_since: datetime) -> Notice:
    faults = [asdict(fault) for fault in error.faults[:LINES]]
    data = {"faults": faults, "count": len(error.faults), "good_since": good_since.isoformat()}
    return Notice("config_bad", data)


def _keep(tx: Tx, config: Config) -> None:
    kept = facts.get(tx.conn, _GOOD)
    if kept is not None and kept["files"] == config.files:
        return  # in force since then
    facts.put(tx.conn, _GOOD, {"files": config.files, "since": tx.at.isoformat()}, tx.at)


def _take(tx: Tx, ctx: Context, config: Config) -> None:
    _keep(tx, config)
    rota.take(tx, ctx, config)
