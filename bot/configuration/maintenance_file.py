"""`maintenance.yml`: reserved for maintenance windows. Today it holds an empty list, and says so rather than pretend."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bot.configuration.document import Document
from bot.configuration.fields import Shape
from bot.configuration.shapes import checked


class MaintenanceShape(Shape):
    windows: list[Any] = Field(default_factory=list)


def read_maintenance(document: Document) -> None:
    """Check the file; a window in it would not be honoured, and is therefore a fault."""
    shape = checked(MaintenanceShape, document, document.data)
    if shape and shape.windows:
        document.fault(("windows", 0), "maintenance windows are not honoured yet; take it out, or pages come as ever")
