"""The machine is gone and yesterday's backup is put back: nobody is called for what stood in it until somebody decides."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.ground.clock import FrozenClock
from bot.machine.sealing import seal
from bot.slack.views.actions import RESTORED_DROP, RESTORED_RELEASE
from bot.store.backup import backup
from bot.store.restoring import restore
from bot.usecases.sealing import verdict
from tests.stories.night import CHANNEL, MONDAY, a_night, said, texts


async def test_yesterdays_backup_pages_nobody_until_somebody_presses_and_what_was_shown_is_what_is_done(
    tmp_path: Path,
) -> None:
    clock, database = FrozenClock(MONDAY), f"sqlite:///{tmp_path / 'night' / 'bot.db'}"
    async with a_night(tmp_path / "night", clock=clock) as night:
        await night.alert()
        await seal(night.sandbox.bot.desk)
        backup(database, tmp_path / "backup")
        await night.types("engineer_a", "/incident resolve 1 it was the release")
    clock.advance(timedelta(days=1))
    restore(database, tmp_path / "backup", clock.now(), replace=True)
    async with a_night(tmp_path / "night", clock=clock) as night:
        before = len(night.phone()), len(night.mails()), len(night.dm("engineer_b"))
        told = night.with_button("engineer_a", RESTORED_DROP)
        assert "#1 P0" in " ".join(texts(told))
        await night.pass_time(hours=3)
        assert (len(night.phone()), len(night.mails()), len(night.dm("engineer_b"))) == before
        assert "Only" in await night.presses("gil", RESTORED_RELEASE, message=told), "a guest decides nothing"
        assert "acknowledged by Engineer B" in await night.presses("engineer_b", RESTORED_DROP, message=told)
        assert (await night.incident()).commander == "engineer_b@openvine.co"
        assert "Nothing is held any more" in await night.presses("engineer_a", RESTORED_RELEASE, message=told)
        assert any("dropped, by Engineer B" in said(message) for message in night.sees("engineer_a", CHANNEL))
        await seal(night.sandbox.bot.desk)
        found = await night.sandbox.bot.store.read(verdict)
        assert (found.whole, found.waiting) == (True, 0)
