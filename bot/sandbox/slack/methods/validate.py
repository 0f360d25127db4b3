"""`blocks.validate`: what Slack would say about blocks, a message or a view, without posting it."""

from __future__ import annotations

from typing import Any

import orjson

from bot.sandbox.slack.blocks import MESSAGE_BLOCKS, VIEW_BLOCKS, check_blocks, check_view
from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.schema import Report
from bot.sandbox.slack.values import JSON, SlackError
from bot.sandbox.slack.workspace import Workspace

LONGEST = 100_000


def validate(world: Workspace, args: Args) -> JSON:
    """Checks one of `blocks`, `message` and `view`. Raises what is wrong with it, naming every fault by a JSON pointer."""
    given = [name for name in ("blocks", "message", "view") if args.has(name)]
    if len(given) != 1:
        raise SlackError("invalid_arguments")
    (what,) = given
    report = Report(unknown=world.faults.unknown_blocks)
    _CHECKS[what](_read(args, what), report)
    if report.faults:
        raise report.refusal(f"invalid_{what}")
    return {}


def _read(args: Args, name: str) -> Any:
    value = args.structure(name)
    if len(orjson.dumps(value)) > LONGEST:
        raise SlackError("invalid_arguments")
    return value


def _blocks(value: Any, report: Report) -> None:
    if isinstance(value, list):
        check_blocks(value, "", VIEW_BLOCKS, report)
    else:
        report.add("must provide an array", "")


def _message(value: Any, report: Report) -> None:
    report.surface = "message"
    blocks = value.get("blocks", []) if isinstance(value, dict) else None
    if isinstance(blocks, list):
        check_blocks(blocks, "/blocks", MESSAGE_BLOCKS, report)
    else:
        report.add("must provide an object", "")


def _view(value: Any, report: Report) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "modal" or kind == "home":
        report.surface = kind
        check_view(value, "", report)
    else:
        report.add("must be one of modal, home", "/type", type="enum", expected=["modal", "home"], got=kind)


_CHECKS = {"blocks": _blocks, "message": _message, "view": _view}
