"""What the engine does besides deciding: the housekeeping of this bot's parts. Every bot's chores stand in `bot.machine.chores`."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.machine import audit
from bot.machine.audit import Auditor
from bot.machine.background import BackgroundChores
from bot.machine.chores import every
from bot.machine.cleanup import EVERY as TIDY_EVERY
from bot.machine.cleanup import tidy
from bot.machine.engine import Chore
from bot.machine.mail_check import EVERY as LOOK_AT_MAIL_EVERY
from bot.machine.mail_check import look_at_mail
from bot.machine.reload import Configurations
from bot.machine.retention import EVERY as RETAIN_EVERY
from bot.machine.retention import retain
from bot.machine.sealing import EVERY as SEAL_EVERY
from bot.machine.sealing import seal
from bot.usecases.desk import Desk
from bot.wiring.slack import SlackSide

if TYPE_CHECKING:
    from bot.pagers.email import Email


DIRECTORY_EVERY = timedelta(minutes=10)
REREAD_EVERY = timedelta(seconds=5)


def housekeeping(
    desk: Desk,
    slack: SlackSide | None,
    configurations: Configurations,
    auditor: Auditor,
    background: BackgroundChores,
    mail: Email | None,
) -> list[Chore]:
    clock = desk.clock

    found = [
        every(REREAD_EVERY, "configuration", background("configuration", partial(configurations.reread, desk)), clock),
        every(audit.EVERY, "audit", background("audit", auditor.run), clock, at_once=False),
        every(RETAIN_EVERY, "retention", background("retention", partial(retain, desk)), clock, at_once=False),
        every(TIDY_EVERY, "tidying", partial(tidy, desk), clock),
        every(SEAL_EVERY, "seals", background("seals", partial(seal, desk)), clock, at_once=False),
    ]
    if mail is not None and mail.wants_tls:
        look = partial(look_at_mail, desk, mail.offers_tls, mail.off)
        found.append(every(LOOK_AT_MAIL_EVERY, "mail", background("mail", look), clock))
    if slack is not None:
        side = slack

        async def read_directory() -> None:
            if side.identity.known:
                await side.directory.read()

        found.append(every(DIRECTORY_EVERY, "directory", background("directory", read_directory), clock, at_once=False))
    return found
