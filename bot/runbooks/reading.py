"""Reads a runbook from the data of its YAML file.

It does not know where the data came from: faults are reported with the path inside the document, and the loader of the
configuration turns that into file, line and column. Every fault is reported, not only the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from bot.runbooks import references
from bot.runbooks.fields import Fields, Path, Report, did_you_mean
from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.approval import parse_approval
from bot.runbooks.parts.checks import parse_verify
from bot.runbooks.parts.condition import parse_condition
from bot.runbooks.parts.parameters import parse_parameters
from bot.runbooks.parts.retry import parse_retry
from bot.runbooks.parts.undo import parse_undo
from bot.runbooks.steps import STEP_KINDS

SEVERITIES = ("critical", "high", "medium", "low", "P0", "P1", "P2")
"""The document's own words, or the bot's."""
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?")
KEYS = (
    "id", "title", "description", "severity", "respond_within", "source", "symptoms", "triggers", "steps",
    "incident", "owner", "review", "reviewed", "parameters", "runbook_url",
)  # fmt: skip
STEP_KEYS = (
    "id", "title", "type", "text", "section", "runbook_url",
    "if", "retry", "continue_on_error", "on_failure", "approval", "verify", "undo", "safe",
)  # fmt: skip


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


def _runbook(fields: Fields, fault: Report) -> Runbook:
    fields.only(KEYS, "a runbook")
    runbook = Runbook(
        id=_id(fields),
        title=fields.text("title", required=True),
        description=fields.text("description"),
        severity=_severity(fields),
        respond_within=fields.span("respond_within"),
        source=fields.text("source"),
        symptoms=fields.texts("symptoms"),
        triggers=_triggers(fields),
        needs_incident=_needs_incident(fields),
        owner=fields.text("owner"),
        review=fields.span("review"),
        reviewed=_day(fields, "reviewed"),
        parameters=parse_parameters(fields),
        runbook_url=_web_address(fields),
        steps=_steps(fields, fault),
        data=dict(fields.data),
    )
    for path, text in references.troubles(runbook):
        fault(path, text)
    return runbook


def _severity(fields: Fields) -> str:
    severity = fields.text("severity")
    if severity and severity not in SEVERITIES:
        fields.wrong("severity", f"“{severity}” is not a severity. It is one of {', '.join(SEVERITIES)}.")
    return severity


def _needs_incident(fields: Fields) -> bool:
    word = fields.text("incident") or "required"
    if word not in ("required", "none"):
        fields.wrong("incident", f"“{word}” is neither required nor none.")
    return word != "none"


def _day(fields: Fields, key: str) -> str:
    day = fields.text(key)
    try:
        return date.fromisoformat(day).isoformat() if day else ""
    except ValueError:
        fields.wrong(key, f"“{day}” is not a day. Write it like 2026-11-27.")
        return ""


def _web_address(fields: Fields) -> str:
    url = fields.text("runbook_url")
    if url and not url.startswith(("https://", "http://")):
        fields.wrong("runbook_url", "an address begins with https://.")
        return ""
    return url


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
    fields.only((*STEP_KEYS, *kind.keys), f"a step of type {name}")
    step = Step(
        id=step_id,
        title=fields.text("title", required=True),
        kind=name,
        text=fields.text("text"),
        section=fields.text("section"),
        runbook_url=_web_address(fields),
        condition=parse_condition(fields),
        retry=parse_retry(fields),
        continue_on_error=bool(fields.flag("continue_on_error")),
        on_failure=fields.text("on_failure"),
        approval=parse_approval(fields),
        verify=parse_verify(fields),
        undo=parse_undo(fields),
        safe=bool(fields.flag("safe")),
        spec=kind.parse(fields),
    )
    for key, trouble in _misplaced(step):
        fields.wrong(key, trouble)
    return step


def _misplaced(step: Step) -> Iterator[tuple[str, str]]:
    """Keys that are written on a step that cannot have them."""
    changing = step.needs_confirmation and not step.read_only
    for key, there in (("approval", step.approval), ("undo", step.undo), ("safe", step.safe)):
        if there and not changing:
            yield key, f"only a step that changes something can have “{key}”."
    if (step.verify or step.undo) and step.kind == "page":
        yield "type", "a call can neither be verified nor taken back."
    if step.safe and step.kind == "rollout":
        yield "safe", "a rollout cannot be the way back: only what it is set back to is always let through."
    if step.verify and step.manner != "request":
        yield "verify", "only a step that sends or runs something can be verified."
    if step.retry and not step.idempotent:
        yield "retry", "only what may be repeated is tried again: a read, or a step with “idempotent: true”."
    if step.continue_on_error and step.on_failure:
        yield "on_failure", "“continue_on_error” and “on_failure” exclude each other."
