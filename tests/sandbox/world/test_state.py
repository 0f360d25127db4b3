"""The state folder, and a whole sandbox on one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.ground.clock import ShiftedClock
from bot.sandbox.run import Options, sandbox
from bot.sandbox.state import StateFolder, StateFolderError, StateInUseError, load_clock
from bot.web.serve import PortBusyError, listen, port_of
from tests.client import a_client


def test_what_was_written_is_read_by_the_next(tmp_path: Path) -> None:
    StateFolder(tmp_path / "a" / "b").write("pages", {"pages": [1, "ü"]})
    assert StateFolder(tmp_path / "a" / "b").read("pages") == {"pages": [1, "ü"]}
    assert StateFolder(tmp_path / "a" / "b").read("mails") is None


def test_a_write_that_fails_midway_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = StateFolder(tmp_path)
    folder.write("pages", {"pages": [1]})

    def killed(self: Path, data: bytes) -> int:
        os.truncate(os.open(self, os.O_CREAT | os.O_WRONLY), 0)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        folder.write("pages", {"pages": [2]})
    assert folder.read("pages") == {"pages": [1]}


def test_only_the_owner_may_look_into_a_new_folder(tmp_path: Path) -> None:
    assert (StateFolder(tmp_path / "new").path.stat().st_mode & 0o777) == 0o700


def test_two_sandboxes_cannot_share_a_folder(tmp_path: Path) -> None:
    first, second = StateFolder(tmp_path), StateFolder(tmp_path)
    first.lock()
    with pytest.raises(StateInUseError, match=rf"state folder in use by pid {os.getpid()}: .*{tmp_path.name}"):
        second.lock()
    first.unlock()
    second.lock()
    second.unlock()


def test_a_new_folder_has_the_machines_time(tmp_path: Path) -> None:
    clock = load_clock(StateFolder(tmp_path))
    assert isinstance(clock, ShiftedClock) and clock.offset.total_seconds() == 0


async def test_a_stopped_and_restarted_sandbox_goes_on_where_it_was(tmp_path: Path) -> None:
    options = Options(state=tmp_path / "state", port=0)
    async with sandbox(options) as running, a_client() as http:
        await http.post(f"{running.url}/world/fault", json={"id": "memory_leak", "on": True})
        await http.post(f"{running.url}/world/jump", json={"to": "seconds", "seconds": 300})
        before = (await http.get(f"{running.url}/world/state")).json()
        with pytest.raises(StateInUseError):
            async with sandbox(options):
                pass
    async with sandbox(options) as running, a_client() as http:
        after = (await http.get(f"{running.url}/world/state")).json()
    assert after["clock"]["offset_s"] == pytest.approx(before["clock"]["offset_s"], abs=2)
    assert after["clock"]["offset_s"] > 290
    assert [fault["on"] for fault in after["faults"]] == [fault["on"] for fault in before["faults"]]
    memory_before, memory_after = (shown["openvine"]["gauges"][0]["value"] for shown in (before, after))
    assert memory_before > 700 and memory_after == pytest.approx(memory_before, abs=30)
    assert [row["state"] for row in after["alerts"]] == [row["state"] for row in before["alerts"]]


def test_a_busy_port_is_named_or_stepped_over() -> None:
    taken = listen(0)
    port = port_of(taken)
    with pytest.raises(PortBusyError, match=str(port)):
        listen(port)
    other = listen(port, tries=20)
    assert port < port_of(other) < port + 20
    other.close()
    taken.close()


@pytest.mark.parametrize("there", ["file", "file/below"])
def test_a_folder_that_cannot_be_is_said_in_one_sentence_with_what_to_do(tmp_path: Path, there: str) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StateFolderError, match=r"cannot be written \(.*\); name another one: --state DIR"):
        StateFolder(tmp_path / there)
