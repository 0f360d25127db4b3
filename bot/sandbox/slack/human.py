"""A person at the keyboard: what anybody can do in the Slack client, with the client's own refusals.

The page's routes and the story tests both use it, so both meet the same Slack.
"""

from __future__ import annotations

from bot.sandbox.slack import entering, events, hooks, interactions, posting
from bot.sandbox.slack.blocks import view_body
from bot.sandbox.slack.board import home_json, message_list, private_list, state_json
from bot.sandbox.slack.delivery.ack import Ack
from bot.sandbox.slack.elements import missing, start_state
from bot.sandbox.slack.entering import HumanError
from bot.sandbox.slack.posting import Draft
from bot.sandbox.slack.seed import SLACKBOT
from bot.sandbox.slack.shapes import view_json
from bot.sandbox.slack.text import typed
from bot.sandbox.slack.values import JSON, Channel, Message, SlackError, View
from bot.sandbox.slack.workspace import Workspace
from oncall.values import dataclass, field

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True, slots=True)
class Submission:
    """How a modal ended: `response_action` as the app answered, `None` if it simply closed; `errors` by block id."""

    response_action: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


class Human:
    """One person. `who` is a user id, a name (`engineer_a`) or an email."""

    def __init__(self, world: Workspace, who: str) -> None:
        self._world = world
        state = world.state
        found = state.users.get(who) or state.users.get(state.names().get(who.lower(), "")) or state.by_email(who)
        if found is None or found.is_bot or found.id == SLACKBOT:
            raise HumanError(f"Nobody here is called {who}.", "user_not_found")
        self.user = found

    # Messages

    async def say(self, channel: str, text: str, thread: str | None = None) -> str | None:
        """Post a message and return its ts; a text that begins with `/word` is a command, and has none."""
        if text.startswith("/") and text[1:2].strip():
            await self.command(channel, text, thread)
            return None
        place = self._writable(channel)
        if not text.strip():
            raise HumanError("An empty message is not sent.", "no_text")
        if thread is not None:
            root = self._message(place, thread)
            thread = root.thread_ts or root.ts
        return posting.post(self._world, place, self.user, Draft(self._typed(text)), thread=thread).ts

    def edit(self, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        message = self._own(channel, ts)
        posting.rewrite(self._world, message, by=self.user.id, mark_edited=True, text=self._typed(text))

    def delete(self, channel: str, ts: str) -> None:
        """Delete one's own message."""
        posting.delete(self._world, self._own(channel, ts))

    def react(self, channel: str, ts: str, name: str, *, remove: bool = False) -> None:
        """Add or remove an emoji, by its name without colons."""
        message = self._message(self._writable(channel), ts)
        if message.ephemeral_for is not None:
            raise HumanError("A message only you can see takes no reactions.", "not_reactable")
        change = posting.unreact if remove else posting.react
        try:
            change(self._world, message, name.strip(":"), self.user.id)
        except SlackError as error:
            raise HumanError(f"The reaction did not change: {error.code}.", error.code) from None

    def messages(self, channel: str, thread: str | None = None) -> list[JSON]:
        """What this person sees there, oldest first; looking marks it as read."""
        place = self._seen(channel)
        if self._world.reading.read(self.user.id, place.id, thread):
            self._world.changed()
        return message_list(self._world, self.user, place, thread)

    def told(self, channel: str) -> list[JSON]:
        """The messages that only this person can see there, including those in threads, oldest first. Nothing is marked as read."""
        return private_list(self._world, self.user, self._seen(channel))

    def open_dm(self, other: str) -> str:
        """The direct conversation with somebody (user id), as a channel id."""
        self._reach()
        partner = self._world.state.users.get(other)
        if partner is None or partner.id == SLACKBOT:
            raise HumanError("There is nobody with that id.", "user_not_found")
        channel, existed = self._world.state.open_direct([self.user.id, other], self._world.stamps.seconds())
        if not existed:
            self._world.changed()
        return channel.id

    def state(self) -> JSON:
        """Everything except the messages: people, channels with badges, the modal on top."""
        return state_json(self._world, self.user)

    # The app

    async def command(self, channel: str, text: str, thread: str | None = None) -> None:
        """Run `/command rest`. Returns when the app has acknowledged; its answer is then in the channel."""
        place = self._writable(channel)
        name, _, rest = text.strip().partition(" ")
        command = self._world.app.command(name)
        if command is None:
            raise HumanError(
                f"`{name}` is not a valid command. In Slack, all messages that start with the “/” character are"
                " interpreted as commands. If you are trying to send a message and not run a command, try preceding"
                " the “/” with an empty space.",
                "unknown_command",
            )
        if thread is not None:
            raise HumanError(f"{name} is not supported in threads. Sorry!", "not_in_threads")
        said = self._typed(rest.strip(), named=True) if command.should_escape else rest.strip()
        payload = interactions.slash_command(self._world, self.user, place, name, said)
        ack = await self._world.dispatcher.ask("slash_commands", payload)
        if ack.error is not None:
            raise HumanError(f'{name} failed with the error "{ack.error}"', ack.error)
        self._show(place, None, name, ack)

    def _show(self, place: Channel, ts: str | None, name: str, ack: Ack) -> None:
        if not any(ack.payload.get(part) for part in ("text", "blocks", "attachments")):
            return
        try:
            hooks.answer(self._world, self.user.id, place.id, ts, ack.payload)
        except SlackError as error:
            raise HumanError(f'{name} failed with the error "dispatch_unknown_error"', error.code) from None

    async def click(
        self,
        channel: str | None = None,
        ts: str | None = None,
        *,
        action_id: str,
        block_id: str | None = None,
        view_id: str | None = None,
        state: JSON | None = None,
        **given: object,
    ) -> None:
        """Press or choose something in a message, or in a view (the modal on top if neither is named).

        `given` is the choice: `value`, `selected_option`, `selected_user` …; `state` is what the other fields contain. Returns when
        the app has acknowledged.
        """
        self._reach()
        if channel is not None and ts is not None:
            message = self._message(self._seen(channel), ts)
            payload = self._press_in_message(message, block_id, action_id, given, state or {})
        else:
            pressed = self._press_in_view(self._view(view_id), block_id, action_id, given, state or {})
            if pressed is None:
                return
            payload = pressed
        ack = await self._world.dispatcher.ask("interactive", payload)
        if ack.error is not None:
            raise HumanError(f"{self._world.bot.name} did not take the click ({ack.error}). Try again?", ack.error)

    def _press_in_message(
        self, message: Message, block_id: str | None, action_id: str, given: JSON, state: JSON
    ) -> JSON:
        """What the app is told about it."""
        blocks, stamps = _all_blocks(message), self._world.stamps
        block, element = entering.pressed(blocks, block_id, action_id, given)
        action = entering.action(block, element, given, stamps)
        entered = self._world.choices.setdefault((self.user.id, message.ts), {})
        entering.fill(blocks, entered, state, stamps, strict=False)
        entering.keep(entered, block, element, action)
        return interactions.message_action(self._world, self.user, message, action)

    def _press_in_view(self, view: View, block_id: str | None, action_id: str, given: JSON, state: JSON) -> JSON | None:
        """The same for a view; `None` for a field that the app hears of only when the view is submitted."""
        blocks, stamps = view.body["blocks"], self._world.stamps
        block, element = entering.find_element(blocks, block_id, action_id, given)
        action = entering.action(block, element, given, stamps)
        entering.fill(blocks, view.state, state, stamps, strict=False)
        entering.keep(view.state, block, element, action)
        self._world.views.keep(view)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        return interactions.view_action(self._world, self.user, view, action)

    async def shortcut(self, channel: str, ts: str, callback_id: str) -> None:
        """Choose an entry of a message's menu. Returns when the app has acknowledged."""
        self._reach()
        message = self._message(self._seen(channel), ts)
        if callback_id not in {one.callback_id for one in self._world.app.shortcuts}:
            raise HumanError("There is no such entry in the menu.", "shortcut_not_found")
        if message.ephemeral_for is not None:
            raise HumanError("A message only you can see has no such menu.", "not_a_message")
        payload = interactions.message_shortcut(self._world, self.user, message, callback_id)
        ack = await self._world.dispatcher.ask("interactive", payload)
        if ack.error is not None:
            raise HumanError(TROUBLE, ack.error)

    async def submit(
        self, values: JSON | None = None, view_id: str | None = None, *, strict: bool = True
    ) -> Submission:
        """Fill in and submit a modal, the top one unless another is named. What the client itself refuses never reaches the app.

        `values` are `{block_id: {action_id: {"value": …}}}`; fields that the modal does not have are an error if `strict`.
        """
        self._reach()
        view = self._view(view_id)
        entering.fill(view.body["blocks"], view.state, values or {}, self._world.stamps, strict=strict)
        self._world.views.keep(view)
        faults = missing(view.body["blocks"], view.state)
        if faults:
            return Submission("errors", faults)
        payload = interactions.view_submission(self._world, self.user, view)
        ack = await self._world.dispatcher.ask("interactive", payload)
        if ack.error is not None:
            raise HumanError(TROUBLE, ack.error)
        try:
            return self._respond(view, ack.payload)
        except SlackError as error:
            raise HumanError(TROUBLE, error.code) from None
        finally:
            self._world.changed()

    def _respond(self, view: View, answer: JSON) -> Submission:
        views, action = self._world.views, answer.get("response_action")
        match action:
            case None:
                views.close(view)
            case "clear":
                views.clear(self.user.id)
            case "errors":
                errors = answer.get("errors") or {}
                known = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
                if not errors or not known.issuperset(errors):
                    raise SlackError("invalid_response_errors")
                return Submission("errors", dict(errors))
            case "update":
                self._fresh(
                    views.update(view, view_body(answer.get("view"), "modal", self._world.faults.unknown_blocks), None)
                )
            case "push":
                self._fresh(
                    views.push(self.user.id, view_body(answer.get("view"), "modal", self._world.faults.unknown_blocks))
                )
            case _:
                raise SlackError("invalid_response_action")
        return Submission(action)

    async def close(self, view_id: str | None = None) -> None:
        """Close a modal; the app is told if it asked to be."""
        self._reach()
        view = self._view(view_id)
        closing = interactions.view_closed(self._world, self.user, view, cleared=bool(view.body.get("clear_on_close")))
        if view.body.get("clear_on_close"):
            self._world.views.clear(self.user.id)
        else:
            self._world.views.close(view)
        self._world.changed()
        if view.body.get("notify_on_close"):
            await self._world.dispatcher.ask("interactive", closing)

    def open_home(self, tab: str = "home") -> None:
        """Open the app's Home (or `messages`) tab; the app is told."""
        self._reach()
        channel = self.open_dm(self._world.bot.id)
        events.home_opened(self._world, self.user.id, channel, tab, self.home)

    @property
    def view(self) -> JSON | None:
        """The modal on top, as the app sees it."""
        top = self._world.views.top(self.user.id)
        return None if top is None else view_json(self._world.seed, top)

    @property
    def home(self) -> JSON | None:
        """The Home tab as published for this person."""
        return home_json(self._world, self.user)

    # What a person can reach

    def _reach(self) -> None:
        if self._world.faults.slack_down:
            raise HumanError("Slack cannot be reached. Nothing was sent; try again in a while.", "slack_down")

    def _seen(self, channel: str) -> Channel:
        state = self._world.state
        found = state.channels.get(channel) or state.channel_named(channel.removeprefix("#"))
        if found is None or self.user.id not in found.members:
            raise HumanError(f"{self.user.real_name} is not in {channel}.", "not_in_channel")
        return found

    def _writable(self, channel: str) -> Channel:
        self._reach()
        found = self._seen(channel)
        if found.is_archived:
            raise HumanError(f"#{found.name} is archived.", "is_archived")
        return found

    def _message(self, place: Channel, ts: str) -> Message:
        found = self._world.state.logs[place.id].get(ts)
        if found is None or found.ephemeral_for not in (None, self.user.id):
            raise HumanError("That message is gone.", "message_not_found")
        return found

    def _own(self, channel: str, ts: str) -> Message:
        message = self._message(self._writable(channel), ts)
        if message.user != self.user.id:
            raise HumanError("Only your own messages can be changed.", "cant_update_message")
        return message

    def _view(self, view_id: str | None) -> View:
        view = self._world.views.top(self.user.id) if view_id is None else self._world.state.views.get(view_id)
        if view is None or view.user != self.user.id:
            raise HumanError("That dialog is closed.", "view_not_found")
        return view

    def _typed(self, text: str, *, named: bool = False) -> str:
        return typed(text, self._world.state.names(), self._world.state.channel_names(), named=named)

    def _fresh(self, view: View) -> None:
        view.state = start_state(view.body["blocks"], view.state)
        self._world.views.keep(view)


def _all_blocks(message: Message) -> list[JSON]:
    return [*message.blocks, *(block for one in message.attachments for block in one.get("blocks") or [])]
