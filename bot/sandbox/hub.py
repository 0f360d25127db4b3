"""Tells every open page that something has changed. It says only *what* changed; the page then reads the data itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator


class Hub:
    """Sends topics to all listeners; a slow listener keeps the set of topics that it missed, never a backlog."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()

    def publish(self, topic: str) -> None:
        for listener in self._listeners:
            listener.topics.add(topic)
            listener.ready.set()

    async def stream(self) -> AsyncIterator[str]:
        """Topics as they change, each at most once for each turn of the listener."""
        listener = _Listener()
        self._listeners.add(listener)
        try:
            while True:
                await listener.ready.wait()
                listener.ready.clear()
                topics, listener.topics = listener.topics, set()
                for topic in sorted(topics):
                    yield topic
        finally:
            self._listeners.discard(listener)


class _Listener:
    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.ready = asyncio.Event()
