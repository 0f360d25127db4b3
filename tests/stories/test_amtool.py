"""The real amtool against the bot, unchanged: alerts are added, asked for and silenced as at an Alertmanager."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.stories.night import Night, a_night, said
from tests.stories.real_prometheus import host_of, needs


async def _amtool(night: Night, *words: str) -> str:
    """What it prints; an error of it stands in front."""
    command = ("amtool", f"--alertmanager.url=http://{host_of(night)}", "--output=json", *words)
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    told, wrong = (each.decode() for each in await running.communicate())
    night.clock.advance_to(max(night.clock.now(), datetime.now(UTC)))
    await night.settle()
    return told if running.returncode == 0 else f"error: {told}{wrong}"


async def _asked(night: Night, *words: str) -> Any:
    return json.loads(await _amtool(night, *words))


@needs("amtool")
async def test_amtool_adds_queries_silences_and_expires_as_at_an_alertmanager(tmp_path: Path) -> None:
    async with a_night(tmp_path, at=datetime.now(UTC)) as night:
        memory = ("alertname=video_memory_high", "instance=app-1", "severity=warning")
        assert await _amtool(night, "alert", "add", *memory, "--annotation=summary=memory is 600MB") == ""
        (alert,) = await _asked(night, "alert", "query", "instance=~app-.*")
        assert alert["labels"] == {"alertname": "video_memory_high", "instance": "app-1", "severity": "warning"}
        assert alert["annotations"] == {"summary": "memory is 600MB"}
        assert alert["status"]["state"] == "active"
        assert await _asked(night, "alert", "query", "instance=app-2") == []
        assert await _asked(night, "alert", "query", "--receiver=nobody") == []
        assert len(await _asked(night, "alert", "query", "--receiver=openvine.*")) == 1

        refused = await _amtool(night, "silence", "add", "alertname=~.+", "--comment=peace", "--author=me")
        assert "every rule" in refused
        assert "24 h" in await _amtool(night, "silence", "add", "instance=app-1", "-d", "3d", "-c", "x", "-a", "me")
        deploy = ("instance=app-1", "-d", "1h", "-c", "deploy", "-a", "ann")
        made = (await _amtool(night, "silence", "add", *deploy)).strip()
        assert (await night.incident()).stands == "silenced"
        assert "ann has silenced" in said(night.root("has silenced alerts"))
        (shown,) = await _asked(night, "silence", "query", "instance=app-1")
        assert (shown["id"], shown["comment"], shown["status"]["state"]) == (made, "deploy", "active")
        (alert,) = await _asked(night, "alert", "query", "--silenced")
        assert alert["status"]["silencedBy"] == [made]
        assert await _asked(night, "alert", "query", "--active") == []

        assert [each["id"] for each in await _asked(night, "silence", "update", "-d", "2h", made)] == [made]
        (shown,) = await _asked(night, "silence", "query")
        assert shown["endsAt"] > (await night.http.get("/api/v2/alerts")).json()[0]["endsAt"]
        await _amtool(night, "silence", "expire", made)
        assert (await night.http.get(f"/api/v2/silence/{made}")).json()["status"] == {"state": "expired"}
        assert (await night.incident()).stands == "triggered"
        (group,) = (await night.http.get("/api/v2/alerts/groups")).json()
        assert [alert["fingerprint"] for alert in group["alerts"]] == [alert["fingerprint"]]
        assert "receiver" in await _amtool(night, "config", "show")
