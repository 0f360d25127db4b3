"""A token of another workspace, of a whole organisation, or one that Slack does not know: people see why it is refused, and paging
goes on without Slack.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot import wiring
from bot.cli.session import Session
from bot.ground.clock import FrozenClock
from bot.ground.secret import Secret
from bot.sandbox.slack import SEED
from bot.slack import joining
from bot.slack.identity import team_of
from oncall.values import replace
from tests.stories.night import MONDAY, Night, a_night, said

OTHER = replace(SEED, team_id="T0ELSEWHER")
ORG_WIDE = replace(SEED, org_wide=True)


async def slack_part(night: Night) -> str:
    answer = await night.http.get("/readyz")
    assert answer.status_code == 200
    part: str = answer.json()["parts"]["slack"]
    return part


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_the_token_of_another_workspace_is_refused_with_a_reason_and_nothing_is_said_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FrozenClock(MONDAY)
    async with a_night(tmp_path, clock=clock) as night:
        assert await slack_part(night) == "ok"
    caplog.clear()
    async with a_night(tmp_path, clock=clock, seed=OTHER) as night:
        part = await slack_part(night)
        assert part.startswith("refused: this database belongs to the workspace T0OPENVINE, the token to T0ELSEWHER.")
        (record,) = errors(caplog)
        assert record.exc_info is None
        assert "Slack is refused, pages leave by email, pagerduty." in record.getMessage()
        assert "the token to T0ELSEWHER" in record.getMessage()
        before = len(night.slack.calls)
        await night.alert()
        assert [page["status"] for page in night.phone()] == ["triggered"]
        await night.pass_time(minutes=46)
        assert night.mails(), "the ladder is climbed by the other transports"
        assert len(night.slack.calls) == before


async def test_an_org_wide_install_is_refused_with_a_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with a_night(tmp_path, seed=ORG_WIDE) as night:
        assert (await slack_part(night)).startswith("refused: this is an org-wide install")
        (record,) = errors(caplog)
        assert record.exc_info is None
        assert "org-wide" in record.getMessage()
        await night.alert("video_preload_slow")
        assert len(night.mails()) == 1
        assert {call.method for call in night.slack.calls} == {"auth.test"}


async def test_a_token_that_slack_does_not_know_is_named_by_readyz_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "RETRY", 0.001)
    async with a_night(tmp_path) as night:
        settings = replace(
            night.sandbox.bot.settings,
            slack_bot_token=Secret("xoxb-revoked"),
            database_url=Secret(f"sqlite:///{tmp_path / 'second.db'}"),
        )
        before = len(night.slack.calls)
        async with wiring.running(settings, night.clock) as second, asyncio.timeout(30):
            while len(night.slack.calls) < before + 4:
                await asyncio.sleep(0.01)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(second.web), base_url="http://bot") as http:
                part = (await http.get("/readyz")).json()["parts"]["slack"]
    assert part == "has not said who we are: Slack refuses: invalid_auth; paging goes on by the other transports"
    told = [record.getMessage() for record in caplog.records if "who we are" in record.getMessage()]
    assert told == ["asking Slack who we are failed, trying again every 0 s: Slack refuses: invalid_auth"]


async def test_a_level_that_calls_by_slack_alone_is_called_by_what_remains(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=ORG_WIDE) as night:
        await night.alert("video_memory_high")
        await night.pass_time(minutes=8)
        told = [event["text"] for event in await night.timeline() if event["kind"] == "paged"]
        assert "Mailed Engineer A" in told
        assert not any("by slack" in text.lower() for text in told)


async def test_with_the_right_token_again_slack_catches_up(tmp_path: Path) -> None:
    clock = FrozenClock(MONDAY)
    async with a_night(tmp_path, clock=clock):
        pass
    async with a_night(tmp_path, clock=clock, seed=OTHER) as night:
        await night.alert()
    clock.advance(timedelta(minutes=2))
    async with a_night(tmp_path, clock=clock) as night:
        assert await slack_part(night) == "ok"
        assert "Acknowledge" in said(night.card())


async def test_the_database_says_to_check_whose_it_is(tmp_path: Path) -> None:
    async with a_night(tmp_path):
        session = Session(tmp_path)
        assert session.has_database()
        assert session.read(team_of) == "T0OPENVINE"
