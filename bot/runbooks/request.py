"""The request that a step would send, exactly as it will leave, and how it is shown to the person who confirms it. Pure.

The token is never shown or printed. The digest covers everything that leaves, the token included, so that a confirmation belongs to
exactly one request.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from bot.errors import UserError
from bot.ground.redaction import PLAIN
from bot.runbooks.model import Step
from bot.runbooks.parts.parameters import Parameter, filled_body, missing
from bot.runbooks.steps.http import READ_ONLY, Expect, Http, Shown, Warn
from bot.runbooks.urls import fill_in, host_of, under
from oncall.values import dataclass, field

TOKEN = "OPENVINE_API_TOKEN"  # noqa: S105 - the name of the variable
USER_AGENT = ("User-Agent", "incident-bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, with its variables filled in."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    """All headers but `Authorization`, in the order in which they are sent."""
    body: bytes = b""
    timeout: float = 10.0
    """Seconds for the whole exchange."""
    expect: Expect = field(default=Expect(), compare=False)
    show: tuple[Shown, ...] = field(default=(), compare=False)
    warn: tuple[Warn, ...] = field(default=(), compare=False)
    token: str = field(default="", repr=False)
    """The bearer token, set only for URLs under the base that it belongs to. Never shown."""
    plan: str = ""
    """What else is confirmed with it, line by line: a rollout's later stages and its way back."""

    @property
    def read_only(self) -> bool:
        return self.method in READ_ONLY

    @property
    def host(self) -> str:
        return host_of(self.url)

    @property
    def path(self) -> str:
        """The path, without host and query."""
        return urlsplit(self.url).path

    def wire_headers(self) -> tuple[tuple[str, str], ...]:
        """All headers as they are sent, the token included."""
        return (("Authorization", f"Bearer {self.token}"), *self.headers) if self.token else self.headers

    @property
    def shown(self) -> Mapping[str, str]:
        """What a question shows of it."""
        plan = {"plan": self.plan} if self.plan else {}
        return {"method": self.method, "url": self.shown_url, "body": self.body.decode(), **plan}

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown: without any password or key in it."""
        return PLAIN(self.url)

    @property
    def digest(self) -> str:
        """SHA-256 over method, URL, headers, body, and the plan if there is one."""
        whole = [self.method, self.url, [list(pair) for pair in self.wire_headers()], self.body.hex()]
        whole += [self.plan] if self.plan else []
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a step. Contains no secret."""

    ok: bool
    text: str
    """What matters in the answer, or why there is none; one or a few lines."""
    status: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    """The declared values by label."""
    latency_s: float = 0.0
    output: str = ""
    """Everything that came back, as far as it is kept: masked, and longer than anything in a message."""
    certain: bool = True
    """False if a changing request was sent and no answer came: it may or may not have taken effect."""

    @property
    def has_more(self) -> bool:
        """Whether the output says more than the text."""
        return bool(self.output.strip()) and self.output.strip() not in self.text


def render(
    step: Step,
    variables: Mapping[str, str],
    parameters: tuple[Parameter, ...] = (),
    values: Mapping[str, str] = MappingProxyType({}),
) -> Request:
    """Fill everything in. `variables` has the three base URLs and perhaps `OPENVINE_API_TOKEN`; `values` has the run's parameters.

    Raises `UserError` if a setting is missing or unusable, `TypeError` if the step sends no request.
    """
    if not isinstance(step.spec, Http):
        raise TypeError(f"step {step.id} is of kind {step.kind} and sends no request")
    spec = step.spec
    if why := missing(spec.body, values):
        raise UserError(why)
    url = fill_in(spec.url, variables)
    return Request(
        method=spec.method,
        url=url,
        headers=(*spec.headers, USER_AGENT),
        body=filled_body(spec.body, parameters, values).encode(),
        timeout=spec.timeout.total_seconds(),
        expect=spec.expect,
        show=spec.show,
        warn=spec.warn,
        token=token_for(url, variables),
    )


def token_for(url: str, variables: Mapping[str, str]) -> str:
    """The bearer token that is sent to this URL; empty for every address that is not under OPENVINE_API_URL.

    Raises `UserError` if it is unusable.
    """
    base, token = variables.get("OPENVINE_API_URL", "").strip(), variables.get(TOKEN, "").strip()
    if token and not (token.isascii() and token.isprintable()):
        raise UserError(f"{TOKEN} holds a character that no header can carry. Nothing was sent. Correct the setting.")
    return token if base and under(url, base) else ""
