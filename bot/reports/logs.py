"""The daily log analysis: what the document's greps found in yesterday's logs, each question with its answer."""

from __future__ import annotations

from collections.abc import Sequence

from bot.reports.model import Report, Table
from oncall.values import dataclass

SHOWN = 10
"""Lines shown of each answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and its answer."""

    question: str
    lines: tuple[str, ...] = ()
    trouble: str = ""


def logs(period: str, asked: Sequence[Asked]) -> Report:
    """The report; a day on which nothing was found is quiet."""
    found = [each for each in asked if each.lines]
    troubles = tuple(f"{each.question}: {each.trouble}" for each in asked if each.trouble)
    if not found:
        text = "could not be looked through" if troubles else "nothing of what is looked for"
        return Report(
            name="logs", period=period, headline=text, mark="notable" if troubles else "quiet", remarks=troubles
        )
    count = sum(len(each.lines) for each in found)
    return Report(
        name="logs",
        period=period,
        headline=f"{count} line{'s' if count != 1 else ''} worth a look, of {len(found)} question{'s' if len(found) != 1 else ''}",
        tables=tuple(_table(each) for each in found),
        remarks=troubles,
    )


def _table(each: Asked) -> Table:
    rows = [(line,) for line in each.lines[:SHOWN]]
    if len(each.lines) > SHOWN:
        rows.append((f"and {len(each.lines) - SHOWN} more",))
    return Table(each.question, ("line",), tuple(rows))
