"""Exports what months of incidents show, as JSON and CSV. A cell that a spreadsheet would take for a formula is guarded."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.retro.insights import FEW, SEVERITIES, Insights, Step, Took


def as_json(it: Insights) -> str:
    """One JSON document for scripts; durations in seconds."""
    document: dict[str, Any] = {
        "since": _z(it.since),
        "until": _z(it.until),
        "incidents": it.incidents,
        "pages": it.pages,
        "night_pages": it.night_pages,
        "before": {"incidents": it.before.count, "pages": it.before.pages, "night_pages": it.before.night_pages},
        "weeks": [
            {"begins": _z(w.begins), "incidents": dict(w.incidents), "pages": w.pages, "night_pages": w.night_pages}
            for w in it.weeks
        ],
        "took": [
            {"what": what, "severity": severity, "count": t.count} | _seconds(t)
            for (what, severity), t in sorted(it.took.items())
        ],
        "answered": [
            {"severity": severity, "met": it.met.get(severity, 0), "missed": it.missed.get(severity, 0)}
            for severity in SEVERITIES
        ],
        "rules": [
            {"rule": r.name, "pages": r.pages, "incidents": r.incidents, "by_themselves": r.by_themselves}
            for r in it.rules
        ],
        "silent_rules": [
            {"rule": rule, "last": _z(last) if last else None} for rule, last in sorted(it.silent.items())
        ],
        "steps": [{name: getattr(s, name) for name in Step.__slots__} for s in it.steps],
        "load": [{"person": c.person, "pages": c.pages, "night_pages": c.night_pages} for c in it.load],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _seconds(took: Took) -> dict[str, float | None]:
    """With too few cases only their number is given."""
    said = took.count >= FEW
    return {
        "median_s": took.median.total_seconds() if said else None,
        "p90_s": took.p90.total_seconds() if said else None,
    }


def as_csv(it: Insights) -> str:
    """One figure a row: `part,name,figure,value`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("part", "name", "figure", "value"))
    writer.writerows(_guarded(row) for row in _figures(it))
    return out.getvalue().rstrip("\n")


def _guarded(row: Sequence[Any]) -> list[Any]:
    """The row, with cells that begin like a formula made plain text for spreadsheets."""
    return [f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in row]


def _figures(it: Insights) -> Iterator[tuple[str, str, str, Any]]:
    for week in it.weeks:
        name = f"{week.begins:%Y-%m-%d}"
        yield from (("week", name, f"incidents {severity}", count) for severity, count in week.incidents.items())
        yield from (("week", name, "pages", week.pages), ("week", name, "night pages", week.night_pages))
    for (what, severity), took in sorted(it.took.items()):
        yield "took", severity, f"{what} count", took.count
        yield from (("took", severity, f"{what} {name}", value) for name, value in _seconds(took).items())
    for severity in SEVERITIES:
        yield "answered", severity, "met", it.met.get(severity, 0)
        yield "answered", severity, "missed", it.missed.get(severity, 0)
    for rule in it.rules:
        yield from (
            ("rule", rule.name or "", name, getattr(rule, name)) for name in ("pages", "incidents", "by_themselves")
        )
    for silent, last in sorted(it.silent.items()):
        yield "silent rule", silent, "last", _z(last) if last else ""
    for step in it.steps:
        name = f"{step.runbook}: {step.step}"
        yield from (("step", name, figure, getattr(step, figure)) for figure in ("helped", "did_not", "failed", "done"))
    for carried in it.load:
        yield from (("load", carried.person, name, getattr(carried, name)) for name in ("pages", "night_pages"))


def _z(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
