"""The table kind → courier: who carries which kind of delivery. A new one is one line here, beside those of its subject."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import httpx

from bot.configuration.model import Transport
from bot.ground.clock import Clock
from bot.outbox.address import Find
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
from bot.outbox.reports import Reports
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
from bot.wiring.openvine import asker_of, environments_of, hosts_of, runner_of
from bot.wiring.probes import every_probe
from bot.wiring.slack import SlackSide
from oncall.page import Pager
from oncall.values import dataclass

if TYPE_CHECKING:
    from bot.pagers.email import Email


@dataclass(frozen=True, slots=True)
class _InSlack:
    """How people are spoken to in Slack: in the channel and its threads (`talk`), and each by themselves (`direct`)."""

    side: SlackSide
    talk: Talk
    direct: SlackDirect


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
    spoken = _in_slack(desk, slack) if slack is not None else None
    find = slack.directory.find if slack is not None else nobody
    return {
        **(_in_the_channel(desk, spoken) if spoken is not None else {}),
        **(_to_one_person(desk, spoken, mail) if spoken is not None else {}),
        **_pages(settings, desk, calling, spoken, mail, find),
        **_notices_about_the_bot(desk, spoken, mail, find),
        **_runbooks(desk, guarded),
        "report": Courier(Reports(desk, asker_of(desk, http), spoken.talk.report if spoken is not None else None).send),
        "tracker": Courier(Tracker(desk, calling).send),
        "preflight": Courier(Preflight(desk, every_probe(settings, desk, slack)).send),
    }


def _in_slack(desk: Desk, slack: SlackSide) -> _InSlack:
    direct = SlackDirect(desk, slack.messenger, lambda: slack.identity.team)
    return _InSlack(slack, Talk(desk, slack.messenger, slack.channel), direct)


def _in_the_channel(desk: Desk, spoken: _InSlack) -> dict[str, Courier]:
    """What everybody sees: the card and its thread, requests to all, who is on call; and what others said there."""
    slack, talk = spoken.side, spoken.talk
    stand_ins = StandIns(desk, slack.messenger, slack.channel)
    shown = RotaDisplayCouriers(
        RotaDisplay(slack.client, desk, slack.channel, slack.identity, lambda: slack.directory.is_read)
    )
    return {
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
        "usergroup": Courier(shown.user_group),
        "topic": Courier(shown.topic),
        "postmortem": Courier(Postmortems(desk, slack.messenger, talk, lambda: slack.identity.team).send),
        "pin": Courier(Pins(desk, slack.messenger).send),
        "heard": Courier(EarlyPosts(desk, slack.channel.id, lambda: slack.identity.own).send),
    }


def _to_one_person(desk: Desk, spoken: _InSlack, mail: Email | None) -> dict[str, Courier]:
    """What one person is told or asked for, none of it a page."""
    slack = spoken.side
    shifts, outside = Handoffs(desk, slack.messenger, slack.directory.find), Outside(desk, slack.messenger)
    return {
        "handoff": Courier(shifts.handoff),
        "shift": Courier(shifts.shift),
        "copy": Courier(shifts.copy),
        "nudge": Courier(Nudges(desk, slack.messenger, slack.directory.find, mail).send),
        "update": Courier(outside.update),
        "home": Courier(outside.home),
    }


def _pages(
    settings: Settings,
    desk: Desk,
    calling: aiohttp.ClientSession,
    spoken: _InSlack | None,
    mail: Email | None,
    find: Find,
) -> dict[str, Courier]:
    """Calls, by every way to a person that is set up; and what follows one that PagerDuty took."""
    key = settings.pagerduty_routing_key
    routing_key = key.reveal() if key is not None else ""
    pagers: dict[str, Pager] = {}
    drawing: dict[str, Drawing] = {}
    if key is not None:
        pagers["pagerduty"] = PagerDuty(calling, settings.pagerduty_events_url, routing_key)
    if mail is not None:
        pagers["email"] = mail
    if spoken is not None:
        drawing = {"slack": spoken.direct, "mention": ThreadMention(spoken.talk)}
    paging = Paging(desk, pagers, drawing, routing_key, find, named_pagers(desk, calling))
    return {
        "page": paging.courier(),
        "page_close": Courier(paging.close),
        "listen": Courier(PagerDutyFollowUp(desk).send),
    }


def _notices_about_the_bot(desk: Desk, spoken: _InSlack | None, mail: Email | None, find: Find) -> dict[str, Courier]:
    """What somebody is told of the bot's own trouble where the channel cannot say it."""
    ways: dict[str, Way] = {}
    couriers: dict[str, Courier] = {}
    if spoken is not None:
        ways["slack"] = spoken.direct
    if mail is not None:
        ways["email"] = mail
        couriers["mail"] = Courier(TeamMail(desk, mail).send)
    return couriers | {"word": Courier(DirectNotices(desk, ways, find).send)}


def _runbooks(desk: Desk, guarded: httpx.AsyncClient) -> dict[str, Courier]:
    """What is done to the guarded system, and read of it."""
    runner = runner_of(desk, guarded)
    return {
        "step": Courier(runner.send, refused=given_up, left=answered),
        "look": Courier(runner.look),
        "observe": Courier(runner.observe),
        "check": Courier(runner.check),
        "sample": Courier(Evidence(desk, environments_of(desk, guarded), partial(hosts_of, desk)).send),
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
