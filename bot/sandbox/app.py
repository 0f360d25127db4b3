"""One web app for all servers of the sandbox: the page, the Slack, PagerDuty, OpenVine and the world's controls.

All of it is behind `LoopbackOnly`.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from bot.sandbox.guard import LoopbackOnly
from bot.sandbox.world import World
from bot.sandbox.world_api import world_routes


def sandbox_app(world: World, *, slack: Sequence[BaseRoute] = (), page: Sequence[BaseRoute] | None = None) -> Starlette:
    """The app. `slack` are the Slack's routes (`/slack/*`, `/world/slack/*`); `page` defaults to the page's own."""
    shown = _page_routes() if page is None else page
    routes = [*slack, *world_routes(world), *world.routes(), *shown]
    return Starlette(routes=routes, middleware=[Middleware(LoopbackOnly)])


def _page_routes() -> Sequence[BaseRoute]:
    from bot.sandbox.page import page_routes

    return page_routes()
