"""What a batch of alerts has to know from the database: looked up once, and carried over to the next batch.

In a storm one batch follows another and nobody else writes in between. Then what the last batch knew is still true, and only what
is new has to be looked up (`bot.store.carry_over` says whether it is still valid).

When replicas share a storm, others have counted in between. What is known is then valid except for the counts, which is enough for
a batch that only counts itself: counts are added to what the database holds. Anything else is decided by looking everything up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bot.alerts import Judged
from bot.context import Context
from bot.incidents import Incident
from bot.silences import Index
from bot.store import Tx, alerts, incidents, silences
from bot.store.alerts import Sighting
from bot.store.carry_over import Carried, carry_over
from bot.store.prepared import together
from bot.usecases.episodes import is_plain_repeat
from bot.usecases.truncated_groups import TruncatedGroups
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
    counts_moved: bool = False
    """Whether others have counted since: how often and when last, what figure, until when, and the versions of incidents."""
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

    def goes_on(self, judged: Iterable[Judged], truncated: TruncatedGroups | None) -> bool:
        """Whether all of these say only that what is known goes on, whatever was counted of it meanwhile."""
        if self._stands is None or self._stands[1]:
            return False  # perhaps one of them is held in silence
        return all(self._is_repeat(one) and not (truncated and truncated.concern(one.alert)) for one in judged)

    def _is_repeat(self, judged: Judged) -> bool:
        alert = judged.alert
        seen = self.sightings.get((alert.source, alert.key))
        if seen is None or judged.beats or alert.ends_at is not None or seen.ends_at is not None:
            return False
        incident = self.numbered.get(seen.incident)
        return incident is not None and is_plain_repeat(judged, seen, incident)

    def standing(self, tx: Tx, ctx: Context) -> tuple[Index, bool]:
        """The silences that are not over, and whether any alert is held at all."""
        stamp, any_held = self._stands or (None, False)
        return ctx.silences.of(tx.conn, tx.at, stamp), any_held

    def carry_over(self, tx: Tx, counted: Iterable[Incident], *, only_repeats: bool) -> None:
        """Carry over everything, after a batch that did nothing but count in these incidents."""
        for incident in counted:
            self._saved(replace(incident, version=incident.version + 1))
        self._carry(tx, self, only_counted=only_repeats)

    def carry_over_sightings(self, tx: Tx) -> None:
        """After a batch that did more, carry over the sightings only: the incidents have to be looked up again."""
        self._carry(tx, Known(self.sightings))

    def _saved(self, incident: Incident) -> None:
        self.numbered[incident.number] = incident
        if incident.is_open:
            self.open[incident.join_key] = incident
        self.card_waits.add(incident.number)

    def _carry(self, tx: Tx, known: Known, *, only_counted: bool = False) -> None:
        if len(self.sightings) <= MOST_CARRIED:
            carry_over(tx, known, only_counted=only_counted)


def known_of(
    tx: Tx,
    carried: Carried | None,
    judged: Sequence[Judged],
    places: Collection[Place],
    truncated: TruncatedGroups | None,
) -> Known:
    """What is known of these alerts, each at its place: carried over where that is enough to decide them, else looked up."""
    join_keys = {each.join_key for each in judged}
    known = carried.what if carried is not None else Known()
    known.counts_moved |= carried is not None and carried.counts_moved
    known.look_up(tx, places, join_keys)
    if known.counts_moved and not known.goes_on(judged, truncated):
        known = Known()
        known.look_up(tx, places, join_keys)
    return known
