"""`maintenance.yml`: what comes round by itself (`jobs`). Maintenance windows are reserved, and refused rather than pretended."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bot.configuration.document import Document
from bot.configuration.fields import Shape
from bot.configuration.jobs_file import JobsShape, plan_of
from bot.configuration.shapes import checked
from bot.reports.plan import Plan


class MaintenanceShape(Shape):
    windows: list[Any] = Field(default_factory=list)
    jobs: JobsShape = Field(default_factory=JobsShape)


def read_maintenance(document: Document) -> Plan:
    """What comes round. A window in the file would not be honoured, and is therefore a fault."""
    shape = checked(MaintenanceShape, document, document.data)
    if shape is None:
        return Plan()
    if shape.windows:
        document.fault(("windows", 0), "maintenance windows are not honoured yet; take it out, or pages come as ever")
    return plan_of(document, shape.jobs)
