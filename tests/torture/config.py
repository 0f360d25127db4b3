"""The configuration for the torture: ladders of seconds, and a runbook for each incident whose single request is counted where it
arrives."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import yaml

SHIPPED = Path(__file__).parents[2] / "config"
RUNBOOKS = 60
"""One for each incident that gets a runbook: the request of `torture-7` names itself."""
FLOODS = ("flood_a", "flood_b", "flood_c")
"""The rules to which most alerts belong: they are counted, and page nobody twice."""
LEVELS = (timedelta(0), timedelta(seconds=2), timedelta(seconds=5))
"""When the levels of a P0 are due."""
LAST_RESORT = timedelta(seconds=9)

_ESCALATION = {
    "P0": {
        "respond_within": "30s",
        "levels": [
            {"after": "0s", "notify": "primary", "via": ["slack", "pagerduty"]},
            {"after": "2s", "notify": "secondary", "via": ["slack", "email", "pagerduty"]},
            {"after": "5s", "notify": "everyone", "via": ["slack", "email"]},
        ],
        "rounds": 1,
        "round_length": "9s",
        "last_resort": {"notify": "last_resort", "via": ["slack", "pagerduty", "email"]},
        "remind_every": "10m",
    },
    "P1": {"respond_within": "1h", "levels": [{"after": "0s", "notify": "team", "via": "email"}], "remind_every": "1h"},
    "P2": {"respond_within": "4h", "levels": [{"after": "0s", "notify": "team", "via": "email"}], "remind_every": "4h"},
}


def write(folder: Path) -> Path:
    """A configuration folder like the shipped one, but for the policies, the rules and the runbooks."""
    (folder / "runbooks").mkdir(parents=True, exist_ok=True)
    for name in ("bot.yml", "oncall_schedule.yml"):
        (folder / name).write_text((SHIPPED / name).read_text())
    (folder / "maintenance.yml").write_text("windows: []\n")
    (folder / "escalation.yml").write_text(yaml.safe_dump(_ESCALATION, sort_keys=False))
    rules = [{"alert": name, "severity": "P2", "title": f"Flood {name[-1]}"} for name in FLOODS]
    (folder / "alerts.yml").write_text(yaml.safe_dump({"rules": rules}, sort_keys=False))
    for number in range(1, RUNBOOKS + 1):
        (folder / "runbooks" / f"torture-{number:02}.yml").write_text(yaml.safe_dump(_runbook(number), sort_keys=False))
    return folder


def _runbook(number: int) -> dict[str, object]:
    step = {
        "id": "relieve",
        "title": "Relieve",
        "type": "http",
        "method": "POST",
        "url": f"${{OPENVINE_API_URL}}/admin/memory-pressure?runbook={number}",
        # What it changes is its own, or the run before would have to end first.
        "json": {f"relieve_{number}": True},
        "confirm": {"message": "Counted at the other end."},
    }
    after = {"id": "look", "title": "Look", "type": "manual", "text": "Look."}
    return {"id": f"torture-{number:02}", "title": f"Torture {number}", "severity": "critical", "steps": [step, after]}
