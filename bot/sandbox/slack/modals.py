"""Trigger ids and the views that they open: valid for three seconds, once; at most three modals on top of each other.

Trigger ids follow real time, as Slack's do, and do not outlive the process.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from bot.sandbox.slack.delivery.dispatcher import WAITS
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.state import State
from bot.sandbox.slack.values import JSON, SlackError, View
from oncall.values import dataclass

STACK = 3
_KEPT = 1000


@dataclass(slots=True)
class Trigger:
    """Who pressed something, and when (Unix seconds, real time)."""

    user: str
    at: float
    spent: bool = False


class Triggers:
    """The trigger ids that were issued, newest last."""

    def __init__(self, now: Callable[[], float], good_for: float = WAITS) -> None:
        self._now = now
        self._good_for = good_for
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str) -> str:
        now = self._now()
        trigger_id = f"{int(now * 1000)}.{secrets.randbelow(10**13):013d}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user, now)
        if len(self._issued) > _KEPT:
            del self._issued[next(iter(self._issued))]
        return trigger_id

    def spend(self, trigger_id: str) -> Trigger:
        """Use it up. Raises `invalid_trigger_id`, `expired_trigger_id` or `exchanged_trigger_id`."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self._now() - trigger.at > self._good_for:
            raise SlackError("expired_trigger_id")
        if trigger.spent:
            raise SlackError("exchanged_trigger_id")
        trigger.spent = True
        return trigger


class Views:
    """The open views: for each person one Home tab and one stack of modals."""

    def __init__(self, state: State) -> None:
        self._state = state

    def home(self, user: str) -> View | None:
        return next((view for view in self._state.views.values() if view.is_home and view.user == user), None)

    def stack(self, user: str) -> list[View]:
        """A person's modals, the lowest first. Each names the one below it, which gives the order."""
        modals = [view for view in self._state.views.values() if not view.is_home and view.user == user]
        ordered: list[View] = []
        below: str | None = None
        while (above := next((one for one in modals if one.previous_id == below), None)) is not None:
            ordered.append(above)
            below = above.id
        return ordered

    def top(self, user: str) -> View | None:
        stack = self.stack(user)
        return stack[-1] if stack else None

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """The view with this id, or with the app's own id. Raises `not_found`."""
        if view_id is not None and view_id in self._state.views:
            return self._state.views[view_id]
        for view in self._state.views.values():
            if external_id and view.body.get("external_id") == external_id:
                return view
        raise SlackError("not_found")

    def open(self, user: str, body: JSON) -> View:
        """A new modal on its own; any that were open are closed."""
        self.clear(user)
        return self._add(user, body, None)

    def push(self, user: str, body: JSON) -> View:
        """A modal on top of another. Raises `push_limit_reached`, or `not_found` if there is none below."""
        stack = self.stack(user)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= STACK:
            raise SlackError("push_limit_reached")
        return self._add(user, body, stack[-1])

    def publish(self, user: str, body: JSON, expected_hash: str | None) -> View:
        view = self.home(user)
        return self._add(user, body, None) if view is None else self.update(view, body, expected_hash)

    def update(self, view: View, body: JSON, expected_hash: str | None) -> View:
        """Redraw it. What was entered is kept if block and action keep their ids. Raises `hash_conflict`."""
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        self._own_external_id(body, view)
        view.body, view.hash = body, _new_hash()
        blocks = {block["block_id"] for block in body["blocks"]}
        view.state = {block: values for block, values in view.state.items() if block in blocks}
        self.keep(view)
        return view

    def close(self, view: View) -> None:
        """Close it and everything above it."""
        for above in [one for one in self._state.views.values() if one.previous_id == view.id and not one.is_home]:
            self.close(above)
        self._state.views.pop(view.id, None)
        self._state.store.drop("view", view.id)

    def clear(self, user: str) -> None:
        for view in self.stack(user):
            self.close(view)

    def keep(self, view: View) -> None:
        self._state.store.put("view", view.id, view)

    def _add(self, user: str, body: JSON, below: View | None) -> View:
        self._own_external_id(body, None)
        view_id = new_id("V")
        root, previous = (view_id, None) if below is None else (below.root_id, below.id)
        view = View(view_id, user, body, _new_hash(), root, previous)
        self._state.views[view_id] = view
        self.keep(view)
        return view

    def _own_external_id(self, body: JSON, mine: View | None) -> None:
        wanted = body.get("external_id")
        if wanted and any(
            one.body.get("external_id") == wanted for one in self._state.views.values() if one is not mine
        ):
            raise SlackError("duplicate_external_id")


def _new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"
