"""Exactly what a step would do outside: it is shown before the confirmation, and the confirmation is bound to it. Pure.

Each kind of step has one line in the table below. Nothing is done here.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Mapping
from typing import Protocol

from bot.errors import UserError
from bot.runbooks.logs import LogQuery, spoken
from bot.runbooks.model import Step
from bot.runbooks.parts.parameters import Parameter, filled, missing
from bot.runbooks.request import Request, render
from bot.runbooks.rollout import plan_spoken
from bot.runbooks.steps.command import Command
from bot.runbooks.steps.logs import Logs
from bot.runbooks.steps.page import Call
from bot.runbooks.steps.rollout import STAGE, Rollout
from oncall.values import asdict, dataclass, field, replace


class Effect(Protocol):
    """What a step would do outside."""

    @property
    def digest(self) -> str:
        """A digest of everything that would happen: another digest means another effect."""
        ...

    @property
    def shown(self) -> Mapping[str, str]:
        """Its `method`, `url` and `body`, as a question shows them."""
        ...

    @property
    def read_only(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the steps are filled in with: settings of the bot, and the parameters of the run."""

    variables: Mapping[str, str] = field(repr=False)
    """Base URLs and the admin API's token."""
    parameters: tuple[Parameter, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    directory: str = ""
    """Where commands run."""
    percent: float | None = None
    """The percentage that a rollout sets. `None` means its start, which is confirmed together with the whole plan."""
    called: Callable[[str], str] = lambda notify: notify
    """The names of the people whom a role means at present."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCall:
    """A program that would be run on the bot's machine."""

    argv: tuple[str, ...]
    directory: str
    timeout: float
    """Seconds."""
    read_only: bool

    @property
    def digest(self) -> str:
        return _digest([*self.argv, self.directory])

    @property
    def shown(self) -> Mapping[str, str]:
        return {"method": "RUN", "url": shlex.join(self.argv), "body": f"in {self.directory or 'the bot’s own folder'}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSearch:
    """A log file that would be looked through."""

    query: LogQuery
    read_only: bool = True

    @property
    def digest(self) -> str:
        return _digest([json.dumps(asdict(self.query))])

    @property
    def shown(self) -> Mapping[str, str]:
        return {"method": "SEARCH", "url": spoken(self.query), "body": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """Somebody who would be paged."""

    notify: str
    people: str
    """The names of those people at present."""
    read_only: bool = False

    @property
    def digest(self) -> str:
        return _digest([self.notify, self.people])

    @property
    def shown(self) -> Mapping[str, str]:
        return {"method": "PAGE", "url": self.people, "body": ""}


def effect_of(step: Step, setting: Setting) -> Effect:
    """The effect of a step with everything filled in. Raises `UserError` if a setting is missing or unusable."""
    return EFFECTS[step.kind](step, setting)


def _request(step: Step, setting: Setting) -> Request:
    return render(step, setting.variables, setting.parameters, setting.values)


def _command(step: Step, setting: Setting) -> CommandCall:
    spec = step.spec
    assert isinstance(spec, Command)  # noqa: S101 - by the table
    _need(spec.argv, setting)
    return CommandCall(
        argv=tuple(filled(word, setting.values) for word in spec.argv),
        directory=setting.directory,
        timeout=spec.timeout.total_seconds(),
        read_only=spec.read_only,
    )


def _log_search(step: Step, setting: Setting) -> LogSearch:
    assert isinstance(step.spec, Logs)  # noqa: S101 - by the table
    query = step.spec.query
    _need(query.contains, setting)
    return LogSearch(query=replace(query, contains=filled(query.contains, setting.values)))


def _need(used: object, setting: Setting) -> None:
    if why := missing(used, setting.values):
        raise UserError(why)


def _calling(step: Step, setting: Setting) -> Calling:
    assert isinstance(step.spec, Call)  # noqa: S101 - by the table
    return Calling(notify=step.spec.notify, people=setting.called(step.spec.notify))


def _stage(step: Step, setting: Setting) -> Effect:
    plan = step.spec
    assert isinstance(plan, Rollout)  # noqa: S101 - by the table
    percent = plan.stages[0].percent if setting.percent is None else setting.percent
    others = tuple(each for each in setting.parameters if each.name != STAGE)
    filled_in = {**setting.values, STAGE: f"{percent:g}"}
    request = render(step, setting.variables, (*others, Parameter(STAGE, STAGE, "number")), filled_in)
    return replace(request, plan=plan_spoken(plan)) if setting.percent is None else request


EFFECTS: dict[str, Callable[[Step, Setting], Effect]] = {
    "http": _request,
    "command": _command,
    "logs": _log_search,
    "page": _calling,
    "rollout": _stage,
}
"""Kind of step → its effect."""


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
