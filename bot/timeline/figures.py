"""What stands below the entries: the receipt of each call, and the figures before and after."""

from __future__ import annotations

from collections import Counter

from bot.events import Event
from bot.receipts import Call, calls_of
from bot.speech import in_detail, spoken
from bot.timeline.document import TimelineDoc
from oncall.policy import transport_name
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure, when the incident opened and when it was over."""

    label: str
    before: str
    after: str


def readings(doc: TimelineDoc) -> tuple[Reading, ...]:
    """What was read by itself at both ends; nothing while one of them is missing."""
    ends = {
        recorded.event.data.get("moment"): recorded.event for recorded in doc.events if recorded.event.kind == "sample"
    }
    if set(ends) < {"opened", "resolved"}:
        return ()
    before, after = _figures(ends["opened"]), _figures(ends["resolved"])
    labels = dict.fromkeys([*before, *after])
    return tuple(Reading(label, before.get(label, "–"), after.get(label, "–")) for label in labels)


def _figures(event: Event) -> dict[str, str]:
    """By label, with the step's title where two steps read something of the same name."""
    found = [(label, value, sample) for sample in event.data["samples"] for label, value in sample["values"].items()]
    twice = {label for label, count in Counter(label for label, _, _ in found).items() if count > 1}
    return {
        f"{label} ({sample['title']})" if label in twice else label: f"{value} {sample['units'].get(label, '')}".strip()
        for label, value, sample in found
    }


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as it is shown: whom by what, and what became of it with its distances."""

    who: str
    became: str


def call_lines(doc: TimelineDoc) -> tuple[CallLine, ...]:
    """The receipt of each call; the id of the provider where it gave one."""
    return tuple(_call_line(doc, call) for call in calls_of(doc.events))


def _call_line(doc: TimelineDoc, call: Call) -> CallLine:
    who = f"{doc.names.get(call.person, call.person) if call.person else 'the team'} by {transport_name(call.via)}"
    if call.failed:
        return CallLine(who, f"given up: {call.failed}")
    start = call.due_at or call.decided_at
    told = [f"accepted after {in_detail(call.took)}" if call.took is not None else "accepted"]
    if start is not None:
        told += [
            f"{what} after {spoken(at - start)}"
            for what, at in (("seen", call.seen_at), ("answered", call.acked_at))
            if at
        ]
    told += [f"id {call.id}"] if call.id else []
    return CallLine(who, ", ".join(told) + (" (possible repeat)" if call.possible_repeat else ""))
