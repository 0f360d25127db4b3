"""Alert groups that Alertmanager truncated: with `max_alerts` set, it sends only the first alerts of a group.

Nothing is known of those it left out, so the end of the known ones does not end the incident. How many were left out is remembered
for each incident and group, until the group comes whole.
"""

from __future__ import annotations

from bot.alerts import Alert
from bot.store import Tx, facts, incidents

_FACT = "cut_groups"


class TruncatedGroups:
    """How many alerts are missing from the incidents' groups; read at the start of a batch, written at its end."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._kept: dict[str, dict[str, int]] = facts.get(tx.conn, _FACT) or {}
        self._changed = False

    def concern(self, alert: Alert) -> bool:
        """Whether `hear` has to be told of an alert: its group came truncated, or some group did before."""
        return bool(alert.group) and (alert.left_out > 0 or bool(self._kept))

    def hear(self, incident: int, group: str, left_out: int) -> bool:
        """Take in how many alerts a group was sent without. Answers whether it is whole again."""
        groups = self._kept.get(str(incident), {})
        if groups.get(group, 0) == left_out:
            return False
        self._changed = True
        self._kept[str(incident)] = {name: count for name, count in groups.items() if name != group}
        if left_out:
            self._kept[str(incident)][group] = left_out
        return not left_out

    def left_out(self, incident: int) -> int:
        return sum(self._kept.get(str(incident), {}).values())

    def write(self) -> None:
        """What has changed; of incidents that are closed by now nothing is kept."""
        if not self._changed:
            return
        found = incidents.by_numbers(self._tx.conn, map(int, self._kept))
        still = {str(number) for number, incident in found.items() if incident.is_open}
        kept = {number: groups for number, groups in self._kept.items() if groups and number in still}
        facts.put(self._tx.conn, _FACT, kept, self._tx.at)


def left_out(tx: Tx, incident: int) -> int:
    """How many alerts of an incident's groups their sender has left out."""
    return TruncatedGroups(tx).left_out(incident)
