"""Whether figures are where they have to be, and for how long: after a change, or for a while. Pure, and data for the store.

It never calls good what was not measured: only time between two close readings counts, a gap starts a good stretch anew, and
figures that cannot be read for a while are a verdict of their own. It does not know where figures come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from bot.formatting import spoken
from bot.runbooks.parts.checks import Check, Verify
from oncall.values import asdict, dataclass, field, replace

Aim = Literal["reach", "keep"]
"""`reach`: become good within the span, and stay so for a moment; `keep`: be good all the time."""
Word = Literal["goes-on", "helped", "was-good", "did-not-help", "violated", "no-data"]
WAS_GOOD: Word = "was-good"
"""It is good now and was good before the change: nothing says that the change helped."""

BLIND_AFTER = timedelta(minutes=10)
"""After this time without figures, the person who runs the step is told."""
MOST_POINTS = 60
"""Readings kept of one metric; older ones are thinned out."""
LOOK_SOON, LOOK_LATER, LONG = timedelta(seconds=20), timedelta(minutes=1), timedelta(minutes=15)
BRIDGED = 3
"""How many looks two readings may be apart for the time between them to count."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric as it was read."""

    value: float | None = None
    unit: str = ""
    why: str = ""
    """Why there is no value."""
    measurable: bool = True
    """Whether it can be measured at all; false for a name that nothing measures."""


@dataclass(frozen=True, slots=True)
class Point:
    """One reading."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the latest look says, with a text to tell."""

    word: Word
    text: str = ""

    @property
    def over(self) -> bool:
        return self.good or self.word in ("did-not-help", "violated")

    @property
    def good(self) -> bool:
        return self.word in ("helped", WAS_GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is watched, and what was seen so far."""

    aim: Aim
    checks: tuple[Check, ...]
    span: timedelta
    patience: timedelta
    """How long it has to stay good (`reach`), or may be bad (`keep`), before that counts."""
    since: datetime
    measured: timedelta = timedelta(0)
    """The part of the time since then that readings account for."""
    seen: datetime | None = None
    """The last look that could read everything."""
    good: bool | None = None
    """Whether that look was good."""
    side_since: datetime | None = None
    """Since when it has been good, or bad."""
    before: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """The figures when the change was asked for, as far as they could be read."""
    blind_since: datetime | None = None
    """Since when something cannot be read; `None` while everything can."""
    told_blind: bool = False
    why: str = ""
    """What could not be read at the last look, and why."""
    units: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    points: Mapping[str, tuple[Point, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def every(self) -> timedelta:
        """The time from one look to the next."""
        return min(self.span, LOOK_SOON) if self.span < LONG else LOOK_LATER

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(check.metric for check in self.checks))

    @property
    def lasting(self) -> timedelta:
        """For how long it has been good, or bad, up to the last reading."""
        return self.seen - self.side_since if self.seen and self.side_since else timedelta(0)

    def as_json(self) -> dict[str, Any]:
        times = ("since", "seen", "side_since", "blind_since")
        plain = {name: getattr(self, name) for name in ("aim", "good", "told_blind", "why")}
        return {
            **plain,
            **{name: at.isoformat() if (at := getattr(self, name)) else None for name in times},
            **{name: getattr(self, name).total_seconds() for name in ("span", "patience", "measured")},
            "checks": [asdict(check) for check in self.checks],
            "units": dict(self.units),
            **({"before": dict(self.before)} if self.before else {}),
            "points": {name: [[p.at.isoformat(), p.value] for p in points] for name, points in self.points.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Watch:
        times = ("since", "seen", "side_since", "blind_since")
        kept = {
            name: tuple(Point(datetime.fromisoformat(at), value) for at, value in points)
            for name, points in data["points"].items()
        }
        return cls(
            **{
                **data,
                **{name: datetime.fromisoformat(data[name]) for name in times if data[name]},
                **{name: timedelta(seconds=data[name]) for name in ("span", "patience", "measured")},
                "checks": tuple(Check(**check) for check in data["checks"]),
                "points": kept,
            }
        )


def to_reach(verify: Verify, at: datetime, before: Mapping[str, float] = MappingProxyType({})) -> Watch:
    """After a change: did it help?"""
    return Watch(aim="reach", checks=verify.checks, span=verify.within, patience=verify.hold, since=at, before=before)


def to_keep(checks: tuple[Check, ...], span: timedelta, tolerance: timedelta, at: datetime) -> Watch:
    """For a while: does it stay good?"""
    return Watch(aim="keep", checks=checks, span=span, patience=tolerance, since=at)


def observe(watch: Watch, figures: Mapping[str, Figure], at: datetime) -> tuple[Watch, Verdict]:
    """Take the figures of one look. A verdict that is `over` is the last one; after any other, another look is due."""
    gaps = [name for name in watch.metrics if figures.get(name, Figure()).value is None]
    watch = replace(
        watch,
        units={**watch.units, **{name: figure.unit for name, figure in figures.items() if figure.unit}},
        points={name: _added(watch.points.get(name, ()), figures.get(name), at) for name in watch.metrics},
    )
    missing = {name: figures.get(name, Figure()) for name in gaps}
    if gaps and not _known_bad(watch, missing):
        return _blind(watch, missing, at)
    watch = _seen(watch, missing, at)
    return watch, _verdict(watch)


def _known_bad(watch: Watch, missing: Mapping[str, Figure]) -> bool:
    """Whether a figure that could be read is bad: then the whole is bad, whatever cannot be read."""
    return any(_is_bad(watch, check) for check in watch.checks if check.metric not in missing)


def _added(points: tuple[Point, ...], figure: Figure | None, at: datetime) -> tuple[Point, ...]:
    """The points with the new reading; the first and the last always stay."""
    if figure is None or figure.value is None:
        return points
    points = (*points, Point(at, figure.value))
    return points if len(points) <= MOST_POINTS else (*points[:-1:2], points[-1])


def _blind(watch: Watch, gaps: Mapping[str, Figure], at: datetime) -> tuple[Watch, Verdict]:
    since, why = watch.blind_since or at, _whys(gaps)
    never = not all(figure.measurable for figure in gaps.values())
    tell = not watch.told_blind and (never or at - since >= BLIND_AFTER)
    watch = replace(watch, blind_since=since, why=why, told_blind=watch.told_blind or tell)
    if not tell:
        return watch, Verdict("goes-on")
    return watch, Verdict(
        "no-data", f"cannot be measured: {why}" if never else f"no data for {spoken(at - since)}: {why}"
    )


def _whys(gaps: Mapping[str, Figure]) -> str:
    return "; ".join(f"{name}: {figure.why or 'no value'}" for name, figure in gaps.items())


def _seen(watch: Watch, missing: Mapping[str, Figure], at: datetime) -> Watch:
    """Everything was read, or something bad was. A good stretch that a gap has cut begins anew; a bad one goes on, because nothing
    says that it was better."""
    good = not missing and all(check.met(watch.points[check.metric][-1].value) for check in watch.checks)
    close = watch.seen is not None and watch.blind_since is None and at - watch.seen <= BRIDGED * watch.every
    goes_on = watch.good is good and (close or not good)
    return replace(
        watch,
        measured=watch.measured + (at - watch.seen if close and watch.seen else timedelta(0)),
        seen=at,
        good=good,
        side_since=watch.side_since if goes_on else at,
        blind_since=None,
        told_blind=False,
        why=_whys(missing),
    )


def _verdict(watch: Watch) -> Verdict:
    lasts, time_is_up = watch.lasting >= watch.patience, watch.measured >= watch.span
    if watch.aim == "reach":
        if watch.good and lasts:
            return _reached(watch, f"{way(watch)}, {limits(watch)} for {spoken(watch.lasting)}")
        if not watch.good and time_is_up:
            return Verdict("did-not-help", f"did not help: still {now(watch)} after {spoken(watch.measured)}")
    elif watch.good and time_is_up:
        return Verdict("helped", f"good for {spoken(watch.measured)}: {way(watch)}, {limits(watch)}")
    elif not watch.good and lasts:
        return Verdict("violated", f"violated: {now(watch)}, not {limits(watch)}, for {spoken(watch.lasting)}")
    return Verdict("goes-on")


def _reached(watch: Watch, came: str) -> Verdict:
    return (
        Verdict(WAS_GOOD, f"good, as before it: {came}") if _was_good(watch) else Verdict("helped", f"helped: {came}")
    )


def _was_good(watch: Watch) -> bool:
    """Whether everything was good before; false if nobody knows."""
    return all(check.metric in watch.before and check.met(watch.before[check.metric]) for check in watch.checks)


# How it reads


def share(watch: Watch) -> float:
    """How far it has come, from 0 to 1: of the good stretch that is needed, or of the span."""
    done, whole = _come(watch)
    return min(1.0, done / whole)


def standing(watch: Watch) -> str:
    """`below 800 for 2 of 10 min`; `not below 800 yet, 4 of 10 min`."""
    done, whole = _come(watch)
    of = f"{_of(done, whole)} of {spoken(whole)}"
    if watch.good is None:
        return f"{limits(watch)} is looked for, {of}"
    if watch.good:
        return f"{limits(watch)} for {of}"
    return f"not {limits(watch)}{' yet' if watch.aim == 'reach' else ''}, {of}"


def _come(watch: Watch) -> tuple[timedelta, timedelta]:
    return (watch.lasting, watch.patience) if watch.aim == "reach" and watch.good else (watch.measured, watch.span)


def _of(done: timedelta, whole: timedelta) -> str:
    """`2`, if the unit follows with the whole: `2 of 10 min`."""
    done = min(done, whole)
    words, last = spoken(done), spoken(whole)
    one_unit = words.count(" ") == last.count(" ") == 1 and words.split()[1] == last.split()[1]
    return words.split()[0] if one_unit else words


def limits(watch: Watch) -> str:
    """`below 800`; with the names, if there are several metrics."""
    if len(watch.metrics) == 1:
        return " and ".join(check.spoken() for check in watch.checks)
    return " and ".join(f"{check.metric} {check.spoken()}" for check in watch.checks)


def way(watch: Watch) -> str:
    """`990 → 431 MB`."""
    return ", ".join(_named(watch, name, way_of(watch, name)) for name in _known(watch))


def now(watch: Watch) -> str:
    """`940 MB`; of several metrics, those that are not good."""
    bad = {check.metric for check in watch.checks if _is_bad(watch, check)}
    return ", ".join(_named(watch, name, figure(watch, name)) for name in _known(watch) if name in bad or not bad)


def figure(watch: Watch, name: str) -> str:
    """The latest value with its unit."""
    return f"{plain(watch.points[name][-1].value)} {watch.units.get(name, '')}".strip()


def plain(value: float) -> str:
    """A figure with no more digits than anybody reads."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def way_of(watch: Watch, name: str) -> str:
    """For one metric: from its value before, else from its first one, to its latest."""
    first, last = plain(course_of(watch, name)[0]), figure(watch, name)
    return last if last.split()[0] == first else f"{first} → {last}"


def course_of(watch: Watch, name: str) -> tuple[float, ...]:
    """Its values so far, beginning with the one before."""
    before = (watch.before[name],) if name in watch.before else ()
    return (*before, *(point.value for point in watch.points[name]))


def _known(watch: Watch) -> Iterator[str]:
    return (name for name in watch.metrics if watch.points.get(name))


def _named(watch: Watch, name: str, words: str) -> str:
    return words if len(watch.metrics) == 1 else f"{name} {words}"


def _is_bad(watch: Watch, check: Check) -> bool:
    """As of the last look: a figure that could not be read then is not called bad because of an earlier value."""
    points = watch.points.get(check.metric, ())
    return bool(points) and (watch.seen is None or points[-1].at >= watch.seen) and not check.met(points[-1].value)


__all__ = [
    "Figure",
    "Point",
    "Verdict",
    "Watch",
    "course_of",
    "limits",
    "observe",
    "plain",
    "share",
    "standing",
    "to_keep",
    "to_reach",
    "way_of",
]
