"""The folder on the disk: what is not there, not ours or not text; and whether it changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.configuration import changed, load, load_schedule
from bot.configuration.drills_file import shipped
from bot.configuration.folder import LARGEST_FILE
from bot.errors import ConfigError
from tests.bot.configuration.cases import SHIPPED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


def told(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load(folder)
    return str(error.value).splitlines()


def test_a_folder_that_is_not_there_is_one_fault(tmp_path: Path) -> None:
    assert told(tmp_path / "nowhere") == [
        f"{tmp_path / 'nowhere'}: there is no such folder; set CONFIG_DIR to the one with bot.yml"
    ]


def test_an_empty_folder_names_every_file_that_is_missing(tmp_path: Path) -> None:
    assert told(tmp_path) == [
        f"{name}: the file is missing" for name in ("alerts.yml", "bot.yml", "escalation.yml", "oncall_schedule.yml")
    ]


def test_a_file_by_another_name_is_guessed_at(folder: Path) -> None:
    (folder / "escalation.yml").rename(folder / "escalation.yaml")
    assert told(folder) == ['escalation.yml: the file is missing; did you mean "escalation.yaml"?']


def test_a_file_that_nobody_reads_is_named_in_a_notice(folder: Path) -> None:
    (folder / "alert.yml").write_text("rules: []\n")
    (folder / "runbooks" / "old.yaml").write_text("id: old\n")
    notices = load(folder).notices
    assert 'alert.yml is not read; did you mean "alerts.yml"?' in notices
    assert "runbooks/old.yaml is not read; runbooks end in .yml" in notices


def test_maintenance_and_hidden_files_are_optional(folder: Path) -> None:
    (folder / "maintenance.yml").unlink()
    (folder / ".#bot.yml").write_text("an editor's lock")
    assert "maintenance.yml" not in load(folder).files


def test_a_file_that_is_not_utf_8_is_a_fault_at_the_first_wrong_byte(folder: Path) -> None:
    (folder / "bot.yml").write_bytes("# fine\nservice: vidéo\n".encode("latin-1"))
    assert told(folder) == ["bot.yml:2:13: the file is not UTF-8 from here on; save it as UTF-8"]


def test_utf_16_is_not_utf_8(folder: Path) -> None:
    (folder / "bot.yml").write_text("service: video\n", encoding="utf-16")
    assert told(folder) == ["bot.yml:1:1: the file is not UTF-8 from here on; save it as UTF-8"]


def test_a_folder_in_place_of_a_file_is_a_fault(folder: Path) -> None:
    (folder / "bot.yml").unlink()
    (folder / "bot.yml").mkdir()
    assert told(folder) == ["bot.yml: this is not a file"]


def test_a_file_too_large_to_be_written_by_a_person_is_a_fault(folder: Path) -> None:
    (folder / "alerts.yml").write_text("#" * (LARGEST_FILE + 1))
    assert told(folder) == ["alerts.yml: the file is larger than 256 KiB"]


def test_two_runbooks_of_one_id_are_a_fault_in_the_second(folder: Path) -> None:
    shutil.copy(folder / "runbooks" / "high-memory.yml", folder / "runbooks" / "zzz.yml")
    lines = told(folder)
    assert len(lines) == 1
    assert lines[0].startswith("runbooks/zzz.yml:")
    assert "another file has the runbook “high-memory” already" in lines[0]


def test_a_scenario_of_our_own_takes_a_shipped_ones_place_and_two_of_one_id_are_a_fault_in_the_second(
    folder: Path,
) -> None:
    ours = folder / "drills" / "ours.yml"
    ours.parent.mkdir(exist_ok=True)
    ours.write_text("id: high-memory\ntitle: Ours\nrule: video_memory_high\n")
    playable = load(folder).drills
    assert {**shipped(), "high-memory": playable["high-memory"]} == playable
    assert playable["high-memory"].title == "Ours"
    shutil.copy(ours, ours.with_name("zzz.yml"))
    (line,) = told(folder)
    assert "drills/zzz.yml:1:5: another file has the scenario “high-memory” already" in line


def test_one_schedule_can_be_read_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "next.yml"
    file.write_text("week_1: {primary: stranger@example.com}\n")
    assert load_schedule(file).weeks[0].primary == "stranger@example.com"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "next.yml:1:1: the file is empty"),
        ("week_1: {primry: a@b.co}\n", "next.yml:1:10: unknown key “primry”"),
        ("timezone: Mars/Olympus\nweek_1: {}\n", "next.yml:1:11: timezone: there is no time zone"),
    ],
)
def test_a_bad_schedule_by_itself_tells_its_place(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "next.yml").write_text(text)
    with pytest.raises(ConfigError, match=fault.replace("(", r"\(")):
        load_schedule(tmp_path / "next.yml")


def test_a_schedule_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is not a file"):
        load_schedule(tmp_path / "nowhere.yml")


def test_an_untouched_folder_has_not_changed(folder: Path) -> None:
    signature = changed(folder, None)
    assert signature is not None
    assert changed(folder, signature) is None


@pytest.mark.parametrize("name", ["bot.yml", "runbooks/high-memory.yml"])
def test_a_file_written_again_is_a_change_even_at_the_same_size(folder: Path, name: str) -> None:
    signature = changed(folder, None)
    status = (folder / name).stat()
    os.utime(folder / name, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert changed(folder, signature) is not None


def test_a_file_of_another_size_is_a_change_even_at_the_same_time(folder: Path) -> None:
    signature = changed(folder, None)
    status = (folder / "bot.yml").stat()
    (folder / "bot.yml").write_text((folder / "bot.yml").read_text() + "#\n")
    os.utime(folder / "bot.yml", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert changed(folder, signature) is not None


def test_a_file_that_comes_or_goes_is_a_change(folder: Path) -> None:
    signature = changed(folder, None)
    (folder / "maintenance.yml").unlink()
    without = changed(folder, signature)
    assert without is not None
    (folder / "runbooks" / "new.yml").write_text("id: new\n")
    assert changed(folder, without) is not None


def test_files_that_do_not_count_do_not_change_it(folder: Path) -> None:
    signature = changed(folder, None)
    (folder / "notes.txt").write_text("hello")
    (folder / "other.yml").write_text("a: 1")
    assert changed(folder, signature) is None


def test_a_folder_that_vanished_has_changed_and_does_not_raise(folder: Path) -> None:
    signature = changed(folder, None)
    shutil.rmtree(folder)
    assert changed(folder, signature) == ()
