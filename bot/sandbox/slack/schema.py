"""Small checks that add up to Block Kit's schema. Each names its fault, with its place as a JSON pointer, in Slack's words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

from bot.sandbox.slack.values import JSON, SlackError
from oncall.values import dataclass, field

Check = Callable[[Any, str, "Report"], None]


Surface = Literal["message", "modal", "home", "any"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`pointer` says where the fault is; `constraint` says what would be right, in Slack's terms."""

    pointer: str
    message: str
    constraint: JSON

    def json(self) -> JSON:
        told = {"pointer": self.pointer, "code": "failed_constraint", "message": self.message}
        return {**told, "constraint": self.constraint} if self.constraint else told


@dataclass(slots=True)
class Report:
    """The faults so far, and what has to be counted over a whole payload.

    `surface` is where the blocks are to stand; `unknown` are blocks that this workspace does not know.
    """

    surface: Surface = "any"
    unknown: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    characters: int = 0
    markdown: int = 0
    charts: int = 0
    plans: int = 0
    loose_tasks: int = 0
    has_input: bool = False

    def add(self, text: str, at: str, **constraint: Any) -> None:
        self.faults.append(Fault(at, text, constraint))

    def refusal(self, code: str) -> SlackError:
        """An answer that names every fault, in both of Slack's ways."""
        messages = [f"[ERROR] {one.message} [json-pointer:{one.pointer}]" for one in self.faults]
        return SlackError(code, errors=[one.json() for one in self.faults], response_metadata={"messages": messages})


def anything(value: Any, at: str, report: Report) -> None:
    """For parts of Block Kit that the bot does not use."""


def string(most: int, least: int = 0) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", at)
        elif len(value) > most:
            report.add(f"must be less than {most + 1} characters", at, type="max_length", limit=most, got=len(value))
        elif len(value) < least:
            report.add(f"must be more than {least - 1} characters", at, type="min_length", limit=least, got=len(value))

    return check


def number(least: int, most: int) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must provide a number", at)
        elif not least <= value <= most:
            report.add(f"must be between {least} and {most}", at, type="range", minimum=least, maximum=most, got=value)

    return check


def boolean(value: Any, at: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add("must provide a boolean", at)


def one_of(*values: str) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if value not in values:
            report.add(f"must be one of {', '.join(values)}", at, type="enum", expected=list(values), got=value)

    return check


def items(check_item: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add("must provide an array", at)
            return
        if len(value) > most:
            report.add(f"no more than {most} items allowed", at, type="max_items", limit=most, got=len(value))
        if len(value) < least:
            report.add(f"no fewer than {least} items allowed", at, type="min_items", limit=least, got=len(value))
        for index, item in enumerate(value):
            check_item(item, f"{at}/{index}", report)

    return check


def shape(required: Collection[str] = (), **fields: Check) -> Check:
    """An object with these fields and no others; `type` is always allowed."""

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", at)
            return
        for name in required:
            if value.get(name) is None:
                report.add(f"missing required field: {name}", at)
        for name, part in value.items():
            if name in fields:
                if part is not None:
                    fields[name](part, f"{at}/{name}", report)
            elif name != "type":
                report.add(f"invalid additional property: {name}", at)

    return check


def kinds(table: Mapping[str, Check]) -> Check:
    """An object whose `type` selects the check."""

    def check(value: Any, at: str, report: Report) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind is None:
            report.add("missing required field: type", at)
        elif not isinstance(kind, str) or kind not in table or kind in report.unknown:
            expected = sorted(table.keys() - report.unknown)
            report.add(f"unsupported type: {kind}", f"{at}/type", type="enum", expected=expected, got=kind)
        else:
            table[kind](value, at, report)

    return check


def on(check: Check, *surfaces: Surface) -> Check:
    """A block that may stand only on these surfaces."""

    def placed(value: Any, at: str, report: Report) -> None:
        if report.surface not in ("any", *surfaces):
            report.add(f"unsupported type: {value['type']}", f"{at}/type", type="surface", expected=list(surfaces))
        else:
            check(value, at, report)

    return placed


def text(most: int, *, plain: bool = False, least: int = 1) -> Check:
    """A text object (https://docs.slack.dev/reference/block-kit/composition-objects/text-object)."""
    inner = shape(("text",), text=string(most, least), emoji=boolean, verbatim=boolean)

    def check(value: Any, at: str, report: Report) -> None:
        allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if not isinstance(value, dict) or value.get("type") not in allowed:
            report.add(f"must be a text object of type {' or '.join(allowed)}", at)
            return
        inner(value, at, report)
        if isinstance(value.get("text"), str):
            report.characters += len(value["text"])

    return check
