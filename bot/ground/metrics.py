"""Every number the bot tells Prometheus, in one object with a registry of its own.

Nothing here is global: two bots in one process (the tests, the sandbox) count apart. All names begin with `incident_bot_`.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

_PREFIX = "incident_bot"
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)


class Metrics:
    """The bot's metrics. Durations are in seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.alerts_accepted = self._counter("alerts_accepted", "Alerts on disk.", "source")
        self.alerts_ignored = self._counter("alerts_ignored", "Alerts that changed nothing.")
        self.intake_rejected = self._counter("intake_rejected", "Posts, or entries of a post, not taken.", "reason")
        self.incidents_opened = self._counter("incidents_opened", "Incidents opened.", "severity")
        self.incidents_open = self._gauge("incidents_open", "Incidents not resolved.", "severity", "state")
        self.pages = self._counter("pages", "Pages handed over, or not.", "transport", "outcome")
        self.page_latency = self._histogram(
            "page_latency_seconds", "From a page falling due to its acceptance by the transport.", _SLOW
        )
        self.deliveries_pending = self._gauge("deliveries_pending", "Deliveries that wait or are under way.", "lane")
        self.dead_letters = self._counter("dead_letters", "Deliveries given up.", "kind")
        self.engine_round = self._histogram("engine_round_seconds", "One round of the engine's chores.", _FAST)
        self.deadline_lateness = self._histogram(
            "deadline_lateness_seconds", "How long after its instant a deadline was acted on.", _SLOW
        )
        self.audit_failures = self._gauge(
            "audit_failures", "What the bot's own audit found wrong the last time.", "part"
        )
        self.write_batch_size = self._histogram("write_batch_size", "Use cases that shared one commit.", _SIZES)
        self.intake = self._histogram("intake_seconds", "From an alert's request to its durable answer.", _FAST)

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """All numbers as Prometheus reads them, and the content type, by the `Accept` header of whoever asks."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}_total", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"{_PREFIX}_{name}", text, registry=self.registry, buckets=buckets)
