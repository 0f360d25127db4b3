"""Every HTTP route of the bot, in one list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.errors import Overloaded
from bot.ground.clock import Clock
from bot.ground.metrics import Metrics
from bot.sources import SOURCES
from bot.web.alertmanager_door import AlertmanagerDoor
from bot.web.answers import on_crash, on_http_error, on_unavailable
from bot.web.api import Api
from bot.web.calendar_door import CalendarDoor
from bot.web.enqueue_door import CHANGE_PATH as ENQUEUE_CHANGE
from bot.web.enqueue_door import PATH as ENQUEUE
from bot.web.enqueue_door import EnqueueDoor
from bot.web.fast_path import Door
from bot.web.guard import Access, Guard, SilenceGuard
from bot.web.handshake import Handshake
from bot.web.health import HealthRoutes
from bot.web.heartbeat_door import PATH as HEARTBEAT
from bot.web.heartbeat_door import HeartbeatDoor
from bot.web.intake import TakeAlerts
from bot.web.mapped_door import PATH as MAPPED
from bot.web.mapped_door import MappedDoor
from bot.web.pagerduty_door import PagerDutyDoor
from bot.web.ports import Ports
from bot.web.slack_door import SlackDoor

_AlertDoor = TakeAlerts | EnqueueDoor


def web_app(ports: Ports, access: Access, metrics: Metrics, clock: Clock) -> ASGIApp:
    """The HTTP side. Serve it with uvicorn's `proxy_headers=False`: the guard judges the connection itself."""
    guard = Guard(access.intake_tokens)
    doors = _alert_doors(ports, access, guard, metrics, clock)
    api, probes = Api(ports.reader, guard), HealthRoutes(ports.health, metrics, guard)
    mapped = MappedDoor(ports.senders, intake=ports.intake, guard=guard, metrics=metrics, clock=clock)
    silences = SilenceGuard(guard, access.silence_tokens)
    routes = [
        Route("/alerts/cloudevents", Handshake(guard).consent, methods=["OPTIONS"]),
        *(Route(path, door, methods=["POST"]) for path, door in doors.items()),
        Route(MAPPED, mapped, methods=["POST"]),
        Route(HEARTBEAT, HeartbeatDoor(ports.beats, guard).beat, methods=["POST", "GET", "HEAD"]),
        Route("/slack/events", SlackDoor(ports.slack).events, methods=["POST"]),
        Route("/pagerduty/webhooks", PagerDutyDoor(ports.pagerduty, access.pagerduty_secrets).words, methods=["POST"]),
        Route("/oncall.ics", CalendarDoor(ports.rota, Guard(access.calendar_tokens)).calendar),
        Route("/healthz", probes.alive),
        Route("/readyz", probes.ready),
        Route("/metrics", probes.numbers),
        Route("/api/incidents", api.incidents),
        Route("/api/incidents/{number}", api.incident),
        Route("/api/incidents/{number}/timeline", api.timeline),
        *AlertmanagerDoor(ports.alertmanager, silences, clock.real()).routes(),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: on_http_error, Overloaded: on_unavailable, Exception: on_crash},
    )
    app.router.redirect_slashes = False
    return _AlertsFirst(doors, app)


def _alert_doors(ports: Ports, access: Access, guard: Guard, metrics: Metrics, clock: Clock) -> dict[str, _AlertDoor]:
    """Where alerts are posted, by path."""
    take = partial(TakeAlerts, intake=ports.intake, guard=guard, metrics=metrics, clock=clock)
    enqueue = partial(EnqueueDoor, ports.intake, ports.remarks, guard, metrics)
    doors: dict[str, _AlertDoor] = {
        source.path: take(source, signature=access.signatures.get(source.name)) for source in SOURCES
    }
    return doors | {ENQUEUE: enqueue(), ENQUEUE_CHANGE: enqueue(change=True)}


class _AlertsFirst:
    """Alerts come in bursts: their doors are found before Starlette's layers, which would cost as much as the answer.

    A path with a slash too many, or one at its end, is the same route: senders put a base and a path together as they like.
    """

    def __init__(self, doors: Mapping[str, _AlertDoor], others: ASGIApp) -> None:
        self._doors, self._others = doors, others
        self.doors: Mapping[bytes, Door] = {path.encode(): door for path, door in doors.items()}
        """For the fast path, by the address as it stands on the wire."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in self._doors:
            path = "/" + "/".join(part for part in scope["path"].split("/") if part)
            scope = {**scope, "path": path, "raw_path": quote(path).encode()}
        door = self._doors.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        await (door or self._others)(scope, receive, send)
