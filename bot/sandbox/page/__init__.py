"""The sandbox's page: static files, served as they are, that talk only to the sandbox's own `/world` routes.

Nothing is built, bundled or fetched from elsewhere: the browser runs what is in this folder. The Content-Security-Policy enforces
that, so that the text of a message could not run even if the page drew it wrongly.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent
# Mails are shown in a sandboxed frame that inherits this policy; their inline styles are the reason for 'unsafe-inline'.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SHOWN = frozenset({".css", ".html", ".js", ".svg"})


def page_routes() -> list[BaseRoute]:
    """`/` is the page, `/static` has its files; both are revalidated on every visit, so an upgraded sandbox shows its own page.

    `/graph` is where an alert's "Query" leads, as in a Prometheus: the page shows the rule and its gauge.
    """
    return [Route("/", _index), Route("/graph", _index), Mount("/static", _Files(directory=FOLDER))]


async def _index(_: Request) -> Response:
    return FileResponse(FOLDER / "index.html", headers=HEADERS)


class _Files(StaticFiles):
    """The folder without its Python files, with the page's own headers."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        if Path(path).suffix not in SHOWN:
            return Response(status_code=404)
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response
