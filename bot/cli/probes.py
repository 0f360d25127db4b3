"""What `check --live` asks the outside: one probe for each service that is set up, and a finding for each that is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection

from bot.configuration import Config
from bot.configuration.findings import Finding
from bot.preflight.admin import ask_openvine
from bot.preflight.arrivals import arrivals
from bot.preflight.asking import TIMEOUT_S, Probe
from bot.preflight.mail import ask_mail
from bot.preflight.morning import taken_messages
from bot.preflight.pagerduty import ask_pagerduty
from bot.settings import Settings
from bot.slack.probe import Asking, ask_about_messages, ask_slack
from bot.store import outbox_queries
from bot.store.outbox_queries import LastSent
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Memory:
    """What the database knows beforehand."""

    taken: frozenset[str] = frozenset()
    """What Slack is known to take of what the bot draws."""
    last: Mapping[str, LastSent] = field(default_factory=dict)
    """How the last direct message to each person ended."""

    @classmethod
    def of(cls, conn: Connection) -> Memory:
        return cls(taken_messages(conn), outbox_queries.last_direct(conn))


def probes(settings: Settings, asking: Asking, memory: Memory, at: datetime) -> tuple[Probe, ...]:
    """`at`: now."""

    async def of_slack(config: Config) -> list[Finding]:
        if settings.slack_bot_token is None:
            return [Finding("fault", "slack", "SLACK_BOT_TOKEN is unset: the bot cannot run without Slack")]
        token = settings.slack_bot_token.reveal()
        client = AsyncWebClient(token, base_url=settings.slack_api_url, timeout=int(TIMEOUT_S))
        found = await ask_slack(client, config.bot, asking)
        if any(finding.mark == "fault" and finding.text.startswith(_SILENT) for finding in found):
            return found
        messages, _ = await ask_about_messages(client, config, memory.taken)
        return [*found, *messages, *arrivals(config.bot, memory.last, at)]

    async def of_pagerduty(config: Config) -> list[Finding]:
        return await ask_pagerduty(settings, config.bot)

    async def of_mail(config: Config) -> list[Finding]:
        return await ask_mail(settings, config.bot)

    async def of_openvine(_config: Config) -> list[Finding]:
        return await ask_openvine(settings)

    return (of_slack, of_pagerduty, of_mail, of_openvine)


_SILENT = ("refused", "cannot be reached")
"""How a finding begins after which nothing more is asked."""
