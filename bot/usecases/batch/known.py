"""What a batch of alerts has to know from the database: looked up once, and carried over to the next batch.

In a storm one batch follows another and nobody else writes in between. Then what the last batch knew is still true, and only what
is new has to be looked up (`bot.store.carry_over` says whether it is still valid).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bot.context import Context
from bot.incidents import Incident
from bot.silences import Index
from bot.store import Tx, alerts, incidents, silences
from bot.store.alerts import Sighting
from bot.store.carry_over import carried_over, carry_over
from bot.store.prepared import together
from oncall.values import dataclass, field, replace

Place = tuple[str, str]
"""An alert's source and key."""
MOST_CARRIED = 5_000
"""Sightings that are carried over at the most: some megabytes."""


@dataclass(slots=True)
class Known:
    """Sightings and incidents that a batch may concern, and more. That something is missing here means that it is not in the
    database only if it was looked up."""

    sightings: dict[Place, Sighting] = field(default_factory=dict)
    open: dict[str, Incident] = field(default_factory=dict)
    """By their join keys."""
    numbered: dict[int, Incident] = field(default_factory=dict)
    """Those that are open, and those that its sightings are in."""
    card_waits: set[int] = field(default_factory=set)
    """Incidents whose card is about to be redrawn as it is: what is counted need not ask for it again."""
    _stands: tuple[str | None, bool] | None = None

    def look_up(self, tx: Tx, places: Collection[Place], join_keys: Collection[str]) -> None:
        """Look up those of these that are not known yet."""
        unseen = [place for place in places if place not in self.sightings]
        unopened = [key for key in join_keys if key not in self.open]
        if unseen or unopened or self._stands is None:
            sightings, opened, waiting, self._stands = together(
                tx.conn,
                alerts.asked_for(tx.conn, unseen),
                incidents.asked_for(tx.conn, unopened),
                incidents.asked_whose_card_waits(tx.conn, unopened),
                silences.asked_what_stands(),
            )
            self.sightings |= sightings
            self.card_waits |= waiting
            self._add(opened)
        seen = (self.sightings[place] for place in places if place in self.sightings)
        if missing := {each.incident for each in seen} - self.numbered.keys():
            ended = incidents.by_numbers(tx.conn, missing)
            # A changed rule may have given an alert another join key than the incident has that it would reopen.
            self._add(incidents.open_by_keys(tx.conn, {each.join_key for each in ended.values()} - self.open.keys()))
            self.numbered = ended | self.numbered

    def _add(self, opened: dict[str, Incident]) -> None:
        self.open |= opened
        self.numbered |= {each.number: each for each in opened.values()}

    def standing(self, tx: Tx, ctx: Context) -> tuple[Index, bool]:
        """The silences that are not over, and whether any alert is held at all."""
        stamp, any_held = self._stands or (None, False)
        return ctx.silences.of(tx.conn, tx.at, stamp), any_held

    def carry_over(self, tx: Tx, counted: Iterable[Incident]) -> None:
        """Carry over everything, after a batch that did nothing but count in these incidents."""
        for incident in counted:
            self._saved(replace(incident, version=incident.version + 1))
        self._carry(tx, self)

    def carry_over_sightings(self, tx: Tx) -> None:
        """After a batch that did more, carry over the sightings only: the incidents have to be looked up again."""
        self._carry(tx, Known(self.sightings))

    def _saved(self, incident: Incident) -> None:
        self.numbered[incident.number] = incident
        if incident.is_open:
            self.open[incident.join_key] = incident
        self.card_waits.add(incident.number)

    def _carry(self, tx: Tx, known: Known) -> None:
        if len(self.sightings) <= MOST_CARRIED:
            carry_over(tx, known)


def known_of(tx: Tx, places: Collection[Place], join_keys: Collection[str]) -> Known:
    """What is known of these alerts: carried over if still valid, else looked up."""
    known: Known = carried_over(tx.conn) or Known()
    known.look_up(tx, places, join_keys)
    return known
