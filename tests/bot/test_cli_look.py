"""`incident-bot incidents` and `timeline`: what may be typed, and what fits on a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from bot.cli import COMMANDS, cli, writing
from bot.cli.look import incidents, timeline
from bot.cli.writing import put
from bot.events import Event, Recorded
from bot.ground.clock import FrozenClock
from bot.settings import Settings
from bot.store import incidents as stored
from bot.timeline.document import build
from tests.bot.slack.samples import T as AT
from tests.bot.slack.samples import incident


class Session:
    """A database that holds one incident, and remembers what it was asked for."""

    state = None

    def __init__(self, **changes: Any) -> None:
        self.held = incident(**changes)
        self.asked: dict[str, Any] = {}

    def has_database(self) -> bool:
        return True

    def read(self, query: Callable[..., Any], **asked: Any) -> Any:
        self.asked = asked
        return [self.held]


def called(session: Session, *words: str) -> Result:
    return CliRunner().invoke(incidents, words, obj=session)


def test_only_narrows_the_list_to_a_state() -> None:
    session = Session()
    assert called(session, "--only", "monitoring").exit_code == 0
    assert session.asked["states"] == ("monitoring",)
    called(session, "--only", "open")
    assert session.asked["states"] == ("triggered", "acknowledged", "monitoring")


def test_a_state_that_does_not_exist_is_a_usage_error_naming_those_that_do() -> None:
    result = called(Session(), "--only", "closed")
    assert result.exit_code == 2
    assert "'acknowledged'" in result.output


def test_a_long_title_is_clipped_so_that_a_line_stays_a_line() -> None:
    (line,) = called(Session(title="memory " * 60)).output.splitlines()
    assert len(line) <= 120
    assert line.endswith("…")
    assert "memory memory …" not in called(Session(title="memory memory")).output


@pytest.mark.parametrize("form", ["text", "md", "json", "html"])
def test_nothing_that_others_wrote_speaks_to_the_terminal(form: str) -> None:
    said = Event("note", "slack:U1", "red \x1b[31m alert \u202e \x07", {"text": "\x1b]0;title\x07"})

    class Told(Session):
        settings, clock = Settings.isolated({"CONFIG_DIR": "nowhere"}), FrozenClock(AT)

        def read(self, query: Callable[..., Any], *args: Any, **asked: Any) -> Any:
            found = self.held
            return found if query is stored.find else (build(found, [Recorded(3, 1, AT, said)], at=AT), ())

    result = CliRunner().invoke(timeline, ["3", "--format", form], obj=Told())
    assert result.exit_code == 0 and "alert" in result.output
    assert not {"\x1b", "\u202e", "\x07"} & set(result.output)


def test_a_file_that_cannot_be_written_is_one_sentence_in_every_call(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"report\.md cannot be written: No such file or directory"):
        put("text", tmp_path / "nowhere" / "report.md")
    sources = {file.name: file.read_text() for file in Path(writing.__file__).parent.glob("*.py")}
    writes = {name for name, text in sources.items() if ".write_text(" in text or ".write_bytes(" in text}
    assert writes == {"writing.py", "importing.py"}, "the other one puts a file beside its place first"


def test_a_list_of_calls_breaks_no_sentence_off() -> None:
    for words in (word for word in calls() if len(word) == 1):
        _, _, listed = CliRunner().invoke(cli, [*words, "--help"]).output.partition("Commands:")
        assert "..." not in listed, words


def test_the_help_offers_every_format() -> None:
    assert "[text|md|json|html|png]" in CliRunner().invoke(timeline, ["--help"]).output


def calls() -> Iterator[tuple[str, ...]]:
    for name in COMMANDS:
        yield (name,)
        command = cli.get_command(click.Context(cli), name)
        if isinstance(command, click.Group):
            yield from ((name, each) for each in command.commands)


@pytest.mark.parametrize("words", list(calls()), ids=" ".join)
def test_every_call_says_in_its_help_that_it_takes_a_state_folder(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(cli, [*words, "--help"]).output
    assert shown.count("--state DIR") == 1, shown
