"""The working set of a batch: the sightings and incidents it concerns, and everything that is to be written about them.

Plain repeats are tallied, decisions go to the ledger, and in both cases the next decision sees the result of the last one. It
decides nothing, and writes only what has to be in the database before something else is read from it (`write_recorded`).
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.alerts import Judged, without_secrets
from bot.context import Context
from bot.incidents import Change, Incident
from bot.incidents.tally import Tally
from bot.store import Tx, held, incidents, relations
from bot.store.alerts import Sighting
from bot.store.carry_over import carried_over, is_first
from bot.store.decisions import Decision
from bot.store.held import Held
from bot.usecases.batch.known import known_of
from bot.usecases.inhibiting import Began
from bot.usecases.record import Ledger
from bot.usecases.truncated_groups import TruncatedGroups
from oncall.values import replace


class WorkingSet:
    """What one batch concerns: sightings and incidents, changed here and written once at its end."""

    def __init__(self, tx: Tx, ctx: Context, judged: Sequence[Judged]) -> None:
        self.tx, self.ctx = tx, ctx
        first = is_first(tx.conn)
        carried = carried_over(tx.conn)
        self.truncated = TruncatedGroups(tx) if any(j.alert.group for j in judged) else None
        places = list({(j.alert.source, j.alert.key): None for j in judged})
        self.looked_up = known_of(tx, carried, judged, places, self.truncated)
        self.sightings, self.open, self.known = self.looked_up.sightings, self.looked_up.open, self.looked_up.numbered
        self.merged = self._merged({j.join_key for j in judged} - set(self.open))
        self.silences, any_held = self.looked_up.standing(tx, ctx)
        self.held = held.find(tx.conn, places) if any_held else {}
        # All that follows is what this batch makes of it.
        self.touched: dict[tuple[str, str], Sighting] = {}
        self.tallies: dict[int, Tally] = {}
        self.ledger = Ledger(tx, ctx)
        self.decided: list[Decision] = []
        self.kept_quiet: dict[tuple[str, str], Held] = {}
        self.let_go: set[tuple[str, str]] = set()
        self.came_through: dict[int, set[tuple[str, str]]] = {}
        """By the number of an incident that was merged: the alerts that joined the other one because of that."""
        self.whole_again: set[int] = set()
        """Incidents with a group that was truncated and has come whole again."""
        self.opened = 0
        """Incidents opened so far."""
        self.beats: set[str] = set()
        """Heartbeats that were heard."""
        self.began: list[Began] = []
        self.changed: set[int] = set()
        """Alerts that began to fire, and incidents in which any began or ended: inhibition may follow from either."""
        self.acted = False
        """Whether anything happened besides counting."""
        self.only_repeats = first and bool(judged)
        """Whether no alert was anything but a plain repeat, and nothing else came before them in this transaction."""

    def _merged(self, keys: set[str]) -> dict[str, tuple[int, int]]:
        """By join key, for incidents that were merged into an open one: the merged incident's number and the open one's."""
        found = relations.parents_of_keys(self.tx.conn, keys) if keys else {}
        if unknown := {parent for _, parent in found.values()} - set(self.known):
            self.known |= incidents.by_numbers(self.tx.conn, unknown)
        return found

    def current(self, join_key: str) -> Incident | None:
        """The open incident that an alert of this key joins."""
        if (own := self.open.get(join_key)) is not None or join_key not in self.merged:
            return own
        parent = self.known[self.merged[join_key][1]]
        return parent if parent.is_open else None

    def through(self, join_key: str, number: int) -> int | None:
        """The merged incident because of which an alert of this key is in this one, if that is why it is."""
        child, parent = self.merged.get(join_key, (None, None))
        return child if parent == number and join_key not in self.open else None

    def without_secrets(self, judged: Judged) -> Judged:
        """The alert as it may be stored and shown."""
        alert = without_secrets(judged.alert, self.ctx.mask)
        return judged if alert is judged.alert else replace(judged, alert=alert)

    def touch(self, seen: Sighting) -> None:
        self.touched[seen.source, seen.key] = seen

    def count(
        self, number: int, *, alerts: int = 0, firing: int = 0, repeats: int = 0, value: str | None = None
    ) -> None:
        tally = self.tally(number)
        tally.alerts += alerts
        tally.firing += firing
        tally.repeats += repeats
        if value:
            tally.value, tally.value_at = value, self.tx.at

    def tally(self, number: int) -> Tally:
        tally = self.tallies.get(number)
        if tally is None:
            tally = self.tallies[number] = Tally()
        return tally

    def counted(self, number: int) -> Incident:
        """The incident with what was counted so far, for a decision that will be recorded."""
        tally = self.tallies.pop(number, None)
        return tally.added_to(self.known[number]) if tally else self.known[number]

    def record(self, change: Change) -> Incident:
        """Take a decision into the ledger. Answers with the incident as the next decision about it has to see it."""
        self.acted = True
        return self.keep(self.ledger.record(change))

    def write_recorded(self) -> None:
        """Write what was recorded so far: something is about to read it from the database, or to write after it."""
        for incident in self.ledger.write():
            self.keep(incident)

    def keep(self, incident: Incident) -> Incident:
        """This is how it stands now."""
        self.known[incident.number] = incident
        if incident.is_open:
            self.open[incident.join_key] = incident
        elif incident.join_key in self.open and self.open[incident.join_key].number == incident.number:
            del self.open[incident.join_key]
        return incident
