"""A night on call for tests: the real bot in the sandbox's world, with a clock that moves only when it is told to.

Real sockets, real Bolt, a real database and a real mail server; only Slack, PagerDuty and OpenVine are the sandbox's.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, create_engine, select

from bot.configuration import load
from bot.ground.clock import FrozenClock
from bot.incidents import Incident
from bot.preflight.morning import TAKEN
from bot.sandbox.run import Options, Sandbox, sandbox
from bot.sandbox.slack import Human, NoLimits, Workspace, interactions
from bot.slack.trial.messages import trials
from bot.store import facts, incidents, schema
from bot.store.migrate import upgrade
from tests.client import a_client

NEVER = datetime(9000, 1, 1, tzinfo=UTC)
MONDAY = datetime(2026, 1, 12, 22, 0, tzinfo=UTC)
"""A Monday evening in week_1 of the shipped rota: Engineer A is primary, Engineer B secondary."""
PATIENCE = 10.0
"""A story does not measure the machine: everything that waits for real seconds waits this many times longer."""
CHANNEL = "C0VIDALERT"
CONFIG = Path(__file__).parents[2] / "config"


class Night:
    """What a story is told with: alerts come, time passes, people see and press things."""

    def __init__(self, running: Sandbox, clock: FrozenClock) -> None:
        self.sandbox = running
        self.clock = clock
        self.http = a_client(running.bot_url)

    @property
    def slack(self) -> Workspace:
        return self.sandbox.slack

    # What happens

    async def alert(self, rule: str = "video_crash_rate_high", **fields: Any) -> dict[str, Any]:
        """Another system posts an alert to `/alerts`; returns the body of the answer, once everything that is due has been done."""
        body = {"rule": rule, "summary": f"{rule} fires", **fields}
        answer = await self.http.post("/alerts", json=body)
        assert answer.status_code == 202, answer.text
        await self.settle()
        taken: dict[str, Any] = answer.json()
        return taken

    async def post(self, path: str, body: Any) -> httpx.Response:
        answer = await self.http.post(path, json=body)
        await self.settle()
        return answer

    async def pass_time(self, **by: float) -> list[str]:
        """Fast-forward, deadline by deadline; returns what fired."""
        fired = await self.sandbox.world.jump(timedelta(**by))
        await self.settle()
        return fired

    async def settle(self) -> None:
        """Wait until every event has arrived, everything due is done, and redraws that were collected have been sent."""
        await self._rests()
        for _ in range(2):
            await self.sandbox.world.pagerduty.quiet()
            self.clock.advance(timedelta(milliseconds=250))
            await self._rests(still=True)

    async def _rests(self, *, still: bool = False) -> None:
        """Wait until nothing is under way. What follows an answer ("looking it up") may write as well, so it is waited for first.
        With `still`, OpenVine is not looked at."""
        await self.slack.dispatcher.quiet()
        if self.sandbox.bot.slack is not None:
            await self.sandbox.bot.slack.reply.finish()
        engine = self.sandbox.bot.engine
        assert (still and engine.rests) or await engine.settled(10 * PATIENCE), "the bot does not come to rest"

    def without_samples(self) -> None:
        """Switch off the samples that the bot reads each minute, for stories that do not need them; a world at rest is then rarely
        looked at."""
        self.sandbox.bot.sampler._done = NEVER
        self.sandbox.world.quiet_step = timedelta(hours=6)

    # What people do

    def person(self, name: str) -> Human:
        return Human(self.slack, name)

    async def types(self, name: str, text: str) -> str:
        """Type a slash command in the channel; returns what only this person was answered."""
        before, window = self.private(name), self.window(name)
        await self.person(name).command(CHANNEL, text)
        await self.settle()
        answers = self.private(name)[len(before) :]
        return said(answers[-1]) if answers else self._read(name, window)

    async def presses(
        self,
        name: str,
        action: str,
        *,
        message: dict[str, Any] | None = None,
        channel: str = CHANNEL,
        **choice: str,
    ) -> str:
        """Press a button of the newest message that has it, or of the given one; returns what only this person was answered.

        `choice` tells buttons with one action apart: `option="note"` of a menu, `value` of a button.
        """
        found = message or self.with_button(name, action, channel)
        before, window = self.private(name, channel), self.window(name)
        given: dict[str, Any] = dict(choice)
        if option := given.pop("option", None):
            given["selected_option"] = _option(found, option)
        await self.person(name).click(channel, found["ts"], action_id=action, **given)
        await self.settle()
        answers = self.private(name, channel)[len(before) :]
        return said(answers[-1]) if answers else self._read(name, window)

    def window(self, name: str) -> str:
        """The id of the window that a person has open; empty if there is none."""
        view = self.person(name).view
        return str(view["id"]) if view is not None else ""

    def _read(self, name: str, before: str) -> str:
        """The text of a window that has opened since, if it is one for reading."""
        view = self.person(name).view
        if view is None or view["id"] == before or view.get("submit"):
            return ""
        return "\n".join(texts(view["blocks"]))

    async def fills_in(self, name: str, **fields: str) -> dict[str, str]:
        """Submit the modal on top, with a text, an option's value or a user's id for each field. Returns the errors shown, by
        field."""
        human = self.person(name)
        view = human.view
        assert view is not None, f"{name} has no modal open"
        kinds = {b["block_id"]: b["element"]["type"] for b in view["blocks"] if b["type"] == "input"}
        values = {field: {field: _entered(view, kinds[field], field, text)} for field, text in fields.items()}
        submission = await human.submit(values)
        await self.settle()
        return submission.errors

    def click_payload(self, name: str, action: str, value: str, ts: str, channel: str = CHANNEL) -> dict[str, Any]:
        """What Slack sends for a press, also for a button that is no longer there."""
        human = self.person(name)
        message = self.slack.state.message(channel, ts)
        choice = {"selected_option": {"value": value}} if action == "incident_more" else {"value": value}
        chosen = {"type": "button", "action_id": action, "block_id": "old", **choice}
        pressed = chosen | {"action_ts": self.slack.stamps.next()}
        return interactions.message_action(self.slack, human.user, message, pressed)

    async def directory_is_read(self) -> None:
        """The bot reads the workspace's list of people, as it does every few minutes."""
        side = self.sandbox.bot.slack
        assert side is not None
        await side.directory.read()

    def private(self, name: str, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """The messages that only this person can see there, including those in threads."""
        return self.person(name).told(channel)

    # What people see

    def sees(self, name: str, channel: str = CHANNEL, thread: str | None = None) -> list[dict[str, Any]]:
        return self.person(name).messages(channel, thread)

    def card(self, name: str = "engineer_a", number: int = 1) -> dict[str, Any]:
        """The incident's card."""
        roots = [m for m in self.sees(name) if m.get("thread_ts") in (None, m["ts"]) and not m["ephemeral"]]
        cards = [m for m in roots if f"#{number} " in m["text"] and has_buttons(m)]
        assert len(cards) == 1, f"{len(cards)} cards of #{number}"
        return cards[0]

    def thread(self, number: int = 1, name: str = "engineer_a") -> list[str]:
        """What is said in the incident's thread, without the card."""
        card = self.card(name, number)
        return [said(message) for message in self.sees(name, thread=card["ts"])[1:]]

    def root(self, words: str, name: str = "engineer_a") -> dict[str, Any]:
        """The newest message in the channel, outside threads, with these words in it."""
        found = [m for m in self.sees(name) if not m["ephemeral"] and words in said(m)]
        assert found, f"nothing in the channel says {words}"
        return found[-1]

    def under(self, root: dict[str, Any], name: str = "engineer_a") -> list[str]:
        """What is said in a message's thread."""
        return [said(message) for message in self.sees(name, thread=root["ts"])[1:]]

    def in_thread(self, action: str, number: int = 1, name: str = "engineer_a") -> dict[str, Any]:
        """The newest message of the thread that has this button."""
        card = self.card(name, number)
        found = [m for m in self.sees(name, thread=card["ts"])[1:] if action in buttons(m)]
        assert found, f"nothing in the thread has {action}"
        return found[-1]

    def with_button(self, name: str, action: str, channel: str = CHANNEL) -> dict[str, Any]:
        found = [m for m in self.sees(name, channel) if action in buttons(m)]
        assert found, f"nothing {name} sees has {action}"
        return found[-1]

    def dm(self, name: str) -> list[dict[str, Any]]:
        """What the bot wrote to somebody in direct messages."""
        human = self.person(name)
        return human.messages(human.open_dm(self.slack.bot.id))

    async def answers_the_phone(self, who: str, action: str, **more: str) -> None:
        """Somebody presses something in PagerDuty, on the page of incident 1 or of the `number` given."""
        number = more.pop("number", "1")
        key = f"openvine-video/incident-{number}"
        self.sandbox.world.pagerduty.press(key, action, who, **more)
        await self.sandbox.world.pagerduty.quiet()
        await self.settle()

    def phone(self) -> list[dict[str, Any]]:
        """PagerDuty's incidents, newest first."""
        return self.sandbox.world.pagerduty.shown()

    def mails(self) -> list[dict[str, Any]]:
        return self.sandbox.world.mailbox.shown()

    async def incident(self, number: int = 1) -> Incident:
        def load(conn: Connection) -> Incident:
            return incidents.load(conn, number)

        return await self.sandbox.bot.store.read(load)

    async def timeline(self, number: int = 1) -> list[dict[str, Any]]:
        answer = await self.http.get(f"/api/incidents/{number}/timeline")
        events: list[dict[str, Any]] = answer.json()["events"]
        return events

    async def kinds(self, number: int = 1) -> list[str]:
        return [event["kind"] for event in await self.timeline(number)]


@asynccontextmanager
async def a_night(
    folder: Path,
    *,
    at: datetime | None = None,
    clock: FrozenClock | None = None,
    samples: bool = False,
    first: bool = False,
    **options: Any,
) -> AsyncIterator[Night]:
    """A running night. The same `folder` and `clock` again mean the same night after a restart. With `samples` the bot also reads
    OpenVine by itself, which takes a story's time; so does its `first` morning, on which Slack is asked about every message."""
    clock = clock or FrozenClock(at or MONDAY)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "bot.db").exists():
        (folder / "bot.db").write_bytes(_migrated() if first else _lived_in())
    chosen = Options(state=folder, port=0, config_dir=CONFIG, limits=NoLimits(), patience=PATIENCE)
    async with sandbox(replace(chosen, **options), clock) as running:
        night = Night(running, clock)
        if not samples:
            night.without_samples()
        async with night.http:
            await night.settle()
            yield night
            broken = await running.bot.store.read(_broken)
            assert not broken, f"what was to leave met a fault of ours: {broken}"


def _broken(conn: Connection) -> list[str]:
    d = schema.deliveries
    query = select(d.c.key, d.c.error).where(d.c.error.startswith("internal error"))
    return [f"{row.key}: {row.error}" for row in conn.execute(query)]


@cache
def _migrated() -> bytes:
    """An empty database of this version. That migrations make one is tested elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bot.db"
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()


@cache
def _lived_in() -> bytes:
    """The same after a morning on which Slack was asked about every message of the shipped configuration."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bot.db"
        path.write_bytes(_migrated())
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as conn:
            facts.put(conn, TAKEN, sorted(trial.digest for trial in trials(load(CONFIG))), MONDAY)
        engine.dispose()
        return path.read_bytes()


def _option(message: dict[str, Any], verb: str) -> dict[str, Any]:
    """The option of a message's menu that begins with this verb."""
    elements = [e for block in message["blocks"] for e in block.get("elements", []) if "options" in e]
    found: dict[str, Any] = next(o for e in elements for o in e["options"] if o["value"].split()[0] == verb)
    return found


def _entered(view: dict[str, Any], kind: str, field: str, text: str) -> dict[str, Any]:
    """The state of a modal's field once a person has filled it in."""
    if kind == "plain_text_input":
        return {"value": text}
    if kind == "users_select":
        return {"selected_user": text}
    if kind == "datetimepicker":
        return {"selected_date_time": int(text)}
    element = next(block["element"] for block in view["blocks"] if block.get("block_id") == field)
    groups = element.get("option_groups") or [element]
    options = [option for group in groups for option in group["options"]]
    return {"selected_option": next(option for option in options if option["value"] == text)}


def buttons(message: dict[str, Any]) -> list[str]:
    return [
        element.get("action_id", "")
        for block in message["blocks"]
        for element in [*block.get("elements", []), block.get("accessory") or {}]
        if isinstance(element, dict)
    ]


def has_buttons(message: dict[str, Any]) -> bool:
    return any(buttons(message))


def said(message: dict[str, Any]) -> str:
    """Everything that a message says, including its blocks."""
    return "\n".join([message["text"], *texts(message["blocks"])])


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value[name] for name in ("title", "caption", "text", "fallback") if isinstance(value.get(name), str)]
        return own + [text for inner in value.values() for text in texts(inner)]
    return [text for inner in value for text in texts(inner)] if isinstance(value, list) else []
