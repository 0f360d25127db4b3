"""A timeline and an incident as the API and `--json` show them."""

from __future__ import annotations

from typing import Any

from bot.formatting import instant
from bot.incidents import Incident
from bot.receipts import Call, calls_of
from bot.timeline.document import TimelineDoc
from bot.timeline.entries import Entry
from bot.timeline.moments import Moment


def incident_json(incident: Incident, acknowledged_by: str | None = None) -> dict[str, Any]:
    """An incident as the API and `--json` show it. `acknowledged_by`: who has acknowledged it last."""
    return {
        "number": incident.number,
        "service": incident.service,
        "title": incident.title,
        "severity": incident.severity,
        "state": incident.state,
        "rule": incident.rule,
        "runbook": incident.runbook,
        "opened_at": instant(incident.opened_at),
        "acknowledged_at": instant(incident.acknowledged_at),
        "mitigated_at": instant(incident.mitigated_at),
        "resolved_at": instant(incident.resolved_at),
        "respond_by": instant(incident.respond_by),
        "alerts": incident.alerts,
        "drill": incident.drill,
        "value": incident.value or None,
        "acknowledged_by": acknowledged_by if incident.acknowledged_at else None,
        "commander": incident.commander,
        "silenced": incident.silenced_by is not None,
        "inhibited_by": incident.inhibited_by,
    }


def as_json(doc: TimelineDoc) -> dict[str, Any]:
    """The timeline as the API and `--format json` show it."""
    taken = [each.event.actor for each in doc.events if each.event.kind == "acknowledged"]
    return {
        "incident": incident_json(doc.incident, taken[-1] if taken else None),
        "events": [
            {
                "seq": recorded.seq,
                "at": instant(recorded.at),
                "kind": recorded.event.kind,
                "actor": recorded.event.actor,
                "text": recorded.event.text,
                "data": recorded.event.data,
            }
            for recorded in doc.events
        ],
        "receipts": [_receipt_json(call) for call in calls_of(doc.events)],
        "moments": {name: _moment_json(moment) for name, moment in doc.moments.items()},
        "entries": [_entry_json(entry) for entry in doc.entries],
    }


def _moment_json(moment: Moment) -> dict[str, Any]:
    return {"at": instant(moment.at), "set_by": moment.by or None, "seen_at": instant(moment.seen)}


def _entry_json(entry: Entry) -> dict[str, Any]:
    """One line as people read it; `events` names those of the log that it stands for."""
    corrected = entry.corrected
    return {
        "at": instant(entry.at),
        "until": instant(entry.until),
        "kind": entry.event.kind,
        "actor": entry.actor,
        "text": entry.text,
        "events": [recorded.seq for recorded in entry.events],
        "pinned": entry.pinned,
        "corrected": {"by": corrected.by, "at": instant(corrected.at)} if corrected else None,
    }


def _receipt_json(call: Call) -> dict[str, Any]:
    return {
        "person": call.person,
        "via": call.via,
        "level": call.level,
        "decided_at": instant(call.decided_at),
        "due_at": instant(call.due_at or call.decided_at),
        "sent_at": instant(call.sent_at),
        "accepted_at": instant(call.accepted_at),
        "seen_at": instant(call.seen_at),
        "acked_at": instant(call.acked_at),
        "id": call.id or None,
        "failed": call.failed or None,
        "latency_s": round(call.took.total_seconds(), 3) if call.took is not None else None,
        "possible_repeat": call.possible_repeat,
    }
