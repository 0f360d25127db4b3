"""News about alerts and silences: what could not be read, what is ignored, what a silence keeps quiet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.slack.mrkdwn import code, inline, when
from bot.slack.views.facts import Message
from bot.slack.views.kit import LISTED, context, message, paragraphs, section


def unclear_severity(number: int, complaint: str) -> Message:
    """An alert's severity was missing or unknown, so P1 was assumed. `complaint` is `bot.alerts.judge`'s sentence."""
    text = f"⚠️ #{number}: {inline(complaint, 300)}"
    fix = "Change it under More › Change severity, and give its rule a `severity` in `alerts.yml`."
    return message(text, [section(text, fix)])


def ignored_alert(name: str, why: str) -> Message:
    """An alert of which the configuration makes nothing."""
    text = f"🔕 {inline(name, 200)} fires, and no incident is opened for it: {inline(why, 300)}."
    return message(
        text, [section(text), context("You are told once every few days. With a rule in `alerts.yml` it would count.")]
    )


def silence_begun(what: str, until: datetime, by: str, why: str, window: str, quiet: Sequence[int]) -> Message:
    """Somebody, or a maintenance window, keeps alerts quiet from now on. `quiet`: the open incidents that stop calling."""
    name = f"Maintenance “{inline(window, 80)}” has begun" if window else f"{inline(by, 80)} has silenced alerts"
    text = f"🔕 {name} until {when(until)}"
    calm = f"Calls nobody meanwhile: {', '.join(f'#{number}' for number in quiet[:LISTED])}" if quiet else ""
    more = context(
        "What fires is counted and kept; what still fires at the end calls then. `/incident silence` lists it."
    )
    lines = [f"{text}.", code(what, 500), inline(why, 500), calm]
    return message(f"{text}: {inline(what, 300)}", [section(*filter(None, lines)), more])


def silence_over(
    what: str, by: str, window: str, ended_by: str, *, held: int | None, times: int, still: int, names: Sequence[str]
) -> Message:
    """It has ended, by itself or by somebody. `held`: how many alerts it has held, `still`: how many of them to the end.

    What an earlier version left waiting did not count what it `held`.
    """
    name = f"Maintenance “{inline(window, 80)}”" if window else f"{inline(by, 80)}’s silence"
    text = f"🔔 {name} is over" + (f", ended by {inline(ended_by, 80)}" if ended_by else "")
    calls = "1 alert still fires and calls now" if still == 1 else f"{still} alerts still fire and call now"
    listed = ": " + "; ".join(inline(each, 120) for each in names) if names else ""
    ended = "Nothing fired meanwhile." if held == 0 else "Nothing that it held fires any more."
    more = f"{calls}{listed}" if still else ended
    count = (
        f"It held {held} alert{'s' if held != 1 else ''}, heard {times} time{'s' if times != 1 else ''}."
        if held
        else ""
    )
    return message(f"{text}. {more}", [section(*filter(None, [f"{text}.", code(what, 500), count, more]))])


def unreadable_alerts(source: str, accepted: int, refused: int, errors: Sequence[str]) -> Message:
    """Part of a batch could not be read: `refused` of its alerts, for these `errors` and more. The rest was taken."""
    text = f"⚠️ {inline(source, 100)} sent alerts that could not be read: {refused} of {refused + accepted}"
    lines = [f"• {inline(error, 300)}" for error in errors[:LISTED]]
    return message(text, [section(f"{text}. The others were taken."), *paragraphs(lines)])
