"""Nothing dangerous by accident: what a change would do is read and shown, held by one run at a time, agreed to by others where
the file wants it, and remembered until it is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.ground.clock import FrozenClock
from bot.runbooks.reading import parse_runbook
from bot.runbooks.run import Run, state_of
from bot.slack.messenger import Messenger
from bot.store import runs, schema
from tests.stories.night import Night, a_night, buttons, said

SETTING = {
    "label": "Rollout",
    "unit": "%",
    "key": "video_system_migration_v2.percentage",
    "read": {"url": "${OPENVINE_API_URL}/metrics/ab-tests", "path": "video_system_migration_v2.percentage"},
}


def rollout(to: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"to-{to}",
        "title": f"Rollout to {to} %",
        "type": "http",
        "method": "POST",
        "url": "${OPENVINE_API_URL}/admin/ab-tests",
        "json": {"video_system_migration_v2": {"percentage": to}},
        "setting": SETTING,
        **more,
    }


LAST = {"id": "last", "title": "Write it down", "type": "note", "text": "Write it down."}


@asynccontextmanager
async def a_night_with(
    folder: Path, *, clock: FrozenClock | None = None, **books: list[dict[str, Any]]
) -> AsyncIterator[Night]:
    async with a_night(folder, clock=clock) as night:
        desk = night.sandbox.bot.desk
        faults: list[str] = []
        found = [
            parse_runbook({"id": name, "title": name.title(), "steps": steps}, lambda path, text: faults.append(text))
            for name, steps in books.items()
        ]
        known = {book.id: book for book in found if book is not None}
        assert len(known) == len(books), faults
        desk.reconfigure(replace(desk.context.config, runbooks=known))
        yield night


async def the_run(night: Night, number: int = 1) -> Run:
    return await night.sandbox.bot.store.read(runs.load, number)


def share(night: Night) -> float:
    """How many users OpenVine gives the new video system to."""
    return night.sandbox.world.openvine.state.rollout


async def asked(night: Night, name: str = "engineer_a", incident: int = 1) -> dict[str, Any]:
    """Run the current step; the question as it stands in the thread."""
    await night.types(name, f"/runbook run {incident}")
    found = [m for m in night.sees(name, thread=night.card(number=incident)["ts"]) if "Confirm for" in m["text"]]
    return found[-1]


async def test_a_question_shows_what_would_become_of_what_and_sends_nothing(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, back=[rollout(0), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        question = await asked(night)
        assert "Rollout 100 → 0 %" in said(question) and "kept for you" in said(question)
        assert share(night) == 100
        await night.presses("engineer_a", "step_confirm", message=question)
        assert share(night) == 0


async def test_a_read_that_fails_holds_up_no_emergency_and_says_what_is_known(tmp_path: Path) -> None:
    unreadable = {**SETTING, "read": {"url": "${OPENVINE_API_URL}/nowhere", "path": "x"}}
    steps = [rollout(5, setting=unreadable), rollout(0, setting=unreadable), LAST]
    async with a_night_with(tmp_path, back=steps) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        question = await asked(night)
        assert "current value unknown" in said(question) and "last set by us" not in said(question)
        await night.presses("engineer_a", "step_confirm", message=question)
        assert share(night) == 5
        assert "current value unknown; last set by us: 5 %" in said(await asked(night))


async def test_a_setting_that_moved_since_the_question_is_not_overwritten(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, back=[rollout(0), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        question = await asked(night)
        vine = night.sandbox.world.openvine
        vine.state = replace(vine.state, rollout=25.0)
        await night.presses("engineer_a", "step_confirm", message=question)
        assert share(night) == 25
        outcome = state_of(await the_run(night), "to-0").outcome
        assert "Rollout is 25 % now; it was 100 % when this was asked" in outcome
        assert "Rollout 25 → 0 %" in said(await asked(night))


async def test_what_was_changed_is_shown_until_it_is_taken_back_by_a_confirmed_request(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, back=[rollout(0), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        await night.presses("engineer_a", "step_confirm", message=await asked(night))
        assert "Still changed" in said(night.card()) and "Rollout 100 → 0 %" in said(night.card())
        await night.presses("engineer_a", "undo", message=night.card())
        assert share(night) == 0, "asked only"
        await night.presses("engineer_a", "step_confirm", message=night.in_thread("step_confirm"))
        assert share(night) == 100
        assert "Still changed" not in said(night.card())
        assert any("100 % again, as before" in line for line in night.thread())


async def test_a_figure_that_is_read_while_its_question_is_just_being_posted_shows_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night_with(tmp_path, back=[rollout(0), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        await night.presses("engineer_a", "step_confirm", message=await asked(night))
        post = Messenger.post

        async def slowly(*given: Any, **more: Any) -> Any:
            while await night.sandbox.bot.store.read(_left_to_do):
                await asyncio.sleep(0.01)
            return await post(*given, **more)

        monkeypatch.setattr(Messenger, "post", slowly)
        await night.presses("engineer_a", "undo", message=night.card())
        assert "Rollout 0 → 100 %" in said(night.in_thread("step_confirm"))


def _left_to_do(conn: Connection) -> bool:
    """Whether the figure is not read yet, or nobody has set about showing it."""
    d = schema.deliveries.c
    look = conn.execute(select(d.state).where(d.kind == "look").order_by(d.id.desc())).scalar()
    shown = set(conn.execute(select(d.state).where(d.key == "redraw:run:2")).scalars())
    return look != "done" or ("waiting" in shown and "sending" not in shown)


async def test_nobody_resolves_over_a_change_without_saying_why_it_stays(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, back=[rollout(0), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        await night.presses("engineer_a", "step_confirm", message=await asked(night))
        assert "Nothing was resolved" in await night.types("engineer_a", "/incident resolve")
        await night.presses("engineer_a", "incident_resolve")
        await night.fills_in("engineer_a", text="we stay at 0 until Monday")
        assert (await night.incident()).state == "resolved"
        told = [event["text"] for event in await night.timeline() if event["kind"] == "resolved"]
        assert told == ["Resolved: we stay at 0 until Monday. Stays changed: Rollout 100 → 0 %"]
        assert "Still changed" not in said(night.card())


async def test_alerts_that_clear_over_a_change_leave_it_watched_and_its_leader_reminded(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, back=[rollout(0), LAST]) as night:
        await night.alert("video_crash_rate_high")
        await night.types("engineer_a", "/incident ack")
        await night.types("engineer_a", "/runbook start back")
        await night.presses("engineer_a", "step_confirm", message=await asked(night))
        before = len(night.dm("engineer_a"))
        await night.alert("video_crash_rate_high", status="resolved")
        assert (await night.incident()).state == "monitoring"
        assert len(night.dm("engineer_a")) == before, "nobody is called for that"
        await night.pass_time(minutes=31)
        assert "still changed is Rollout 100 → 0 %" in said(night.dm("engineer_a")[-1])
        await night.pass_time(hours=23)
        assert len(night.dm("engineer_a")) == before + 1
        await night.pass_time(hours=2)
        assert len(night.dm("engineer_a")) == before + 2


async def test_two_runs_never_change_the_same_thing_at_once(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, up=[rollout(5), LAST], down=[rollout(1), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 One")
        await night.types("engineer_a", "/incident open P2 Two")
        await night.types("engineer_a", "/runbook start up 1")
        await night.types("engineer_b", "/runbook start down 2")
        await night.presses("engineer_a", "step_confirm", message=await asked(night, "engineer_a", 1))
        refusal = await night.presses("engineer_b", "step_confirm", message=await asked(night, "engineer_b", 2))
        assert "Engineer A has held it since" in refusal and "Nothing was sent" in refusal
        assert share(night) == 5
        await night.types("engineer_a", "/runbook done 1 noted")
        await night.presses("engineer_b", "step_confirm", message=night.in_thread("step_confirm", 2))
        assert share(night) == 1, "a lock ends with its run"


async def test_what_makes_safe_always_passes_and_pauses_who_held_it(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, up=[rollout(5), rollout(10), LAST], off=[rollout(0, safe=True), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 One")
        await night.types("engineer_a", "/incident open P2 Two")
        await night.types("engineer_a", "/runbook start up 1")
        await night.types("engineer_b", "/runbook start off 2")
        await night.presses("engineer_a", "step_confirm", message=await asked(night, "engineer_a", 1))
        await night.presses("engineer_b", "step_confirm", message=await asked(night, "engineer_b", 2))
        assert share(night) == 0
        assert "took over what it was changing" in "\n".join(night.thread(1))
        assert "paused" in await night.types("engineer_a", "/runbook run 1")
        await night.presses("engineer_a", "run_resume", message=night.in_thread("run_resume", 1))
        assert "step_run" in buttons(night.in_thread("step_run", 1))


APPROVED = {"approval": {"approvers": ["other_on_call"], "ttl": "30m"}}


async def test_nobody_approves_what_they_asked_for_and_the_other_on_call_does(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, up=[rollout(5, **APPROVED), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 One")
        await night.types("engineer_a", "/runbook start up")
        question = await asked(night)
        assert "Waits for" in said(question) and "step_confirm" not in buttons(question)
        refusal = await night.presses("engineer_a", "step_approve", message=question)
        assert "has to be approved by Engineer B" in refusal and share(night) == 100
        await night.presses("engineer_b", "step_approve", message=question)
        assert share(night) == 5
        assert any(event["kind"] == "approved" for event in await night.timeline())


async def test_the_first_on_call_alone_may_break_the_glass_and_the_team_reads_why(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, up=[rollout(5, **APPROVED), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 One")
        await night.types("engineer_a", "/runbook start up")
        question = await asked(night)
        await night.presses("engineer_b", "break_glass", message=question)
        assert "Only whoever is on call first" in (await night.fills_in("engineer_b", text="me too"))["text"]
        await night.presses("engineer_a", "break_glass", message=question)
        await night.fills_in("engineer_a", text="B does not answer and users are down")
        assert share(night) == 5
        assert any("without approval" in event["text"] for event in await night.timeline())
        mails = [mail for mail in night.mails() if "without approval" in str(mail)]
        assert len(mails) == 1 and "users are down" in str(mails[0])


async def test_a_refused_approval_sends_nothing(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, up=[rollout(5, **APPROVED), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 One")
        await night.types("engineer_a", "/runbook start up")
        await night.presses("engineer_b", "step_cancel", message=await asked(night))
        assert share(night) == 100
        assert state_of(await the_run(night), "to-5").state == "pending"


async def test_a_word_that_has_to_be_typed_is_wanted_exactly(tmp_path: Path) -> None:
    typed = {"confirm": {"message": "All users.", "type_to_confirm": "rollback", "danger": True}}
    async with a_night_with(tmp_path, off=[rollout(0, **typed), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 One")
        await night.types("engineer_a", "/runbook start off")
        question = await asked(night)
        assert "step_confirm" not in buttons(question), "a press alone is not enough"
        await night.presses("engineer_a", "step_type", message=question)
        assert "exactly" in (await night.fills_in("engineer_a", text="rolback"))["text"]
        assert share(night) == 100
        await night.fills_in("engineer_a", text="rollback")
        assert share(night) == 0
