"""The JSON Schema of each file of the folder, generated from the same shapes that read it.

It is never stricter than the reader: a duration, a pattern or a single item appears in it as it may be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bot.configuration.alerts_file import AlertsShape
from bot.configuration.bot_file import BotShape
from bot.configuration.drills_file import DrillShape
from bot.configuration.escalation_file import EscalationShape
from bot.configuration.fields import Shape, as_list
from bot.configuration.folder import MAINTENANCE, MONITORING, REQUIRED
from bot.configuration.maintenance_file import MaintenanceShape
from bot.configuration.monitoring_file import MonitoringShape
from bot.configuration.schedule_file import WEEK, ScheduleShape, WeekShape
from bot.ground.json_schema import DRAFT, span

DRILL = "drill.yml"
"""Any file of `drills/`."""
FILES: Mapping[str, type[Shape]] = {
    **dict(zip(REQUIRED, (BotShape, ScheduleShape, EscalationShape, AlertsShape), strict=True)),
    MAINTENANCE: MaintenanceShape,
    MONITORING: MonitoringShape,
    DRILL: DrillShape,
}
"""The shape that reads each file."""


class _AsWritten(GenerateJsonSchema):
    """Describes what stands in a file, not the value it becomes."""

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        return dict(span("A duration"))  # type: ignore[arg-type]

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        inner = super().function_before_schema(schema)
        if schema["function"]["function"] is as_list:
            return {"anyOf": [inner["items"], inner]}
        return inner


def config_schemas() -> dict[str, dict[str, Any]]:
    """The schemas by the name of the file."""
    return {name: _schema(name, shape) for name, shape in FILES.items()}


def config_schema() -> dict[str, Any]:
    """All schemas in one document, each under its file's name in `$defs`."""
    schemas = config_schemas()
    refs = [{"$ref": f"#/$defs/{name}"} for name in schemas]
    return {"$schema": DRAFT, "title": "The configuration of the incident bot", "anyOf": refs, "$defs": schemas}


def _schema(name: str, shape: type[Shape]) -> dict[str, Any]:
    found = _of(shape)
    if shape is ScheduleShape:
        found["patternProperties"] = {f"^{WEEK}$": _of(WeekShape)}
    return {"$schema": DRAFT, "$id": name, **found, "title": f"{name} of the incident bot"}


def _of(shape: type[Shape]) -> dict[str, Any]:
    return shape.model_json_schema(schema_generator=_AsWritten)
