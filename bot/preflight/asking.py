"""What a probe is, and how all of them are asked at once. Whatever the network or a vendor does is a finding, never an error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from bot.configuration import Config
from bot.configuration.findings import Finding

log = logging.getLogger(__name__)

Probe = Callable[[Config], Awaitable[list[Finding]]]

TIMEOUT_S = 8.0
"""Seconds that one service has for one answer."""


async def ask_all(config: Config, probes: Iterable[Probe]) -> list[Finding]:
    """Every finding, in the order of the probes. Each answers within its own time-out."""
    answers = await asyncio.gather(*(_isolated(probe, config) for probe in probes))
    return [finding for answer in answers for finding in answer]


async def _isolated(probe: Probe, config: Config) -> list[Finding]:
    try:
        return await probe(config)
    except Exception as error:  # one probe's bug must not hide what the others found
        log.exception("a probe failed")
        return [Finding("note", "preflight", f"one part could not be looked at ({type(error).__name__})")]


def not_asked(topic: str, variable: str) -> Finding:
    return Finding("note", topic, f"off, as {variable} is unset; nothing was asked")
