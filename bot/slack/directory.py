"""Keeps a copy of the workspace's list of people, so that no click and no page waits for Slack to say who somebody is."""

from __future__ import annotations

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Context
from bot.slack.identity import Identity
from bot.slack.messenger import asked
from bot.store import Tx, facts, people
from bot.store.people import Member
from bot.usecases.desk import Desk

PAGE = 200
"""People per call, as Slack recommends (https://docs.slack.dev/reference/methods/users.list)."""


async def refresh(client: AsyncWebClient, desk: Desk, identity: Identity) -> int:
    """Read the whole list. Says how many there are; raises `DeliveryError`."""
    cursor, count = "", 0
    while True:
        answer = await asked(client.users_list(limit=PAGE, cursor=cursor))
        members = [_member(user, identity.team) for user in answer["members"] if not user.get("is_bot")]
        await desk.do(_save, members)
        count += len(members)
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            await desk.do(_read_whole)
            return count


def _member(user: dict[str, Any], team: str) -> Member:
    profile = user.get("profile") or {}
    outside = bool(user.get("is_stranger")) or (user.get("team_id") or team) != team
    email = profile.get("email") or None
    return Member(
        team=team,
        id=user["id"],
        email=email.lower() if email else None,
        name=profile.get("display_name")
        or profile.get("real_name")
        or user.get("real_name")
        or user.get("name")
        or user["id"],
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted") or outside),
        deleted=bool(user.get("deleted")),
    )


def _save(tx: Tx, ctx: Context, members: list[Member]) -> None:
    people.save(tx.conn, members, tx.at)


def _read_whole(tx: Tx, ctx: Context) -> None:
    facts.put(tx.conn, people.READ, True, tx.at)
