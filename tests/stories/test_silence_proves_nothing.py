"""Prometheus straight in: the bot is away, or Prometheus is, and nothing is called resolved that nobody called resolved."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.usecases.liveness import sign_of_life
from tests.stories.night import Night, a_night, said

TOPIC = "video_crash_rate_high"


async def heard(night: Night) -> None:
    """Prometheus repeats the alert: it holds for another four minutes."""
    now = night.clock.now()
    alert = {
        "labels": {"alertname": TOPIC, "severity": "P0"},
        "annotations": {"message": "Video system crash rate is 7.2% (threshold: 3%)"},
        "startsAt": "2026-01-12T21:30:00Z",
        "endsAt": (now + timedelta(minutes=4)).isoformat(),
    }
    assert (await night.post("/api/v2/alerts", [alert])).status_code == 200


async def test_the_bot_is_away_for_longer_than_the_alert_holds_and_finds_it_still_firing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        clock = night.clock
        await heard(night)
        await night.types("engineer_a", "/incident ack 1")
        assert [page["status"] for page in night.phone()] == ["acknowledged"]
        await night.sandbox.bot.desk.do(sign_of_life)
    clock.advance(timedelta(minutes=30))
    async with a_night(tmp_path, clock=clock) as night:
        await night.pass_time(minutes=1)
        await heard(night)
        incident = await night.incident()
        assert (incident.state, incident.repeats, incident.reopened) == ("acknowledged", 1, 0)
        assert [page["status"] for page in night.phone()] == ["acknowledged"]
        assert not {"resolved", "expired", "reopened"} & set(await night.kinds())
        await night.pass_time(minutes=4)
        assert "expired" in await night.kinds(), "from then on silence counts again"


async def test_prometheus_falls_silent_and_comes_back_to_whoever_has_it(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await heard(night)
        await night.types("engineer_a", "/incident ack 1")
        await night.pass_time(minutes=5)
        assert (await night.incident()).state == "resolved"
        assert "not heard of since" in said(night.card())
        assert "every alert has cleared" not in said(night.card()) + "".join(night.thread())
        assert [page["status"] for page in night.phone()] == ["acknowledged"], "it rings nobody, and may be back"
        await heard(night)
        incident = await night.incident()
        assert (incident.state, incident.commander) == ("acknowledged", "engineer_a@openvine.co")
        assert [page["status"] for page in night.phone()] == ["acknowledged"]
        assert "has it" in said(night.card())


async def test_an_end_by_silence_reaches_pagerduty_when_nothing_came_back(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await heard(night)
        await night.types("engineer_a", "/incident ack 1")
        await night.pass_time(minutes=15)
        (page,) = night.phone()
        assert page["status"] == "resolved"


async def test_unanswered_it_ends_at_once_and_calls_when_it_is_back(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await heard(night)
        await night.pass_time(minutes=4.5)
        assert [page["status"] for page in night.phone()] == ["resolved"]
        assert "Closed: not heard of since" in said(night.dm("engineer_a")[0])
        await heard(night)
        assert (await night.incident()).state == "triggered"
        assert [page["status"] for page in night.phone()] == ["triggered", "resolved"]
