"""Steps that work on the bot's own machine: log files are looked through and commands run as bot.yml allows, and not otherwise."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.machine.cleanup import forget_old
from bot.runbooks.allowed import Commands
from bot.runbooks.run import state_of
from bot.store import outputs, schema
from bot.usecases import sending as use_sending
from tests.bot.runbooks.helpers import parse
from tests.stories.night import Night, said
from tests.stories.test_runbooks_high_memory import press
from tests.stories.test_runbooks_steps import a_run, begun_and_cut_off, openvine, outcomes, the_run

LINES = [
    "2026-01-12 21:58:01 app-1 ERROR VideoManager memory_pressure 812",
    "2026-01-12 21:58:02 app-2 INFO preload 40",
    "2026-01-12 21:58:03 app-1 ERROR VideoManager memory_pressure 830 app-2",
]
LOOK = {"id": "look", "title": "Look for memory", "type": "logs", "file": "app", "contains": "memory"}
HAND = {"id": "hand", "title": "Do it", "type": "manual", "text": "by hand"}


def command(code: str, *words: str, **more: Any) -> dict[str, Any]:
    argv = [sys.executable, "-c", code, *words]
    return {"id": "run", "title": "Run it", "type": "command", "argv": argv, **more}


@asynccontextmanager
async def a_machine(folder: Path, *steps: dict[str, Any], allow: bool = True) -> AsyncIterator[Night]:
    """A run of these steps on a machine with a log, on which exactly their commands are allowed."""
    (folder / "app.log").write_text("\n".join([*LINES, ""]))
    async with a_run(folder / "night", *steps) as night:
        desk = night.sandbox.bot.desk
        calls = tuple(tuple(step["argv"]) for step in steps if "argv" in step) if allow else ()
        bot = replace(
            desk.context.config.bot,
            logs={"app": str(folder / "app.log")} if allow else {},
            commands=Commands(calls, str(folder)) if allow else None,
        )
        desk.reconfigure(replace(desk.context.config, bot=bot))
        yield night


async def kept(night: Night, step: str, attempt: int = 1) -> str | None:
    def find(conn: Connection) -> str | None:
        return outputs.find(conn, 1, step, attempt)

    return await night.sandbox.bot.store.read(find)


async def test_a_log_is_looked_through_at_once_and_everybody_sees_how_many_lines_but_none_of_them(
    tmp_path: Path,
) -> None:
    async with a_machine(tmp_path, LOOK, HAND) as night:
        await press(night, "step_run")
        assert state_of(await the_run(night), "look").state == "done"
        assert "2 lines of app" in (await outcomes(night))[-1]
        everything = "\n".join([*night.thread(), *(str(event) for event in await night.timeline())])
        assert "VideoManager" not in everything
        assert await kept(night, "look") == "\n".join([LINES[0], LINES[2]])


async def test_a_log_that_bot_yml_does_not_name_is_a_failed_step_that_says_what_to_write(tmp_path: Path) -> None:
    async with a_machine(tmp_path, LOOK, allow=False) as night:
        await press(night, "step_run")
        assert state_of(await the_run(night), "look").state == "failed"
        assert "logs: {app: /var/log/app.log}" in (await outcomes(night))[-1]


async def test_a_command_is_asked_for_with_its_words_and_runs_once_confirmed(tmp_path: Path) -> None:
    step = command("import sys; open('made', 'w').write(sys.argv[1]); print('made it')", "a b")
    async with a_machine(tmp_path, step, HAND) as night:
        await press(night, "step_run")
        question = night.in_thread("step_confirm")
        assert not (tmp_path / "made").exists()
        assert "'a b'" in said(question) and str(tmp_path) in said(question)
        await press(night, "step_confirm")
        assert (tmp_path / "made").read_text() == "a b"
        assert state_of(await the_run(night), "run").state == "done"
        assert "Exit code 0. · made it" in (await outcomes(night))[-1]


async def test_a_command_is_filled_in_with_what_the_run_was_told(tmp_path: Path) -> None:
    step = command("import sys; print(sys.argv[1])", "${stage}", read_only=True)
    told = {"id": "told", "title": "Told", "incident": "none", "parameters": [{"name": "stage"}], "steps": [step, HAND]}
    async with a_machine(tmp_path, HAND) as night:
        desk = night.sandbox.bot.desk
        commands = Commands(((*step["argv"][:3], "staging"),), str(tmp_path))
        bot = replace(desk.context.config.bot, commands=commands)
        desk.reconfigure(replace(desk.context.config, runbooks={"told": parse(told)}, bot=bot))
        await night.types("engineer_a", "/runbook start told stage=production")
        assert '"production"] is not under `allow`' in await night.types("engineer_a", "/runbook run run-2")
        await night.types("engineer_a", "/runbook abort run-2 wrong stage")
        await night.types("engineer_a", "/runbook start told stage=staging")
        await night.types("engineer_a", "/runbook run run-3")
        assert any("Exit code 0. · staging" in line for line in night.under(night.root("run-3")))


async def test_a_command_that_is_not_allowed_is_refused_before_it_is_asked_for(tmp_path: Path) -> None:
    async with a_machine(tmp_path, command("print(1)"), allow=False) as night:
        assert "commands are switched off" in await press(night, "step_run")
        assert state_of(await the_run(night), "run").state == "pending"


async def test_a_command_that_was_allowed_when_it_was_asked_for_and_is_no_more_does_not_run(tmp_path: Path) -> None:
    async with a_machine(tmp_path, command("open('made', 'w')")) as night:
        await press(night, "step_run")
        desk = night.sandbox.bot.desk
        desk.reconfigure(replace(desk.context.config, bot=replace(desk.context.config.bot, commands=None)))
        await press(night, "step_confirm")
        assert not (tmp_path / "made").exists()
        assert "was not sent: commands are switched off" in (await outcomes(night))[-1]


async def test_a_command_that_fails_is_a_failed_step_whose_whole_output_is_kept(tmp_path: Path) -> None:
    step = command("print('\\n'.join(str(n) for n in range(50))); raise SystemExit(3)")
    async with a_machine(tmp_path, step, HAND) as night:
        await press(night, "step_run")
        await press(night, "step_confirm")
        assert state_of(await the_run(night), "run").state == "failed"
        last = (await outcomes(night))[-1]
        assert "Exit code 3, expected 0. · 44" in last and "· 43" not in last
        assert await kept(night, "run") == "\n".join(str(n) for n in range(50))


async def test_a_command_that_is_ended_in_the_middle_has_an_unknown_outcome(tmp_path: Path) -> None:
    late = command("import time; print('began', flush=True); time.sleep(60)", timeout="1s")
    async with a_machine(tmp_path, late, HAND) as night:
        await press(night, "step_run")
        await press(night, "step_confirm")
        assert state_of(await the_run(night), "run").state == "unknown"
        assert "Ended after 1 s" in (await outcomes(night))[-1]
        assert "step_fail" in str(night.in_thread("run_abort")["blocks"])


async def test_a_command_that_was_under_way_when_the_bot_died_waits_for_a_person(tmp_path: Path) -> None:
    async with a_machine(tmp_path, command("open('made', 'w')"), HAND) as night:
        await begun_and_cut_off(night, "run")
        assert await night.sandbox.bot.desk.do(use_sending.begin_step, 1, "run") is None
        await night.settle()
        assert state_of(await the_run(night), "run").state == "unknown"
        assert not (tmp_path / "made").exists()


LONG = command("print('\\n'.join(f'line {n} of many' for n in range(2000)))", read_only=True)


async def test_what_a_step_answered_is_shown_whole_to_who_may_work_on_runbooks_and_to_nobody_else(
    tmp_path: Path,
) -> None:
    async with a_machine(tmp_path, LOOK, HAND) as night:
        await press(night, "step_run")
        line = night.in_thread("step_output")
        assert "Show lines" in said(line)
        assert "may do this" in await night.presses("gil", "step_output", message=line)
        shown = await night.presses("engineer_b", "step_output", message=line)
        assert LINES[0] in shown and LINES[2] in shown


async def test_an_answer_that_no_message_holds_comes_as_a_file_to_who_asked(tmp_path: Path) -> None:
    async with a_machine(tmp_path, LONG, HAND) as night:
        await press(night, "step_run")
        told = await night.presses("engineer_a", "step_output", message=night.in_thread("step_output"))
        assert "run-1-run-1.txt" in told
        (message,) = [m for m in night.dm("engineer_a") if m["files"]]
        file = night.slack.state.files[message["files"][0]["id"]]
        content = bytes.fromhex(night.slack.state.contents[file.id]).decode()
        assert content == await kept(night, "run") and content.endswith("line 1999 of many")
        assert not night.dm("engineer_b")


async def test_without_the_scope_for_files_as_much_as_fits_is_shown_and_the_rest_is_named(tmp_path: Path) -> None:
    async with a_machine(tmp_path, LONG, HAND) as night:
        app = night.slack.app
        night.slack.app = replace(app, scopes=app.scopes - {"files:write"})
        await press(night, "step_run")
        told = await night.presses("engineer_a", "step_output", message=night.in_thread("step_output"))
        assert "line 100 of many" in told and "line 1999 of many" not in told
        assert "missing_scope" in told and "incident-bot output 1 run" in told
        ready = (await night.http.get("/readyz")).json()["parts"]["slack"]
        assert "files.getUploadURLExternal" not in str(ready), "that feature alone is off"


async def test_an_answer_is_kept_for_a_month_and_then_said_to_be_gone(tmp_path: Path) -> None:
    async with a_machine(tmp_path, LONG, HAND) as night:
        await press(night, "step_run")
        line = night.in_thread("step_output")
        for days, there in ((29, True), (2, False)):
            night.clock.advance(timedelta(days=days))
            await night.sandbox.bot.desk.do(forget_old)
            assert bool(await kept(night, "run")) is there
        assert "not kept any more" in await night.presses("engineer_a", "step_output", message=line)


@pytest.mark.parametrize(
    ("manner", "told"), [("500", '{"estimatedMemoryMB": 400}'), ("echo", "GET /debug/video-manager HTTP")]
)
async def test_what_an_endpoint_answered_is_kept_whole_without_the_token_however_it_answered(
    tmp_path: Path, manner: str, told: str
) -> None:
    look = {
        "id": "look",
        "title": "Look",
        "type": "http",
        "method": "GET",
        "url": "${OPENVINE_API_URL}/debug/video-manager",
    }
    async with openvine(manner) as vine, a_run(tmp_path, look, HAND, vine=vine) as night:
        desk = night.sandbox.bot.desk
        desk.context = replace(desk.context, variables={**desk.context.variables, "OPENVINE_API_TOKEN": "s3cr3t-t0ken"})
        await press(night, "step_run")
        whole = await kept(night, "look")
        assert whole is not None and whole.startswith(told)
        assert "s3cr3t-t0ken" not in whole
        assert "Full output" in said(night.in_thread("step_output"))


async def test_a_command_takes_no_step_of_another_runbook_its_turn(tmp_path: Path) -> None:
    async with a_machine(tmp_path, command("print(1)", read_only=True), LOOK, HAND) as night:
        await press(night, "step_run")
        await press(night, "step_run")

        def lanes(conn: Connection) -> list[str]:
            d = schema.deliveries
            return list(conn.execute(select(d.c.lane).where(d.c.kind == "step").order_by(d.c.id)).scalars())

        assert await night.sandbox.bot.store.read(lanes) == ["command", "run"]
