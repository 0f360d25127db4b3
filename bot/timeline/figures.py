"""What stands below the entries: the receipt of each call, and the figures before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.events import Event
from bot.formatting import in_detail, spoken
from bot.receipts import Call, calls_of
from bot.timeline.document import TimelineDoc
from oncall.policy import transport_name
from oncall.values import dataclass, replace


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
        f"{label} ({sample['title']})" if label in twice else label: _shown(value, sample["units"].get(label, ""))
        for label, value, sample in found
    }


def _shown(value: object, unit: str) -> str:
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{said} {unit}".strip()


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
    told = [f"accepted after {in_detail(call.took)}" if call.took is not None else "accepted", *_signs(call)]
    told += [f"id {call.id}"] if call.id else []
    return CallLine(who, ", ".join(told) + (" (possible repeat)" if call.possible_repeat else ""))


def _signs(call: Call) -> list[str]:
    start, signs = call.due_at or call.decided_at, (("seen", call.seen_at), ("answered", call.acked_at))
    return [f"{what} after {spoken(at - start)}" for what, at in signs if at and start is not None]


def call_sums(doc: TimelineDoc) -> tuple[CallLine, ...]:
    """The same on a small screen: one line for each person and way, without ids. Its signs are counted from the first call."""
    together: dict[tuple[str | None, str], list[Call]] = {}
    for call in calls_of(doc.events):
        together.setdefault((call.person, call.via), []).append(replace(call, id=""))
    return tuple(_call_sum(doc, calls) for calls in together.values())


def _call_sum(doc: TimelineDoc, calls: Sequence[Call]) -> CallLine:
    if len(calls) == 1:
        return _call_line(doc, calls[0])
    took, failed = (
        [call.took for call in calls if call.took is not None],
        [call.failed for call in calls if call.failed],
    )
    told = [f"{len(calls)} calls", *([f"each accepted within {in_detail(max(took))}"] if took and not failed else [])]
    told += next(filter(None, map(_signs, calls)), [])
    told += [f"{len(failed)} given up: {failed[-1]}"] if failed else []
    return CallLine(_call_line(doc, calls[0]).who, ", ".join(told))
