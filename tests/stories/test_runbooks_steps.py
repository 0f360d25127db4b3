"""Runs and their steps: who may start one, what a press does once and only once, and what an unruly OpenVine leads to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.context import Context
from bot.runbooks.model import Runbook
from bot.runbooks.reading import parse_runbook
from bot.runbooks.request import Outcome
from bot.runbooks.run import Run, state_of
from bot.store import Tx, runs
from bot.usecases import questions as use_asking
from bot.usecases import sending as use_sending
from tests.stories.night import Night, a_night, buttons, said
from tests.stories.test_runbooks_high_memory import memory, no_secret, press, shown

RUN, DONE, SKIP, RETRY = "step_run", "step_done", "step_skip", "step_retry"
CONFIRM, CANCEL, ABORT = "step_confirm", "step_cancel", "run_abort"
SECRET_URL = "${OPENVINE_API_URL}/admin/memory-pressure"


# Starting


async def test_a_runbook_is_started_by_its_id_a_prefix_or_not_at_all(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        assert "names no runbook" in await night.types("engineer_a", "/runbook start")
        assert "fits several" in await night.types("engineer_a", "/runbook start high")
        assert "`" in await night.types("engineer_a", "/runbook list")
        unknown = await night.types("engineer_a", "/runbook start high-memry")
        assert "high-memory" in unknown
        assert "There is no runbook" in unknown
        assert await started(night) == 0
        assert "started" in await night.types("engineer_a", "/runbook start video 1")
        assert "already being worked through" in await night.types(
            "engineer_a", "/runbook start video-load-failures #1"
        )
        assert await started(night) == 1
        assert "started" in await night.types("engineer_a", "/runbook start HIGH-MEMORY")
        assert "Several runbooks are active" in await night.types("engineer_a", "/runbook run")


async def test_an_alerts_own_runbook_needs_no_name_and_a_number_alone_is_the_incident(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_memory_high")
        await night.types("engineer_a", "/incident open P2 Something else")
        assert "thread of #1" in await night.types("engineer_a", "/runbook start 1")
        assert (await the_run(night)).runbook == "high-memory"


async def test_a_runbook_is_read_before_it_is_started(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        shows = await night.types("gil", "/runbook show high-mem")
        for title in (
            "Check Current System Status",
            "Trigger Emergency Memory Cleanup",
            "asks first",
            "by hand",
            "watches",
        ):
            assert title in shows


async def test_a_run_can_be_started_again_once_it_was_aborted(tmp_path: Path) -> None:
    async with a_run(tmp_path, HAND) as night:
        await press(night, ABORT)
        assert "Please complete" in (await night.fills_in("engineer_a"))["text"]
        await night.fills_in("engineer_a", text="wrong book")
        assert (await the_run(night)).state == "aborted"
        assert "wrong book" in "\n".join(event["text"] for event in await night.timeline())
        assert "started" in await night.types("engineer_a", "/runbook start mine")
        assert "needs a reason" in await night.types("engineer_a", "/runbook abort")
        assert "aborted" in await night.types("engineer_a", "/runbook abort 1 wrong again")


# By typing


async def test_the_whole_run_can_be_worked_through_by_typing(tmp_path: Path) -> None:
    async with a_run(tmp_path, READ, CHANGE, HAND, WAIT) as night:
        assert "1. Look" in await night.types("gil", "/runbook next")
        assert "Started" in await night.types("engineer_a", "/runbook run")
        assert "Confirm for #1" in await night.types("engineer_a", "/runbook run 1")
        question = night.with_button("engineer_a", CONFIRM)
        before = memory(night)
        await night.presses("engineer_a", CONFIRM, message=question)
        assert memory(night) <= before
        assert "Done" in await night.types("engineer_a", "/runbook run"), "a step by hand is ticked, not run"
        await night.types("engineer_a", "/runbook done did it by hand")
        await night.types("engineer_a", "/runbook run")
        assert "waits until" in await night.types("engineer_a", "/runbook done nothing yet")
        await night.pass_time(minutes=10)
        assert "Say what you saw" in await night.types("engineer_a", "/runbook done")
        await night.types("engineer_a", "/runbook done 1 all quiet")
        assert (await the_run(night)).state == "finished"
        texts = [event["text"] for event in await night.timeline()]
        assert any(text.endswith("done: did it by hand") for text in texts)
        assert any(text.endswith("done: all quiet") for text in texts)


async def test_skipping_wants_a_reason_by_button_and_by_typing(tmp_path: Path) -> None:
    async with a_run(tmp_path, HAND, HAND2) as night:
        assert "needs a reason" in await night.types("engineer_a", "/runbook skip")
        await press(night, SKIP)
        assert "Please complete" in (await night.fills_in("engineer_a"))["text"]
        await night.fills_in("engineer_a", text="not needed here")
        await night.types("engineer_a", "/runbook skip 1 nor this")
        run = await the_run(night)
        assert [step.outcome for step in run.steps] == ["not needed here", "nor this"]
        assert run.state == "finished"


# Confirmations


async def test_a_confirmation_sends_once_however_often_it_is_pressed(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, HAND, vine=vine) as night:
        await press(night, RUN)
        question = night.in_thread(CONFIRM)
        value = confirm_value(question)
        await asyncio.gather(
            *(
                night.person(who).click("C0VIDALERT", question["ts"], action_id=CONFIRM)
                for who in ("engineer_a", "engineer_b")
            )
        )
        await night.settle()
        payload = night.click_payload("engineer_c", CONFIRM, value, question["ts"])
        await night.slack.dispatcher.ask("interactive", payload)
        await night.settle()
        assert vine.requests == ["POST /admin/memory-pressure"]
        assert "sent once only" in said(night.private("engineer_c")[-1])
        assert [e["kind"] for e in await night.timeline()].count("step_started") == 1


async def test_a_confirmation_runs_out_after_five_minutes(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, vine=vine) as night:
        await press(night, RUN)
        question = night.in_thread(CONFIRM)
        await night.pass_time(minutes=4)
        assert CONFIRM in buttons(shown(night, question))
        assert "a confirmation runs out in Mine for #1" in " ".join(await night.pass_time(minutes=1))
        assert CONFIRM not in buttons(shown(night, question))
        assert "the confirmation ran out; nothing was sent" in (await outcomes(night))[-1]
        assert "The confirmation ran out and nothing was sent" in said(night.in_thread(RUN))
        assert "ran out" in await late(night, CONFIRM, question)
        assert vine.requests == []
        await press(night, RUN)
        await press(night, CONFIRM)
        assert vine.requests == ["POST /admin/memory-pressure"]


async def test_who_began_a_wait_is_called_when_it_is_over_and_asked_what_they_saw(tmp_path: Path) -> None:
    async with a_run(tmp_path, WAIT, HAND) as night:
        assert "when it is over you are called here" in said(night.in_thread(ABORT))
        await press(night, RUN, who="engineer_b")
        await night.pass_time(minutes=10)
        assert any("⏰ <@U0ENGINR0B> Step 1/2 “Watch”: the time is over" in line for line in night.thread())
        step = night.in_thread(DONE)
        assert "The time is over. Press Done and say what you saw." in said(step)
        assert "Run starts the clock" not in said(step)
        await press(night, DONE)
        view = night.person("engineer_a").view
        assert view is not None
        assert view["title"]["text"] == "What did you see?"
        await night.fills_in("engineer_a", text="flat at 380 MB")
        assert "1. Watch · flat at 380 MB" in said(night.in_thread(ABORT))


async def test_a_skipped_step_does_not_look_done(tmp_path: Path) -> None:
    async with a_run(tmp_path, HAND, HAND2) as night:
        await night.types("engineer_a", "/runbook skip not needed here")
        assert "0 of 2 steps done, 1 skipped" in said(night.in_thread(ABORT))
        assert "1. Do it · skipped: not needed here" in said(night.in_thread(ABORT))


async def test_asking_anew_makes_the_old_question_worthless(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, vine=vine) as night:
        await press(night, RUN)
        old = night.in_thread(CONFIRM)
        await night.types("engineer_b", "/runbook run")
        assert confirm_value(shown(night, old)) != confirm_value(old)
        assert "no longer valid" in await late(night, CONFIRM, old)
        assert vine.requests == []
        await press(night, CONFIRM)
        assert len(vine.requests) == 1


async def test_a_withdrawn_question_sends_nothing_and_the_step_can_be_run_again(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, vine=vine) as night:
        await press(night, RUN)
        old = night.in_thread(CONFIRM)
        await press(night, CANCEL, who="engineer_b")
        assert CONFIRM not in buttons(shown(night, old))
        assert "nothing" in (await late(night, CONFIRM, old)).lower()
        assert "no longer open" in await late(night, CANCEL, old)
        assert vine.requests == []
        await press(night, RUN)
        await press(night, CONFIRM)
        assert len(vine.requests) == 1


async def test_a_confirmation_belongs_to_the_request_that_was_shown(tmp_path: Path) -> None:
    async with openvine() as vine, openvine() as other, a_run(tmp_path, CHANGE, vine=vine) as night:
        await press(night, RUN)
        question = night.in_thread(CONFIRM)
        assert vine.url in said(question)
        at_work(night, other)
        await press(night, CONFIRM, message=question)
        assert vine.requests == other.requests == []
        assert "no longer the one that was confirmed" in (await outcomes(night))[-1]
        now = said(shown(night, question))
        assert f"Confirmed by Engineer A: POST {vine.url}" in now, "what was confirmed stays readable as it was"
        assert other.url not in now
        await press(night, RETRY)
        assert other.url in said(night.in_thread(CONFIRM))
        await press(night, CONFIRM)
        assert other.requests == ["POST /admin/memory-pressure"]


async def test_only_people_of_bot_yml_run_confirm_and_withdraw(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, vine=vine) as night:
        for who in ("dana", "gil"):
            for action in (RUN, SKIP, ABORT):
                assert "may do this" in await press(night, action, who=who)
        await press(night, RUN)
        for who in ("dana", "gil"):
            for action in (CONFIRM, CANCEL):
                assert "may do this" in await press(night, action, who=who)
        assert vine.requests == []


async def test_a_question_may_be_answered_by_somebody_else_than_the_one_who_asked(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, vine=vine) as night:
        await press(night, RUN)
        await press(night, CONFIRM, who="engineer_b")
        assert vine.requests == ["POST /admin/memory-pressure"]


# Late presses


async def test_a_press_on_a_step_that_is_over_is_told_where_the_run_stands(tmp_path: Path) -> None:
    async with a_run(tmp_path, HAND, HAND2) as night:
        old = night.in_thread(DONE)
        token = token_of(old)
        await press(night, DONE, message=old)
        for action in (RUN, DONE, SKIP, RETRY):
            answer = await late(night, action, old, token)
            assert "is done already" in answer, (action, answer)
            assert "The current step is Step 2/2" in answer
        assert night.person("engineer_a").view is None
        await press(night, DONE)
        for action in (RUN, DONE, SKIP, ABORT):
            assert "This run was finished" in await late(night, action, old, token)
        assert night.person("engineer_a").view is None
        assert [step.state for step in (await the_run(night)).steps] == ["done", "done"]


async def test_a_modal_that_was_open_while_the_run_moved_on_is_refused_at_its_field(tmp_path: Path) -> None:
    async with a_run(tmp_path, HAND, HAND2) as night:
        await press(night, SKIP, who="engineer_b")
        await press(night, DONE)
        errors = await night.fills_in("engineer_b", text="too late")
        assert "is done already" in errors["text"]
        assert [step.state for step in (await the_run(night)).steps] == ["done", "pending"]


# An unruly OpenVine


@pytest.mark.parametrize(
    ("manner", "told", "state"),
    [
        ("500", "500", "failed"),
        ("401", "401", "failed"),
        ("hang", "No answer within", "unknown"),
        ("drop", "broke off", "unknown"),
        ("redirect", "302", "failed"),
        ("echo", "200", "done"),
    ],
)
async def test_what_comes_of_a_changing_request_is_said_as_it_is(
    tmp_path: Path, manner: str, told: str, state: str
) -> None:
    async with openvine(manner) as vine, a_run(tmp_path, CHANGE, HAND, vine=vine) as night:
        await press(night, RUN)
        await press(night, CONFIRM)
        run = await the_run(night)
        assert state_of(run, "change").state == state
        assert told in (await outcomes(night))[-1]
        assert vine.requests == ["POST /admin/memory-pressure"], "a changing request is never repeated by itself"
        if manner == "hang":
            await night.pass_time(minutes=10)
        assert len(vine.requests) == 1
        if state != "done":
            assert {RETRY, DONE, SKIP, ABORT} <= set(buttons(night.in_thread(ABORT)))
            await press(night, DONE)
        assert state_of(await the_run(night), "change").state == "done"
        await no_secret(night)


async def test_a_look_that_fails_can_be_looked_at_again(tmp_path: Path) -> None:
    async with openvine("500") as vine, a_run(tmp_path, READ, HAND, vine=vine) as night:
        await press(night, RUN)
        assert len(vine.requests) == 3, "a read-only request is tried again"
        assert state_of(await the_run(night), "look").state == "failed"
        vine.manner = "good"
        await press(night, RETRY)
        assert state_of(await the_run(night), "look").state == "done"


@pytest.mark.parametrize(
    "answer",
    [
        b'200 OK\r\n\r\n{"estimatedMemoryMB": 18446744073709551616}',
        b'200 OK\r\n\r\n{"estimatedMemoryMB": "\\ud800\\u0000"}',
        b"302 Found\r\nLocation: http://h:port/\r\n\r\n",
        b"200 OK\r\n\r\n" + b"[" * 30_000,
    ],
    ids=["an integer beyond 64 bits", "half a character and NUL", "a Location that is no URL", "endless nesting"],
)
async def test_a_look_whose_answer_no_database_holds_is_sent_once_and_has_an_outcome(
    tmp_path: Path, answer: bytes
) -> None:
    look = {**READ, "show": [{"path": "estimatedMemoryMB", "label": "Memory"}]}
    async with openvine() as vine, a_run(tmp_path, look, HAND, vine=vine) as night:
        vine.answer = answer
        await press(night, RUN)
        assert state_of(await the_run(night), "look").state in ("done", "failed")
        await night.pass_time(minutes=1)
        assert len(vine.requests) == 1
        assert len(await outcomes(night)) == 1


async def test_a_host_that_is_not_named_is_never_called(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, vine=vine) as night:
        desk = night.sandbox.bot.desk
        desk.reconfigure(replace(desk.context.config, bot=replace(desk.context.config.bot, hosts=("api.openvine.co",))))
        await press(night, RUN)
        await press(night, CONFIRM)
        assert vine.requests == []
        assert "is not in the list of allowed hosts" in (await outcomes(night))[-1]
        assert state_of(await the_run(night), "change").state == "failed"


async def test_a_step_whose_setting_is_missing_says_so_and_sends_nothing(tmp_path: Path) -> None:
    async with a_run(tmp_path, CHANGE) as night:
        without(night, "OPENVINE_API_URL")
        assert "OPENVINE_API_URL" in await press(night, RUN)
        assert (await the_run(night)).steps[0].state == "pending"


async def test_a_setting_that_goes_missing_after_the_confirmation_fails_the_step_unsent(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, vine=vine) as night:
        await press(night, RUN)
        question = night.in_thread(CONFIRM)
        without(night, "OPENVINE_API_URL")
        await press(night, CONFIRM)
        assert vine.requests == []
        assert "not sent" in (await outcomes(night))[-1]
        assert CONFIRM not in buttons(shown(night, question))


# A crash in the middle


async def test_a_step_found_begun_after_a_crash_has_an_unknown_outcome_and_waits_for_a_person(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, CHANGE, HAND, vine=vine) as night:
        await begun_and_cut_off(night, "change")
        assert await night.sandbox.bot.desk.do(use_sending.begin_step, 1, "change") is None, (
            "the redelivered step does not leave"
        )
        await night.settle()
        await night.pass_time(minutes=10)
        assert vine.requests == []
        assert "unknown outcome" in (await outcomes(night))[-1]
        message = night.in_thread(ABORT)
        assert "not known whether it happened" in said(message)
        assert {RETRY, DONE, SKIP} <= set(buttons(message))

        await press(night, RETRY)
        assert CONFIRM in buttons(night.in_thread(CONFIRM)), "sending it again is asked anew"
        await press(night, CONFIRM)
        assert vine.requests == ["POST /admin/memory-pressure"]


async def test_a_look_that_was_cut_off_is_simply_done_again(tmp_path: Path) -> None:
    async with openvine() as vine, a_run(tmp_path, READ, HAND, vine=vine) as night:
        await begun_and_cut_off(night, "look")
        await night.sandbox.bot.desk.do(use_sending.begin_step, 1, "look")
        await night.settle()
        assert vine.requests == ["GET /debug/video-manager"]
        assert state_of(await the_run(night), "look").state == "done"


async def test_a_late_answer_does_not_undo_what_a_person_decided(tmp_path: Path) -> None:
    async with openvine("hang") as vine, a_run(tmp_path, CHANGE, HAND, vine=vine) as night:
        await press(night, RUN)
        await press(night, CONFIRM)
        await press(night, DONE)
        decided = await the_run(night)
        await night.sandbox.bot.desk.do(late_answer)
        assert await the_run(night) == decided


def late_answer(tx: Tx, ctx: Context) -> None:
    use_sending.finish_step(tx, ctx, 1, "change", Outcome(ok=False, text="500"))


# The pieces

READ = {
    "id": "look",
    "title": "Look",
    "type": "http",
    "method": "GET",
    "url": "${OPENVINE_API_URL}/debug/video-manager",
    "timeout": "1s",
}
CHANGE = {
    "id": "change",
    "title": "Free memory",
    "type": "http",
    "method": "POST",
    "url": SECRET_URL,
    "timeout": "1s",
    "confirm": {"message": "Frees memory."},
}
HAND = {"id": "hand", "title": "Do it", "type": "manual", "text": "by hand"}
HAND2 = {**HAND, "id": "hand-two", "title": "Do it again"}
WAIT = {"id": "wait", "title": "Watch", "type": "wait", "wait": "10m"}


@asynccontextmanager
async def a_run(folder: Path, *steps: dict[str, Any], vine: OpenVine | None = None) -> AsyncIterator[Night]:
    """A night with an incident whose runbook `mine`, made of these steps, has just been started."""
    async with a_night(folder) as night:
        desk = night.sandbox.bot.desk
        mine = book(*steps)
        desk.reconfigure(replace(desk.context.config, runbooks={mine.id: mine}))
        if vine is not None:
            at_work(night, vine)
        await night.types("engineer_a", "/incident open P2 Something")
        assert "started" in await night.types("engineer_a", "/runbook start mine")
        yield night


def book(*steps: dict[str, Any]) -> Runbook:
    faults: list[str] = []
    found = parse_runbook({"id": "mine", "title": "Mine", "steps": list(steps)}, lambda path, text: faults.append(text))
    assert found is not None, faults
    return found


def at_work(night: Night, vine: OpenVine) -> None:
    """From now on this is the OpenVine that the settings name."""
    desk = night.sandbox.bot.desk
    desk.context = replace(desk.context, variables={**desk.context.variables, "OPENVINE_API_URL": vine.url})


def without(night: Night, name: str) -> None:
    desk = night.sandbox.bot.desk
    desk.context = replace(desk.context, variables={k: v for k, v in desk.context.variables.items() if k != name})


@dataclass
class OpenVine:
    """An OpenVine that answers in one manner, and keeps what it was asked."""

    manner: str = "good"
    answer: bytes = b""
    """Sent as it is behind `HTTP/1.1 `, where there is one."""
    url: str = ""
    requests: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    calls: set[asyncio.Task[None]] = field(default_factory=set)

    def called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls.add(asyncio.get_running_loop().create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head.split(" HTTP")[0])
        answers = {
            "500": "500 Oops",
            "401": "401 Unauthorized",
            "redirect": "302 Found\r\nLocation: http://evil.example/",
        }
        body = head if self.manner == "echo" else '{"estimatedMemoryMB": 400}'
        if self.manner == "hang":
            await self.over.wait()
        elif self.answer:
            writer.write(b"HTTP/1.1 " + self.answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            await writer.drain()
        elif self.manner != "drop":
            status = answers.get(self.manner, "200 OK")
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
            )
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def openvine(manner: str = "good") -> AsyncIterator[OpenVine]:
    vine = OpenVine(manner)
    server = await asyncio.start_server(vine.called, "127.0.0.1", 0)
    vine.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield vine
        vine.over.set()
        await asyncio.gather(*vine.calls, return_exceptions=True)


async def begun_and_cut_off(night: Night, step: str) -> None:
    """The process dies between "about to" and the answer: what is on disk then."""

    def begin(tx: Tx, ctx: Context) -> None:
        run = use_asking.press_run(tx, ctx, 1, step, "engineer_a@openvine.co")
        asked = state_of(run, step).confirmation
        if asked is not None:
            use_asking.confirm(tx, ctx, 1, asked.id, "engineer_a@openvine.co")
        assert use_sending.begin_step(tx, ctx, 1, step) is not None

    await night.sandbox.bot.desk.do(begin)


async def the_run(night: Night) -> Run:
    def load(tx: Tx, ctx: Context) -> Run:
        return runs.of_incident(tx.conn, 1)[-1]

    return await night.sandbox.bot.desk.look(load)


async def started(night: Night) -> int:
    return (await night.kinds()).count("run_started")


async def outcomes(night: Night) -> list[str]:
    return [event["text"] for event in await night.timeline() if event["kind"] == "step_finished"]


def token_of(message: dict[str, Any]) -> str:
    return next(
        str(e["value"]) for block in message["blocks"] for e in block.get("elements", []) if e.get("action_id") == DONE
    )


def confirm_value(message: dict[str, Any]) -> str:
    return next(
        str(e["value"])
        for block in message["blocks"]
        for e in block.get("elements", [])
        if e.get("action_id") == CONFIRM
    )


async def late(night: Night, action: str, message: dict[str, Any], value: str | None = None) -> str:
    """A press on a message as it was drawn then."""
    before = len(night.private("engineer_a"))
    payload = night.click_payload("engineer_a", action, value or confirm_value(message), message["ts"])
    await night.slack.dispatcher.ask("interactive", payload)
    await night.settle()
    answers = night.private("engineer_a")[before:]
    return said(answers[-1]) if answers else ""
