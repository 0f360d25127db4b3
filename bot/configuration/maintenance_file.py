"""`maintenance.yml`: what is done regularly (`jobs`), and when which alerts are kept quiet (`windows`)."""

from __future__ import annotations

from pydantic import Field

from bot.configuration.document import Document
from bot.configuration.fields import Shape
from bot.configuration.jobs_file import JobsShape, plan_of
from bot.configuration.shapes import checked
from bot.configuration.windows_file import WindowShape, windows_of
from bot.reports.plan import Plan
from bot.silences import Window


class MaintenanceShape(Shape):
    windows: list[WindowShape] = Field(default_factory=list)
    jobs: JobsShape = Field(default_factory=JobsShape)


def read_maintenance(document: Document, timezone: str) -> tuple[Plan, tuple[Window, ...]]:
    """The jobs, and the windows; their times are read in `timezone` unless they name another."""
    shape = checked(MaintenanceShape, document, document.data)
    if shape is None:
        return Plan(), ()
    return plan_of(document, shape.jobs), windows_of(document, shape.windows, timezone)
