"""The sandbox's PagerDuty: the Events API v2 endpoint, the phone that rings, and what people press on it.

It accepts and refuses events as the vendor does (https://developer.pagerduty.com/docs/send-alert-event): 202 means accepted, not
paged; a key that is open is not paged twice; an acknowledge or resolve of a key that is not open is dropped with a 202; after a
resolve the same key opens a new page; 400 for an event that is not valid, 429 above the rate. Every change there is reported by
webhook, whoever made it (`pagerduty_webhooks`).
"""

from __future__ import annotations

import uuid
import zlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.ground.clock import Clock
from bot.sandbox import pagerduty_webhooks as shapes
from bot.sandbox.alertmanager import go_time
from bot.sandbox.faults import Faults
from bot.sandbox.misbehave import Broken, Manner, Silence
from bot.sandbox.pagerduty_webhooks import INTEGRATION, SERVICE, User, Webhooks, user_reference
from bot.sandbox.state import StateFolder
from bot.sources.enqueue import BODY_LIMIT
from bot.sources.enqueue import faults_of as faults_in
from oncall.values import asdict, dataclass, field, replace

RATE = 120
"""Events per routing key within one minute."""
ROUTING_KEY_LENGTH = 32
PAGES_KEPT = 500

Status = Literal["triggered", "acknowledged", "resolved"]
NOBODY = User("PNOBODY", "Nobody")
PRESSES: Mapping[str, tuple[tuple[Status, ...], Status | None, str]] = {
    "acknowledge": (("triggered",), "acknowledged", "acknowledged"),
    "unacknowledge": (("acknowledged",), "triggered", "unacknowledged"),
    "resolve": (("triggered", "acknowledged"), "resolved", "resolved"),
    "reopen": (("resolved",), "triggered", "reopened"),
    "escalate": (("triggered", "acknowledged"), "triggered", "escalated"),
    "reassign": (("triggered", "acknowledged"), "triggered", "reassigned"),
    "note": (("triggered", "acknowledged", "resolved"), None, "annotated"),
}
"""What can be pressed: in which states, which state follows, and its name in the webhook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePage:
    """One page as the phone shows it. `count` is the number of its trigger events; the phone rang only for the first."""

    routing_key: str
    dedup_key: str
    status: Status
    summary: str
    severity: str
    source: str
    links: list[dict[str, str]]
    first_at: datetime
    last_at: datetime
    count: int = 1
    id: str = ""
    """The vendor's id of the incident."""
    number: int = 0
    assignee: str = ""
    """The name of the person whom it calls."""
    by: str = ""
    """The name of the person who acknowledged or resolved it; empty if nobody did so here."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came in, for tests: what was asked and the status of the answer (0 for none)."""

    at: datetime
    body: bytes
    status: int


class PagerDuty:
    """The endpoint and its pages. `manner` and `rate` (`None`: no limit) are for tests; calls `changed` after an event."""

    def __init__(
        self,
        *,
        folder: StateFolder | None,
        faults: Faults,
        clock: Clock,
        changed: Callable[[], None],
        people: Sequence[tuple[str, str]] = (),
        webhooks: Webhooks | None = None,
    ) -> None:
        self._folder, self._faults, self._clock, self._changed = folder, faults, clock, changed
        self.users = tuple(User(f"PUSER{place:02d}", name) for place, (_email, name) in enumerate(people, start=1))
        """Who has an account there, in the order in which the escalation policy calls them."""
        self.on_call: Callable[[], str | None] = lambda: None
        """The name of the person on call in its schedule: the policy begins there, or with the first account if there is nobody."""
        self.webhooks = webhooks
        kept = (folder.read("pagerduty") if folder else None) or {}
        self.pages: list[PhonePage] = [_page(data) for data in kept.get("pages", [])]
        """Oldest first."""
        self.calls: deque[Call] = deque(maxlen=1_000)
        self.manner: Manner = "well"
        self.rate: int | None = RATE
        self._taken: dict[str, deque[datetime]] = {}

    def routes(self) -> list[BaseRoute]:
        return [Route("/pagerduty/v2/enqueue", self._enqueue, methods=["POST"])]

    def shown(self) -> list[dict[str, Any]]:
        """The pages for the page's phone, newest first, without the routing keys."""
        return [_shown(page) for page in reversed(self.pages)]

    async def _enqueue(self, request: Request) -> Response:
        body = await request.body()
        answer = self._misbehaviour() or self._answer(body)
        silent = isinstance(answer, Silence | Broken)
        self.calls.append(Call(at=self._clock.now(), body=body, status=0 if silent else answer.status_code))
        return answer

    def _misbehaviour(self) -> Response | None:
        if self._faults.on("pagerduty_down") or self.manner == "down":
            return JSONResponse({"status": "error", "message": "Service unavailable"}, 503)
        if self.manner == "limited":
            return _throttled()
        if self.manner == "hang":
            return Silence()
        return Broken() if self.manner == "close" else None

    def _answer(self, body: bytes) -> Response:
        if len(body) > BODY_LIMIT:
            return _invalid([f"event is larger than {BODY_LIMIT} bytes"])
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _invalid(["event is not valid JSON"])
        errors = faults_of(event) or (["Invalid routing key"] if self._faults.on("pagerduty_key") else [])
        if errors:
            return _invalid(errors)
        if not self._within_rate(event["routing_key"]):
            return _throttled()
        dedup_key = event.get("dedup_key") or uuid.uuid4().hex
        self._apply(event, dedup_key)
        return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": dedup_key}, 202)

    def _within_rate(self, routing_key: str) -> bool:
        now, taken = self._clock.now(), self._taken.setdefault(routing_key, deque())
        while taken and now - taken[0] >= timedelta(minutes=1):
            taken.popleft()
        if self.rate is not None and len(taken) >= self.rate:
            return False
        taken.append(now)
        return True

    def _apply(self, event: Mapping[str, Any], dedup_key: str) -> None:
        place = self._open(event["routing_key"], dedup_key)
        now, action = self._clock.now(), event["event_action"]
        if action == "trigger" and place is None:
            page = _opened(event, dedup_key, now, number=len(self.pages) + 1, assignee=self._first().name)
            self.pages = [*self.pages[-(PAGES_KEPT - 1) :], page]
            self._tell("triggered", page, INTEGRATION)
        elif place is None:
            return
        else:
            before = self.pages[place]
            self.pages[place] = page = _moved(before, action, now)
            if page.status != before.status:
                self._tell(page.status, page, INTEGRATION)
        self._keep()

    def press(self, dedup_key: str, action: str, who: str, *, to: str = "", text: str = "") -> None:
        """Somebody presses something on the phone, on the newest page of a key. Raises `LookupError` if that is not possible."""
        place = next((n for n in range(len(self.pages) - 1, -1, -1) if self.pages[n].dedup_key == dedup_key), None)
        if place is None or action not in PRESSES:
            raise LookupError(f"there is no page {dedup_key[:80]}, or nothing there is called {action[:40]}")
        page = self.pages[place]
        states, status, word = PRESSES[action]
        if page.status not in states:
            raise LookupError(f"it is {page.status}: it cannot be {word} now")
        user = self._user(who)
        page = replace(page, last_at=self._clock.now())
        if action == "note":
            page = replace(page, notes=[*page.notes, text or "Looking into it"])
        if status is not None:
            page = replace(page, status=status, by=user.name if status != "triggered" else "")
        if action in ("escalate", "reassign"):
            page = replace(page, assignee=self._user(to).name if to else self._after(page.assignee).name)
        self.pages[place] = page
        self._keep()
        self._tell(word, page, SERVICE if action == "unacknowledge" else user_reference(user))

    async def quiet(self) -> None:
        """Wait until the bot has been told everything."""
        if self.webhooks is not None:
            await self.webhooks.quiet()

    def _user(self, name: str) -> User:
        """The account of a person; people outside the policy get one as well."""
        known = next((user for user in self.users if user.name == name), None)
        return known or User(f"PX{zlib.crc32(name.encode()) % 10**6:06d}", name or NOBODY.name)

    def _first(self) -> User:
        name = self.on_call()
        return self._user(name) if name else next(iter(self.users), NOBODY)

    def _after(self, name: str) -> User:
        """Whom the policy calls after this person."""
        names = [user.name for user in self.users]
        return self.users[(names.index(name) + 1) % len(names)] if name in names else NOBODY

    def _keep(self) -> None:
        if self._folder is not None:
            self._folder.write("pagerduty", {"pages": [asdict(page) for page in self.pages]})
        self._changed()

    def _tell(self, kind: str, page: PhonePage, agent: dict[str, str]) -> None:
        if self.webhooks is None or self._faults.on("pagerduty_mute"):
            return
        at = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if kind == "annotated":
            data = shapes.note(
                incident_id=page.id, title=page.summary, note_id=f"N{len(page.notes)}", content=page.notes[-1]
            )
        else:
            data = shapes.incident(
                id_=page.id,
                number=page.number,
                status=page.status,
                key=page.dedup_key,
                created_at=go_time(page.first_at),
                title=page.summary,
                assignee=self._user(page.assignee),
            )
        self.webhooks.send(shapes.event(kind, at=at, agent=agent, data=data))

    def _open(self, routing_key: str, dedup_key: str) -> int | None:
        """The place of the open page with that key; `None` if there is none."""
        wanted = (routing_key, dedup_key)
        for place in range(len(self.pages) - 1, -1, -1):
            page = self.pages[place]
            if (page.routing_key, page.dedup_key) == wanted and page.status != "resolved":
                return place
        return None


def faults_of(event: object) -> list[str]:
    """What is wrong with an event, in the vendor's words; its keys all have one length."""
    key = event.get("routing_key") if isinstance(event, dict) else None
    short = isinstance(key, str) and key.strip() and len(key) != ROUTING_KEY_LENGTH
    return [f"'routing_key' must be a string of {ROUTING_KEY_LENGTH} characters"] * bool(short) + faults_in(event)


def _opened(event: Mapping[str, Any], dedup_key: str, at: datetime, *, number: int, assignee: str) -> PhonePage:
    payload = event["payload"]
    return PhonePage(
        routing_key=event["routing_key"],
        dedup_key=dedup_key,
        status="triggered",
        summary=payload["summary"],
        severity=payload["severity"],
        source=payload["source"],
        links=[{"href": str(link["href"]), "text": str(link.get("text", ""))} for link in event.get("links") or []],
        first_at=at,
        last_at=at,
        id=f"Q{uuid.uuid4().hex[:12].upper()}",
        number=number,
        assignee=assignee,
    )


def _moved(page: PhonePage, action: str, at: datetime) -> PhonePage:
    if action == "trigger":
        return replace(page, count=page.count + 1, last_at=at)
    return replace(page, status="acknowledged" if action == "acknowledge" else "resolved", last_at=at)


def _page(data: Mapping[str, Any]) -> PhonePage:
    times = {name: datetime.fromisoformat(data[name]) for name in ("first_at", "last_at")}
    return PhonePage(**{**data, **times})


def _shown(page: PhonePage) -> dict[str, Any]:
    shown = asdict(page) | {"first_at": go_time(page.first_at), "last_at": go_time(page.last_at)}
    del shown["routing_key"]
    return shown


def _invalid(errors: list[str]) -> Response:
    return JSONResponse({"status": "invalid event", "message": "Event object is invalid", "errors": errors}, 400)


def _throttled() -> Response:
    return JSONResponse({"status": "throttle exceeded", "message": "Too many events for this routing key"}, 429)
