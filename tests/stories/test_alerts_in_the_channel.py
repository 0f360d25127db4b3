"""What people see of an alert's life: in the answer to its sender, in the channel, on the card and by direct message."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from bot.sandbox.slack import tool_post
from tests.stories.night import CHANNEL, Night, a_night, buttons, has_buttons, said

PAYLOADS = Path(__file__).parents[1] / "payloads"
TOPIC = "video_crash_rate_high"


def captured(name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((PAYLOADS / f"{name}.json").read_bytes())
    return found


def channel_news(night: Night) -> list[str]:
    """What stands in the channel beside the cards."""
    return [said(m) for m in night.sees("engineer_b") if not has_buttons(m) and not m["ephemeral"]]


async def test_a_mixed_group_is_judged_alert_by_alert_and_ends_with_its_last(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.post("/alerts/alertmanager", captured("02_firing_2alerts"))
        answer = await night.post("/alerts/alertmanager", captured("04_mixed_2alerts"))
        assert answer.status_code == 202
        incident = await night.incident()
        assert (incident.state, incident.alerts, incident.firing) == ("triggered", 2, 1)
        mixed = captured("04_mixed_2alerts")
        mixed["alerts"] = [{**alert, "status": "resolved"} for alert in mixed["alerts"]]
        await night.post("/alerts/alertmanager", mixed)
        incident = await night.incident()
        assert (incident.state, incident.resolved_by_alert) == ("resolved", True)
        assert "Timeline of #1" in "\n".join(night.thread())


async def test_an_unknown_severity_is_taken_as_p1_and_said_to_the_sender_and_once_in_the_channel(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        alert = {"rule": "", "summary": "odd thing", "severity": "apocalyptic", "dedup_key": "odd"}
        for _ in range(3):
            taken = await night.alert(**alert)
            assert any("apocalyptic" in error and "P1" in error for error in taken["errors"])
        assert (await night.incident()).severity == "P1"
        told = [text for text in channel_news(night) if "apocalyptic" in text]
        assert len(told) == 1
        assert "#1" in told[0]


async def test_what_cannot_be_read_of_a_batch_is_told_in_the_channel_and_the_rest_is_taken(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        batch = [{"rule": TOPIC, "summary": "crashes"}, {"note": "no summary"}]
        for _ in range(2):
            answer = await night.post("/alerts", batch)
            assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
        told = [text for text in channel_news(night) if "could not be read" in text]
        assert len(told) == 1, "the same fault of the same sender is told once"
        assert "1 of 2" in told[0]
        assert "no `summary`" in told[0]


async def test_prometheus_straight_in_pages_and_what_it_stops_repeating_has_cleared(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        alert = {"labels": {"alertname": TOPIC}, "startsAt": night.clock.now().isoformat()}
        for _ in range(3):
            assert (await night.post("/api/v2/alerts", [alert])).status_code == 200
            await night.pass_time(minutes=4)
        incident = await night.incident()
        assert (incident.state, incident.repeats, incident.alerts) == ("triggered", 2, 1)
        await night.pass_time(minutes=1)
        assert (await night.incident()).resolved_by_alert
        assert len(night.phone()) == 1
        assert night.phone()[0]["status"] == "resolved"


async def test_an_alert_after_the_mitigation_is_told_to_whoever_holds_it_directly(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        for key in ("1", "2"):
            await night.alert(dedup_key=key)
        await night.types("engineer_b", "/incident mitigate 1 moved the traffic")
        await night.alert(dedup_key="1", status="resolved")
        before = len(night.dm("engineer_a"))
        await night.alert(dedup_key="1")
        assert (await night.incident()).state == "acknowledged"
        message = night.dm("engineer_b")[-1]
        assert "Fires again after the mitigation" in said(message)
        assert "incident_ack" not in buttons(message), "it is theirs already"
        assert any("<@U0ENGINR0B>" in line and "Fires again" in line for line in night.thread())
        assert len(night.dm("engineer_a")) == before, "nobody else is called"
        await night.pass_time(hours=1)
        assert (await night.incident()).state == "acknowledged"


async def test_a_post_of_another_tool_opens_joins_and_resolves(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        tool_post(night.slack, "[FIRING:1] video_memory_high 612 MB")
        await night.settle()
        assert (await night.incident()).rule == "video_memory_high"
        tool_post(night.slack, "[RESOLVED] video_memory_high")
        await night.settle()
        incident = await night.incident()
        assert (incident.state, incident.resolved_by_alert, incident.alerts) == ("resolved", True, 1)


async def test_back_within_ten_minutes_it_reopens_and_pages_on_one_card_and_later_it_is_another_incident(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert(starts_at="2026-01-12T21:59:00Z")
        await night.types("engineer_a", "/incident resolve 1 rolled back")
        await night.alert(starts_at="2026-01-12T21:59:00Z")
        assert (await night.incident()).state == "resolved", "the same start is only counted"
        await night.alert(starts_at="2026-01-12T22:05:00Z")
        assert (await night.incident()).state == "triggered"
        assert [page["status"] for page in night.phone()] == ["triggered", "resolved"]
        await night.types("engineer_a", "/incident resolve 1")
        night.clock.advance(timedelta(minutes=11))
        await night.alert(starts_at="2026-01-12T22:20:00Z")
        assert (await night.incident(2)).state == "triggered"
        assert night.card(number=1)["ts"] != night.card(number=2)["ts"]


async def test_hostile_labels_come_out_as_text(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert(
            summary="<!channel> <@U0ENGINR0B> look <https://evil.example|here>", severity="<!here>", rule=""
        )
        for message in night.sees("engineer_b", CHANNEL):
            assert "<!channel>" not in said(message)
            assert "<!here>" not in said(message)
            assert "<https://evil.example|here>" not in said(message)
