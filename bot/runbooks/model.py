"""What a runbook is, and how one is read from the data of its YAML file.

It refuses to know where the data came from: faults are reported with the path inside the document, and the config loader
turns that into file, line and column. Every fault is reported, not only the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.errors import UserError
from bot.runbooks.fields import Fields, Path, Report, did_you_mean
from bot.runbooks.steps import STEP_KINDS, Manner, Spec
from bot.runbooks.steps.http import Http

SEVERITIES = ("critical", "high", "medium", "low", "P0", "P1", "P2")
"""The document's own words, or the bot's."""
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?")
_KEYS = ("id", "title", "description", "severity", "respond_within", "source", "symptoms", "triggers", "steps")
_STEP_KEYS = ("id", "title", "type", "text", "section")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. What only its kind has is in `spec`."""

    id: str
    title: str
    kind: str
    """A key of `STEP_KINDS`."""
    text: str = ""
    section: str = ""
    """The heading of the document it stands under: `Immediate Actions` …"""
    spec: Spec

    @property
    def manner(self) -> Manner:
        return STEP_KINDS[self.kind].manner

    @property
    def needs_confirmation(self) -> bool:
        return isinstance(self.spec, Http) and self.spec.confirm

    @property
    def idempotent(self) -> bool:
        """Whether it may be repeated without asking after its outcome was lost."""
        return isinstance(self.spec, Http) and self.spec.idempotent


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """One procedure."""

    id: str
    title: str
    description: str = ""
    severity: str = ""
    """As the document says it (`critical`), which need not be the severity of the alert's rule."""
    respond_within: timedelta | None = None
    source: str = ""
    """Where in the document it stands."""
    symptoms: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    """Names of the alerts it was written for. Which rule offers which runbook is decided by `alerts.yml`."""
    steps: tuple[Step, ...]
    data: Mapping[str, Any] = field(repr=False, compare=False)
    """The plain data it was read from: what a run keeps as its snapshot."""

    def step(self, step_id: str) -> Step:
        """Raises `KeyError`."""
        return next((step for step in self.steps if step.id == step_id), None) or _no_step(self, step_id)

    def position(self, step_id: str) -> int:
        """Counted from 1."""
        return self.steps.index(self.step(step_id)) + 1


def _no_step(runbook: Runbook, step_id: str) -> Step:
    raise KeyError(f"runbook {runbook.id} has no step {step_id}")


def parse_runbook(data: object, fault: Report) -> Runbook | None:
    """Read one file's data. Reports every fault to `fault(path, text)`; `None` if there was any."""
    faults = 0

    def count(path: Path, text: str) -> None:
        nonlocal faults
        faults += 1
        fault(path, text)

    if not isinstance(data, Mapping):
        count((), "a runbook is a mapping with “id”, “title” and “steps”.")
        return None
    runbook = _runbook(Fields(data, (), count), count)
    return None if faults else runbook


def restore_runbook(data: object) -> Runbook:
    """Read back a snapshot. Raises `ValueError` with every reason if this version cannot read it."""
    faults: list[str] = []
    runbook = parse_runbook(data, lambda path, text: faults.append(f"{'.'.join(map(str, path))}: {text}"))
    if runbook is None:
        raise ValueError("; ".join(faults))
    return runbook


def find_runbook(runbooks: Mapping[str, Runbook], name: str) -> Runbook:
    """By exact id, else by a prefix that only one has. Raises `UserError` with a did-you-mean."""
    wanted = name.strip().lower()
    if wanted in runbooks:
        return runbooks[wanted]
    matching = sorted(found for found in runbooks if wanted and found.startswith(wanted))
    if len(matching) == 1:
        return runbooks[matching[0]]
    if matching:
        raise UserError(
            f"“{wanted}” fits several runbooks: {', '.join(matching)}. Nothing was done; type one more letter."
        )
    if not wanted:
        raise UserError(f"Which runbook? There are: {_names(runbooks)}.")
    raise UserError(
        f"There is no runbook “{name.strip()}”.{did_you_mean(wanted, runbooks)} There are: {_names(runbooks)}."
    )


def _names(runbooks: Mapping[str, Runbook]) -> str:
    return ", ".join(sorted(runbooks)) or "none yet"


def _runbook(fields: Fields, fault: Report) -> Runbook:
    fields.only(_KEYS, "a runbook")
    severity = fields.text("severity")
    if severity and severity not in SEVERITIES:
        fields.wrong("severity", f"“{severity}” is no severity. It is one of {', '.join(SEVERITIES)}.")
    return Runbook(
        id=_id(fields),
        title=fields.text("title", required=True),
        description=fields.text("description"),
        severity=severity,
        respond_within=fields.span("respond_within"),
        source=fields.text("source"),
        symptoms=fields.texts("symptoms"),
        triggers=_triggers(fields),
        steps=_steps(fields, fault),
        data=dict(fields.data),
    )


def _id(fields: Fields) -> str:
    found = fields.text("id", required=True)
    if found and not _ID.fullmatch(found):
        fields.wrong("id", f"“{found}” cannot be an id: use lower-case letters, digits and hyphens.")
    return found


def _triggers(fields: Fields) -> tuple[str, ...]:
    found = []
    for index, _ in enumerate(fields.items("triggers")):
        inner = fields.inner("triggers", index)
        if inner is not None:
            inner.only(("alert",), "a trigger")
            found.append(inner.text("alert", required=True))
    return tuple(found)


def _steps(fields: Fields, fault: Report) -> tuple[Step, ...]:
    items = fields.items("steps")
    if not items:
        fields.wrong(None, "“steps” is missing or empty.")
    found: list[Step] = []
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            fault(("steps", index), "a step is a mapping with “id”, “title” and “type”.")
            continue
        inner = Fields(item, ("steps", index), fault)
        step_id = _id(inner)
        if step_id in seen:
            inner.wrong("id", f"“{step_id}” is the id of step {seen[step_id]} already.")
        if step_id:
            seen.setdefault(step_id, index + 1)
        step = _step(inner, step_id)
        if step is not None:
            found.append(step)
    return tuple(found)


def _step(fields: Fields, step_id: str) -> Step | None:
    name = fields.text("type", required=True)
    kind = STEP_KINDS.get(name)
    if kind is None:
        if name:
            known = ", ".join(STEP_KINDS)
            fields.wrong("type", f"unknown type “{name}”.{did_you_mean(name, STEP_KINDS)} It is one of {known}.")
        return None
    fields.only((*_STEP_KEYS, *kind.keys), f"a step of type {name}")
    return Step(
        id=step_id,
        title=fields.text("title", required=True),
        kind=name,
        text=fields.text("text"),
        section=fields.text("section"),
        spec=kind.parse(fields),
    )
