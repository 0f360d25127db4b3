"""The morning's check, kept: what it found is a fact for `/readyz`, and a message in the channel if there is anything to mend.

A quiet morning says nothing. What must be mended is told each morning as long as it lasts, what should only be known once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.configuration.findings import Finding
from bot.context import Context
from bot.preflight.arrivals import ARRIVALS
from bot.store import Tx, deliveries, facts
from bot.store.deliveries import Delivery
from bot.usecases.notices import LINES, Notice, announce

_FACT = "preflight"
TAKEN = "preflight.messages"
"""The fact that holds the digests of the messages that Slack is known to take."""
TOLD = frozenset({"people", ARRIVALS})
"""Topics of which even a note is told in the morning: somebody would not be reached by some way."""


def begin(tx: Tx, ctx: Context, meant: datetime) -> None:
    """It is morning: put the check in the outbox."""
    check = Delivery(kind="preflight", lane="house", line="preflight", key="preflight")
    deliveries.add(tx.conn, [check], tx.at)


def taken_messages(conn: Connection) -> frozenset[str]:
    """The digests of the messages that Slack is known to take."""
    return frozenset(facts.get(conn, TAKEN) or ())


def keep_taken(tx: Tx, ctx: Context, digests: Collection[str]) -> None:
    facts.put(tx.conn, TAKEN, sorted(digests), tx.at)


def keep(tx: Tx, ctx: Context, findings: Sequence[Finding]) -> None:
    """Write down what was found, and tell the channel what is worth it."""
    before = facts.get(tx.conn, _FACT) or {"bad": [], "known": []}
    bad = [_line(finding) for finding in findings if finding.mark == "fault"]
    known = [_line(finding) for finding in findings if finding.mark == "note" and finding.topic in TOLD]
    facts.put(tx.conn, _FACT, {"at": tx.at.isoformat(), "bad": bad, "known": known}, tx.at)
    news = [line for line in known if line not in before["known"]]
    if bad or news:
        announce(tx, ctx, "preflight", Notice("preflight_failed", {"findings": [*bad, *news][: 2 * LINES]}))
    elif before["bad"]:
        announce(tx, ctx, "preflight", Notice("preflight_good_again"))


def standing(tx: Tx) -> str:
    """How the last morning's check went, in a few words for `/readyz`."""
    found: Mapping[str, Any] | None = facts.get(tx.conn, _FACT)
    if found is None:
        return "has not run yet"
    when = datetime.fromisoformat(found["at"])
    wrong = [*found["bad"], *found["known"]]
    return f"{'; '.join(wrong) or 'ok'} (checked {when:%Y-%m-%d %H:%M} UTC)"


def _line(finding: Finding) -> str:
    details = f" ({'; '.join(finding.details[:3])})" if finding.details else ""
    return f"{finding.topic}: {finding.text}{details}"
