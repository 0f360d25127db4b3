"""What can be broken in the sandbox, by name, and whether it is.

The switches say nothing about *how* something breaks: each part asks `faults.on("…")` and behaves accordingly. A fault that is not
in the table is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from bot.sandbox.state import StateFolder
from oncall.values import dataclass

Group = Literal["openvine", "world", "slack"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch of the page: `hint` says what turning it on does, and how to get out of it."""

    id: str
    group: Group
    label: str
    hint: str


FAULTS: tuple[Fault, ...] = (
    Fault(
        "memory_leak",
        "openvine",
        "Memory leak",
        "Beyond 500 MB in about 2 minutes, 800 in about 6; the alert needs 5 more.",
    ),
    Fault(
        "crash_spike", "openvine", "Crash spike", "The new player crashes for about 8 % of users; the old one does not."
    ),
    Fault(
        "load_failures", "openvine", "Videos fail to load", "Load success falls below 85 %, after 4 minutes below 70 %."
    ),
    Fault("slow_preload", "openvine", "Slow preload", "Preloading takes more than 5 seconds; less in emergency mode."),
    Fault(
        "cdn_down", "openvine", "CDN down", "The CDN answers 503 and most videos do not load; with failing loads, none."
    ),
    Fault(
        "openvine_down",
        "world",
        "OpenVine is down",
        "Its endpoints answer 503; after 5 minutes that is a P1 of its own.",
    ),
    Fault("slack_429", "world", "Slack rate limits", "Slack answers 429 with Retry-After."),
    Fault("slack_down", "world", "Slack is down", "Slack does not answer; paging by mail and PagerDuty goes on."),
    Fault("pagerduty_down", "world", "PagerDuty is down", "PagerDuty answers 503; the bot retries."),
    Fault("pagerduty_mute", "world", "PagerDuty is mute", "It takes pages, and its webhooks do not arrive."),
    Fault("sms_down", "world", "No text messages", "The gateway answers 503; the bot retries."),
    Fault("mail_down", "world", "Mail is down", "The mail server answers 421; the bot retries."),
    Fault(
        "mail_login",
        "world",
        "Mail wants a login",
        "The mail server takes nothing of the bot's (530); it keeps its mails.",
    ),
    Fault(
        "pagerduty_key",
        "world",
        "Routing key unknown",
        "PagerDuty refuses the bot's routing key (400); it keeps its pages.",
    ),
    Fault("slack_revoked", "slack", "Token revoked", "Slack refuses every call of the bot with token_revoked."),
    Fault("slack_loses_answers", "slack", "Posts, then errors", "What is posted stands there, but the answer is 500."),
    Fault(
        "slack_behind_a_login", "slack", "Login page", "A proxy answers every call with status 200 and a page of HTML."
    ),
    Fault("slack_dms_off", "slack", "No direct messages", "The app's messages tab is off: nobody can be written to."),
    Fault("slack_modals_refused", "slack", "No modals", "Slack refuses to open any modal (expired_trigger_id)."),
    Fault("slack_older", "slack", "No new blocks", "Plans, tables and charts are refused with their whole message."),
)
BY_ID = {fault.id: fault for fault in FAULTS}


class Faults:
    """The switches, kept across a restart. A part that has to act at once can `watch` them."""

    def __init__(self, folder: StateFolder | None = None) -> None:
        self._folder = folder
        kept = (folder.read("faults") if folder else None) or {}
        self._on: set[str] = {id_ for id_ in kept.get("on", []) if id_ in BY_ID}
        self._watchers: list[Callable[[str, bool], None]] = []

    def on(self, fault: str) -> bool:
        return fault in self._on

    @property
    def active(self) -> frozenset[str]:
        return frozenset(self._on)

    def broken(self, group: Group) -> bool:
        """Whether any fault of that group is on."""
        return any(BY_ID[fault].group == group for fault in self._on)

    def switch(self, fault: str, on: bool) -> None:
        """Turn a fault on or off; raises `KeyError` for a fault that does not exist."""
        known = BY_ID[fault].id
        if on:
            self._on.add(known)
        else:
            self._on.discard(known)
        if self._folder is not None:
            self._folder.write("faults", {"on": sorted(self._on)})
        for watcher in self._watchers:
            watcher(known, on)

    def watch(self, watcher: Callable[[str, bool], None]) -> None:
        """Call `watcher(fault, on)` at each later switch, and now for each fault that is already on."""
        self._watchers.append(watcher)
        for fault in sorted(self._on):
            watcher(fault, True)
