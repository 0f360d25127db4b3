"""An HTTP client for servers on this machine: without the environment's proxy, and without reading certificates for each test."""

from __future__ import annotations

from typing import Any

import httpx

from bot.ground.tls import trusted


def a_client(base_url: str = "", *, timeout: float = 30, **options: Any) -> httpx.AsyncClient:
    """`timeout` in seconds: no test is about how fast a busy machine answers."""
    return httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False, verify=trusted(), **options)
