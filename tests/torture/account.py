"""What must be true at the end: each promise is one function that yields sentences about how it was broken."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.seals import Break
from bot.store import schema
from bot.subscribers.pages import CALLS_AGAIN
from bot.usecases.sealing import verdict as record_of
from tests.torture.config import LAST_RESORT, LEVELS
from tests.torture.hands import LASTING
from tests.torture.network import BACK, Gap, Life
from tests.torture.vendors import CHANNEL, Vendors, cards_in
from tests.torture.victims import Death

TAKEN_OVER = 10.0
"""Seconds after which the work of a dead process belongs to another, or to itself after its restart."""
MARK = "Possible repeat"


@dataclass(slots=True)
class Evidence:
    """Everything that both sides know at the end."""

    accepted: Counter[str]
    lives: Sequence[Life]
    whole_lives: Sequence[Life]
    """The lives in which something could be sent."""
    deaths: Sequence[Death]
    vendors_well: bool
    """Whether no vendor misbehaved: only then is a death the only reason for a repeat."""
    ended: datetime = field(init=False)
    """When the database was read."""
    gaps: Sequence[Gap] = ()
    """When the connection to the database was broken."""
    taken_at: Sequence[datetime] = ()
    """When any replica accepted an alert."""
    lasts_until: datetime | None = None
    """Until when the lasting alert holds."""
    on_time: float = 1.0
    """Seconds that a deadline may be late, counted from its time or from a start of the program."""
    alerts: dict[str, int] = field(default_factory=dict)
    incidents: list[Row[Any]] = field(default_factory=list)
    events: dict[int, list[Row[Any]]] = field(default_factory=dict)
    deliveries: list[Row[Any]] = field(default_factory=list)
    runs: list[Row[Any]] = field(default_factory=list)
    record: Sequence[Break] = ()
    """Where the chain of seals over the events breaks."""

    def read(self, conn: Connection) -> None:
        """Reads the database as it is now: `conn` belongs to a reader, whose transaction shows one moment."""
        self.ended = datetime.now(UTC)
        self.alerts = {row.key: row._mapping["count"] for row in conn.execute(select(schema.alerts))}
        self.incidents = list(conn.execute(select(schema.incidents).order_by(schema.incidents.c.number)))
        self.deliveries = list(conn.execute(select(schema.deliveries).order_by(schema.deliveries.c.id)))
        self.runs = list(conn.execute(select(schema.runs)))
        self.record = record_of(conn).breaks
        self.events = defaultdict(list)
        for row in conn.execute(select(schema.events).order_by(schema.events.c.incident, schema.events.c.seq)):
            self.events[row.incident].append(row)

    @property
    def unsent(self) -> list[Row[Any]]:
        return [row for row in self.deliveries if row.state in ("waiting", "sending")]

    @property
    def pages(self) -> list[Row[Any]]:
        return [row for row in self.deliveries if row.kind == "page"]

    def answered(self, incident: int, since: datetime | None = None) -> datetime | None:
        """When somebody answered the incident for the first time, or for the first time since then."""
        answers = (e.at for e in self.events[incident] if e.kind in ("acknowledged", "resolved"))
        return next((at for at in answers if since is None or at > since), None)

    def decided_late(self, due: datetime, done: datetime) -> float:
        """The longest time, in seconds, that one life of a process had for a decision without making it."""
        return self._had(self.lives, due, done)

    def sent_late(self, due: datetime, done: datetime) -> float:
        """The same for something that has to be sent."""
        return self._had(self.whole_lives, due, done)

    def _had(self, lives: Sequence[Life], due: datetime, done: datetime) -> float:
        had = (min(done, dead or self.ended) - max(due, ready) for ready, dead in lives)
        return max(0.0, max((span.total_seconds() for span in had), default=0.0))


@dataclass(slots=True)
class Verdict:
    """The result of a scenario."""

    broken: list[str] = field(default_factory=list)
    losses: int = 0
    repeats: int = 0
    """Second copies of a page or mail, each of which says so."""
    unknown_steps: int = 0
    worst_deadline: float = 0.0
    worst_page: float = 0.0
    worst_takeover: float = 0.0
    worst_return: float = 0.0


def judge(evidence: Evidence, them: Vendors) -> Verdict:
    """Checks every promise against everything that is known."""
    verdict = Verdict()
    lost = list(_lost_alerts(evidence))
    verdict.losses = len(lost)
    verdict.broken += lost
    verdict.broken += _unpaged(evidence, them)
    verdict.broken += _second_incidents_at_pagerduty(evidence, them)
    verdict.broken += _copies(evidence, them, verdict)
    verdict.broken += _paged_after_the_answer(evidence)
    verdict.broken += _steps(evidence, them, verdict)
    verdict.broken += _deadlines(evidence, verdict)
    verdict.broken += _page_lateness(evidence, verdict)
    verdict.broken += _takeovers(evidence, verdict)
    verdict.broken += _cards(evidence, them)
    verdict.broken += _left_behind(evidence)
    verdict.broken += (f"the record: {each.text}" for each in evidence.record)
    verdict.broken += _returns(evidence, verdict)
    verdict.broken += _ended_by_silence(evidence)
    return verdict


def _lost_alerts(evidence: Evidence) -> Iterator[str]:
    for key, times in evidence.accepted.items():
        if evidence.alerts.get(key, 0) < times:
            yield f"alert {key} was accepted {times} times and is there {evidence.alerts.get(key, 0)} times"


def _unpaged(evidence: Evidence, them: Vendors) -> Iterator[str]:
    """Every P0 must have rung somewhere, unless somebody was faster."""
    rung = {page.dedup_key for page in them.world.pagerduty.pages}
    direct = {incident for incident, _ in _direct_messages(them)}
    for incident in evidence.incidents:
        heard = f"{incident.service}/incident-{incident.number}" in rung or incident.number in direct
        answered = evidence.answered(incident.number)
        if incident.severity == "P0" and not heard and answered is None:
            yield f"#{incident.number} (P0) was never paged"
        if (
            incident.severity == "P0"
            and not heard
            and answered is not None
            and answered - incident.opened_at > timedelta(seconds=20)
        ):
            yield f"#{incident.number} (P0) was not paged for {answered - incident.opened_at}"


def _second_incidents_at_pagerduty(evidence: Evidence, them: Vendors) -> Iterator[str]:
    pages = them.world.pagerduty.pages
    for key, count in Counter(page.dedup_key for page in pages).items():
        if count > 1:
            yield f"PagerDuty saw {count} incidents for {key}"
    state = {f"{i.service}/incident-{i.number}": i.state for i in evidence.incidents}
    for page in pages:
        if state.get(page.dedup_key) in ("acknowledged", "resolved") and page.status == "triggered":
            yield f"PagerDuty was never told that somebody answered {page.dedup_key}"


def _direct_messages(them: Vendors) -> Iterator[tuple[int, str]]:
    return ((incident, user) for incident, user, _ in _posted(them, DIRECT, direct=True))


DIRECT = re.compile(r"^(?:You are paged for \d|P\d #\d)")
MENTION = re.compile(r"^<.* – P\d #\d")
"""How the two kinds of pages begin in Slack."""


def _posted(them: Vendors, text: re.Pattern[str], *, direct: bool) -> Iterator[tuple[int, str, bool]]:
    """For each page that Slack took: the incident, the recipient, and whether the message says that it may be a repeat."""
    bot = them.slack.bot.id
    for post in them.taken:
        channel = them.slack.state.channels[post.channel]
        if text.search(post.text) and (channel.kind == "im") is direct:
            who = next(member for member in channel.members if member != bot) if direct else ""
            for number in _numbers(post.text):
                yield number, who, MARK in post.blocks


def _numbers(text: str) -> list[int]:
    """The incidents of a page: one, or several that share a message."""
    found = [int(number) for number in re.findall(r"#(\d+)\b", text)]
    assert found, text
    return found


def _copies(evidence: Evidence, them: Vendors, verdict: Verdict) -> Iterator[str]:
    """A page may be sent again only because its sender died, at most once for each death, and must then say so."""
    users = {user.email: user.id for user in them.slack.state.users.values()}
    rows: dict[tuple[str, int, str], list[Row[Any]]] = defaultdict(list)
    for row in evidence.pages:
        transport, person = row.payload["transport"], row.payload["person"]
        who = users[person] if transport == "slack" else "" if transport == "mention" else person or ""
        rows[transport, row.incident, who].append(row)
    sent: dict[tuple[str, int, str], list[bool]] = defaultdict(list)
    for number, user, marked in _posted(them, DIRECT, direct=True):
        sent["slack", number, user].append(marked)
    for number, _, marked in _posted(them, MENTION, direct=False):
        sent["mention", number, ""].append(marked)
    for mail in them.world.mailbox.mails:
        if "#" not in mail.subject:
            continue  # no page: the last resort is told of a trouble of the bot's own
        to = "" if mail.to == ["video-team@openvine.co"] else mail.to[0]
        for number in _numbers(mail.subject):
            sent["email", number, to].append("(possible repeat)" in mail.subject)
    for key, copies in sent.items():
        transport, number, who = key
        pages = rows.get(key, [])
        again = len(copies) - len(pages)
        verdict.repeats += max(0, again)
        allowed = sum(_deaths_of(evidence, row) if evidence.vendors_well else row.attempts - 1 for row in pages)
        if again > allowed:
            yield f"{transport} page of #{number} {who} was repeated {again} times, {allowed} senders died"
        if copies.count(False) > len(pages):
            yield f"{transport} page of #{number} {who}: {copies.count(False)} copies of {len(pages)} do not say so"


def _deaths_of(evidence: Evidence, row: Row[Any]) -> int:
    return sum(row.id in death.held for death in evidence.deaths)


def _paged_after_the_answer(evidence: Evidence) -> Iterator[str]:
    """No page may begin after its incident was answered; if the incident has paged anew since, only a later answer counts."""
    for row in evidence.pages:
        anew = [e.at for e in evidence.events[row.incident] if e.kind in CALLS_AGAIN and e.at <= row.created_at]
        answered = evidence.answered(row.incident, since=max(anew, default=None))
        if answered is not None and row.started_at is not None and row.started_at > answered:
            yield f"{row.key} was begun {row.started_at - answered} after #{row.incident} was answered"


def _steps(evidence: Evidence, them: Vendors, verdict: Verdict) -> Iterator[str]:
    for path, count in them.posts.items():
        if count > 1:
            yield f"the step of {path} ran {count} times"
    ran = {int(number[1]) for path in them.posts if (number := re.search(r"runbook=(\d+)", path))}
    for row in evidence.runs:
        step = row.body["steps"][0]
        verdict.unknown_steps += step["state"] == "unknown"
        if step["state"] in ("confirmed", "running"):
            yield f"the step of {row.runbook} for #{row.incident} is still {step['state']}"
        if step["state"] == "done" and int(row.runbook.rpartition("-")[2]) not in ran:
            yield f"the step of {row.runbook} is done, and OpenVine never heard of it"


def _deadlines(evidence: Evidence, verdict: Verdict) -> Iterator[str]:
    offsets = [*LEVELS, LAST_RESORT]
    for incident in evidence.incidents:
        if incident.severity != "P0":
            continue
        climbed = _climbed(evidence.events[incident.number])
        answered = evidence.answered(incident.number)
        for rung in range(1, len(offsets)):
            due = incident.opened_at + offsets[rung]
            done = min(at for at in (climbed.get(rung), answered, evidence.ended) if at is not None)
            if due >= evidence.ended:
                continue
            late = evidence.decided_late(due, done)
            verdict.worst_deadline = max(verdict.worst_deadline, late)
            if late > evidence.on_time:
                yield f"level {rung + 1} of #{incident.number} was due at {due:%H:%M:%S.%f} and climbed {late:.2f} s late"


def _climbed(events: Iterable[Row[Any]]) -> dict[int, datetime]:
    """When each rung was climbed, by its index."""
    at: dict[int, datetime] = {}
    for event in events:
        if event.kind in ("escalated", "nobody_notified") and "level" in event.data:
            for rung in (event.data["level"] - 1, *event.data.get("passed", ())):
                at.setdefault(rung, event.at)
    return at


def _page_lateness(evidence: Evidence, verdict: Verdict) -> Iterator[str]:
    """A page that was taken up only once must have been taken up at once."""
    for row in evidence.pages:
        if row.attempts == 1 and not row.repeat and _first_of_its_line(evidence, row):
            late = evidence.sent_late(row.due_at, row.started_at)
            verdict.worst_page = max(verdict.worst_page, late)
            if late > evidence.on_time:
                yield f"{row.key} was due and taken up {late:.2f} s late"


def _first_of_its_line(evidence: Evidence, row: Row[Any]) -> bool:
    """Whether nothing was ahead of it when it became due: a line keeps its order, and some lines wait for another."""
    ahead = (r for r in evidence.deliveries if r.line in (row.line, row.behind) and r.id < row.id)
    return all(r.finished_at is not None and r.finished_at <= row.due_at for r in ahead)


def _takeovers(evidence: Evidence, verdict: Verdict) -> Iterator[str]:
    """What a dead process had claimed must be taken up again within its lease; messages that only inform may wait behind pages."""
    rows = {row.id: row for row in evidence.deliveries}
    for death in evidence.deaths:
        for delivery, attempts in death.held.items():
            row = rows[delivery]
            if row.state == "dropped":
                continue
            if row.attempts == attempts:
                yield f"{row.key} was held by a process that died, and nobody took it over"
            elif row.attempts == attempts + 1 and row.lane in ("page", "run") and _first_of_its_line(evidence, row):
                late = evidence.sent_late(death.at + timedelta(seconds=TAKEN_OVER), row.started_at)
                took = min((row.started_at - death.at).total_seconds(), TAKEN_OVER) + late
                verdict.worst_takeover = max(verdict.worst_takeover, took)
                if late > evidence.on_time:
                    yield f"{row.key} of a dead process was taken over {late:.2f} s after its lease"


def _ended_by_silence(evidence: Evidence) -> Iterator[str]:
    """An alert that its sender never resolved must not have ended, even if the program could not hear its repeats."""
    for incident in evidence.incidents:
        if evidence.lasts_until is None or incident.labels.get("alertname") != LASTING:
            continue
        for event in evidence.events[incident.number]:
            ended = event.kind in ("alert_resolved", "expired") or (event.kind == "resolved" and event.actor == "alert")
            if ended and event.at < evidence.lasts_until:
                yield f"#{incident.number} was called {event.kind} at {event.at:%H:%M:%S}, and fires all the time"


def _returns(evidence: Evidence, verdict: Verdict) -> Iterator[str]:
    """After the connection to the database was broken, alerts must be accepted again in time. (For pages, their deadlines show
    it.)"""
    for gap in evidence.gaps:
        after = [at for at in evidence.taken_at if at > gap.healthy_from]
        took = (min(after, default=evidence.ended) - gap.healthy_from).total_seconds()
        verdict.worst_return = max(verdict.worst_return, took)
        if took > BACK.total_seconds() + evidence.on_time:
            yield f"{took:.1f} s after “{gap.name}” alerts were taken again"


def _cards(evidence: Evidence, them: Vendors) -> Iterator[str]:
    standing: Counter[int] = Counter()
    for message in them.slack.state.logs[CHANNEL]:
        standing.update(cards_in(message))
    for incident in evidence.incidents:
        if standing[incident.number] != 1:
            yield f"#{incident.number} has {standing[incident.number]} cards"


def _left_behind(evidence: Evidence) -> Iterator[str]:
    for row in evidence.unsent:
        yield f"{row.key} is still {row.state} after {row.attempts} attempts ({row.error})"
    for row in evidence.deliveries:
        if row.state == "failed":
            yield f"{row.key} was given up: {row.error}"
