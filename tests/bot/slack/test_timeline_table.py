"""The last message of a timeline shows the figures of both ends: as a table where Slack has one, else line by line."""

from __future__ import annotations

from typing import Any

from bot.events import BOT, Event, Recorded
from bot.slack.views import timeline
from tests.bot.slack import samples
from tests.bot.slack.samples import T


def sampled(seq: int, moment: str, **values: Any) -> Recorded:
    figures = {"title": "Look", "values": values, "units": {"Memory": "MB"}}
    return Recorded(1, seq, T, Event("sample", BOT, "Read", {"moment": moment, "samples": [figures]}))


def test_the_figures_of_both_ends_stand_side_by_side_in_both_drawings() -> None:
    story = [sampled(1, "opened", Memory=812, Controllers=20), sampled(2, "resolved", Memory=431)]
    [made] = timeline.timeline(samples.incident(), story)
    assert "Memory: 812 MB → *431 MB*" in str(made.blocks) and "Controllers: 20 → *–*" in str(made.blocks)
    assert made.kinds == {"data_table"}
    table = made.native[-1]
    assert [[cell["text"] for cell in row] for row in table["rows"]] == [
        ["Figure", "When it opened", "When it was over"],
        ["Memory", "812 MB", "431 MB"],
        ["Controllers", "20", "–"],
    ]
    assert made.native[:-1] == made.blocks[:-1], "the rest is the same"


def test_while_one_end_is_missing_there_is_no_table() -> None:
    [made] = timeline.timeline(samples.incident(), [sampled(1, "opened", Memory=812)])
    assert "Before and after" not in str(made.blocks) and not made.native
