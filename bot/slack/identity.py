"""Who the bot is in Slack: the answer of one `auth.test`, kept in the database, so that a start with Slack down works too.

Refuses an org-wide install and the token of another workspace than the database's: ids would be taken for other people's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import Connection

from bot.context import Context
from bot.errors import ConfigError, Fault
from bot.slack.messenger import asked
from bot.store import Tx, facts
from bot.usecases.desk import Desk
from oncall.page import DeliveryError
from oncall.values import dataclass, field

_FACT = "slack.identity"


@dataclass(slots=True)
class Identity:
    """Filled once; empty until Slack has said who we are."""

    token: str = ""
    team: str = ""
    bot_id: str = ""
    user_id: str = ""
    sure: bool = False
    """Whether Slack itself has said so since the start, and not only the database."""
    refused: str = ""
    """Why the token's workspace is not served. Empty as long as nothing speaks against it."""
    trouble: str = ""
    """Why Slack has not said who we are since the start; empty before it was asked, and once it has."""
    untried: dict[str, str] = field(default_factory=dict)
    """What else has not come about since the start, by what was tried: the reason."""

    @property
    def known(self) -> bool:
        return bool(self.team) and not self.refused

    @property
    def own(self) -> frozenset[str]:
        """The ids by which the bot's own posts are known."""
        return frozenset(name for name in (self.bot_id, self.user_id) if name)

    def result(self, enterprise_id: str | None) -> AuthorizeResult | None:
        """What Bolt wants to know about the bot at each request."""
        if not self.known:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=self.team,
            bot_id=self.bot_id,
            bot_user_id=self.user_id,
            bot_token=self.token,
        )

    async def recall(self, desk: Desk) -> None:
        """From the database, at start."""
        kept = await desk.look(_kept)
        if kept:
            self.team, self.bot_id, self.user_id = kept["team"], kept["bot_id"], kept["user_id"]

    async def ask(self, client: AsyncWebClient, desk: Desk) -> None:
        """From Slack. Raises `DeliveryError`, or `ConfigError` where the token is of a kind or workspace the bot refuses."""
        try:
            answer = await asked(client.auth_test())
        except DeliveryError as error:
            self.trouble = error.reason
            raise
        self.trouble = ""
        self.refused = refusal(answer, self.team)
        if self.refused:
            raise ConfigError([Fault("SLACK_BOT_TOKEN", 0, 0, self.refused)])
        self.team, self.bot_id, self.user_id = answer["team_id"], answer["bot_id"], answer["user_id"]
        self.sure = True
        await desk.do(_keep, {"team": self.team, "bot_id": self.bot_id, "user_id": self.user_id})


_ORG_WIDE = "this is an org-wide install; the bot serves one workspace. Install the app in that workspace alone."
_OTHER = "this database belongs to the workspace {}, the token to {}. Use that workspace's token, or another database for this one."


def refusal(answer: Mapping[str, Any] | AsyncSlackResponse, team: str) -> str:
    """Why a bot whose database belongs to `team` does not serve whom `auth.test` answered for; nothing where it does."""
    if answer.get("is_enterprise_install"):
        return _ORG_WIDE
    if team and team != answer["team_id"]:
        return _OTHER.format(team, answer["team_id"])
    return ""


def team_of(conn: Connection) -> str:
    """The workspace this database belongs to; empty until the bot was in one."""
    kept = facts.get(conn, _FACT)
    return str(kept["team"]) if kept else ""


def _kept(tx: Tx, ctx: Context) -> dict[str, str] | None:
    kept: dict[str, str] | None = facts.get(tx.conn, _FACT)
    return kept


def _keep(tx: Tx, ctx: Context, value: dict[str, Any]) -> None:
    facts.put(tx.conn, _FACT, value, tx.at)
