"""What is asked every morning, as the morning's check asks it."""

from __future__ import annotations

from bot.configuration import Config
from bot.configuration.findings import Finding
from bot.configuration.zones import time_zones
from bot.preflight.admin import ask_openvine
from bot.preflight.arrivals import arrivals
from bot.preflight.asking import Probe
from bot.preflight.morning import keep_taken, taken_messages
from bot.preflight.pagerduty import ask_pagerduty
from bot.preflight.transports import addresses
from bot.settings import Settings
from bot.slack.probe import Asking, Mornings, ask_slack
from bot.store import outbox_queries
from bot.usecases.accounts import with_account
from bot.usecases.desk import Desk
from bot.wiring.slack import SlackSide


def every_probe(settings: Settings, desk: Desk, slack: SlackSide | None) -> tuple[Probe, ...]:
    """What is asked every morning."""
    mornings = Mornings(slack.client) if slack is not None else None

    async def of_slack(config: Config) -> list[Finding]:
        if slack is None:
            return []
        accounts = await desk.look(with_account)
        asking = Asking(team=slack.identity.team, channel=slack.channel.known() or "", accounts=accounts)
        found = await ask_slack(slack.client, config.bot, asking)
        last = await desk.store.read(outbox_queries.last_direct)
        return [*found, *arrivals(config.bot, last, desk.clock.now())]

    async def of_messages(config: Config) -> list[Finding]:
        if slack is None or mornings is None or slack.identity.refused:
            return []
        known = await desk.store.read(taken_messages)
        found, taken = await mornings.ask(config, known)
        if taken != known:
            await desk.do(keep_taken, taken)
        return found

    async def of_pagerduty(config: Config) -> list[Finding]:
        return await ask_pagerduty(settings, config.bot)

    async def of_mail(config: Config) -> list[Finding]:
        from bot.preflight.mail import ask_mail  # its library is for who mails; nobody is paged by this

        return await ask_mail(settings, config.bot)

    async def of_openvine(_config: Config) -> list[Finding]:
        return await ask_openvine(settings)

    async def of_time_zones(config: Config) -> list[Finding]:
        return [time_zones(config.schedule.timezone, desk.clock.now())]

    async def of_transports(config: Config) -> list[Finding]:
        return list(addresses(config, settings))

    return (of_slack, of_messages, of_pagerduty, of_mail, of_openvine, of_time_zones, of_transports)
