"""Small checks that add up to Block Kit's schema. Each names its fault and the place as a JSON pointer, in Slack's words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[Any, str, "Report"], None]


@dataclass(slots=True)
class Report:
    """The faults so far, and what must be counted over a whole payload."""

    faults: list[str] = field(default_factory=list)
    characters: int = 0
    markdown: int = 0
    has_input: bool = False

    def add(self, text: str, at: str) -> None:
        self.faults.append(f"{text} [json-pointer:{at}]")


def anything(value: Any, at: str, report: Report) -> None:
    """For parts of Block Kit the bot has no use for."""


def string(most: int, least: int = 0) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", at)
        elif len(value) > most:
            report.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            report.add(f"must be more than {least - 1} characters", at)

    return check


def number(least: int, most: int) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must provide a number", at)
        elif not least <= value <= most:
            report.add(f"must be between {least} and {most}", at)

    return check


def boolean(value: Any, at: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add("must provide a boolean", at)


def one_of(*values: str) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if value not in values:
            report.add(f"must be one of {', '.join(values)}", at)

    return check


def items(check_item: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add("must provide an array", at)
            return
        if len(value) > most:
            report.add(f"no more than {most} items allowed", at)
        if len(value) < least:
            report.add(f"no fewer than {least} items allowed", at)
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
    """An object whose `type` chooses the check."""

    def check(value: Any, at: str, report: Report) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind is None:
            report.add("missing required field: type", at)
        elif not isinstance(kind, str) or kind not in table:
            report.add(f"unsupported type: {kind}", f"{at}/type")
        else:
            table[kind](value, at, report)

    return check


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
