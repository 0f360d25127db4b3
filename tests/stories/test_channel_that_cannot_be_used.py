"""The channel is archived, or the bot removed from it: pages still leave, and the last resort is told by direct message and mail.

Once for each trouble, with what to do; what waited stands in the channel when it can be used again.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.outbox.outcomes import BACKOFF
from tests.stories.night import CHANNEL, CONFIG, Night, a_night, has_buttons, said

A, B = "engineer_a", "engineer_b"
WORD = "I cannot post in #video-system-alerts"


def archive(night: Night, archived: bool = True) -> None:
    night.slack.state.channels[CHANNEL].is_archived = archived


async def time_for_another_try(night: Night) -> None:
    night.clock.advance(timedelta(seconds=BACKOFF[-1]))
    await night.settle()


def words(night: Night, name: str = A) -> list[str]:
    """What somebody was told about the channel by direct message."""
    return [said(message) for message in night.dm(name) if WORD in message["text"]]


def mails(night: Night) -> list[dict[str, Any]]:
    return [mail for mail in night.mails() if WORD in mail["subject"]]


async def test_an_archived_channel_the_last_resort_is_told_once_pages_leave_and_the_card_comes_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        archive(night)
        await night.alert()
        assert [page["status"] for page in night.phone()] == ["triggered"]
        assert any("P0 #1" in message["text"] for message in night.dm(A)), "paged by direct message"
        (word,) = words(night)
        assert "it is archived" in word
        assert "Unarchive it and invite me again, or name another channel in bot.yml" in word
        (mail,) = mails(night)
        assert mail["to"] == ["engineer_a@openvine.co"]
        assert "Unarchive it and invite me again" in mail["text"]
        assert words(night, B) == []

        await night.alert("video_memory_high", dedup_key="m")
        await night.pass_time(minutes=12)
        assert (len(words(night)), len(mails(night))) == (1, 1)
        assert any("P0 #1" in message["text"] for message in night.dm(B)), "the ladder is climbed"

        archive(night, False)
        await time_for_another_try(night)
        assert has_buttons(night.card())
        assert has_buttons(night.card(number=2))
        assert (len(words(night)), len(mails(night))) == (1, 1)


async def test_another_trouble_and_the_same_one_later_are_told_again(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        archive(night)
        await night.alert()
        archive(night, False)
        members = night.slack.state.channels[CHANNEL].members
        members.remove(night.slack.bot.id)
        await time_for_another_try(night)
        assert [("it is archived" in word, "I am not in it" in word) for word in words(night)] == [
            (True, False),
            (False, True),
        ]
        members.append(night.slack.bot.id)
        await time_for_another_try(night)
        assert night.card()
        archive(night)
        await night.alert("video_memory_high", dedup_key="m")
        assert len(words(night)) == len(mails(night)) == 3


async def test_readyz_says_it_as_long_as_it_lasts(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        archive(night)
        await night.alert()
        answer = await night.http.get("/readyz")
        assert (answer.status_code, answer.json()["parts"]["slack"]) == (200, f"{WORD}: it is archived")
        archive(night, False)
        await time_for_another_try(night)
        assert (await night.http.get("/readyz")).json()["parts"]["slack"] == "ok"


async def test_nobody_is_told_of_a_trouble_that_is_over_before_the_mail_could_leave(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.sandbox.world.mailbox.manner = "451"
        archive(night)
        await night.alert()
        assert len(words(night)) == 1
        archive(night, False)
        await time_for_another_try(night)
        assert night.card()
        night.sandbox.world.mailbox.manner = "well"
        await time_for_another_try(night)
        await time_for_another_try(night)
        assert mails(night) == []


async def test_a_channel_in_which_apps_may_not_post_is_such_a_trouble_too(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.slack.state.channels[CHANNEL].read_only = True
        await night.alert()
        (word,) = words(night)
        assert "I am not allowed to post in it" in word


async def test_a_channel_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    text = (config / "bot.yml").read_text()
    (config / "bot.yml").write_text(text.replace("#video-system-alerts", "#nowhere"))
    async with a_night(tmp_path / "state", config_dir=config) as night:
        (mail,) = night.mails()
        assert "I cannot post in #nowhere: I see no such channel" in mail["subject"]


async def test_an_old_card_in_a_channel_that_was_given_up_says_nothing_about_the_new_one(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    async with a_night(tmp_path / "state", config_dir=config) as night:
        await night.alert()
        assert night.card()
        night.slack.state.channels["C0GENERAL1"].members.append(night.slack.bot.id)
        text = (config / "bot.yml").read_text()
        (config / "bot.yml").write_text(text.replace("#video-system-alerts", "#general"))
        await night.sandbox.bot.configurations.reread(night.sandbox.bot.desk)
        archive(night)
        await night.alert("video_memory_high", dedup_key="m")
        await night.pass_time(minutes=6)
        assert any("P1 #2" in message["text"] for message in night.sees(A, "C0GENERAL1"))
        assert night.mails()
        assert not any("I cannot post" in mail["subject"] for mail in night.mails())
