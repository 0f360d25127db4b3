"""`help`: what can be typed now first, then the verbs in a few words each, by what they are for.

How a verb is written in full is one word further (`help ack`). It refuses to show anybody what they may not do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from slack_sdk.models.blocks import Block

from bot.slack.manifest import command
from bot.slack.mrkdwn import code, inline
from bot.slack.views.answers import VERBS, Verb
from bot.slack.views.facts import Message
from bot.slack.views.kit import context, message, paragraphs, section
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Now:
    """What can be typed now about one thing: `🔴 #3 Crash rate high, nobody has it` and the commands, ready to type."""

    what: str
    typed: tuple[str, ...]


GROUPS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "incident": {
        "Act": {
            "ack": "take it",
            "escalate": "call the next",
            "mitigate": "bleeding stopped",
            "resolve": "it is over",
            "snooze": "quiet for a while",
            "silence": "quiet by its labels",
            "unack": "give it back",
            "reopen": "not over after all",
        },
        "Say": {"note": "remark", "severity": "how bad", "assign": "who leads", "open": "begin one"},
        "Look": {"list": "open ones", "show": "the card", "timeline": "what happened", "why": "why it paged"},
        "Tidy": {"merge": "one and the same", "split": "not the same", "link": "belong together", "drill": "practice"},
        "After": {
            "action": "to be done",
            "update": "tell others",
            "postmortem": "what we learn",
            "insights": "the weeks in figures",
        },
    },
    "runbook": {
        "Go": {
            "start": "begin one",
            "next": "step to do now",
            "run": "do it",
            "done": "I did it",
            "skip": "leave it out",
            "back": "set a rollout back",
        },
        "Hold": {"pause": "begin nothing", "resume": "go on", "abort": "end it here"},
        "Look": {"list": "every one", "show": "its steps", "test": "walk it through dry"},
    },
    "oncall": {
        "Call": {"page": "somebody, now"},
        "Stand in": {
            "take": "the running shift",
            "override": "for a while",
            "swap": "give one away",
            "away": "cannot be called",
        },
        "Look": {"who": "on call", "explain": "why them", "shifts": "coming", "load": "who carried how much"},
    },
    "monitor": {"Look": {"now": "figures", "memory": "a day of it", "rules": "every rule", "why": "why one fires"}},
}
"""What each verb is for, in two or three words. One that stands nowhere here is listed last, by its name."""


def help_for(name: str, allowed: Collection[str], prefix: str = "", now: Sequence[Now] = ()) -> Message:
    """What this person may type, shortest first."""
    slash, verbs = command(name, prefix), [verb.name for verb in VERBS[name] if verb.name in allowed]
    if not verbs:
        return message(
            f"{slash}: nothing you may use",
            [section(f"*{slash}*: there is nothing here that you may use.")],
        )
    blocks: list[Block] = [section(*(_now(each) for each in now))] if now else []
    blocks += [section(f"*{slash}* …", *_groups(name, verbs))]
    example = "ack" if "ack" in verbs else verbs[0]
    eyes = " · 👀 on a card acknowledges, too" if "ack" in verbs else ""
    blocks.append(context(f"`{slash} help {example}` says how a verb is written{_numbers(name, verbs)}{eyes}"))
    said = [f"{inline(each.what, 100)}: {' or '.join(each.typed)}" for each in now]
    return message("; ".join([*said, f"{slash}: {', '.join(verbs)}"]), blocks)


def _now(each: Now) -> str:
    return f"{inline(each.what, 160)}\n{'  '.join(code(typed, 120) for typed in each.typed)}"


def _numbers(name: str, verbs: Collection[str]) -> str:
    counted = any("[N]" in verb.usage for verb in VERBS[name] if verb.name in verbs)
    return " · `[N]` may be left out while only one incident is open" if counted else ""


def _groups(name: str, verbs: Sequence[str]) -> Iterator[str]:
    left = list(verbs)
    for group, members in GROUPS[name].items():
        if here := [verb for verb in members if verb in left]:
            left = [verb for verb in left if verb not in here]
            yield f"*{group}*  " + " · ".join(f"`{verb}` {members[verb]}" for verb in here)
    if left:
        yield "*More*  " + " · ".join(f"`{verb}`" for verb in left)


def help_on(name: str, wanted: str, allowed: Collection[str], prefix: str = "") -> Message | None:
    """How one verb is written, or with `all` every one; `None` for what is none that this person may use."""
    found = [verb for verb in VERBS[name] if verb.name in allowed and wanted in (verb.name, "all")]
    if not found:
        return None
    lines = [_usage(verb, command(name, prefix)) for verb in found]
    small = "`[N]` is the incident’s number, `[…]` may be left out."
    return message("; ".join(lines), [*paragraphs(lines), context(small)])


def _usage(verb: Verb, slash: str) -> str:
    return f"`{slash} {verb.usage}`  {verb.does}"
