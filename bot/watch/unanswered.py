"""Conditions about sources that stop answering: an endpoint that used to give figures and gives none, or Prometheus itself.
Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from bot.watch.condition import Condition
from bot.watch.model import Monitoring
from bot.watch.outcome import OWN, Answer, Figures, Found

DOWN = "metrics_endpoint_down"
"""The alert of an endpoint that does not answer."""
DOWN_AFTER = timedelta(minutes=5)


def of_endpoints(monitoring: Monitoring) -> Iterator[Condition]:
    for endpoint in dict.fromkeys(sample.endpoint for sample in monitoring.samples.values()):
        names = [sample.name for sample in monitoring.samples.values() if sample.endpoint == endpoint]
        yield Condition(
            key=f"{DOWN}/{endpoint}",
            alert=DOWN,
            rule=DOWN,
            severity="P1",
            hold=DOWN_AFTER,
            asks=f"no figure from {endpoint}",
            ask=_silent(endpoint, names),
        )


def _silent(endpoint: str, names: Sequence[str]) -> Callable[[Figures], Answer]:
    def ask(figures: Figures) -> Answer:
        if any(name in figures.values for name in names) or not figures.seen.intersection(names):
            return {}
        why = next((figures.missing[name] for name in names if name in figures.missing), "nobody asked")
        return {OWN: Found(0.0, text=f"GET {endpoint} gives no figure: {why}")}

    return ask


def prometheus_down(query: str) -> Condition:
    def ask(figures: Figures) -> Answer:
        said = figures.answered.get(query, "it was not asked")
        return {OWN: Found(0.0, text=f"Prometheus gives no answer: {said}")} if isinstance(said, str) else {}

    return Condition(
        key=f"{DOWN}/prometheus",
        alert=DOWN,
        rule=DOWN,
        severity="P1",
        hold=DOWN_AFTER,
        asks="no answer of Prometheus",
        ask=ask,
    )
