"""The undo ledger: what a run has changed and how each change is undone. Pure.

An entry is one value of the guarded system (its `target`) in one log: changed again, it keeps the very first value; set back to
that value, it is over. It does not guess: if nobody knows the value before, no undo is offered that would need it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.undo import BEFORE, Undo
from bot.runbooks.paths import MISSING, dig
from bot.runbooks.reading import restore_runbook
from bot.runbooks.request import Request
from bot.runbooks.steps.http import Http
from bot.runbooks.urls import host_of
from oncall.values import dataclass, replace

State = Literal["open", "undone", "kept"]
"""`kept`: a person ended the incident and said why the change stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change that stands, or stood."""

    id: int
    log: int
    """The number of the incident, or of the run's own log."""
    run: int
    step: str
    target: str
    """What was changed: host, method, path and key. See `target_of`."""
    label: str
    unit: str = ""
    before: Any = None
    known: bool = False
    """Whether `before` is the value before the change; else nobody knows it."""
    after: Any = None
    certain: bool = True
    """False if the request was sent and no answer came: perhaps nothing was changed."""
    back: Mapping[str, Any] | None = None
    """The step that undoes it, as a file would write it; `None` if the bot cannot undo it."""
    made_at: datetime
    made_by: str
    state: State = "open"

    @property
    def spoken(self) -> str:
        """`rollout 25 → 0 %`; `rollout 0 %` if nobody knows the value before."""
        after = value_words(self.after, self.unit)
        perhaps = "" if self.certain else " (perhaps)"
        if not self.known:
            return f"{self.label} {after}{perhaps}"
        return f"{self.label} {from_to(self.before, self.after, self.unit)}{perhaps}"


def target_of(request: Request, step: Step) -> str:
    """What a request changes (host, method, path and changed key), by which two changes of the same thing are recognised."""
    spec = step.spec
    key = spec.setting.key if isinstance(spec, Http) and spec.setting else ",".join(_keys(request.body))
    return target_at(request.method, request.url, key)


def target_at(method: str, url: str, key: str) -> str:
    """The same for a request as it was shown."""
    return f"{host_of(url)} {method} {urlsplit(url).path} {key}".strip()


def _keys(body: bytes) -> list[str]:
    try:
        value = json.loads(body)
    except ValueError:
        return []
    return sorted(value) if isinstance(value, dict) else []


def change_made(
    step: Step,
    request: Request,
    files: Mapping[str, Mapping[str, Any]],
    before: Any,
    *,
    certain: bool,
    fill: Callable[[str], str] = lambda body: body,
) -> Mapping[str, Any] | None:
    """What the ledger records of a step that has changed something; `None` if there is nothing to undo.

    `files` are the steps as the file has them, by id; `before` is `MISSING` if nobody knows the value before; `fill` fills the
    run's parameters into a body, because the undo is a run of its own that does not know them.
    """
    spec = step.spec
    if not isinstance(spec, Http) or not (spec.setting or step.undo):
        return None
    body = request.body.decode()
    setting = spec.setting
    known = before is not MISSING
    return {
        "target": target_of(request, step),
        "label": setting.label if setting else step.title,
        "unit": setting.unit if setting else "",
        "before": before if known else None,
        "known": known,
        "after": setting.set_by(body) if setting else True,
        "certain": certain,
        "back": _filled(_back(step, spec, files, body, before), fill),
    }


def merged(standing: Entry, new: Mapping[str, Any]) -> Entry:
    """The same value was changed again: the first value stays, and a change back to it ends the entry. If nobody knows the first
    value, the one that the undo would set takes its place."""
    first = {"before": standing.before, "known": standing.known, "back": standing.back} if standing.known else {}
    now = replace(standing, **{**new, **first})
    first_again = now.before == now.after if now.known else _set_by_way_back(standing) == now.after
    over = now.certain and first_again
    return replace(now, state="undone" if over else "open")


def _set_by_way_back(entry: Entry) -> Any:
    back = entry.back or {}
    return dig(back.get("json"), str(back["setting"]["key"])) if "setting" in back else MISSING


def _back(
    step: Step, spec: Http, files: Mapping[str, Mapping[str, Any]], body: str, before: Any
) -> Mapping[str, Any] | None:
    """The step that undoes the change."""
    if step.undo and step.undo.step:
        other = files[step.undo.step]
        return _as_undo(other, str(other["title"]), other["json"], step) if "json" in other else None
    title, json_back = _way_back(step, spec, body, before)
    if json_back is None:
        return None
    return _as_undo(files[step.id], title, json.loads(json_back), step)


def _filled(back: Mapping[str, Any] | None, fill: Callable[[str], str]) -> Mapping[str, Any] | None:
    return None if back is None else {**back, "json": json.loads(fill(json.dumps(back["json"], ensure_ascii=False)))}


def _as_undo(data: Mapping[str, Any], title: str, body: Any, step: Step) -> Mapping[str, Any]:
    kept = {key: value for key, value in data.items() if key in _KEPT}
    warning = {"message": f"Takes back what “{step.title}” has changed."}
    return {**kept, "id": "undo", "type": "http", "title": title, "json": body, "safe": True, "confirm": warning}


_KEPT = ("method", "url", "headers", "timeout", "expect", "setting")
"""The keys that the undo shares with the step itself."""


def _way_back(step: Step, spec: Http, body: str, before: Any) -> tuple[str, str | None]:
    undo = step.undo or Undo("")
    if undo.body:
        if not undo.restores:
            return undo.title, undo.body
        return undo.title, None if before is MISSING else undo.body.replace(f'"{BEFORE}"', json.dumps(before))
    if spec.setting is None or before is MISSING:
        return undo.title, None
    return f"Set {spec.setting.label} back", _with(json.loads(body), spec.setting.key, before)


def _with(body: Any, key: str, value: Any) -> str:
    """The body with another value at one of its keys."""
    *around, last = key.split(".")
    inner = body
    for part in around:
        inner = inner[part]
    inner[last] = value
    return json.dumps(body, ensure_ascii=False)


def runbook_of(entry: Entry) -> Runbook:
    """The little runbook that undoes a change. Raises `ValueError` if this version cannot read its step any more."""
    return restore_runbook({"id": _id(entry), "title": f"Take back: {entry.label}", "steps": _steps(entry)})


def takes_back(procedure: Runbook, entry: Entry) -> bool:
    """Whether it is that little runbook, and not a file's that happens to have its name."""
    return procedure.id == _id(entry) and procedure.data["steps"] == _steps(entry)


def _id(entry: Entry) -> str:
    return f"undo-{entry.id}"


def _steps(entry: Entry) -> list[dict[str, Any]]:
    return [dict(entry.back or {})]


def value_words(value: Any, unit: str = "") -> str:
    """A value as people say it: `on`, `off`, `25 %`, `25`."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:g} {unit}".strip()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{text} {unit}".strip()


def from_to(before: Any, after: Any, unit: str) -> str:
    """`25 → 0 %`, `on → off`."""
    both_numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (before, after))
    return f"{value_words(before, '' if both_numbers else unit)} → {value_words(after, unit)}"
