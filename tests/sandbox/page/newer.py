"""One of each newer block, as the page gets it: a runbook's plan, figures as tables and charts, cards, evidence to unfold."""

from __future__ import annotations

from typing import Any

from tests.sandbox.page.night import Json, button, plain, text


def rich(said: str) -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": said}]}],
    }


def task(number: int, title: str, status: str, **more: Any) -> Json:
    return {"type": "task_card", "task_id": f"t{number}", "title": title, "status": status, **more}


def raw(said: str) -> Json:
    return {"type": "raw_text", "text": said}


def amount(value: float, said: str) -> Json:
    return {"type": "raw_number", "value": value, "text": said}


def card(title: str, action: str) -> Json:
    return {
        "type": "card",
        "title": text(f"*{title}*"),
        "subtitle": text("Opened 02:14 by Alertmanager"),
        "body": text("Memory stands at *812 MB*; the limit is 500."),
        "actions": [button("Acknowledge", action, title, style="primary")],
    }


def chart(title: str, kind: str, names: list[str], labels: list[str], *rows: list[float]) -> Json:
    series = [
        {"name": name, "data": [{"label": label, "value": value} for label, value in zip(labels, row, strict=True)]}
        for name, row in zip(names, rows, strict=True)
    ]
    axis = {"categories": labels, "x_label": "Time (UTC)", "y_label": "MB"}
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {"type": kind, "series": series, "axis_config": axis},
    }


HOURS = ["02:00", "02:05", "02:10", "02:15", "02:20", "02:25"]
MEMORY: list[float] = [310, 420, 530, 640, 790, 812]
PLAN: Json = {
    "type": "plan",
    "title": "High memory usage",
    "tasks": [
        task(1, "Read the memory figures", "complete", output=rich("video_memory_mb 812 (limit 500)")),
        task(2, "Free memory under pressure", "error", output=rich("HTTP 503 after 10 s")),
        task(3, "Turn the emergency mode on", "in_progress", details=rich("POST /admin/feature-flags")),
        task(
            4,
            "Watch for two hours",
            "pending",
            sources=[{"type": "url", "url": "https://example.org/runbook", "text": "Runbook"}],
        ),
    ],
}
TABLE: Json = {
    "type": "table",
    "column_settings": [{"is_wrapped": True}, {"align": "right"}],
    "rows": [[raw("Metric"), raw("Now")], [raw("Memory"), amount(812, "812 MB")], [rich("Crash rate"), raw("0.4 %")]],
}
SAMPLES = [
    [raw(at), amount(mb, f"{mb:.0f}"), amount(number / 10, f"{number / 10} %")]
    for number, (at, mb) in enumerate(zip(HOURS, MEMORY, strict=True))
]
DATA_TABLE: Json = {
    "type": "data_table",
    "caption": "Samples of the last hour",
    "page_size": 3,
    "rows": [[raw("At"), raw("Memory"), raw("Crashes")], *SAMPLES],
}
LINE = chart("Memory in use", "line", ["In use", "Limit"], HOURS, MEMORY, [500] * 6)
AREA = chart("Memory by player", "area", ["New", "Old"], HOURS, MEMORY, [200, 210, 190, 220, 215, 205])
BAR = chart("Crashes", "bar", ["New", "Old", "Web"], ["iOS", "Android", "TV"], [4, 9, 2], [1, 2, 1], [0, 3, -1])
PIE: Json = {
    "type": "data_visualization",
    "title": "Crashes by platform",
    "chart": {
        "type": "pie",
        "segments": [
            {"label": "iOS", "value": 45},
            {"label": "Android", "value": 30},
            {"label": "Web", "value": 15},
            {"label": "TV", "value": 10},
        ],
    },
}
CONTAINER: Json = {
    "type": "container",
    "title": plain("Evidence at minute zero"),
    "subtitle": plain("5 values, 2 of them beyond their limit"),
    "is_collapsible": True,
    "default_collapsed": True,
    "has_header_divider": True,
    "child_blocks": [{"type": "section", "text": text("Memory *812 MB*, crash rate 0.4 %")}, TABLE],
}
OPEN: Json = {
    "type": "container",
    "title": plain("Always open"),
    "width": "narrow",
    "child_blocks": [{"type": "divider"}, {"type": "section", "text": text("Nothing to unfold")}],
}
ALERTS: list[Json] = [
    {"type": "alert", "level": level, "text": text(f"This changes *production* ({level})")}
    for level in ("default", "info", "warning", "error", "success")
]
CARDS: list[Json] = [
    card("INC-7", "ack"),
    {"type": "carousel", "elements": [card(f"INC-{n}", f"ack{n}") for n in (8, 9, 10)]},
]
MARKDOWN: Json = {
    "type": "markdown",
    "text": "## What happened\n**Memory** grew; see [the graph](https://example.org/g).\n- one\n- two",
}
NEWER: list[Json] = [PLAN, task(9, "On its own", "complete"), TABLE, DATA_TABLE, *CARDS, CONTAINER, OPEN, MARKDOWN]
CHARTS: list[Json] = [LINE, AREA, BAR, PIE]
