"""Whatever alerts come in, in whatever order, and whatever people do meanwhile: what must stay true stays true."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.alerts import Alert
from bot.errors import UserError
from bot.store import Tx, alerts, schema
from bot.store.carry_over import Carried, carried_over
from bot.usecases import incidents as use
from bot.usecases.batch import known, working_set
from tests.bot.usecases.house import A, B, House, a_house, an_alert

Step = list[Alert] | tuple[str, int] | int
RULES = ("video_crash_rate_high", "video_load_success_low", None)
KEYS = ("1", "2", "3")


@st.composite
def some_alerts(draw: st.DrawFn) -> Alert:
    """An alert over a few fingerprints; its start and end are minutes before or after it is taken (see `placed`)."""
    key = draw(st.sampled_from(KEYS))
    return an_alert(
        RULES[KEYS.index(key) % 2 if draw(st.booleans()) else 2],
        key,
        status=draw(st.sampled_from(("firing", "firing", "resolved"))),
        value=draw(st.sampled_from((None, "80%", "60%"))),
        severity=draw(st.sampled_from((None, "critical", "info", "odd"))),
        labels={
            "start": draw(st.sampled_from(("-2", "-2", "0", ""))),
            "end": draw(st.sampled_from(("", "", "", "5"))),
        },
    )


def placed(alert: Alert, house: House) -> Alert:
    start, end = alert.labels["start"], alert.labels["end"]
    return replace(
        alert,
        starts_at=house.at + timedelta(minutes=int(start)) if start else None,
        ends_at=house.at + timedelta(minutes=int(end)) if end and alert.status == "firing" else None,
        name=None if alert.rule else f"name{alert.key}",
    )


TABLES = (schema.alerts, schema.incidents, schema.events, schema.deliveries, schema.decisions, schema.held)
ACTS = ("acknowledge", "acknowledge for a time", "snooze", "mitigate", "resolve", "reopen", "lower", "raise")
STEPS = st.lists(
    st.one_of(
        st.lists(some_alerts(), min_size=1, max_size=4),
        st.tuples(st.sampled_from(ACTS), st.integers(1, 3)),
        st.sampled_from((1, 6, 12, 40)),
    ),
    min_size=1,
    max_size=14,
)


def act(house: House, deed: str, number: int) -> None:
    with contextlib.suppress(UserError):
        match deed:
            case "acknowledge":
                house.do(use.acknowledge, number, A)
            case "acknowledge for a time":
                house.do(use.acknowledge, number, A, span=timedelta(minutes=20))
            case "snooze":
                house.do(use.snooze, number, B, timedelta(minutes=15), "known")
            case "mitigate":
                house.do(use.mitigate, number, B)
            case "resolve":
                house.do(use.resolve, number, A)
            case "reopen":
                house.do(use.reopen, number, B)
            case "lower":
                house.do(use.regrade, number, "P2", A)
            case _:
                house.do(use.regrade, number, "P0", A)


@given(steps=STEPS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_sequence_of_alerts_keeps_the_invariants(house: House, steps: list[Step]) -> None:
    start = house.at
    with contextlib.closing(_Undone(house)):
        for step in steps:
            go(house, step)
            _check(house)
    house.at = start


def go(house: House, step: Step) -> None:
    if isinstance(step, int):
        house.wait(minutes=step)
    elif isinstance(step, tuple):
        act(house, *step)
    else:
        house.take(*(placed(alert, house) for alert in step))


@given(steps=STEPS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_one_batch_leaves_for_the_next_changes_nothing(migrated_sqlite: Path, steps: list[Step]) -> None:
    def told(*, forgetful: bool = False, by_turns: bool = False) -> list[object]:
        with a_house(f"sqlite:///{migrated_sqlite}") as house, pytest.MonkeyPatch.context() as patch:
            patch.setattr(alerts, "MANY", 1_000 if forgetful else 1)  # nor does it how repeats are written
            replicas = _Replicas()
            if by_turns:
                patch.setattr(working_set, "carried_over", replicas.carried_over)
                patch.setattr(known, "carry_over", replicas.carry_over)
            for step in steps:
                for _ in range(
                    3 if isinstance(step, list) else 1
                ):  # what is repeated at once is taken by what was left
                    go(house, step)
                    replicas.committed(only_alerts=isinstance(step, list))
                    if forgetful:
                        carried_over(house.conn)
            return [house.conn.execute(select(each)).all() for each in TABLES]

    assert told() == told(by_turns=True) == told(forgetful=True)


def test_an_end_is_not_overlooked_because_another_replica_heard_until_when_it_held(house: House) -> None:
    replicas, start = _Replicas(), house.at

    def taken(seconds_later: int, until: int) -> str:
        house.at = start + timedelta(seconds=seconds_later)
        alert = an_alert(key="k", starts_at=start, ends_at=start + timedelta(seconds=until))
        (verdict,) = house.take(alert).verdicts
        replicas.committed(only_alerts=True)
        return verdict

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working_set, "carried_over", replicas.carried_over)
        patch.setattr(known, "carry_over", replicas.carry_over)
        heard = [taken(0, 300), taken(1, 300), taken(2, 300), taken(3, 600), taken(590, 595)]
    assert heard == ["opened", "repeated", "repeated", "repeated", "cleared"]


class _Replicas:
    """Two memories that take turns, and the equation by which PostgreSQL tells whether the other has only counted."""

    def __init__(self) -> None:
        self.written = self.countings = 0
        self.mine: tuple[tuple[int, int], object] | None = None
        self.others: tuple[tuple[int, int], object] | None = None
        self.left: list[tuple[object, bool]] = []

    def carried_over(self, conn: Connection) -> Carried | None:
        (written, countings), what = self.mine or ((-1, 0), None)
        self.mine = None
        since = self.written - written
        return Carried(what, bool(since)) if since == self.countings - countings else None

    def carry_over(self, tx: Tx, what: object, *, only_counted: bool = False) -> None:
        self.left.append((what, only_counted))

    def committed(self, *, only_alerts: bool) -> None:
        """What was left counts where it was all that happened; the other one is next."""
        self.written += 1
        if only_alerts and len(self.left) == 1:
            ((what, only_counted),) = self.left
            self.countings += only_counted
            self.mine = (self.written, self.countings), what
        self.left = []
        self.mine, self.others = self.others, self.mine


class _Undone:
    """A savepoint that is always rolled back, so that every example begins with an empty database."""

    def __init__(self, house: House) -> None:
        self._savepoint, self._conn = house.conn.begin_nested(), house.conn

    def close(self) -> None:
        self._savepoint.rollback()
        carried_over(self._conn)  # the store leaves nothing of what is rolled back


def _check(house: House) -> None:
    sightings = house.conn.execute(select(schema.alerts)).all()
    firing = Counter(row.incident for row in sightings if row.status == "firing")
    open_keys: list[str] = []
    for number in range(1, house.count() + 1):
        incident, story = house.incident(number), house.story(number)
        assert incident.firing == firing[number], (
            f"#{number} counts {incident.firing} firing, there are {firing[number]}"
        )
        assert [entry.seq for entry in story] == list(range(1, incident.last_seq + 1))
        assert [entry.at for entry in story] == sorted(entry.at for entry in story)
        assert (incident.next_at is not None) is (incident.state == "triggered" or incident.held_until is not None)
        assert incident.next_at is None or incident.next_at > house.at, "nothing is overdue"
        by_hand = any(entry.event.actor in (A, B) and entry.event.kind == "reopened" for entry in story)
        if incident.firing == 0 and not by_hand:
            assert incident.state == "resolved", f"#{number} is {incident.state} and nothing of it fires"
        waiting = [row for row in house.rows("page") if row.incident == number and row.state == "waiting"]
        if incident.state in ("monitoring", "resolved"):
            assert waiting == [], "somebody has it: nobody is called any more"
        if incident.is_open:
            open_keys.append(incident.join_key)
    assert len(open_keys) == len(set(open_keys)), "one open incident per key"
