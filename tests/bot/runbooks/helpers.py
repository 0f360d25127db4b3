"""The runbooks the tests run: the shipped ones, and a small one with every kind of step in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.configuration.reader import read
from bot.runbooks.model import Runbook
from bot.runbooks.reading import parse_runbook

SHIPPED = Path(__file__).parents[3] / "config" / "runbooks"
AT = datetime(2025, 3, 1, 3, 12, tzinfo=UTC)
EXPIRES = timedelta(minutes=5)
VARIABLES = {
    "OPENVINE_API_URL": "https://api.openvine.co",
    "CDN_TEST_URL": "https://example-video-cdn.com/test-video.mp4",
    "CDN_STATUS_URL": "https://status.cdn-provider.com/api/status",
}
TOKEN = "s3cr3t-t0ken"


def parse(data: object) -> Runbook:
    """The runbook; fails with all faults if there are any."""
    faults = faults_of(data)
    assert not faults, faults
    found = parse_runbook(data, lambda path, text: None)
    assert found is not None
    return found


def faults_of(data: object) -> list[tuple[tuple[str | int, ...], str]]:
    faults: list[tuple[tuple[str | int, ...], str]] = []
    found = parse_runbook(data, lambda path, text: faults.append((path, text)))
    assert (found is None) == bool(faults)
    return faults


def shipped(name: str) -> Runbook:
    """A shipped runbook, read as the loader does: with YAML 1.2's scalars, so that `on` is a word."""
    return parse(read(f"{name}.yml", (SHIPPED / f"{name}.yml").read_text(encoding="utf-8")).data)


def book(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The data of a runbook with these steps; ids and titles are filled in."""
    filled = [{"id": f"s{index}", "title": f"Step {index}", **step} for index, step in enumerate(steps, 1)]
    return {"id": "small", "title": "Small", "steps": filled, **more}


GET: dict[str, Any] = {"type": "http", "method": "GET", "url": "${OPENVINE_API_URL}/look"}
POST: dict[str, Any] = {"type": "http", "method": "POST", "url": "${OPENVINE_API_URL}/act", "json": {"on": False}}
PUT: dict[str, Any] = {"type": "http", "method": "PUT", "url": "${OPENVINE_API_URL}/set", "idempotent": True}
HAND: dict[str, Any] = {"type": "manual", "text": "Look at the logs."}
WAIT: dict[str, Any] = {"type": "wait", "wait": "10m", "text": "Watch the memory."}
WATCH: dict[str, Any] = {"type": "monitor", "metric": "video_memory_mb", "below": 800, "for": "10m"}
NOTE: dict[str, Any] = {"type": "note", "text": "Mind the gap."}
DECIDE: dict[str, Any] = {"type": "decision", "options": [{"label": "Yes"}, {"label": "No", "goto": "end"}]}
LIST: dict[str, Any] = {"type": "checklist", "items": ["Tests pass", "Team told"]}
RUN: dict[str, Any] = {"type": "command", "argv": ["./deploy.sh", "staging"]}
LOGS: dict[str, Any] = {"type": "logs", "file": "app", "contains": "memory", "last": 10}
CALL: dict[str, Any] = {"type": "page", "notify": "secondary"}
ROLLOUT: dict[str, Any] = {
    "type": "rollout",
    "method": "POST",
    "url": "${OPENVINE_API_URL}/admin/ab-tests",
    "setting": {"label": "Rollout", "unit": "%", "key": "video.percentage"},
    "json": {"video": {"percentage": "${stage}"}},
    "stages": [{"percent": 1, "hold": "10m"}, {"percent": 5, "hold": "10m"}, {"percent": 25}],
    "checks": [{"metric": "crash_rate", "below": 5}],
}
EVERY = (GET, POST, PUT, HAND, WAIT, NOTE, DECIDE, LIST, RUN, LOGS, CALL, WATCH, ROLLOUT)
