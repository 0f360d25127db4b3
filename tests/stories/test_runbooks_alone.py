"""A procedure that belongs to no incident: a thread, a timeline and a number of its own, and nobody is paged for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.runbooks.reading import parse_runbook
from bot.runbooks.run import Run
from bot.store import runs
from tests.stories.night import Night, a_night, has_buttons

CHECKLIST = {"id": "ready", "title": "Ready?", "type": "checklist", "items": ["All tests passing", "Team notified"]}
WAY = {
    "id": "way",
    "title": "How did it go?",
    "type": "decision",
    "options": [{"label": "Well", "goto": "last"}, {"label": "Badly"}],
}
HAND = {"id": "mend", "title": "Mend it", "type": "manual", "text": "Mend it."}
LAST = {"id": "last", "title": "Write it down", "type": "note", "text": "Write it down."}
CALL = {"id": "call", "title": "Call the second", "type": "page", "notify": "secondary"}


@asynccontextmanager
async def a_night_with(folder: Path, *steps: dict[str, Any], **more: Any) -> AsyncIterator[Night]:
    async with a_night(folder) as night:
        desk = night.sandbox.bot.desk
        data = {"id": "release", "title": "Release", "steps": list(steps), **more}
        faults: list[str] = []
        found = parse_runbook(data, lambda path, text: faults.append(text))
        assert found is not None, faults
        desk.reconfigure(replace(desk.context.config, runbooks={found.id: found}))
        yield night


async def the_run(night: Night) -> Run:
    return await night.sandbox.bot.store.read(runs.load, 1)


async def test_it_is_worked_through_by_its_own_number_and_ends_with_its_timeline(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, CHECKLIST, WAY, HAND, LAST, incident="none") as night:
        assert "started as run-1" in await night.types("engineer_a", "/runbook start release")
        root = night.root("Release")
        await night.presses("engineer_a", "step_check", message=root)
        await night.types("engineer_b", "/runbook done run-1 team")
        run = await the_run(night)
        assert [tick.who.partition("@")[0] for tick in run.steps[0].ticks] == ["engineer_a", "engineer_b"]
        await night.presses("engineer_a", "step_choose", message=night.root("Release"))
        await night.types("engineer_a", "/incident note run-1 went live at noon")
        await night.types("engineer_a", "/runbook done")
        assert (await the_run(night)).state == "finished"
        thread = "\n".join(night.under(night.root("Release")))
        assert "Timeline of run-1" in thread and "went live at noon" in thread and "left out" in thread
        assert not has_buttons(night.root("Release"))
        assert not night.dm("engineer_a") and not night.phone()
        assert "Open incidents: none" in await night.types("engineer_a", "/incident list")


async def test_it_is_no_incident_and_says_so(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, CHECKLIST, incident="none") as night:
        await night.types("engineer_a", "/runbook start release")
        assert "already being worked through as run-1" in await night.types("engineer_a", "/runbook start release")
        assert "runbook without an incident" in await night.types("engineer_a", "/incident resolve run-1")
        assert "There is no run-7" in await night.types("engineer_a", "/incident show run-7")
        await night.types("engineer_a", "/incident open P2 Something")
        assert "#1" in await night.types("engineer_a", "/incident list"), "numbers of incidents have no gap"
        assert "aborted" in await night.types("engineer_a", "/runbook abort run-1 not today")
        assert "Timeline of run-1" in "\n".join(night.under(night.root("Release")))


async def test_a_runbook_of_an_incident_is_not_started_without_one(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, HAND) as night:
        assert "no open incident" in await night.types("engineer_a", "/runbook start release")


async def test_what_is_wanted_at_the_start_is_asked_for_and_shown(tmp_path: Path) -> None:
    version = [{"name": "version", "label": "Version", "required": True, "regex": r"\d+\.\d+"}]
    async with a_night_with(tmp_path, LAST, incident="none", parameters=version) as night:
        assert not await night.types("engineer_a", "/runbook start release"), "a form asks for it"
        assert "has to look like" in await night.types("engineer_a", "/runbook start release version=new")
        assert "run-1" in await night.types("engineer_a", "/runbook start release version=2.1")
        assert (await the_run(night)).values == {"version": "2.1"}
        assert "version 2.1" in "\n".join(night.under(night.root("Release")))


async def test_a_step_that_calls_somebody_names_them_first_and_pages_them_once(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, CALL) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start release")
        question = await night.types("engineer_a", "/runbook run")
        assert "PAGE" in question and "Engineer B" in question
        assert not night.dm("engineer_b")
        await night.presses("engineer_a", "step_confirm", message=night.with_button("engineer_a", "step_confirm"))
        assert len(night.dm("engineer_b")) == 1
        assert (await the_run(night)).steps[0].outcome == "calling Engineer B"
