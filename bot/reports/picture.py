"""Charts as a PNG, light or dark, for a workspace that draws none itself.

Matplotlib is slow to import and large in memory, so it lives in a child process that draws one picture and ends. Nothing is worth a
report that does not leave: a child that fails or takes too long gives no picture.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import asdict

from bot.reports.model import Chart

log = logging.getLogger(__name__)

WITHIN = 30.0
"""Seconds, real time."""


async def png(*charts: Chart, dark: bool = False) -> bytes | None:
    """The charts under each other in one picture, or none."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.reports.draw",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(WITHIN):
            asked = {"charts": [asdict(chart) for chart in charts], "dark": dark}
            drawn, _ = await child.communicate(json.dumps(asked).encode())
    except TimeoutError:
        log.warning("a chart took too long to draw")
        return None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return drawn if child.returncode == 0 and drawn.startswith(b"\x89PNG") else None
