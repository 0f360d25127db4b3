"""The blocks that Slack added in 2025 and 2026: where they may stand, and how much they hold.

https://docs.slack.dev/reference/block-kit/blocks. If the documentation and Slack's own validator disagree, the stricter one is
taken, so that what passes here passes there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.schema import (
    Check,
    Report,
    anything,
    boolean,
    items,
    kinds,
    number,
    on,
    one_of,
    shape,
    string,
    text,
)

CHARTS = 2
"""In one message. No page of the documentation says so, but Slack enforces it (vercel/chat#696)."""
ROWS, DATA_ROWS, COLUMNS = 100, 101, 20
_ID = string(255)
_RICH = kinds({"rich_text": shape(("elements",), block_id=_ID, elements=anything)})
_INSIDE = frozenset({"actions", "context", "divider", "header", "image", "section", "table"})
"""What both Slack's documentation and its validator accept inside a container."""


def _amount(value: Any, at: str, report: Report) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        report.add("must provide a number", at)


def newer(button: Check, image: Check, classic: Mapping[str, Check]) -> dict[str, Check]:
    """Every newer block by its name. `classic` are the older blocks, for what may stand inside others."""
    card = _card(button, image)
    flat: dict[str, Check] = {
        "card": card,
        "carousel": on(
            shape(("elements",), block_id=_ID, elements=items(kinds({"card": card}), 10)), "message", "home"
        ),
        "data_table": _data_table,
        "data_visualization": _chart_block,
        "table": on(_table, "message"),
    }
    inside = {name: check for name, check in {**classic, **flat}.items() if name in _INSIDE}
    return {
        **flat,
        "alert": on(shape(("text",), block_id=_ID, text=text(200), level=one_of(*LEVELS)), "modal"),
        "container": on(_container(image, inside), "message"),
        "plan": on(_plan, "message"),
        "task_card": on(_loose_task, "message"),
    }


NEWER_BLOCKS = frozenset(
    ["alert", "card", "carousel", "container", "data_table", "data_visualization", "plan", "table", "task_card"]
)
LEVELS = ("default", "info", "warning", "error", "success")
WIDTHS = ("narrow", "standard", "wide", "full")
STATUSES = ("pending", "in_progress", "complete", "error")


def _card(button: Check, image: Check) -> Check:
    fields = shape(
        block_id=_ID,
        hero_image=image,
        icon=image,
        title=text(150),
        subtitle=text(150),
        body=text(200),
        actions=items(kinds({"button": button}), 5),
    )

    def check(value: Any, at: str, report: Report) -> None:
        if not any(value.get(name) for name in ("hero_image", "title", "actions", "body")):
            report.add("missing required field: title", at)
        fields(value, at, report)

    return check


def _container(image: Check, inside: Mapping[str, Check]) -> Check:
    fields = shape(
        ("child_blocks",),
        block_id=_ID,
        title=text(150, plain=True),
        rich_text_title=_RICH,
        subtitle=text(150),
        icon=image,
        child_blocks=items(kinds(inside), 10),
        width=one_of(*WIDTHS),
        is_collapsible=boolean,
        default_collapsed=boolean,
        has_header_divider=boolean,
    )

    def check(value: Any, at: str, report: Report) -> None:
        if not value.get("title") and not value.get("rich_text_title"):
            report.add("missing required field: title", at)
        if value.get("default_collapsed") and not value.get("is_collapsible"):
            report.add("default_collapsed needs is_collapsible", f"{at}/default_collapsed")
        fields(value, at, report)

    return check


_TASK = shape(
    ("task_id", "title", "status"),
    block_id=_ID,
    task_id=string(255, 1),
    title=string(3000, 1),
    status=one_of(*STATUSES),
    details=_RICH,
    output=_RICH,
    sources=items(shape(("url", "text"), url=string(3000, 1), text=string(3000, 1)), 50, least=0),
)
_PLAN = shape(("title",), block_id=_ID, title=string(3000, 1), tasks=items(kinds({"task_card": _TASK}), 50, least=0))


def _plan(value: Any, at: str, report: Report) -> None:
    report.plans += 1
    _not_both(at, report)
    _PLAN(value, at, report)


def _loose_task(value: Any, at: str, report: Report) -> None:
    report.loose_tasks += 1
    _not_both(at, report)
    _TASK(value, at, report)


def _not_both(at: str, report: Report) -> None:
    if report.plans and report.loose_tasks:
        report.add("a plan and task cards beside it exclude each other", at)


def _cells(*, rich: bool = True) -> Check:
    """One row. Raw text has no text object of its own, so its length is counted here."""
    raw = shape(("text",), text=string(10_000))
    count = shape(("value", "text"), value=_amount, text=string(10_000, 1))
    known = {"raw_text": raw, "raw_number": count, **({"rich_text": _RICH} if rich else {})}

    def cell(value: Any, at: str, report: Report) -> None:
        kinds(known)(value, at, report)
        if isinstance(value, dict) and isinstance(value.get("text"), str):
            report.characters += len(value["text"])

    return items(cell, COLUMNS)


_ALIGNED = shape(align=one_of("left", "center", "right"), is_wrapped=boolean)


def _setting(value: Any, at: str, report: Report) -> None:
    if value is not None:
        _ALIGNED(value, at, report)


_table = shape(
    ("rows",),
    block_id=_ID,
    rows=items(_cells(), ROWS),
    column_settings=items(_setting, COLUMNS, least=0),
)


def _data_rows(value: Any, at: str, report: Report) -> None:
    items(anything, DATA_ROWS, least=2)(value, at, report)
    rows = value if isinstance(value, list) else []
    for index, row in enumerate(rows):
        _cells(rich=index > 0)(row, f"{at}/{index}", report)
        if isinstance(row, list) and isinstance(rows[0], list) and len(row) != len(rows[0]):
            report.add(f"must have {len(rows[0])} cells, as the header has", f"{at}/{index}")


_data_table = shape(
    ("caption", "rows"),
    block_id=_ID,
    caption=string(3000, 1),
    rows=_data_rows,
    page_size=number(1, 100),
    row_header_column_index=number(0, COLUMNS - 1),
)

_POINT = shape(("label", "value"), label=string(20, 1), value=_amount)
_SERIES = items(shape(("name", "data"), name=string(20, 1), data=items(_POINT, 20)), 6)
_AXIS = shape(("categories",), categories=items(string(20, 1), 20), x_label=string(50), y_label=string(50))
_DRAWN = shape(("series", "axis_config"), series=_SERIES, axis_config=_AXIS)
_PIE = shape(("segments",), segments=items(_POINT, 6))


def _axes(value: Any, at: str, report: Report) -> None:
    """A chart with axes: its series have different names, and every label is a category."""
    known = len(report.faults)
    _DRAWN(value, at, report)
    if len(report.faults) > known:
        return
    names = [series["name"] for series in value["series"]]
    categories = value["axis_config"]["categories"]
    for number_, series in enumerate(value["series"]):
        if names.index(series["name"]) < number_:
            report.add("series names must be unique", f"{at}/series/{number_}/name")
        for index, point in enumerate(series["data"]):
            if point["label"] not in categories:
                there = f"{at}/series/{number_}/data/{index}/label"
                report.add("must be one of the categories", there, type="enum", expected=categories, got=point["label"])


_CHART = shape(
    ("title", "chart"),
    block_id=_ID,
    title=string(50, 1),
    chart=kinds({"line": _axes, "bar": _axes, "area": _axes, "pie": _PIE}),
)


def _chart_block(value: Any, at: str, report: Report) -> None:
    report.charts += 1
    if report.charts > CHARTS:
        report.add(f"no more than {CHARTS} data_visualization blocks allowed", at, type="max_items", limit=CHARTS)
    _CHART(value, at, report)
