"""Every decision about an alert is kept with its reason, and told to whoever asks by its words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.matching import read_matchers
from bot.store import decisions
from bot.usecases import incidents as by_hand
from bot.usecases import silences as use
from bot.usecases.why_alert import why_alert
from tests.bot.usecases.house import A, House, an_alert

MEMORY = "video_memory_high"


def kept(house: House, key: str = "k") -> list[tuple[str, int | None, int]]:
    return [(each.verdict, each.incident, each.count) for each in decisions.of_alert(house.conn, ("api", key))]


def asked(house: House, text: str) -> str:
    return "\n".join(house.do(why_alert, text))


def test_each_verdict_is_kept_once_with_how_often_and_a_plain_repeat_only_counts_the_alert(house: House) -> None:
    house.fires(MEMORY, "a")
    for _ in range(3):
        house.fires(MEMORY, "a")
    house.fires(MEMORY, "b", summary="memory of app-2")
    for _ in range(2):
        house.wait(minutes=1)
        house.clears(MEMORY, "b")
        house.fires(MEMORY, "b", summary="memory of app-2")
    house.clears("nothing", "c")
    assert kept(house, "a") == [("opened", 1, 1)]
    assert house.sightings()[0].count == 4
    assert sorted(kept(house, "b")) == [("cleared", 1, 2), ("joined", 1, 1), ("refired", 1, 2)]
    assert kept(house, "c") == [("ignored", None, 1)]
    told = asked(house, "OF APP-2")
    for words in (
        "read as P1 of the rule",
        "joined #1: #1 is open for the same rule",
        "joined #1 again",
        "(2 times, last",
    ):
        assert words in told
    assert "Heard 3 times in all" in told
    assert "#1: Level 1: the team was called" in told


def test_what_was_silenced_or_ignored_says_by_whom_and_why(house: House) -> None:
    matchers, _ = read_matchers(f"rule={MEMORY}")
    house.do(use.create, matchers, house.at, house.at + timedelta(hours=1), A, "deploy")
    house.fires(MEMORY)
    house.fires(MEMORY)
    assert "silenced: nobody was called for it: silence" in (told := asked(house, MEMORY))
    assert f"of {A}: deploy (2 times" in told
    assert "held in silence since" in told
    house.wait(hours=2)
    assert kept(house) == [("silenced", None, 2), ("opened", 1, 1)]
    house.take(an_alert(None, "w", summary="alerting lives", severity="none"))
    assert "nothing was made of it: its severity “none”" in asked(house, "alerting lives")


def test_repeats_after_somebody_has_resolved_it_are_explained(house: House) -> None:
    house.fires(MEMORY, starts_at=house.at)
    house.do(by_hand.resolve, 1, A)
    house.fires(MEMORY, starts_at=house.at)
    assert "resolved by hand, so repeats with the same start call nobody" in asked(house, MEMORY)


def test_of_what_never_came_it_says_so_and_what_would_become_of_it(house: House) -> None:
    told = asked(house, "Video system memory usage is 812MB (threshold: 500MB)")
    assert "No alert with these words came in the last 30 days" in told
    assert f"read as P1 of the rule {MEMORY}" in told
    assert "would open an incident" in told
    house.fires(MEMORY)
    assert "would join #1, and call nobody new" in asked(house, "Video system memory usage is 812MB (threshold: 500MB)")
    with pytest.raises(UserError, match="too short"):
        asked(house, "“x”")


def test_what_was_not_decided_again_for_30_days_is_forgotten_and_a_secret_is_never_kept(house: House) -> None:
    house.fires(MEMORY, summary="password=hunter2hunter2 leaks")
    house.at += timedelta(days=20)
    house.clears(MEMORY)
    house.at += timedelta(days=11)
    decisions.forget_before(house.conn, house.at - decisions.KEPT_FOR)
    assert [verdict for verdict, *_ in kept(house)] == ["cleared"]
    assert "hunter2hunter2" not in asked(house, MEMORY)
