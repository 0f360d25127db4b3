"""An HTTP client for servers on this machine: no proxy of the environment, and no certificates read anew for each test."""

from __future__ import annotations

from typing import Any

import httpx

from bot.tls import trusted


def a_client(base_url: str = "", **options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base_url, trust_env=False, verify=trusted(), **options)
