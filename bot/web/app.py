"""Every HTTP route of the bot, in one list."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from bot.clock import Clock
from bot.metrics import Metrics
from bot.sources import SOURCES
from bot.web.answers import on_crash, on_http_error
from bot.web.api import Api
from bot.web.guard import Guard
from bot.web.health import HealthRoutes
from bot.web.intake import TakeAlerts
from bot.web.later import later_routes
from bot.web.ports import Health, Intake, Reader, Slack
from bot.web.slack_door import SlackDoor


def web_app(
    *,
    intake: Intake,
    reader: Reader,
    health: Health,
    slack: Slack | None,
    settings_tokens: tuple[str, ...],
    metrics: Metrics,
    clock: Clock,
) -> Starlette:
    """The HTTP side. Serve it with uvicorn's `proxy_headers=False`: the guard judges the connection itself.

    `settings_tokens` are the INTAKE_TOKENS; blank ones do not count, and with none only this machine is served.
    """
    guard = Guard(settings_tokens)
    api, probes = Api(reader, guard), HealthRoutes(health, metrics, guard)
    # Routes are tried in this order: alerts first, because they come in bursts.
    routes = [
        *(
            Route(
                source.path,
                TakeAlerts(source, intake=intake, guard=guard, metrics=metrics, clock=clock),
                methods=["POST"],
            )
            for source in SOURCES
        ),
        Route("/slack/events", SlackDoor(slack).events, methods=["POST"]),
        Route("/healthz", probes.alive),
        Route("/readyz", probes.ready),
        Route("/metrics", probes.numbers),
        Route("/api/incidents", api.incidents),
        Route("/api/incidents/{number}", api.incident),
        Route("/api/incidents/{number}/timeline", api.timeline),
        *later_routes(guard),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: on_http_error, Exception: on_crash})
    app.router.redirect_slashes = False
    return app
