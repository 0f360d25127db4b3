"""How long it takes to look back: a long timeline in every format, and the chart of an incident's figures."""

from __future__ import annotations

import json
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.events import Event, Kind, Recorded
from bot.incidents import Incident
from bot.reports.chart_png import png
from bot.reports.html import body_of, page
from bot.reports.model import Chart, ChartEvent, Line
from bot.slack.views import timeline as slack
from bot.timeline.as_json import as_json
from bot.timeline.document import TimelineDoc, build
from bot.timeline.markdown import as_md
from bot.timeline.text import as_text
from oncall.policy import Ladder
from tests.bench import wishes
from tests.bench.table import Table

EVENTS = 10_000
PICTURES = 5
AT = datetime(2026, 11, 27, 2, tzinfo=UTC)
ANN = "engineer_a@openvine.co"
_KINDS: tuple[Kind, ...] = ("note", "paged", "alert_joined", "step_finished", "acknowledged")


async def afterwards(table: Table, folder: Path) -> None:
    _formats(table)
    await _pictures(table)


def _formats(table: Table) -> None:
    story, incident = _story(), _incident()
    began = time.perf_counter()
    made = _every(build(incident, story, at=AT + timedelta(days=1)))
    took = time.perf_counter() - began
    tracemalloc.start()
    _every(build(incident, story, at=AT + timedelta(days=1)))
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    table.add(
        f"a timeline of {EVENTS:,} events in every format",
        f"{took:.2f} s",
        took,
        wishes.TIMELINE,
        load=f"text, Markdown, JSON, HTML and Slack's messages one after the other; {peak:.0f} MB at most",
        check="every event stands in each of them once, in less than 100 MB",
        holds=peak < 100 and all(each.count("no. ") == EVENTS for each in made),
    )


def _every(doc: TimelineDoc) -> list[str]:
    markdown = as_md(doc)
    messages = "".join(str(message.blocks) for message in slack.messages(doc))
    entries = json.dumps(as_json(doc)["entries"])
    return [as_text(doc), markdown, entries, page("Timeline", body_of(markdown)), messages]


def _story() -> list[Recorded]:
    data = {"person": ANN, "via": "slack", "level": 1, "ok": True, "run": 1}
    return [
        Recorded(
            3, seq, AT + seq * timedelta(seconds=7), Event(_KINDS[seq % 5], ANN, f"no. {seq} of app-{seq % 9}", data)
        )
        for seq in range(1, EVENTS + 1)
    ]


def _incident() -> Incident:
    return Incident(
        number=3,
        service="openvine-video",
        join_key="bench",
        title="Memory usage above the threshold",
        severity="P0",
        state="acknowledged",
        opened_at=AT,
        respond_from=AT,
        ladder=Ladder("P0", ()),
        ladder_from=AT,
    )


async def _pictures(table: Table) -> None:
    labels = tuple(f"{2 + minute // 60:02}:{minute % 60:02}" for minute in range(90))
    values = tuple(400.0 + minute % 7 for minute in range(90))
    chart = Chart(
        "Memory", labels, (Line("MB", values),), "MB", 500.0, (ChartEvent(30, "noticed"), ChartEvent(60, "over"))
    )
    began = time.perf_counter()
    await png(chart)
    first = time.perf_counter() - began
    began = time.perf_counter()
    drawn = [await png(chart, dark=bool(number % 2)) for number in range(PICTURES)]
    took = (time.perf_counter() - began) / PICTURES
    table.add(
        "a chart's PNG",
        f"{took:.2f} s",
        took,
        wishes.PICTURE,
        load=f"90 points and two events, light and dark in turn, by a process of its own with a low"
        f" priority; the first, which starts it, {first:.2f} s",
        check=f"{PICTURES} pictures were drawn",
        holds=all(one is not None and len(one) > 5_000 for one in drawn),
    )
