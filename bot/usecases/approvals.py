"""Who may approve what somebody else wants to do, at this moment, and who hears that it was done without."""

from __future__ import annotations

from collections.abc import Iterator

from bot.context import Context
from bot.incidents import name_of
from bot.runbooks.parts.approval import Approval
from bot.store import Tx, deliveries, incidents
from bot.store.deliveries import Delivery


def taking_part(tx: Tx, log: int) -> tuple[str, ...] | None:
    """In a drill, those who take part; `None` in earnest."""
    return incidents.load(tx.conn, log).ladder.among


def approvers_of(
    tx: Tx, ctx: Context, approval: Approval, asker: str, *, among: tuple[str, ...] | None = None
) -> list[str]:
    """The approvers by email. Nobody stands twice, and as a rule the asker not at all.

    `among`: those who take part in a drill. It asks nobody else: one of them approves, and whoever practises alone does it alone.
    """
    found = dict.fromkeys(person for entry in approval.approvers for person in _people(tx, ctx, entry, asker))
    people = [person for person in found if not (approval.exclude_requester and person == asker)]
    if among is None:
        return people
    others = [person for person in among if person != asker]
    return [person for person in people if person in among] or others or [asker]


def _people(tx: Tx, ctx: Context, entry: str, asker: str) -> Iterator[str]:
    duty = ctx.duty(tx)
    if "@" in entry:
        yield entry
        return
    roles = ("primary", "secondary") if entry == "other_on_call" else (entry,)
    for role in roles:
        person = duty(role).person
        if person is not None and not (entry == "other_on_call" and person == asker):
            yield person


def glass_broken(tx: Tx, ctx: Context, log: int, actor: str, what: str, reason: str) -> None:
    """The team reads in its mailbox what was sent without the approval it needed, and why."""
    if "email" not in ctx.transports:
        return
    subject = f"{name_of(log)}: “{what}” was sent without approval"
    text = (
        f"{ctx.called(tx, actor)} sent “{what}” of {name_of(log)} without the approval it needs. Reason given: {reason}"
    )
    mail = Delivery(
        kind="mail",
        lane="talk",
        line="mail:team",
        key=f"mail:glass:{log}:{tx.at.isoformat()}",
        incident=log,
        payload={"subject": subject, "text": text},
    )
    deliveries.add(tx.conn, [mail], tx.at)
