"""Where the messages stand that are redrawn in place: an incident's card, a run, a question, a page's direct message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from bot.incidents import own_log
from bot.store import schema
from bot.store.prepared import Prepared
from bot.store.upsert import upsert
from oncall.values import dataclass

CHANNEL = "slack.channel"
"""The fact that holds where the cards stand: the channel's `name` in bot.yml, its `id`, its `team`."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message. `key` says what it shows: `card:3`, `run:5`, `ask:…`, `page:17`."""

    key: str
    incident: int
    team: str
    channel: str
    ts: str
    link: str | None = None
    """The address under which Slack opens it; empty where Slack gives none, `None` while it was not asked."""

    @property
    def address(self) -> str:
        """As Slack gave it. Until it has, or where it does not, that of the channel, as its documentation has it.

        https://docs.slack.dev/interactivity/deep-linking
        """
        return self.link or address_of_channel(self.channel, self.team)


def address_of_channel(channel: str, team: str) -> str:
    return f"https://slack.com/app_redirect?channel={channel}&team={team}"


def card_key(incident: int) -> str:
    return f"card:{incident}"


def page_key(transport: str, page: str) -> str | None:
    """Of a page's message, by its transport and its own key; of a transport of Slack's only."""
    kind = {"slack": "page", "mention": "mention"}.get(transport)
    return f"{kind}:{page}" if kind else None


def run_key(run: int, log: int) -> str:
    """Of a run's message: in the incident's thread, or the root of a thread of its own."""
    return card_key(log) if log == own_log(run) else f"run:{run}"


def reminder_key(incident: int, reopened: int) -> str:
    return f"remind:{incident}:{reopened}"


def was_key(key: str, ts: str) -> str:
    """Of what stays behind where a message stood that has come down its thread."""
    return f"was:{key}@{ts}"


def save(conn: Connection, post: Post, at: datetime) -> None:
    save_all(conn, [post], at)


def save_all(conn: Connection, posts: Sequence[Post], at: datetime) -> None:
    if posts:
        rows = [{name: getattr(post, name) for name in Post.__slots__} | {"at": at} for post in posts]
        _SAVE.each(conn, rows)


def _saving(dialect: str) -> Any:
    names = (*Post.__slots__, "at")
    statement = upsert(dialect, schema.posts).values({name: bindparam(name) for name in names})
    place = {name: statement.excluded[name] for name in ("team", "channel", "ts", "at", "link")}
    return statement.on_conflict_do_update(index_elements=["key"], set_=place)


_SAVE = Prepared(_saving)


def cards_of(conn: Connection, incidents: Sequence[int]) -> dict[int, Post]:
    """The cards that stand, by their incident."""
    p = schema.posts
    rows = conn.execute(select(p).where(p.c.key.in_([card_key(number) for number in incidents])))
    return {row.incident: _from_row(row) for row in rows}


_P = schema.posts
_ONE = Prepared(
    lambda dialect: select(_P.c.key, _P.c.incident, _P.c.team, _P.c.channel, _P.c.ts, _P.c.link).where(
        _P.c.key == bindparam("key")
    )
)


def find(conn: Connection, key: str) -> Post | None:
    return next((Post(*row) for row in _ONE.rows(conn, key=key)), None)


def _from_row(row: Row[Any]) -> Post:
    return Post(row.key, row.incident, row.team, row.channel, row.ts, row.link)


def keep_link(conn: Connection, post: Post, link: str) -> None:
    """What Slack answered, unless another message has taken its place meanwhile."""
    p = schema.posts
    conn.execute(update(p).where(p.c.key == post.key, p.c.ts == post.ts).values(link=link))


def stands_since(conn: Connection, key: str) -> datetime | None:
    """When the message was posted that shows this."""
    at: datetime | None = conn.execute(select(schema.posts.c.at).where(schema.posts.c.key == key)).scalar()
    return at


def pages_of(conn: Connection, incident: int) -> list[str]:
    """The keys of an incident's direct messages."""
    p = schema.posts
    query = select(p.c.key).where(p.c.incident == incident, p.c.key.startswith("page:"))
    return list(conn.execute(query).scalars())


def beside(conn: Connection, post: Post) -> list[Post]:
    """Everything that the same message shows, itself included: several pages may stand in one."""
    p = schema.posts
    rows = conn.execute(select(p).where(p.c.channel == post.channel, p.c.ts == post.ts).order_by(p.c.incident, p.c.key))
    return [_from_row(row) for row in rows]


def stand_in(conn: Connection, channel: str) -> bool:
    """Whether anything of ours that is kept stands in that channel."""
    p = schema.posts
    return conn.execute(select(p.c.ts).where(p.c.channel == channel).limit(1)).first() is not None


def at_message(conn: Connection, channel: str, ts: str) -> Post | None:
    p = schema.posts
    row = conn.execute(select(p).where(p.c.channel == channel, p.c.ts == ts)).first()
    return _from_row(row) if row else None
