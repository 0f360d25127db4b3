"""The real Prometheus and Alertmanager of this machine, connected to a running night, and a system for them to watch."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.configuration import Config
from bot.incidents import Incident
from bot.web.serve import listen, served
from tests.stories.night import Night

PROMETHEUS, ALERTMANAGER = "prometheus", "prometheus-alertmanager"
PATIENCE_S = 40.0
"""Real seconds: other programs take their time, and more on a loaded machine."""


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [name for name in programs if shutil.which(name) is None]
    return pytest.mark.skipif(
        bool(missing), reason=f"no {', '.join(missing)} on this machine: install Debian's package of that name"
    )


@dataclass
class Exporter:
    """A system whose figures are set by hand, as Prometheus scrapes them."""

    gauges: dict[str, float] = field(default_factory=dict)
    counting: dict[str, float] = field(default_factory=dict)
    """Counters, and how much each grows at every scrape."""
    _counted: dict[str, float] = field(default_factory=dict)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/metrics", self._metrics)])

    async def _metrics(self, request: Request) -> Response:
        for name, step in self.counting.items():
            self._counted[name] = self._counted.get(name, 0.0) + step
        lines = [f"{name} {value}" for name, value in {**self.gauges, **self._counted}.items()]
        return PlainTextResponse("\n".join(lines) + "\n")


def rules_of(config: Config) -> str:
    """The configuration's rules in Prometheus's format, without waiting for their `for:`. JSON is YAML."""
    rules = [
        {
            "alert": rule.name,
            "expr": rule.query,
            "labels": {"severity": rule.severity},
            "annotations": {"message": rule.message, "runbook": rule.runbook_url or "https://runbooks.example/x"},
        }
        for rule in config.rules
    ]
    return json.dumps({"groups": [{"name": "video", "interval": "1s", "rules": rules}]})


@asynccontextmanager
async def prometheus(folder: Path, config: Config, exporter: Exporter, alertmanager: str) -> AsyncIterator[str]:
    """A Prometheus that scrapes and evaluates every second and tells `alertmanager` (host:port) at once; yields its URL."""
    listening = _free()
    async with served(exporter.app()) as url:
        folder.mkdir()
        (folder / "rules.yml").write_text(rules_of(config))
        (folder / "prometheus.yml").write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                    "rule_files": ["rules.yml"],
                    "scrape_configs": [{"job_name": "app", "static_configs": [{"targets": [_host(url)]}]}],
                    "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
                }
            )
        )
        async with _program(
            PROMETHEUS,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={listening}",
            "--rules.alert.resend-delay=5s",  # an alert holds for four times that, whatever the machine is busy with
            "--rules.alert.for-grace-period=0s",
        ):
            yield f"http://{listening}"


@asynccontextmanager
async def alertmanager(folder: Path, webhook: str) -> AsyncIterator[str]:
    """An Alertmanager that posts each change of a group at once; yields its host:port."""
    folder.mkdir()
    route = {"receiver": "bot", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"}
    receiver = {"name": "bot", "webhook_configs": [{"url": webhook}]}
    (folder / "alertmanager.yml").write_text(json.dumps({"route": route, "receivers": [receiver]}))
    listening = _free()
    async with _program(
        ALERTMANAGER,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={listening}",
        "--cluster.listen-address=",
    ):
        yield listening


@asynccontextmanager
async def _program(name: str, *arguments: str) -> AsyncIterator[None]:
    quiet = asyncio.subprocess.DEVNULL
    running = await asyncio.create_subprocess_exec(
        name, *arguments, stdout=quiet, stderr=quiet, env={"PATH": os.environ["PATH"]}
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.kill()
        await running.wait()


async def until(night: Night, wanted: Callable[[Incident], bool], number: int = 1) -> Incident:
    """Wait for other programs until the incident is as wanted; meanwhile the night's clock follows the machine's."""
    incident: Incident | None = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while incident is None or not wanted(incident):
                await asyncio.sleep(0.1)
                night.clock.advance_to(datetime.now(UTC))
                with contextlib.suppress(Exception):  # there is none yet
                    incident = await night.incident(number)
    assert incident is not None, "no alert has come"
    assert wanted(incident), incident
    return incident


def host_of(night: Night) -> str:
    return _host(str(night.http.base_url))


def _host(url: str) -> str:
    return url.removeprefix("http://").rstrip("/")


def _free() -> str:
    with listen(0) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"
