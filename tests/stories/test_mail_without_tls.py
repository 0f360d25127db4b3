"""A mail server off this machine that offers no STARTTLS: that mail is off is said before anybody is to be paged by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.pagers import email
from bot.pagers.email import Email
from tests.stories.night import Night, a_night, said


async def mail_says(night: Night) -> str:
    answer: str = (await night.http.get("/readyz")).json()["parts"]["email"]
    return answer


def told(night: Night, words: str) -> int:
    return sum(words in said(message) for message in night.sees("engineer_a"))


async def looked(night: Night) -> None:
    await night.settle()
    await night.pass_time(seconds=10)


async def test_the_channel_and_readyz_say_so_at_the_start_and_once_more_when_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(email, "is_loopback", lambda host: False)
        async with a_night(tmp_path) as night:
            clock = night.clock
            await looked(night)
            assert "offers no STARTTLS" in await mail_says(night)
            assert "starttls=optional" in await mail_says(night), "and what to do"
            assert told(night, "offers no STARTTLS") == 1
            assert night.mails() == [], "it was only greeted"
    clock.advance(timedelta(minutes=1))
    with monkeypatch.context() as patch:
        patch.setattr(email, "is_loopback", lambda host: False)

        async def offered(self: Email) -> bool:
            return True

        patch.setattr(Email, "offers_tls", offered)
        async with a_night(tmp_path, clock=clock) as night:
            await looked(night)
            assert await mail_says(night) == "ok"
            assert told(night, "takes pages again") == 1


async def test_a_server_that_may_be_spoken_to_without_tls_is_not_greeted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def offered(self: Email) -> bool:
        raise AssertionError("nobody asked for it")

    monkeypatch.setattr(Email, "offers_tls", offered)
    async with a_night(tmp_path) as night:
        await looked(night)
        assert await mail_says(night) == "ok"
