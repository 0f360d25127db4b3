"""The list of what the engine does: the chores of every bot, and the housekeeping of this one's parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.ground.clock import Clock
from bot.machine import audit
from bot.machine.audit import Auditor
from bot.machine.chores import Beside, Ears, chores, every
from bot.machine.mail import EVERY as LOOK_AT_MAIL_EVERY
from bot.machine.mail import look_at_mail
from bot.machine.reload import Configurations
from bot.machine.retaining import EVERY as RETAIN_EVERY
from bot.machine.retaining import retain
from bot.machine.sealing import EVERY as SEAL_EVERY
from bot.machine.sealing import seal
from bot.outbox.sender import Sender
from bot.usecases.desk import Desk
from bot.wiring.slack import SlackSide

if TYPE_CHECKING:
    from bot.pagers.email import Email


DIRECTORY_EVERY = timedelta(minutes=10)


def all_chores(
    desk: Desk,
    sender: Sender,
    clock: Clock,
    slack: SlackSide | None,
    configurations: Configurations,
    auditor: Auditor,
    beside: Beside,
    mail: Email | None,
    rehearse: Callable[[], Awaitable[None]],
) -> list[Any]:
    async def reread() -> None:
        await configurations.reread(desk)

    housekeeping = [
        every(timedelta(seconds=5), "configuration", reread, clock),
        every(audit.EVERY, "audit", beside("audit", auditor.run), clock, at_once=False),
        every(RETAIN_EVERY, "retention", beside("retention", partial(retain, desk)), clock, at_once=False),
        every(SEAL_EVERY, "seals", beside("seals", partial(seal, desk)), clock, at_once=False),
    ]
    if mail is not None and mail.wants_tls:
        look = partial(look_at_mail, desk, mail.offers_tls, mail.off)
        housekeeping.append(every(LOOK_AT_MAIL_EVERY, "mail", beside("mail", look), clock))
    if slack is not None:
        side = slack

        async def read_directory() -> None:
            if side.identity.known:
                await side.directory.read()

        housekeeping.append(
            every(DIRECTORY_EVERY, "directory", beside("directory", read_directory), clock, at_once=False)
        )
    return [
        *chores(desk, sender, clock, Ears(desk, clock, slack.hears if slack else None), beside, rehearse),
        *housekeeping,
    ]
