"""What can be typed, set, called or opened stands in the documentation under its own name, and what stands there exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args
from unittest.mock import MagicMock

from bot.cli import COMMANDS
from bot.events import Kind
from bot.settings import variables
from bot.web.app import web_app
from bot.web.guard import Access
from handlers.commands import COMMANDS as SLASH

ROOT = Path(__file__).parents[2]
README, FILES, HOUSE = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "config/README.md", "bot/README.md")
)
BOOK = README + FILES + HOUSE


def test_every_call_of_the_program_is_there_and_no_other() -> None:
    assert set(re.findall(r"`incident-bot ([a-z]+)", README)) == set(COMMANDS)


def test_every_verb_stands_with_its_command_and_no_other() -> None:
    for command, verbs in SLASH.items():
        (row,) = re.findall(rf"^\| `/{command}` \| (.*) \|$", README, re.MULTILINE)
        assert set(re.findall(r"`([a-z ]+)`", row)) == set(verbs) - {"help"}, command


def test_every_variable_is_there() -> None:
    assert [name for name in variables() if f"`{name}`" not in README] == []


def test_every_route_is_there() -> None:
    app: Any = web_app(MagicMock(), Access(), MagicMock(), MagicMock())
    paths = {route.path for route in app._others.routes}
    shown = README.replace("{n}", "{number}").replace("NAME`", "{name}`")
    assert sorted(path for path in paths if path not in shown) == []


def test_every_kind_of_event_is_there() -> None:
    assert [kind for kind in get_args(Kind) if not re.search(rf"\b{kind}\b", README)] == []


def test_every_file_that_people_edit_is_there() -> None:
    shipped = {path.name for path in (ROOT / "config").glob("*.*")} - {"README.md"}
    assert sorted(name for name in shipped if f"`{name}`" not in FILES) == []
    procedures = {path.stem for path in (ROOT / "config/runbooks").glob("*.yml")}
    assert sorted(name for name in procedures if f"`{name}`" not in FILES) == []


def test_every_room_is_on_the_map() -> None:
    rooms = {path.parent.name for path in (ROOT / "bot").glob("*/__init__.py")}
    assert sorted(room for room in rooms if f"bot/{room}" not in HOUSE) == []
    core = {path.name for path in (ROOT / "bot").glob("*.py") if not path.stem.startswith("__")}
    assert sorted(file for file in core if file not in HOUSE) == []


def test_every_file_that_the_documentation_names_is_there() -> None:
    named = set(re.findall(r"`((?:bot|tests|handlers|oncall|config|findings|\.ci)/[\w./-]*[\w/])`", BOOK))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
    links = set(re.findall(r"\]\((?!http)([^)#]+)\)", README))
    assert sorted(link for link in links if not (ROOT / link).exists()) == []
