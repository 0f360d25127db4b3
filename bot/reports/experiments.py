"""The weekly review of A/B tests, by the document's two rules. A graduation is offered, never done.

A test that is significant with a lift above 10 % is to graduate to 100 %. One with more than 1,000 users in the treatment that is
still not significant is to be stopped. Whatever an endpoint does not say is reported as not known, and no rule is applied to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.reports.model import Mark, Offer, Report, Suggestion, Table
from oncall.values import dataclass

LIFT = 10.0
"""Percent."""
USERS = 1_000
_HEAD = ("experiment", "at", "control", "treatment", "lift", "significant")


@dataclass(frozen=True, slots=True)
class Experiment:
    """One A/B test, as far as its endpoint tells."""

    name: str
    percentage: float | None = None
    control: int | None = None
    treatment: int | None = None
    lift: float | None = None
    """Percent."""
    significant: bool | None = None

    @property
    def graduates(self) -> bool:
        return self.significant is True and self.lift is not None and self.lift > LIFT

    @property
    def idles(self) -> bool:
        return self.treatment is not None and self.treatment > USERS and self.significant is False

    @property
    def harms(self) -> bool:
        """The document's P2: an A/B test with a negative effect."""
        return self.significant is True and self.lift is not None and self.lift < 0


def experiments_in(answer: Any) -> list[Experiment]:
    """The experiments of an answer: a mapping of names to what is known of each."""
    if not isinstance(answer, Mapping):
        return []
    return [_experiment(str(name), found) for name, found in answer.items() if isinstance(found, Mapping)]


def _experiment(name: str, found: Mapping[str, Any]) -> Experiment:
    def number(*keys: str) -> float | None:
        value = next((found[key] for key in keys if key in found), None)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def count(*keys: str) -> int | None:
        value = number(*keys)
        return None if value is None else int(value)

    significant = next((found[key] for key in ("isSignificant", "is_significant", "significant") if key in found), None)
    return Experiment(
        name,
        number("percentage"),
        count("controlUsers", "control_users"),
        count("treatmentUsers", "treatment_users"),
        number("liftPercentage", "lift_percentage", "lift"),
        significant if isinstance(significant, bool) else None,
    )


def experiments(period: str, found: Sequence[Experiment], runbook: str = "", trouble: str = "") -> Report:
    """The review. `runbook`: the one that raises a rollout to 100 % after a confirmation. `trouble`: why there is no answer."""
    if trouble or not found:
        text = "what they came to could not be asked" if trouble else "there is none"
        return Report(
            name="experiments", period=period, headline=text, mark="quiet", remarks=(trouble,) if trouble else ()
        )
    suggestions = [each for one in found for each in _suggested(one)]
    graduating = next((one for one in found if one.graduates and (one.percentage or 0) < 100), None)
    offer = Offer(f"Graduate {graduating.name}", runbook) if graduating and runbook else None
    mark: Mark = "bad" if any(one.harms for one in found) else "notable" if suggestions else "quiet"
    unknown = [one.name for one in found if one.significant is None]
    return Report(
        name="experiments",
        period=period,
        headline=_headline(found, suggestions),
        mark=mark,
        tables=(
            Table(
                "Experiments",
                ("experiment", "at", "control", "treatment", "lift", "significant"),
                tuple(map(_row, found)),
            ),
        ),
        suggestions=tuple(suggestions),
        remarks=(f"Of {', '.join(unknown)} no results are known, so no rule applies.",) if unknown else (),
        offer=offer,
    )


def _headline(found: Sequence[Experiment], suggestions: Sequence[Suggestion]) -> str:
    if suggestions:
        return suggestions[0].what[:1].lower() + suggestions[0].what[1:]
    return (
        f"{len(found)} under way, nothing to decide"
        if len(found) > 1
        else f"{found[0].name} is under way, nothing to decide"
    )


def _suggested(one: Experiment) -> Iterator[Suggestion]:
    if one.harms:
        yield Suggestion(
            f"Stop {one.name}: it makes things worse", f"its lift is {one.lift:.1f} %, and that is significant"
        )
    elif one.graduates and (one.percentage or 0) < 100:
        why = f"its lift is {one.lift:.1f} % (more than {LIFT:g}), and that is significant"
        yield Suggestion(f"Graduate {one.name} to 100 %", why, "everybody gets what the treatment has")
    elif one.idles:
        why = f"{one.treatment:,} users have it (more than {USERS:,}), and it is still not significant"
        yield Suggestion(f"Consider stopping {one.name}", why)


def _row(one: Experiment) -> tuple[str, ...]:
    def shown(value: float | None, form: str) -> str:
        return "–" if value is None else format(value, form)

    significant = {True: "yes", False: "no", None: "–"}[one.significant]
    at = "–" if one.percentage is None else f"{one.percentage:g} %"
    lift = "–" if one.lift is None else f"{one.lift:+.1f} %"
    return one.name, at, shown(one.control, ",d"), shown(one.treatment, ",d"), lift, significant
