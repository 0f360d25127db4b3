"""What every call is handed: the settings of this process, the clock and the database, each made when it is first asked for.

Nothing of them is imported before: a call may have something to begin first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from bot.errors import ConfigError, StoreDown

if TYPE_CHECKING:
    from bot.configuration import Config
    from bot.configuration.findings import Finding
    from bot.ground.clock import Clock
    from bot.settings import Settings, WrongVariables
    from oncall.cover import Request
    from oncall.load import Call
    from oncall.rota import Override

P = ParamSpec("P")
R = TypeVar("R")


class Session:
    """One call of the program."""

    def __init__(self, state: Path | None) -> None:
        self.state = state

    @cached_property
    def settings(self) -> Settings:
        """The settings; of the sandbox whose folder was named, or of this process."""
        try:
            return self._settings()
        except (ConfigError, LookupError) as error:
            click.echo(str(error), err=True)
            sys.exit(1)

    def _settings(self) -> Settings:
        if self.state is not None:
            from bot.sandbox.settings import settings_of

            return settings_of(self.state)
        from bot.settings import Settings

        return Settings.load(env_file=True)

    def wrong_variables(self) -> WrongVariables | None:
        """What is wrong with the environment: for whoever wants to say the rest as well."""
        from bot.settings import WrongVariables

        try:
            self._settings()
        except WrongVariables as wrong:
            return wrong
        except LookupError:
            return None  # `settings` says what
        return None

    @cached_property
    def clock(self) -> Clock:
        from bot.ground.clock import SystemClock

        if self.state is None:
            return SystemClock()
        from bot.sandbox.state import StateFolder, load_clock

        return load_clock(StateFolder(self.state))

    def probes(self, dm: str = "") -> Any:
        """What `check --live` asks the outside; `dm` is the email of who is to get a direct message."""
        from bot.cli.probes import Memory, probes
        from bot.slack.identity import team_of
        from bot.slack.probe import Asking

        try:
            known = self.has_database()
            team = self.read(team_of) if known else ""
            memory = self.read(Memory.of) if known else Memory()
        except StoreDown:
            team, memory = "", Memory()  # `database` says why
        return probes(self.settings, Asking(team=team, dm=dm), memory, self.clock.now())

    def database(self) -> Finding:
        """How the database is, as the bot would find it at its start. Nothing is made and nothing is changed."""
        from sqlalchemy import make_url

        from bot.configuration.findings import Finding
        from bot.store.migrate import HEAD, standing
        from bot.store.probe import trouble_of_writing
        from bot.store.trouble import named

        name = named(make_url(self.settings.database))
        try:
            found = standing(self.settings.database)
            trouble = trouble_of_writing(self.settings.database, made=found is not None)
        except StoreDown as down:
            return Finding("fault", "database", down.for_once)
        if trouble is not None:
            return Finding("fault", "database", trouble)
        if found is None:
            return Finding("note", "database", f"{name} is not there yet or empty; the first start fills it")
        if found != HEAD:
            return Finding("note", "database", f"{name} is of version {found}; the next start brings it to {HEAD}")
        return Finding("good", "database", f"{name} is of this version ({HEAD}) and can be written")

    def overrides(self) -> Sequence[Override]:
        """The overrides made in Slack; none where there is no database yet."""
        from bot.store import cover

        return self.read(cover.overrides) if self.has_database() else ()

    def delivered(self, transports: Iterable[str]) -> frozenset[str] | None:
        """Those of these transports that have ever taken a page; `None` where there is no database yet."""
        from bot.store import outbox_queries

        return self.read(outbox_queries.ever_took, transports) if self.has_database() else None

    def absences(self, at: datetime) -> Sequence[Request]:
        """Who is away at that instant or later; nobody where there is no database yet."""
        from bot.store import cover

        return self.read(cover.open_requests, at) if self.has_database() else ()

    def in_force(self) -> Config | None:
        """The configuration that a bot on this database runs on; `None` where there is none that can be read."""
        from bot.configuration import load_texts
        from bot.store import facts
        from bot.usecases.rota import KEPT

        kept = self.read(facts.get, KEPT) if self.has_database() else None
        try:
            return load_texts(kept["files"]) if kept else None
        except ConfigError:
            return None

    def calls(self, since: datetime) -> Sequence[Call]:
        """Who was paged since; nobody where there is no database yet."""
        from bot.store.load import calls

        return self.read(calls, since) if self.has_database() else ()

    def has_database(self) -> bool:
        """Whether there is anything to look at, without making it. Raises `StoreDown`."""
        from bot.store.migrate import HEAD, standing

        return standing(self.settings.database) == HEAD

    def read(self, query: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a query on a connection that cannot write."""
        from bot.store.engines import reading_engine
        from bot.store.trouble import grounded

        engine = reading_engine(self.settings.database)
        try:
            with grounded(self.settings.database), engine.connect() as conn:
                return query(conn, *args, **kwargs)
        finally:
            engine.dispose()
