"""`python -m tests.bench.bare PORT`: the least that Starlette needs for a post, to compare our intake with."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

taken = 0


async def alerts(request: Request) -> JSONResponse:
    """Reads the post, keeps nothing of it, and answers as the bot does."""
    global taken  # noqa: PLW0603 - a count is all it has
    await request.body()
    taken += 1
    return JSONResponse({"accepted": 1, "ignored": 0, "errors": []}, 202)


async def count(request: Request) -> JSONResponse:
    return JSONResponse({"taken": taken})


app = Starlette(routes=[Route("/alerts", alerts, methods=["POST"]), Route("/taken", count)])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning", access_log=False)
