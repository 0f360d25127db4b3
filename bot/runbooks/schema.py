"""The JSON Schema of a runbook's file, so that an editor completes its keys and marks unknown ones.

It is made of the reader's own tables: a key that no kind of step takes is in no schema. It says what a file may look like; whether
its steps fit together is checked by the reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from bot.alerts import SEVERITIES
from bot.ground.json_schema import ANY, DRAFT, Schema, either, flag, listed, mapping, number, one_of, span, text, texts
from bot.runbooks.logs import MOST_LAST
from bot.runbooks.parts.parameters import Type
from bot.runbooks.reading import KEYS, STEP_KEYS
from bot.runbooks.reading import SEVERITIES as GRAVE
from bot.runbooks.steps import STEP_KINDS
from bot.runbooks.steps.http import METHODS

_PATH = text("Where it stands in the answer: metrics.rate, videos[0].id")
_LIMITS: Mapping[str, Schema] = {
    "metric": text("A sample of monitoring.yml"),
    "above": number("Good is above this"),
    "below": number("Good is below this"),
}
_CHECKS = listed("Several checks, all of which have to be met", mapping("A check", _LIMITS, ["metric"]))
_CONFIRM = either(
    "What has to be agreed to before it happens; a change is always confirmed",
    {"type": "boolean"},
    mapping(
        "How it is confirmed",
        {
            "message": text("What to consider first"),
            "danger": flag("Slack asks once more"),
            "type_to_confirm": text("A word that has to be typed", maxLength=40),
        },
    ),
)
_NUMBER_OR_PATH = either("A number, or the path of another value", {"type": "number"}, {"type": "string"})
_IDEMPOTENT = flag("It may be repeated by itself after its outcome was lost")
_TIMEOUT = span("How long it may take")
_HTTP: Mapping[str, Schema] = {
    "method": one_of("What is sent; GET and HEAD only read", METHODS),
    "url": text("An address; ${OPENVINE_API_URL}, ${CDN_TEST_URL} and ${CDN_STATUS_URL} are filled in"),
    "headers": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Without credentials"},
    "json": {"description": "The body; ${parameter} is filled in"},
    "body": text("The body as text, instead of json"),
    "timeout": _TIMEOUT,
    "expect": mapping(
        "What a good answer is; 2xx without it",
        {
            "status": {
                "anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": ["string", "integer"]}}]
            },
            "json": {"type": "object", "description": "Path: value"},
        },
    ),
    "show": listed(
        "The values that matter",
        either(
            "A path, or a path with its name",
            {"type": "string"},
            mapping("A value", {"path": _PATH, "label": text("Its name"), "unit": text("Its unit")}, ["path"]),
        ),
    ),
    "warn": listed(
        "What is said beside the values, where one of them is beyond a limit; the step stays done",
        mapping(
            "A warning",
            {"path": _PATH, "above": _NUMBER_OR_PATH, "below": _NUMBER_OR_PATH, "text": text("What is said")},
            ["path", "text"],
        ),
    ),
    "setting": mapping(
        "The value that it changes",
        {
            "label": text("What it is called"),
            "key": text("Where it stands in the body"),
            "unit": text("Its unit"),
            "read": mapping("Where its present value is read", {"url": text("A GET"), "path": _PATH}, ["url", "path"]),
        },
        ["label", "key"],
    ),
    "confirm": _CONFIRM,
    "idempotent": _IDEMPOTENT,
}

KINDS: Mapping[str, Mapping[str, Schema]] = {
    "http": _HTTP,
    "manual": {
        "code": text("Code to look at; nothing of it is run"),
        "language": text("dart, bash …"),
        "action": text("What is left to do once it is done: it becomes an action item"),
    },
    "wait": {"wait": span("How long")},
    "monitor": {
        **_LIMITS,
        "checks": _CHECKS,
        "for": span("How long it is watched"),
        "tolerance": span("How long a value may be on the wrong side"),
    },
    "rollout": {
        **_HTTP,
        "stages": listed(
            "The percentages, one after the other",
            mapping(
                "A stage",
                {"percent": number("Above 0, up to 100"), "hold": span("How long it is watched")},
                ["percent"],
            ),
        ),
        "checks": _CHECKS,
        "rollback": number("What it is set back to when a check goes bad"),
        "tolerance": span("How long a value may be on the wrong side"),
        "auto_raise": flag("A good hold is enough for the next stage; else somebody presses as well"),
        "incident": one_of("What is opened when it fails", SEVERITIES),
    },
    "command": {
        "argv": texts("The program and its words, as `commands` of bot.yml allows them", minItems=1),
        "timeout": _TIMEOUT,
        "read_only": flag("It changes nothing, and is not asked for first"),
        "confirm": _CONFIRM,
        "idempotent": _IDEMPOTENT,
    },
    "logs": {
        "file": text("A name of `logs` in bot.yml"),
        "matching": text("Lines that match this pattern (RE2), as grep -E"),
        "contains": text("Lines that contain this text, as grep -F"),
        "on": text("Lines of that day: today, yesterday, 2026-11-26"),
        "fields": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "description": "As awk '{print $4, $5}'",
        },
        "count": flag("As sort | uniq -c | sort -nr"),
        "last": {"type": "integer", "minimum": 1, "maximum": MOST_LAST, "description": "As tail"},
    },
    "page": {"notify": text("primary, secondary, team, everyone, or an email"), "confirm": _CONFIRM},
    "note": {},
    "decision": {
        "options": listed(
            "The ways on",
            mapping(
                "A way on",
                {"label": text("What its button says", maxLength=60), "goto": text("A later step, or end")},
                ["label"],
            ),
        )
    },
    "checklist": {"items": texts("What has to be so, each ticked by somebody", minItems=1)},
}
"""The keys of each kind of step, besides those that every step has."""

STEP: Mapping[str, Schema] = {
    "id": text("Lower case letters, digits and hyphens"),
    "title": text("What it is called"),
    "text": text("What it is about"),
    "section": text("The heading of the document it stands under"),
    "runbook_url": text("Where to read more"),
    "if": mapping(
        "Only then",
        {
            "step": text("An earlier step"),
            "parameter": text("A parameter"),
            "is": text("done, failed, skipped; an option; a value"),
        },
        ["is"],
    ),
    "retry": mapping(
        "Tried again by itself", {"count": number("How often, 1 to 10"), "delay": span("After each failure")}, ["count"]
    ),
    "continue_on_error": flag("Where it fails, the run goes on"),
    "on_failure": text("The later step that a failure leads to"),
    "approval": mapping(
        "Who has to agree besides",
        {
            "type": one_of("One of them, or all", ("any", "all")),
            "approvers": texts("primary, secondary, other_on_call, or emails"),
            "ttl": span("How long it may be answered"),
            "exclude_requester": flag("Nobody approves what they asked for; true without it"),
        },
    ),
    "verify": mapping(
        "What has to be so afterwards",
        {
            **_LIMITS,
            "checks": _CHECKS,
            "within": span("Until when it has to be so"),
            "hold": span("For how long it has to stay so"),
        },
    ),
    "undo": either(
        "How it is taken back",
        {"type": "string"},
        mapping(
            "The same request with another body", {"title": text("What that does"), "json": ANY}, ["title", "json"]
        ),
    ),
    "safe": flag("It sets the safe value: nothing keeps it waiting"),
}
"""The keys of every step; `type` is its kind."""

_PARAMETER: Mapping[str, Schema] = {
    "name": text("Used as ${name}"),
    "label": text("What a person reads"),
    "type": one_of("What it holds", get_args(Type)),
    "description": text("What to say"),
    "default": {"type": ["string", "number"]},
    "required": flag("It has to be said"),
    "values": texts("The choices"),
    "regex": text("What it has to look like"),
}
RUNBOOK: Mapping[str, Schema] = {
    "id": text("How it is called in commands"),
    "title": text("What it is called"),
    "description": text("What it is for"),
    "severity": one_of("As the document says it, or P0 to P2", GRAVE),
    "respond_within": span("How soon somebody has to answer"),
    "source": text("Where in the document it stands"),
    "symptoms": texts("How it shows"),
    "triggers": listed(
        "The alerts it was written for", mapping("An alert", {"alert": text("A rule of alerts.yml")}, ["alert"])
    ),
    "incident": one_of("none: it starts without an incident", ("required", "none")),
    "owner": text("Who sees to it that it stays true"),
    "review": span("How often that is looked at"),
    "reviewed": text("The day it was looked at last: 2026-11-27"),
    "parameters": listed("What a run is told when it starts", mapping("A parameter", _PARAMETER, ["name"])),
    "runbook_url": text("Where to read more"),
}
"""The keys of the file besides `steps`."""


def runbook_schema() -> dict[str, Any]:
    """The schema of a file under `runbooks/`."""
    keys = {key: RUNBOOK.get(key, ANY) for key in KEYS if key != "steps"}
    steps = {"type": "array", "minItems": 1, "items": {"oneOf": [_step(kind) for kind in STEP_KINDS]}}
    whole = mapping("A runbook", {**keys, "steps": steps}, ["id", "title", "steps"])
    return {"$schema": DRAFT, "title": "A runbook of the incident bot", **(whole if isinstance(whole, Mapping) else {})}


def _step(kind: str) -> Schema:
    own = KINDS.get(kind, {})
    keys = {key: STEP.get(key, ANY) for key in STEP_KEYS if key != "type"}
    return mapping(
        f"A step of type {kind}",
        {"type": {"const": kind}, **keys, **{key: own.get(key, ANY) for key in STEP_KINDS[kind].keys}},
        ["id", "title", "type"],
    )
