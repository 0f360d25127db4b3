"""The queue of alert posts that wait for the writer: all that come in during one write are taken together by the next.

Each post gets a fair share of a transaction. It waits without a task or a future of its own: it brings a callback that is told the
outcome. The next write is handed over before the senders of the last one are answered, so that the disk is busy meanwhile. It
knows nothing of what taking an alert means.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.alerts import Alert
from bot.errors import Overloaded
from bot.usecases.intake import Taken
from oncall.values import dataclass, field

log = logging.getLogger(__name__)

ALERTS_QUEUED = 50_000
"""Alerts that may wait for the writer; past that, senders are asked to come again. Large posts are counted apart: they make no
small one wait, and none be refused."""
TAKEN_TOGETHER = 2_000
"""Alerts in one transaction: whoever else wants to write waits for no more than that."""
FAILED_SINGLY = 20
"""Alerts of one post that fail one by one before the rest of it is not tried any more."""
NOTHING = Taken((), ())

Tell = Callable[[Taken | Exception], None]
"""Hears what became of a post, on the loop, once all that was taken of it is on disk."""
Batches = Callable[[], list[Sequence[Alert]]]
"""What a transaction takes, asked once it has begun: another process may have kept it waiting, and more has come meanwhile."""
Write = Callable[[Batches], Awaitable[list[Taken]]]
"""Takes batches in one transaction: under way when it returns."""


@dataclass(slots=True)
class Post:
    """A post whose alerts are not all on disk."""

    batch: Sequence[Alert]
    """What is left of it."""
    tell: Tell
    size: int
    large: bool
    """More than one transaction takes: it counts and waits apart from the others."""
    taken: Taken = NOTHING
    pace: int = TAKEN_TOGETHER
    """How many of it to try at once: where each opens an incident, a transaction takes fewer."""
    wrong: Exception | None = None
    """What the last alert that failed by itself failed with."""
    failures: int = 0
    outcome: Taken | Exception | None = None
    """What its sender is told, once nothing is left to be done about it."""

    def took(self, done: Taken) -> None:
        self.taken = done if self.taken is NOTHING else self.taken.and_then(done)
        self.batch = self.batch[len(done.verdicts) :]
        self.pace = max(1, 2 * len(done.verdicts))
        if not self.batch:
            self.outcome = self.outcome or self.wrong or self.taken

    def look_for(self, error: Exception, tried: int) -> None:
        """One of the first so many alerts is at fault: fewer at once, until it is alone and left out.

        Its sender is told of it in the end and comes again; those that are on disk by then are repeats.
        """
        self.pace = max(1, tried // 2)
        if tried == 1:
            self.batch, self.wrong = self.batch[1:], error
            self.failures += 1
        if not self.batch or self.failures >= FAILED_SINGLY:
            self.failed(error)

    def failed(self, error: Exception) -> None:
        self.outcome = self.outcome or error


@dataclass(slots=True)
class _Turn:
    """One transaction: whose posts are in it, and how much of each."""

    choose: Callable[[], list[tuple[Post, int]]]
    shares: list[tuple[Post, int]] = field(default_factory=list)
    over: bool = False

    def batches(self) -> list[Sequence[Alert]]:
        """By the writer's thread. A turn that was given up before it came takes nothing."""
        if not self.over:
            self.shares = self.choose()
        return [post.batch[:share] for post, share in self.shares]

    def give_up(self) -> list[tuple[Post, int]]:
        """Whose it would have been."""
        self.over = True
        return self.shares or self.choose()


class IntakeQueue:
    """The posts that wait, and the one task that has them written while there are any."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._posts: list[Post] = []
        self._over: list[Post] = []
        """Whose senders are still to be told."""
        self._queued = {False: 0, True: 0}
        """Alerts of small posts, and of large ones."""
        self._taking: asyncio.Task[None] | None = None

    def put(self, batch: Sequence[Alert], tell: Tell) -> None:
        """Have a post written, and `tell` hear of it. Raises `Overloaded`; it hears of nothing then."""
        size = len(batch)
        large = size > TAKEN_TOGETHER
        if self._queued[large] >= ALERTS_QUEUED:
            raise Overloaded(f"{self._queued[large]} alerts are waiting already")
        self._posts.append(Post(batch, tell, size, large))
        self._queued[large] += size
        if self._taking is None:
            self._taking = asyncio.get_running_loop().create_task(self._take_all(), name="intake")

    async def _take_all(self) -> None:
        try:
            while self._posts:
                await self._take_together(lambda: fair_shares(self._posts, TAKEN_TOGETHER))
                self._over = [post for post in self._posts if post.outcome is not None]
                self._posts = [post for post in self._posts if post.outcome is None]
        finally:
            self._taking = None
            self._tell()

    async def _take_together(self, choose: Callable[[], list[tuple[Post, int]]]) -> None:
        """One use case for all of them; if it fails, each by itself and then in parts: what is at fault takes nothing with it."""
        turn = _Turn(choose)
        writing = self._write(turn.batches)
        self._tell()
        try:
            taken = await writing
        except Exception as error:  # noqa: BLE001 - told to whom it belongs, below
            await self._look_for(error, turn.give_up())
            return
        for (post, _), done in zip(turn.shares, taken, strict=True):
            post.took(done)

    async def _look_for(self, error: Exception, shares: list[tuple[Post, int]]) -> None:
        if isinstance(error, Overloaded):  # each by itself would only wait for the same
            for post, _ in shares:
                post.failed(error)
        elif len(shares) == 1:
            ((post, tried),) = shares
            post.look_for(error, tried)
        else:
            for share in shares:
                await self._take_together(lambda share=share: [share])  # type: ignore[misc]

    def _tell(self) -> None:
        over, self._over = self._over, []
        for post in over:
            self._queued[post.large] -= post.size
            if post.outcome is None:
                continue
            try:
                post.tell(post.outcome)
            except Exception:  # the others are told all the same
                log.exception("somebody could not be told what became of a post")


def fair_shares(waiting: Sequence[Post], room: int) -> list[tuple[Post, int]]:
    """How much of each post one transaction takes. Small posts come first, in their order and whole as long as there is room; large
    ones share alike what is left of it."""
    shares = []
    in_turn = sorted(waiting, key=lambda one: one.large)
    large = sum(one.large for one in in_turn)
    for place, one in enumerate(in_turn):
        fair = room // (len(in_turn) - place) if one.large else room - large
        share = min(len(one.batch), one.pace, max(1, fair))
        room -= share
        shares.append((one, share))
    return shares
