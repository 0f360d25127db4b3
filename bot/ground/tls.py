"""Which certificates are trusted, read once: every client shares them, because reading them takes longer than most requests.

aiohttp has read them when it is imported, and those are taken where it was. The machine's own store counts; where it is empty (slim
containers, Python from python.org on a Mac) certifi's list does.
"""

from __future__ import annotations

import ssl
import sys
from functools import cache
from threading import Lock

import certifi

_reading = Lock()


def trusted() -> ssl.SSLContext:
    """The context of every outgoing TLS connection of ours. Whoever asks while it is read waits for it."""
    with _reading:
        return _read()


@cache
def _read() -> ssl.SSLContext:
    context: ssl.SSLContext | None = getattr(sys.modules.get("aiohttp.connector"), "_SSL_CONTEXT_VERIFIED", None)
    context = context or ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(certifi.where())
    return context
