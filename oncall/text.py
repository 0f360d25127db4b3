"""The rota's answers as lines for a terminal: aligned, short, readable at 3 a.m.

Times are in the schedule's own time zone. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from oncall.calendar import local
from oncall.fallback import NOT_THROUGH_AFTER
from oncall.load import Load
from oncall.policy import Ladder, transport_name
from oncall.rota import ROLES, Duty, Gap, Schedule, Shift
from oncall.schedule import HORIZON
from oncall.simulate import Row, Walk


def duty_lines(schedule: Schedule, at: datetime, duties: Sequence[Duty]) -> list[str]:
    """Who is on call: one line for each role, and then why."""
    heads = columns([(duty.role, duty.person or "NOBODY", _end(schedule, at, duty)) for duty in duties])
    in_utc = "" if schedule.timezone == "UTC" else f" ({at:%Y-%m-%d %H:%M} UTC)"
    indent = " " * (max(len(role) for role in ROLES) + 2)
    lines = [f"On call {local(at, schedule.timezone)}{in_utc}:", ""]
    for head, duty in zip(heads, duties, strict=True):
        lines += [head, f"{indent}since {local(duty.since, schedule.timezone)}", f"{indent}{duty.why}"]
    return lines


def shift_lines(schedule: Schedule, shifts: Sequence[Shift]) -> list[str]:
    """One line for each shift."""
    zone = schedule.timezone
    return columns([(local(s.since, zone), "to", local(s.until, zone), s.role, s.person or "NOBODY") for s in shifts])


def gap_lines(schedule: Schedule, gaps: Sequence[Gap], until: datetime) -> list[str]:
    """One line for each gap, or the good news that there is none."""
    zone = schedule.timezone
    if not gaps:
        return [f"No gap until {local(until, zone)}: every role is filled."]
    return columns([(local(gap.since, zone), "to", local(gap.until, zone), f"no {gap.role}") for gap in gaps])


def walk_lines(ladder: Ladder, schedule: Schedule, at: datetime, climb: Walk) -> list[str]:
    """Who is paged when, then the reasons, each once."""
    lines = [f"{ladder.severity} opened {local(at, schedule.timezone)}, if nobody answers:", ""]
    lines += columns(list(_cells(schedule.timezone, climb.rows))) or ["NOBODY WOULD BE PAGED."]
    reasons = [(_after(row), row.why) for row in climb.rows] + [("and", sentence) for sentence in climb.unsaid]
    lines += ["", "Why:", *columns([(f"  {when}", why) for when, why in _news(reasons)])]
    by_pagerduty = [row for row in climb.rows if "pagerduty" in row.via]
    if len({row.at for row in by_pagerduty}) > 1:
        lines += [
            "",
            "PagerDuty opens an incident once (and once for each person with a key of their own) and then holds it:",
            "its own policy escalates there, and later levels do not call it again.",
        ]
    if any(row.via for row in climb.rows):
        patience = lasting(NOT_THROUGH_AFTER)
        lines += [
            "",
            f"Whoever no way of their level reaches within {patience} is called by the other ways that are set up.",
        ]
    if ladder.remind_every:
        lines += ["", f"After that a reminder in the channel every {lasting(ladder.remind_every)}."]
    return lines


def load_lines(found: Sequence[Load], names: Mapping[str, str]) -> list[str]:
    """One line for each person, those first who were woken most."""
    heads = ("", "pages", "at night", *(f"h {role}" for role in ROLES))
    rows = [
        (
            names.get(e.person, e.person),
            str(e.pages),
            str(e.night_pages),
            *(f"{e.hours.get(role, 0):,.0f}" for role in ROLES),
        )
        for e in found
    ]
    return columns([heads, *rows])


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows with their cells aligned in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def lasting(duration: timedelta) -> str:
    """The span in its two largest units: `6 d 5 h`, `30 min`."""
    left, parts = round(duration.total_seconds()), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def _end(schedule: Schedule, at: datetime, duty: Duty) -> str:
    left = duty.until - at
    if left >= HORIZON:
        return "for the next two years at least"
    return f"until {local(duty.until, schedule.timezone)} (in {lasting(left)})"


def _cells(timezone: str, rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """What has to be seen of each row; a row that continues the same level does not repeat it."""
    seen: tuple[str, ...] = ()
    for row in rows:
        clock = local(row.at, timezone, "%H:%M:%S" if row.at.second else "%H:%M")
        level = (_after(row), clock, f"level {row.level}", row.role.replace("_", " "))
        shown = ("",) * len(level) if level == seen else level
        yield (*shown, row.person or "", ", ".join(map(transport_name, row.via)) or "NO WAY TO REACH THEM")
        seen = level


def _after(row: Row) -> str:
    return f"+{lasting(row.after)}" if row.after else "at once"


def _news(reasons: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each reason once, with the time at which it is first given."""
    first: dict[str, str] = {}
    for when, why in reasons:
        first.setdefault(why, when)
    return [(when, why) for why, when in first.items()]
