"""One Web API call from arrival to answer: who calls, may they, is it too often, is an argument missing – then the method itself.

The checks come in the order in which Slack reports them.
"""

from __future__ import annotations

from bot.sandbox.slack.answers import Answer, failing
from bot.sandbox.slack.methods import METHODS, Method
from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.reference import check_arguments
from bot.sandbox.slack.values import JSON, Call, SlackError
from bot.sandbox.slack.workspace import Workspace
from oncall.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call as it came over HTTP. `fault` is what was wrong with its body; `warning` is something that Slack only mentions."""

    method: str
    token: str | None
    form: JSON
    json: JSON | None = None
    fault: str | None = None
    warning: str | None = None

    def args(self, method: Method) -> JSON:
        """The arguments that the method may read: a JSON body counts only if Slack reads one."""
        return {**self.form, **(self.json or {})} if method.json else self.form


def call(world: Workspace, incoming: Incoming) -> Answer:
    """Answer one call and record it."""
    method = METHODS.get(incoming.method)
    values = {} if method is None else incoming.args(method)
    answer = _troubled(world, incoming, method, values)
    answer = _with_headers(world, method, _with_warning(answer, incoming.warning))
    world.calls.append(Call(incoming.method, values, world.clock.now(), answer.body, answer.status))
    return answer


def _troubled(world: Workspace, incoming: Incoming, method: Method | None, values: JSON) -> Answer:
    """The documented answer, unless a trouble is set: then the trouble's answer, after the effect or instead of it."""
    trouble = world.faults.take(incoming.method)
    if trouble is None or trouble.when == "after":
        answer = _refusable(world, incoming, method, values)
    return answer if trouble is None else failing(trouble.way, trouble.retry_after)


def _refusable(world: Workspace, incoming: Incoming, method: Method | None, values: JSON) -> Answer:
    try:
        return _checked(world, incoming, method, values)
    except SlackError as error:
        return Answer(error.body())


def _checked(world: Workspace, incoming: Incoming, method: Method | None, values: JSON) -> Answer:
    if method is None:
        raise SlackError("unknown_method", req_method=incoming.method)
    if incoming.fault is not None:
        raise SlackError(incoming.fault)
    _authenticate(world, incoming)
    wait = _wait(world, incoming.method, method, values)
    if wait:
        return failing("429", wait)
    _authorise(world, method)
    check_arguments(incoming.method, method.needs, values)
    return Answer({"ok": True, **method.run(world, Args(values))})


def _authenticate(world: Workspace, incoming: Incoming) -> None:
    app = world.app
    if incoming.method == "api.test":
        return
    if not incoming.token:
        raise SlackError("not_authed")
    if incoming.token not in (app.bot_token, app.app_token):
        raise SlackError("invalid_auth")
    if world.auth_error is not None:
        raise SlackError(world.auth_error)
    if (incoming.token == app.app_token) != (incoming.method == "apps.connections.open"):
        raise SlackError("not_allowed_token_type")


def _wait(world: Workspace, name: str, method: Method, values: JSON) -> int:
    faults = world.faults
    if faults.slack_429 and method.writes and faults.concerns(name):
        return faults.slack_429
    channel = str(values.get("channel")) if name == "chat.postMessage" else None
    return world.limits.wait(name, method.tier, channel)


def _authorise(world: Workspace, method: Method) -> None:
    if method.scopes and not world.app.scopes.intersection(method.scopes):
        provided = ",".join(sorted(world.app.scopes))
        raise SlackError("missing_scope", needed=",".join(method.scopes), provided=provided)


def _with_warning(answer: Answer, warning: str | None) -> Answer:
    if warning is None or answer.raw is not None or answer.status != 200:
        return answer
    metadata: JSON = answer.body.get("response_metadata", {})
    warnings = [*metadata.get("warnings", []), warning]
    extra = {"warning": ",".join(warnings), "response_metadata": {**metadata, "warnings": warnings}}
    return replace(answer, body={**answer.body, **extra})


def _with_headers(world: Workspace, method: Method | None, answer: Answer) -> Answer:
    scopes = {"x-oauth-scopes": ",".join(sorted(world.app.scopes))}
    if method is not None and method.scopes:
        scopes["x-accepted-oauth-scopes"] = ",".join(method.scopes)
    return replace(answer, headers={**scopes, **answer.headers})
