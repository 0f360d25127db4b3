"""Nobody answers, and somebody presses the jump as fast as the page allows: the night must not throttle itself."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select

from bot.store import schema
from tests.stories.night import Night, a_night

JUMPS = 14


async def unsaid(night: Night) -> list[str]:
    """What waits to be told or paged: everything but redraws, which gather, and looks at what others did, which have their time."""
    d = schema.deliveries

    def look(conn: Connection) -> list[str]:
        left = select(d.c.kind).where(d.c.state.in_(["waiting", "sending"]), d.c.lane.not_in(["card", "run"]))
        return [str(kind) for kind in conn.scalars(left)]

    return await night.sandbox.bot.store.read(look)


async def test_under_slacks_own_limits_everything_is_told_at_its_stop_and_no_page_is_given_up(tmp_path: Path) -> None:
    async with a_night(tmp_path, limits=None) as night:
        await night.alert("video_crash_rate_high")
        await night.alert("video_memory_high")
        for _ in range(JUMPS):
            assert await night.sandbox.world.jump(None)
            assert await unsaid(night) == []
        posts = [call.status for call in night.slack.calls if call.method == "chat.postMessage"]
        assert posts.count(200) > 2 * JUMPS
        assert posts.count(429) <= 3, "a stop may be a burst, a night is none"
        for number in (1, 2):
            assert not {"page_failed", "delivery_failed"} & set(await night.kinds(number))


async def test_a_page_that_asks_while_the_sandbox_stops_is_answered(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        assert await night.sandbox.world.deadlines.next_deadline() is not None
    assert await night.sandbox.world.deadlines.next_deadline() is None
