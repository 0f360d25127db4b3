"""A rollout, purely: what its file may say, what its confirmation is bound to, and that nothing ever raises it but good figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.runbooks import questions, runs, sending
from bot.runbooks.effects import Effect, Setting, effect_of
from bot.runbooks.offers import offers
from bot.runbooks.request import Outcome
from bot.runbooks.rollout import aimed, percent
from bot.runbooks.run import Run, current, going_back, ready, state_of, watched
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.verify import Figure

from .helpers import AT, EXPIRES, NOTE, ROLLOUT, VARIABLES, book, faults_of, parse

WHO = "a@openvine.co"
STAGES = (1.0, 5.0, 25.0)
HOLD, TOLERANCE = timedelta(minutes=10), timedelta(minutes=2)
GOOD = Outcome(ok=True, text="HTTP 200", status=200)
BAD = Outcome(ok=False, text="HTTP 503", status=503)
LOST = Outcome(ok=False, text="no answer", certain=False)


def plan_of(run: Run) -> Rollout:
    plan = run.snapshot.step("s1").spec
    assert isinstance(plan, Rollout)
    return plan


def effect(run: Run, variables: dict[str, str] = VARIABLES) -> Effect:
    state = state_of(run, "s1")
    share = None if aimed(state.rollout) == 0 else percent(plan_of(run), state.rollout)
    return effect_of(run.snapshot.step("s1"), Setting(variables=variables, percent=share))


@dataclass
class World:
    """A run with its clock, what was sent, and what was seen and pressed since."""

    run: Run
    at: datetime = AT
    sent: list[float] = field(default_factory=list)
    pressed: bool = False
    """Whether a person has confirmed since the last request left."""
    good_since: datetime | None = None
    """Since when every look was good."""
    in_force: float | None = None
    """The stage that a good answer has set."""
    in_force_since: datetime = AT
    outcome: Outcome = GOOD

    @classmethod
    def of(cls, **more: Any) -> World:
        return cls(runs.start(parse(book({**ROLLOUT, **more}, NOTE)), 1, 7, WHO, AT)[0])

    @property
    def state(self) -> str:
        return state_of(self.run, "s1").state

    def ask(self) -> None:
        self.run, _ = questions.ask(self.run, "s1", WHO, self.at, effect(self.run), EXPIRES)

    def confirm(self) -> None:
        question = state_of(self.run, "s1").confirmation
        assert question is not None
        self.run, _ = questions.confirm(self.run, question.id, WHO, self.at)
        self.pressed = True

    def cancel(self) -> None:
        question = state_of(self.run, "s1").confirmation
        self.run, _ = questions.cancel(self.run, question.id if question else "", WHO, self.at)

    def back(self) -> None:
        self.run, _ = runs.set_back(self.run, "s1", WHO, "Anna", self.at)

    def pause(self) -> None:
        self.run, _ = runs.pause(self.run, WHO, self.at, "lunch")

    def resume(self) -> None:
        self.run, _ = runs.resume(self.run, WHO, self.at)

    def tick(self) -> None:
        """Somebody says that it is done; of a way back that failed, that it was gone by hand."""
        back = going_back(self.run)
        self.run, _ = runs.tick(self.run, "s1", WHO, self.at)
        if back:
            self.in_force = None

    def fail(self) -> None:
        self.run, _ = runs.mark_failed(self.run, "s1", WHO, self.at, "looked")

    def restart(self) -> None:
        self.run = Run.from_json(self.run.as_json())
        if self.state == "running":
            self.run, _ = sending.interrupted(self.run, "s1", self.at)

    def look(self, value: float | None) -> None:
        """The clock comes round, and this is what is read."""
        self.run, _ = runs.wake(self.run, self.at)
        if watched(self.run):
            self.run, _ = runs.observed(self.run, "s1", {"crash_rate": Figure(value, why="away")}, self.at)
            good = value is not None and value < 5
            self.good_since = (self.good_since or self.at) if good else None

    def passes(self, minutes: int, value: float | None) -> None:
        for _ in range(minutes * 3):
            self.at += timedelta(seconds=20)
            self.look(value)
            self.send()

    def send(self) -> None:
        """What is cleared leaves, unless the run is paused, and is answered."""
        step = ready(self.run)
        if step is None or step.id != "s1":
            return
        if self.run.paused and not going_back(self.run):
            return
        self.run, _ = sending.begin(self.run, "s1", self.at, effect(self.run))
        if self.state == "running":
            self._left(percent(plan_of(self.run), state_of(self.run, "s1").rollout))
            if self.outcome is not LOST:
                self.answer(self.outcome)

    def _left(self, share: float) -> None:
        self.sent.append(share)
        self.check(share)
        self.pressed = False

    def answer(self, outcome: Outcome) -> None:
        share = self.sent[-1]
        self.run, _ = sending.finish(self.run, "s1", outcome, self.at)
        if outcome is GOOD:
            self.in_force = share if share in STAGES else None
            self.in_force_since, self.good_since = self.at, None

    def check(self, share: float) -> None:
        """What must hold of every request that leaves."""
        plan = plan_of(self.run)
        if share == plan.rollback:
            return
        assert share in STAGES, "never past the last stage"
        first = share == STAGES[0]
        assert first or plan.auto_raise or self.pressed, "raised without a press"
        if not first:
            assert self.good_since is not None, "raised on figures that are not good"
            assert self.at - self.in_force_since >= HOLD, "raised before the hold was over"
            assert not self.run.paused
        assert self.in_force is None or share > self.in_force, "raised twice"


def begun(**more: Any) -> World:
    world = World.of(**more)
    world.ask()
    world.confirm()
    world.send()
    return world


# Any sequence

MOVES = ("ask", "confirm", "cancel", "back", "pause", "resume", "tick", "fail", "restart", "send")
Did = tuple[Literal["move"], str] | tuple[Literal["time"], int, float | None] | tuple[Literal["world"], Outcome]
anything: st.SearchStrategy[Did] = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(MOVES)),
    st.tuples(st.just("time"), st.integers(1, 14), st.sampled_from([0.4, 0.4, 0.4, 7.9, None])),
    st.tuples(st.just("world"), st.sampled_from([GOOD, GOOD, BAD, LOST])),
)


@settings(max_examples=150)
@given(st.booleans(), st.lists(anything, max_size=40))
def test_whatever_is_read_pressed_and_cut_off_nothing_raises_it_but_a_good_hold_and_a_press(
    auto: bool, story: list[Did]
) -> None:
    world = begun(auto_raise=auto)
    for did in story:
        match did:
            case ("time", minutes, value):
                world.passes(int(minutes), value)
            case ("world", outcome):
                world.outcome = outcome
            case (_, move):
                _try(world, str(move))
    _ends(world)


def _try(world: World, move: str) -> None:
    """A person presses what may not be offered any more; a refusal changes nothing."""
    before = world.run
    try:
        getattr(world, move)()
    except UserError:
        assert world.run == before
    except AssertionError:
        if move != "confirm" or state_of(before, "s1").confirmation is not None:
            raise


def _ends(world: World) -> None:
    """From here on all is well: it comes to rest where it is done, failed, paused, or a person has something to press."""
    world.outcome = GOOD
    if world.state == "running":
        world.restart()
    world.passes(45, 0.4)
    step = current(world.run)
    at_rest = step is None or step.id != "s1" or world.run.paused or offers(world.run, world.at)
    assert at_rest and (world.run.paused or ready(world.run) is None), world.state


def test_with_auto_raise_a_quiet_night_takes_it_through_all_stages_and_without_it_to_the_first() -> None:
    world = begun(auto_raise=True)
    world.passes(45, 0.4)
    assert (world.sent, world.state) == ([1, 5, 25], "done")
    world = begun()
    world.passes(45, 0.4)
    assert (world.sent, world.state) == ([1], "watching")
    assert "ask" in offers(world.run, world.at)


def test_bad_figures_set_it_back_once_they_have_lasted_even_while_paused_and_while_a_raise_is_asked_for() -> None:
    world = begun()
    world.passes(11, 0.4)
    world.ask()
    world.pause()
    world.passes(1, 7.9)
    assert world.sent == [1], "within the tolerance"
    world.passes(2, 7.9)
    assert world.sent == [1, 0] and world.state == "failed"
    assert "violated" in state_of(world.run, "s1").outcome


def test_without_figures_nothing_is_raised_nothing_set_back_and_its_runner_is_told_after_ten_minutes() -> None:
    world = begun(auto_raise=True)
    told = []
    for minute in range(1, 31):
        world.at += timedelta(minutes=1)
        world.run, _ = runs.wake(world.run, world.at)
        world.run, events = runs.observed(world.run, "s1", {"crash_rate": Figure(None, why="HTTP 503")}, world.at)
        told += [(minute, event.data["calls"], event.text) for event in events]
    assert world.sent == [1] and world.state == "watching"
    assert len(told) == 1 and told[0][:2] == (11, WHO) and "HTTP 503" in told[0][2]


def test_a_raise_that_fails_leaves_the_stage_watched_and_is_not_tried_again_by_itself() -> None:
    world = begun(auto_raise=True)
    world.outcome = BAD
    world.passes(15, 0.4)
    assert (world.sent, world.state) == ([1, 5], "watching")
    world.outcome = GOOD
    world.passes(15, 0.4)
    assert world.sent == [1, 5], "from now on somebody presses"
    world.ask()
    world.confirm()
    world.send()
    assert world.sent == [1, 5, 5]


def test_an_unknown_outcome_asks_a_person_and_is_watched_meanwhile() -> None:
    world = World.of()
    world.ask()
    world.confirm()
    world.outcome = LOST
    world.send()
    world.restart()
    assert world.state == "unknown" and {"tick", "fail", "back"} <= set(offers(world.run, world.at))
    world.outcome = GOOD
    happened = World(world.run, world.at)
    happened.tick()
    assert happened.state == "watching"
    world.passes(4, 7.9)
    assert world.sent == [1, 0] and world.state == "failed"


def test_a_way_back_that_does_not_work_waits_for_a_person_and_leads_nowhere_else() -> None:
    world = begun(on_failure="s2")
    world.outcome = BAD
    world.passes(4, 7.9)
    assert world.sent == [1, 0] and world.state == "failed"
    assert current(world.run) == world.run.snapshot.step("s1"), "not passed over while it stands at 1 %"
    assert offers(world.run, world.at) == ("back", "tick")
    world.outcome = GOOD
    world.back()
    world.send()
    assert world.sent == [1, 0, 0]
    assert current(world.run) == world.run.snapshot.step("s2"), "set back: now its failure leads on"


def test_what_the_bot_sends_by_itself_goes_where_the_start_was_confirmed_to_go_or_nowhere() -> None:
    world = begun()
    world.passes(1, 0.4)
    world.back()
    moved = {**VARIABLES, "OPENVINE_API_URL": "https://elsewhere.example"}
    run, _ = sending.begin(world.run, "s1", world.at, effect(world.run, moved))
    assert state_of(run, "s1").state == "failed" and "another address" in state_of(run, "s1").outcome


def test_a_way_back_that_may_be_repeated_is_sent_again_after_a_restart_and_a_raise_is_not() -> None:
    world = begun(idempotent=True)
    world.outcome = LOST
    world.passes(3, 7.9)
    world.outcome = GOOD
    world.restart()
    world.send()
    assert world.sent == [1, 0, 0] and world.state == "failed"
    world = begun(idempotent=True, auto_raise=True)
    world.outcome = LOST
    world.passes(11, 0.4)
    world.restart()
    assert (world.sent, world.state) == ([1, 5], "unknown")


def test_its_confirmation_is_bound_to_everything_that_it_shows() -> None:
    plain = effect(World.of().run)
    assert "Each further stage waits for a press after a good hold" in plain.shown["plan"]
    others: tuple[dict[str, Any], ...] = (
        {"auto_raise": True},
        {"rollback": 0.5},
        {"tolerance": "5m"},
        {"checks": [{"metric": "x", "below": 1}]},
        {"stages": [{"percent": 1, "hold": "1h"}, {"percent": 5}]},
    )
    for other in others:
        assert effect(World.of(**other).run).digest != plain.digest, other


def test_a_pause_refuses_every_raise_and_an_abort_says_what_stays() -> None:
    world = begun()
    world.passes(11, 0.4)
    world.pause()
    assert offers(world.run, world.at) == ("back",)
    with pytest.raises(UserError, match="paused already"):
        world.pause()
    _, events = runs.abort(world.run, WHO, world.at, "tomorrow")
    assert "Rollout stays 1 % and is not watched any more" in events[0].text


# What a file may not say


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"stages": []}, "1 to 12 “stages”"),
        ({"stages": [{"percent": 5, "hold": "1h"}, {"percent": 1}]}, "above the one before"),
        ({"stages": [{"percent": 1}, {"percent": 5}]}, "needs a “hold”"),
        ({"stages": [{"percent": 0}]}, "above 0, up to 100"),
        ({"checks": []}, "needs “checks”"),
        ({"rollback": 3}, "below the first stage"),
        ({"incident": "P7"}, "not a severity"),
        ({"json": {"video": {"percentage": 5}}}, "has to be “${stage}”"),
        ({"setting": None}, "needs “setting”"),
        ({"auto_raise": True, "approval": {"approvers": ["primary"]}}, "cannot be approved"),
        ({"safe": True}, "cannot be the way back"),
        ({"verify": {"metric": "x", "below": 1}}, "can be verified"),
        ({"until": 5}, "unknown key “until”"),
    ],
)
def test_a_rollout_that_cannot_work_is_refused_when_it_is_read(wrong: dict[str, Any], says: str) -> None:
    found = faults_of(book({**ROLLOUT, **wrong}, NOTE))
    assert any(says in text for _, text in found), found
