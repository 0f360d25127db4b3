"""The setting that a request changes: its name, its place in the body, and where its present value can be read.

`setting: {label: Rollout, unit: "%", key: video_system_migration_v2.percentage, read: {url: …, path: …}}`. The read is a GET next
to the change; without one, the present value is said to be unknown.
"""

from __future__ import annotations

import json
from typing import Any

from bot.runbooks.fields import Fields
from bot.runbooks.paths import MISSING, dig, parts
from bot.runbooks.urls import url_trouble
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that a request sets."""

    label: str
    key: str
    """Its path in the body."""
    unit: str = ""
    url: str = ""
    """Where its present value is read; empty if it cannot be read."""
    path: str = ""
    """Where it stands in that answer."""

    def set_by(self, body: str) -> Any:
        """What the body sets it to; `MISSING` if it does not."""
        try:
            return dig(json.loads(body), self.key)
        except ValueError:
            return MISSING


def parse_setting(fields: Fields, body: str) -> Setting | None:
    """Reads `setting`; its key has to be in the body."""
    inner = fields.inner("setting")
    if inner is None:
        return None
    inner.only(("label", "key", "unit", "read"), "“setting”")
    url, path = _read(inner)
    found = Setting(inner.text("label", required=True), inner.text("key", required=True), inner.text("unit"), url, path)
    if found.key and (parts(found.key) is None or found.set_by(body) is MISSING):
        inner.wrong("key", f"“{found.key}” does not stand in the body: write the path of the value that is set.")
    return found


def _read(fields: Fields) -> tuple[str, str]:
    inner = fields.inner("read")
    if inner is None:
        return "", ""
    inner.only(("url", "path"), "“read”")
    url, path = inner.text("url", required=True), inner.text("path", required=True)
    if url and (trouble := url_trouble(url)):
        inner.wrong("url", trouble)
    if path and parts(path) is None:
        inner.wrong("path", f"“{path}” is not a path. Write it like metrics.rate or videos[0].id.")
    return url, path
