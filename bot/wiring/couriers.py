"""The table kind → courier: who carries which kind of delivery. A new one is one line here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import httpx

from bot.configuration.model import Transport
from bot.ground.clock import Clock
from bot.outbox.courier import Courier
from bot.outbox.cover import StandIns
from bot.outbox.direct_notices import DirectNotices, TeamMail, Way
from bot.outbox.drills import Drills
from bot.outbox.early_posts import EarlyPosts
from bot.outbox.evidence import Evidence
from bot.outbox.handoffs import Handoffs
from bot.outbox.links import Links, unasked
from bot.outbox.nudges import Nudges, Outside
from bot.outbox.pagerduty_follow_up import PagerDutyFollowUp
from bot.outbox.pages import Drawing, Paging
from bot.outbox.pins import Pins
from bot.outbox.postmortems import Postmortems
from bot.outbox.reports import Reports, Show
from bot.outbox.rota_display import RotaDisplayCouriers
from bot.outbox.steps import answered, given_up
from bot.outbox.talk import Talk
from bot.pagers.apprise import Apprise, Threads
from bot.pagers.pagerduty import PagerDuty
from bot.pagers.slack import SlackDirect, ThreadMention
from bot.pagers.tracker import Tracker
from bot.pagers.webhook import Webhook
from bot.preflight.courier import Preflight
from bot.settings import Settings
from bot.slack.rota_display import RotaDisplay
from bot.usecases.desk import Desk
from bot.wiring.openvine import asker_of, hosts_of, runner_of, sides_of
from bot.wiring.probes import every_probe
from bot.wiring.slack import SlackSide
from oncall.page import Pager

if TYPE_CHECKING:
    from bot.pagers.email import Email


def all_couriers(
    settings: Settings,
    desk: Desk,
    slack: SlackSide | None,
    http: httpx.AsyncClient,
    guarded: httpx.AsyncClient,
    calling: aiohttp.ClientSession,
    mail: Email | None,
) -> dict[str, Courier]:
    """Who carries which kind of delivery. `guarded` is how the guarded system is asked, `calling` how pages leave, `http` how
    everybody else is asked."""
    key = settings.pagerduty_routing_key
    pagers: dict[str, Pager] = {}
    drawing: dict[str, Drawing] = {}
    ways: dict[str, Way] = {}
    couriers: dict[str, Courier] = {}
    show: Show | None = None
    if key is not None:
        pagers["pagerduty"] = PagerDuty(calling, settings.pagerduty_events_url, key.reveal())
    if mail is not None:
        pagers["email"] = ways["email"] = mail
        couriers["mail"] = Courier(TeamMail(desk, mail).send)
    if slack is not None:
        identity = slack.identity
        talk = Talk(desk, slack.messenger, slack.channel)
        stand_ins = StandIns(desk, slack.messenger, slack.channel)
        show, outside = talk.report, Outside(desk, slack.messenger)
        shifts = Handoffs(desk, slack.messenger, slack.directory.find)
        kept = RotaDisplayCouriers(
            RotaDisplay(slack.client, desk, slack.channel, slack.identity, lambda: slack.directory.is_read)
        )
        drawing["slack"] = ways["slack"] = SlackDirect(desk, slack.messenger, lambda: identity.team)
        drawing["mention"] = ThreadMention(talk)
        couriers |= {
            "draw": Courier(talk.draw),
            "redraw": Courier(talk.redraw),
            "thread": Courier(talk.thread_line),
            "remind": Courier(talk.reminder),
            "link": Courier(Links(desk, slack.messenger).ask, refused=unasked),
            "figures": Courier(talk.figures),
            "timeline": Courier(talk.timeline),
            "notice": Courier(talk.notice),
            "drill": Courier(Drills(desk, slack.messenger, slack.channel).send),
            "cover_ask": Courier(stand_ins.ask),
            "cover_redraw": Courier(stand_ins.redraw),
            "handoff": Courier(shifts.handoff),
            "shift": Courier(shifts.shift),
            "copy": Courier(shifts.copy),
            "usergroup": Courier(kept.user_group),
            "topic": Courier(kept.topic),
            "nudge": Courier(Nudges(desk, slack.messenger, slack.directory.find, mail).send),
            "update": Courier(outside.update),
            "home": Courier(outside.home),
            "postmortem": Courier(Postmortems(desk, slack.messenger, talk, lambda: identity.team).send),
            "pin": Courier(Pins(desk, slack.messenger).send),
            "heard": Courier(EarlyPosts(desk, slack.channel.id, lambda: identity.own).send),
        }
    find = slack.directory.find if slack is not None else nobody
    paging = Paging(desk, pagers, drawing, key.reveal() if key else "", find, named_pagers(desk, calling))
    runner = runner_of(desk, guarded)
    return couriers | {
        "page": paging.courier(),
        "page_close": Courier(paging.close),
        "word": Courier(DirectNotices(desk, ways, find).send),
        "step": Courier(runner.send, refused=given_up, left=answered),
        "look": Courier(runner.look),
        "observe": Courier(runner.observe),
        "check": Courier(runner.check),
        "listen": Courier(PagerDutyFollowUp(desk).send),
        "report": Courier(Reports(desk, asker_of(desk, http), show).send),
        "tracker": Courier(Tracker(desk, calling).send),
        "preflight": Courier(Preflight(desk, every_probe(settings, desk, slack)).send),
        "sample": Courier(Evidence(desk, sides_of(desk, guarded), partial(hosts_of, desk)).send),
    }


def named_pagers(desk: Desk, calling: aiohttp.ClientSession) -> Callable[[Transport], Pager]:
    """Makes the pagers of the transports that bot.yml names."""
    threads = Threads()

    def pager(way: Transport) -> Pager:
        if way.by == "webhook":
            return Webhook(calling, desk.clock, way.name, desk.context.addresses.get(way.secret, ""))
        return Apprise(way.name, desk.context.config.bot.apprise_schemes, threads)

    return pager


def mail_of(settings: Settings, clock: Clock) -> Email | None:
    if settings.smtp_url is None or not settings.mail_from:
        return None
    from bot.pagers.email import Email, MailServer  # its library is a tenth of a start; only who mails pays for it

    server = MailServer.from_url(settings.smtp_url.reveal())
    return Email(server, settings.mail_from, clock, prefix=settings.command_prefix)


async def nobody(email: str) -> None:
    """Without Slack nobody has an account there."""
