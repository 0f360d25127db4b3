"""The table of all kinds of steps."""

from __future__ import annotations

from bot.runbooks.steps import checklist, command, decision, http, logs, manual, monitor, note, page, rollout, wait
from bot.runbooks.steps.kind import Manner, StepKind

Spec = (
    http.Http
    | manual.Manual
    | wait.Wait
    | monitor.Monitor
    | command.Command
    | logs.Logs
    | page.Call
    | note.Note
    | decision.Decision
    | checklist.Checklist
    | rollout.Rollout
)
"""What a step of one kind has besides what every step has."""

STEP_KINDS: dict[str, StepKind[Spec]] = {
    "http": http.KIND,
    "manual": manual.KIND,
    "wait": wait.KIND,
    "monitor": monitor.KIND,
    "command": command.KIND,
    "logs": logs.KIND,
    "page": page.KIND,
    "note": note.KIND,
    "decision": decision.KIND,
    "checklist": checklist.KIND,
    "rollout": rollout.KIND,
}

__all__ = ["STEP_KINDS", "Manner", "Spec", "StepKind"]
