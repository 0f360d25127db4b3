"""`incident-bot drill`: what there is to play, one played on paper, and what has rusted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import cli

pytestmark = pytest.mark.usefixtures("logs_as_before")

SHIPPED = Path(__file__).parents[2] / "config"
SHORT = """
id: short
title: A short one
rule: video_memory_high
ends: 4m
faults:
  - {fault: memory_leak, before: 3m}
"""


def call(folder: Path, *words: str) -> str:
    env = {"CONFIG_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}"}
    answer = CliRunner().invoke(cli, ["drill", *words], env=env)
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_scenario_of_ones_own_is_listed_and_played_on_paper_without_anything_being_there(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder)
    (folder / "drills").mkdir()
    (folder / "drills/short.yml").write_text(SHORT)
    listed = call(folder)
    assert "short                A short one (video_memory_high, P1)" in listed and "high-crash-rate" in listed
    words = ("short", "--answers", "primary", "--within", "1m", "--at", "2026-01-12T22:00Z", "--json")
    done: dict[str, Any] = json.loads(call(folder, *words))
    assert (done["scenario"], done["answers"]) == ("short", "engineer_a@openvine.co")
    rows = {row["what"]: row for row in done["score"]["rows"]}
    assert rows["acknowledged"]["met"] and rows["acknowledged"]["took_s"] == 60
    assert not rows["mitigated"]["met"]
    assert done["timeline"]["incident"]["drill"]
    assert not (folder / "bot.db").exists()


def test_what_cannot_be_played_or_answered_by_is_said(tmp_path: Path) -> None:
    for words, says in (
        (("memory",), 'did you mean "high-memory"?'),
        (("high-memory", "--answers", "primry"), 'did you mean "primary"?'),
        (("high-memory", "--within", "soon"), "is not a duration"),
        (("--rust",), "There is no database"),
    ):
        env = {"CONFIG_DIR": str(SHIPPED), "DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"}
        answer = CliRunner().invoke(cli, ["drill", *words], env=env)
        assert answer.exit_code and says in answer.output, answer.output


def test_the_rust_of_a_new_installation_is_everything(tmp_path: Path, sqlite_url: str) -> None:
    env = {"CONFIG_DIR": str(SHIPPED), "DATABASE_URL": sqlite_url, "SLACK_BOT_TOKEN": "xoxb-1"}
    found = json.loads(CliRunner().invoke(cli, ["drill", "--rust", "--json"], env=env).output)
    assert [each["what"] for each in found["people"]] == ["Engineer A", "Engineer B", "Engineer C"]
    assert [each["what"] for each in found["transports"]] == ["Slack"]
    assert "People whom nobody has paged (3)" in CliRunner().invoke(cli, ["drill", "--rust"], env=env).output
