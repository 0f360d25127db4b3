"""What is watched, in words: the same lines in Slack and on the terminal. Pure.

The place that shows them passes a voice: how an instant is written there, and how text from others is made safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.formatting import spoken
from bot.watch.advice import figure, pace
from bot.watch.course import STALE, sparkline
from bot.watch.lifecycle import fires_at
from bot.watch.outcome import Unknown
from bot.watch.snapshot import Asked, Memory, Now, Watched
from bot.watch.template import go_float
from oncall.words import written

_MARKS = {"critical": "🔴", "warning": "🟡", None: "✅"}


class Voice(Protocol):
    """How a surface (Slack, terminal) writes things."""

    def at(self, instant: datetime) -> str:
        """How an instant is written."""
        ...

    def text(self, text: str) -> str:
        """How text from somebody else is written."""
        ...


def now_lines(found: Sequence[Now], at: datetime, voice: Voice) -> Iterator[str]:
    """One line for each metric: its figure, how it went in the last hour and its limit; or why there is no figure."""
    if found and not any(each.buckets or each.gap for each in found):
        yield "❔ Nothing was read in the last hour: samples are taken once a minute, while the bot runs."
        return
    for each in found:
        yield _now(each, at, voice)


def _now(one: Now, at: datetime, voice: Voice) -> str:
    name = voice.text(one.sample.name)
    if not one.buckets:
        return (
            f"❔ {name} could not be read: {voice.text(one.gap.why)}"
            if one.gap
            else f"❔ {name} was not read in the last hour"
        )
    last = one.buckets[-1]
    value = voice.text(figure(last.mean, one.sample.unit))
    parts = [f"{sparkline([each.mean for each in one.buckets])} {value}".strip()]
    if one.limit is not None:
        word = "below" if one.limit.below else "above"
        parts.append(f"warning {word} {one.limit.warning:g}, critical {word} {one.limit.critical:g}")
    if one.gap is not None:
        parts.append(f"not read since {voice.at(one.gap.since)}: {voice.text(one.gap.why)}")
    elif at - last.until > STALE:
        parts.append(f"read {spoken(at - last.at)} ago")
    mark = "❔" if one.gap is not None else _MARKS[one.limit.concern(last.mean) if one.limit else None]
    return f"{mark} {name} {' · '.join(parts)}"


def memory_lines(one: Memory, voice: Voice) -> Iterator[str]:
    """Peak, average, trend, growth, distribution, what is usual, and what to do and why."""
    seen, unit = one.seen, one.sample.unit

    def shown(value: float) -> str:
        return voice.text(figure(value, unit))

    usual = f" · usually {shown(one.usual.value)} at this hour" if one.usual else ""
    yield f"{sparkline(one.values, 24)} {shown(seen.latest)} now, {voice.text(_trend(one))}{usual}"
    span = spoken(seen.until - seen.since)
    peak = f"peak {shown(seen.peak)} ({voice.at(seen.peak_at)})"
    yield f"In {span}: {peak} · average {shown(seen.average)} · lowest {shown(seen.least)}"
    shares = [f"{share} % of it at most {shown(value)}" for share, value in seen.quantiles.items()]
    yield f"Distribution: {', '.join(shares)}"
    if one.limit is not None:
        word, limit = "below" if one.limit.below else "above", one.limit
        over = [(limit.warning, seen.beyond["warning"]), (limit.critical, seen.beyond["critical"])]
        yield ", ".join(f"{word} {shown(bound)} for {share:.3g} % of the time" for bound, share in over)
    if seen.covered < 0.95:
        known = f"{seen.covered * 100:.0f} %" if seen.covered >= 0.01 else "less than 1 %"
        yield f"Known of {known} of that day only: of the rest there are no samples."
    for advice in one.advice:
        yield f"→ {voice.text(advice.what)}. {voice.text(advice.why)}."


def _trend(one: Memory) -> str:
    if one.seen.trend is None:
        return "too little is known for a trend"
    return "steady" if one.seen.trend.direction == "steady" else pace(one.seen, one.sample.unit)


def rule_lines(found: Sequence[Watched], voice: Voice) -> Iterator[str]:
    """One line for each rule, by the condition that has come farthest; under it, one for each of its other conditions."""
    for each in found:
        quiet = " · its alerts are ignored, as bot.yml says" if each.ignored else ""
        yield f"{_rule(each, voice)}{quiet}"
        yield from (f"\u2003↳ {line}" for line in _others(each, voice))


def _others(one: Watched, voice: Voice) -> Iterator[str]:
    """The other conditions of a rule. If nothing is known of any of them, one line for all."""
    others = [asked for asked in one.asked if asked is not one.foremost]
    if others and all(isinstance(asked.outcome, Unknown) and not asked.rank for asked in one.asked):
        yield f"nor of what else it asks: {', '.join(_called(asked, voice) for asked in others)}"
        return
    yield from (_other(asked, voice) for asked in others)


def _called(asked: Asked, voice: Voice) -> str:
    """`P1`; with the alert's name if that is not the rule's: `video_controllers_high P2`."""
    condition = asked.condition
    own = f"{voice.text(condition.alert)} " if condition.alert != condition.rule else ""
    return f"{own}{condition.severity}"


def _other(asked: Asked, voice: Voice) -> str:
    """`P1: avg(video_memory_mb) > 500 for 5m, it is 320`."""
    stands = f" fires {_since(asked, voice)}" if asked.rank == 2 else f" {_pending(asked, voice)}" if asked.rank else ""
    what = voice.text(str(asked.outcome)) if isinstance(asked.outcome, Unknown) else _figures(asked, voice)
    return f"{_called(asked, voice)}{stands}: {what}"


def _rule(one: Watched, voice: Voice) -> str:
    name, asked = voice.text(one.name), one.foremost
    if asked is None:
        return f"➖ {name} is left to other senders: {voice.text(one.left)}"
    severity = asked.condition.severity
    number = f" (#{one.incident})" if one.incident is not None else ""
    if asked.rank == 2:
        return f"🔥 {name} {severity} fires {_since(asked, voice)}: {_figures(asked, voice)}{number}"
    if asked.rank == 1:
        return f"⏳ {name} {severity} {_pending(asked, voice)}: {_figures(asked, voice)}{number}"
    if isinstance(asked.outcome, Unknown):
        return f"❔ {name} {severity}: {voice.text(str(asked.outcome))}{number}"
    return f"✅ {name} {severity}: {_figures(asked, voice)}{number}"


def _since(asked: Asked, voice: Voice) -> str:
    fired = [each.fired_at for each in asked.active if each.fired_at is not None]
    return f"since {voice.at(min(fired))}"


def _pending(asked: Asked, voice: Voice) -> str:
    first = min(asked.active, key=lambda each: each.since)
    fires = fires_at(first, asked.condition.hold)
    until = f", fires {voice.at(fires)} if it stays so" if fires else ""
    return f"pending since {voice.at(first.since)}{until}"


def _figures(asked: Asked, voice: Voice) -> str:
    """The question, and the present value."""
    condition = asked.condition
    held = f" for {written(condition.hold)}" if condition.hold else ""
    value = f", it is {go_float(round(asked.value, 2))}" if asked.value is not None else ""
    return f"{voice.text(condition.asks)}{held}{value}"


def why_lines(one: Watched, voice: Voice) -> Iterator[str]:
    """Why a rule fires or does not: each of its conditions, its question and its outcome."""
    if one.left:
        yield f"The bot does not evaluate {voice.text(one.name)} itself: {voice.text(one.left)}."
        yield "It fires when another sender says so, Alertmanager for one; then its incident opens here."
    for asked in one.asked:
        yield from _why(asked, voice)
    if one.ignored:
        yield "Nothing is made of its alerts: bot.yml has it under `ignore`."
    if one.incident is not None:
        yield f"Its incident #{one.incident} is open: what fires joins it, and only a graver one pages again."


def _why(asked: Asked, voice: Voice) -> Iterator[str]:
    condition = asked.condition
    name = f"{condition.severity} {voice.text(condition.alert)}"
    if asked.rank == 2:
        yield f"🔥 {name} fires {_since(asked, voice)}: {_figures(asked, voice)}"
    elif asked.rank == 1:
        yield f"⏳ {name} {_pending(asked, voice)}: {_figures(asked, voice)}"
    elif isinstance(asked.outcome, Unknown):
        yield f"❔ {name} cannot be judged: {voice.text(str(asked.outcome))}. Its condition: {_figures(asked, voice)}"
    elif asked.outcome:
        yield f"⏳ {name} holds now and is pending from the next sample on: {_figures(asked, voice)}"
    else:
        yield f"✅ {name} does not fire, its condition does not hold: {_figures(asked, voice)}"


class Plain:
    """The voice of the terminal: UTC, and texts as they are."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def at(self, instant: datetime) -> str:
        return f"{instant:%H:%M} UTC" if self._now - instant < timedelta(hours=20) else f"{instant:%Y-%m-%d %H:%M} UTC"

    def text(self, text: str) -> str:
        return text
