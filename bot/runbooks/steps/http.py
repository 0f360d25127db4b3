"""A step that sends one HTTP request.

A read-only one (GET, HEAD) is sent at once; any other is confirmed by a person who has seen exactly what will be sent. It refuses
variables other than the three named ones, credentials in the file, and a body too long to be shown whole.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.runbooks.fields import Fields
from bot.runbooks.parts.consent import Consent, parse_consent
from bot.runbooks.parts.setting import Setting, parse_setting
from bot.runbooks.paths import parts
from bot.runbooks.steps.kind import StepKind
from bot.runbooks.urls import url_trouble

READ_ONLY = ("GET", "HEAD")
METHODS = (*READ_ONLY, "POST", "PUT", "PATCH", "DELETE")
DEFAULT_TIMEOUT = timedelta(seconds=10)
LONGEST_TIMEOUT = timedelta(minutes=2)
LONGEST_BODY = 1_500
"""Characters: with URL and headers, they fit into one Slack section, so that a confirmation shows everything."""

_STATUS = re.compile(r"[1-5](?:\d\d|xx)", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = ("authorization", "proxy-authorization", "cookie", "host", "content-length", "transfer-encoding", "connection")


@dataclass(frozen=True, slots=True)
class Shown:
    """A value of the answer that is shown."""

    path: str
    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Warn:
    """What to say if a value of the answer is beyond a limit: a number, or another value of the same answer."""

    path: str
    text: str
    above: float | str | None = None
    below: float | str | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """What a good answer is: its status is one of these (`200`, `2xx`), and each path has its value."""

    status: tuple[str, ...] = ("2xx",)
    values: tuple[tuple[str, Any], ...] = ()

    def status_met(self, status: int) -> bool:
        return any(str(status) == want or (want.endswith("xx") and str(status)[0] == want[0]) for want in self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """The request as the file has it, with its variables not yet filled in."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    timeout: timedelta = DEFAULT_TIMEOUT
    expect: Expect = Expect()
    show: tuple[Shown, ...] = ()
    warn: tuple[Warn, ...] = ()
    setting: Setting | None = None
    """The setting that it changes, if it changes one."""
    consent: Consent
    idempotent: bool
    """May be repeated without asking if the bot died while it was under way."""

    @property
    def read_only(self) -> bool:
        return self.method in READ_ONLY


def parse_http(fields: Fields) -> Http:
    """Reads the keys of `HTTP_KEYS`."""
    method = _method(fields)
    read_only = method in READ_ONLY
    headers, body = _headers(fields), _body(fields, read_only)
    if "json" in fields.data and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", "application/json"))
    idempotent = fields.flag("idempotent")
    return Http(
        method=method,
        url=_url(fields),
        headers=headers,
        body=body,
        timeout=_timeout(fields),
        expect=_expect(fields),
        show=_show(fields),
        warn=_warn(fields),
        setting=parse_setting(fields, body),
        consent=parse_consent(fields, read_only=read_only),
        idempotent=read_only if idempotent is None else idempotent,
    )


HTTP_KEYS = (
    "method", "url", "headers", "json", "body", "timeout", "expect", "show", "warn", "setting", "confirm", "idempotent",
)  # fmt: skip
KIND = StepKind("http", "request", HTTP_KEYS, parse_http)


def _method(fields: Fields) -> str:
    method = fields.text("method", required=True).upper()
    if method and method not in METHODS:
        fields.wrong("method", f"“{method}” is not a method this step can send. It is one of {', '.join(METHODS)}.")
    return method


def _url(fields: Fields) -> str:
    url = fields.text("url", required=True)
    if not url:
        return ""
    trouble = url_trouble(url)
    if trouble:
        fields.wrong("url", trouble)
    return url


def _headers(fields: Fields) -> tuple[tuple[str, str], ...]:
    inner = fields.inner("headers")
    found = []
    for name, value in inner.data.items() if inner else ():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            inner.wrong(name, f"“{name}” is not a valid header name.") if inner else None
        elif name.lower() in _OURS:
            fields.wrong(
                "headers", f"“{name}” is set by the bot (the token comes from OPENVINE_API_TOKEN): leave it out."
            )
        elif not isinstance(value, str) or not value.isprintable() or not value.isascii() or "${" in value:
            fields.wrong("headers", f"the value of “{name}” must be one line of plain ASCII text without variables.")
        else:
            found.append((name, value))
    return tuple(found)


def _body(fields: Fields, read_only: bool) -> str:
    given = [key for key in ("json", "body") if key in fields.data]
    if len(given) == 2:
        fields.wrong("body", "“json” and “body” exclude each other.")
    if given and read_only:
        fields.wrong(given[0], "a GET or HEAD has no body.")
    body = _json(fields) if given[:1] == ["json"] else fields.text("body")
    if len(body) > LONGEST_BODY:
        fields.wrong(
            given[0],
            f"the body is longer than {LONGEST_BODY} characters and could not be shown whole before it is confirmed.",
        )
    return body


def _json(fields: Fields) -> str:
    try:
        # json.dumps' own spacing is the one the document's curl commands have.
        return json.dumps(fields.data["json"], ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        fields.wrong("json", "“json” holds something JSON cannot say (a date, an infinity …).")
        return ""


def _timeout(fields: Fields) -> timedelta:
    timeout = fields.span("timeout") or DEFAULT_TIMEOUT
    if timeout > LONGEST_TIMEOUT:
        fields.wrong("timeout", "the timeout may be two minutes at most.")
    return timeout


def _expect(fields: Fields) -> Expect:
    inner = fields.inner("expect")
    if inner is None:
        return Expect()
    inner.only(("status", "json"), "“expect”")
    given = inner.data.get("status", "2xx")
    wants = tuple(str(want) for want in (given if isinstance(given, list) else [given]))
    if not wants or not all(_STATUS.fullmatch(want) for want in wants):
        inner.wrong("status", "“status” is 200, 2xx or a list of those.")
    values = inner.inner("json")
    pairs = tuple((str(path), value) for path, value in values.data.items()) if values else ()
    for path, _ in pairs:
        if parts(path) is None:
            inner.wrong("json", f"“{path}” is not a path. Write it like metrics.rate or videos[0].id.")
    return Expect(wants, pairs)


def _show(fields: Fields) -> tuple[Shown, ...]:
    found = []
    for index, item in enumerate(fields.items("show")):
        if isinstance(item, str):
            shown = Shown(item, item)
        else:
            inner = fields.inner("show", index)
            if inner is None:
                continue
            inner.only(("path", "label", "unit"), "“show”")
            path = inner.text("path", required=True)
            shown = Shown(path, inner.text("label") or path, inner.text("unit"))
        _path(fields, "show", shown.path)
        found.append(shown)
    return tuple(found)


def _warn(fields: Fields) -> tuple[Warn, ...]:
    found = []
    for index, _ in enumerate(fields.items("warn")):
        inner = fields.inner("warn", index)
        if inner is None:
            continue
        inner.only(("path", "above", "below", "text"), "“warn”")
        above, below = _limit(inner, "above"), _limit(inner, "below")
        if ("above" in inner.data) == ("below" in inner.data):
            inner.wrong(None, "a warning needs “above” or “below”: a number, or the path of another value.")
        path = _path(inner, "path", inner.text("path", required=True))
        found.append(Warn(path, inner.text("text", required=True), above, below))
    return tuple(found)


def _limit(fields: Fields, key: str) -> float | str | None:
    value = fields.data.get(key)
    return _path(fields, key, value) if isinstance(value, str) else fields.number(key)


def _path(fields: Fields, key: str, path: str) -> str:
    if path and parts(path) is None:
        fields.wrong(key, f"“{path}” is not a path. Write it like metrics.rate or videos[0].id.")
    return path
