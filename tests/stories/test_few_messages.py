"""How much a thread says: the whole ladder of a P0 that nobody answers, and a long runbook worked through after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.long_watches import look_rarely
from tests.stories.night import a_night
from tests.stories.test_runbooks_document import played


async def test_an_unanswered_p0_and_a_long_runbook_are_told_in_few_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_rarely(monkeypatch)
    async with a_night(tmp_path) as night:
        await night.alert("video_memory_high", value="1300MB")
        await night.pass_time(minutes=61)
        assert (await night.kinds()).count("escalated") == 9, "three rounds of three levels, and the last resort"
        assert "reminded" in await night.kinds()
        assert len(night.thread()) <= 12
        names = [line.partition(" – ")[0].count("<@") for line in night.thread() if line.startswith("<@")]
        assert names == [1, 1, 3, 1, 1, 3, 1, 1, 3, 1], "each level once, in order, with everybody on it"

        await night.types("engineer_a", "/incident ack 1")
        assert "started" in await night.types("engineer_a", "/runbook start high-memory 1")
        assert len(set(await played(night, "1"))) == 15
        kinds = await night.kinds()
        assert "run_finished" in kinds and kinds.count("step_finished") >= 15, "the timeline has each outcome"
        assert len(night.thread()) <= 20, "\n".join(line.splitlines()[0] for line in night.thread())
