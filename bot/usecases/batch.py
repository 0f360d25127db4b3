"""One batch of alerts on the table: what is known about them is looked up once, each is decided in order, all is written once.

Pure bookkeeping around the decisions of `bot.incidents`: it refuses to judge severities (`bot.alerts` does) and to know who is
called (`bot.usecases.paging` does).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from bot.alerts import Alert, Judged, without_secrets
from bot.context import Context
from bot.events import ALERT, Event, ends_unheard
from bot.holds import calls_once_released, is_held_back, released
from bot.incidents import Change, Incident
from bot.incidents.ending import cleared, cleared_but_changed, unheard_since
from bot.incidents.grading import regrade
from bot.incidents.opening import opened
from bot.incidents.returning import heard_again, refired, reopen
from bot.runbooks.undo import Entry
from bot.silences import Silence, labels_of, unsilenced
from bot.store import Tx, alerts, decisions, deliveries, held, incidents, relations
from bot.store.alerts import Sighting
from bot.store.decisions import Decision
from bot.store.held import Held
from bot.store.raw import put_off
from bot.subscribers.card import redraw_counts
from bot.usecases.cuts import Cuts
from bot.usecases.episodes import SHORT_VALUE, ended, is_its_end, is_plain_repeat, older
from bot.usecases.hearing import silence
from bot.usecases.inhibiting import Began
from bot.usecases.known import known_of
from bot.usecases.notices import Notice, announce_once
from bot.usecases.opening import figure, limit, new_incident, why
from bot.usecases.paging import climb
from bot.usecases.reasons import UNKNOWN_END, by_silence, end_of, why_there
from bot.usecases.record import Ledger, record_new
from bot.usecases.telling import tell_holder
from bot.usecases.undo import remind_later, spoken, still_changed
from oncall.values import dataclass, replace
from oncall.words import written

Verdict = Literal["opened", "joined", "repeated", "refired", "reopened", "cleared", "ignored", "silenced"]


_BEGAN, _ENDED = frozenset({"opened", "joined", "refired", "reopened"}), frozenset({"cleared", "unheard"})


@dataclass(slots=True)
class _Tally:
    """What alerts add to an incident besides events. A storm adds thousands of times, and is written once."""

    alerts: int = 0
    firing: int = 0
    repeats: int = 0
    value: str | None = None
    value_at: datetime | None = None

    def added_to(self, incident: Incident) -> Incident:
        return replace(
            incident,
            alerts=incident.alerts + self.alerts,
            firing=incident.firing + self.firing,
            repeats=incident.repeats + self.repeats,
            value=self.value or incident.value,
            value_at=self.value_at or incident.value_at,
        )


class Batch:
    """One batch on the table: the sightings and incidents it concerns, changed here and written once."""

    def __init__(self, tx: Tx, ctx: Context, judged: Sequence[Judged]) -> None:
        self.tx, self.ctx = tx, ctx
        places = list({(j.alert.source, j.alert.key): None for j in judged})
        self.sights = known_of(tx, places, {j.join_key for j in judged})
        self.sightings, self.open, self.known = self.sights.sightings, self.sights.open, self.sights.numbered
        self.merged = self._merged({j.join_key for j in judged} - set(self.open))
        self.came_through: dict[int, set[tuple[str, str]]] = {}
        """By an incident that was merged: the alerts that joined the other since."""
        self.touched: dict[tuple[str, str], Sighting] = {}
        self.silences, any_held = self.sights.standing(tx, ctx)
        self.held = held.find(tx.conn, places) if any_held else {}
        self.kept_quiet: dict[tuple[str, str], Held] = {}
        self.let_go: set[tuple[str, str]] = set()
        self.decided: list[Decision] = []
        self.tallies: dict[int, _Tally] = {}
        self.ledger = Ledger(tx, ctx)
        self.cuts = Cuts(tx) if any(j.alert.group for j in judged) else None
        self.whole_again: set[int] = set()
        """Incidents with a group that was cut, and is not any more."""
        self.opened = 0
        """Incidents opened so far."""
        self.beats: set[str] = set()
        """Heartbeats that were heard."""
        self.began: list[Began] = []
        self.changed: set[int] = set()
        """What fires since now, and the incidents in which anything began or ended, where something may be kept quiet by that."""
        self.acted = False
        """Whether anything happened besides counting."""

    def _merged(self, keys: set[str]) -> dict[str, tuple[int, int]]:
        """Of alerts whose incident was merged into one that is open: it, and which that is, known here from now on."""
        found = relations.parents_of_keys(self.tx.conn, keys) if keys else {}
        if unknown := {parent for _, parent in found.values()} - set(self.known):
            self.known |= incidents.by_numbers(self.tx.conn, unknown)
        return found

    def _current(self, join_key: str) -> Incident | None:
        """The open incident that an alert of this key joins."""
        if (own := self.open.get(join_key)) is not None or join_key not in self.merged:
            return own
        parent = self.known[self.merged[join_key][1]]
        return parent if parent.is_open else None

    def _through(self, join_key: str, number: int) -> int | None:
        """The incident that was merged into this one, where an alert is here because of that."""
        child, parent = self.merged.get(join_key, (None, None))
        return child if parent == number and join_key not in self.open else None

    def take(self, judged: Judged) -> Verdict:
        if judged.beats:
            if judged.alert.status == "firing":
                self.beats.add(judged.beats)
            return "ignored"
        alert = judged.alert
        place = alert.source, alert.key
        seen = self.sightings.get(place)
        if self.cuts is not None and self.cuts.concern(alert):
            self._hear_of_group(alert, seen)
            verdict = self._decide(judged, seen)
            self._hear_of_group(alert, self.sightings.get(place))
            return verdict
        if seen is not None and place not in self.held and is_plain_repeat(judged, seen, self.known[seen.incident]):
            self.touched[place] = seen
            return self._count_repeat(alert, seen)
        return self._decide(judged, seen)

    def _count_repeat(self, alert: Alert, seen: Sighting) -> Verdict:
        seen.again()
        seen.last_at, seen.value, seen.ends_at = self.tx.at, alert.value, alert.ends_at
        tally = self._tally(seen.incident)
        tally.repeats += 1
        if alert.value:
            tally.value, tally.value_at = alert.value, self.tx.at
        return "repeated"

    def _hear_of_group(self, alert: Alert, seen: Sighting | None) -> None:
        """Before the decision, because a cut group proves no end; and after it, because it may have found another incident."""
        if self.cuts is not None and seen is not None and self.cuts.hear(seen.incident, alert.group, alert.left_out):
            self.whole_again.add(seen.incident)

    def _decide(self, judged: Judged, seen: Sighting | None) -> Verdict:
        place = (judged.alert.source, judged.alert.key)
        kept = self.held.get(place)
        if is_its_end(judged.alert, seen, kept, self.tx.at):
            judged = replace(judged, alert=replace(judged.alert, status="resolved"))
        if judged.alert.status != "firing":
            return self._clear_held(judged, kept, seen) if kept else self._clear(judged, seen)
        if judged.ignored is not None:
            return self._pass_over(judged)
        if (silence := self._silence_of(judged)) is not None and not self._goes_on(judged, seen):
            return self._hold(judged, kept, silence)
        if kept is not None:
            self._let_go(place)
        if seen is None:
            return self._first_sight(judged)
        return self._again(judged, seen)

    def _pass_over(self, judged: Judged) -> Verdict:
        """Nothing is made of it, because the configuration says so; that is said once, so that nobody misses it unawares."""
        alert = judged.alert
        name = self.ctx.mask(alert.rule or alert.name or alert.summary)[:80]
        self.acted = True
        data = {"alert": name, "why": judged.ignored}
        self._note(judged, "ignored", str(judged.ignored))
        announce_once(self.tx, self.ctx, f"ignored:{alert.source}:{name}", Notice("ignored_alert", data))
        return "ignored"

    def _clear(self, judged: Judged, seen: Sighting | None) -> Verdict:
        """One alert has cleared, or was not heard of any more; the last of its incident closes it. A late word about an old
        episode counts for nothing."""
        alert = judged.alert
        if seen is None or seen.status == "resolved" or older(alert.starts_at, seen.starts_at):
            self._note(judged, "ignored", UNKNOWN_END, seen.incident if seen else None)
            return "ignored"
        self._note(judged, *end_of(alert), seen.incident)
        self._touch(seen)
        was_firing = seen.status == "firing"
        event = ended(alert, seen)
        seen.status, seen.ends_at = alert.status, None
        if alert.status == "resolved":
            seen.last_at = self.tx.at
        if was_firing:
            self._count(seen.incident, firing=-1)
        incident = self.known[seen.incident]
        if was_firing and not incident.is_open:
            return "cleared"
        incident = self._record(Change(self._counted(incident.number), (event,)))
        if incident.is_open and incident.firing <= 0:
            self._close(incident, by_word=alert.status == "resolved")
        return "cleared"

    def _silence_of(self, judged: Judged) -> Silence | None:
        if not self.silences:
            return None
        return self.silences.holding(labels_of(judged), judged.severity, self.tx.at)

    def _goes_on(self, judged: Judged, seen: Sighting | None) -> bool:
        """It fires in an open incident already: a silence keeps that from calling anybody, and it is counted there."""
        if seen is None or seen.status != "firing" or not self.known[seen.incident].is_open:
            return False
        return not self._new_episode(judged.alert, seen, self.known[seen.incident])

    def _hold(self, judged: Judged, kept: Held | None, silence: Silence) -> Verdict:
        """It fires in silence: kept whole, for the end of the silence, and counted."""
        alert, at = self._without_secrets(judged).alert, self.tx.at
        family = judged.rule.family if judged.rule else None
        first, count = (kept.first_at, kept.count + 1) if kept else (at, 1)
        place = (alert.source, alert.key)
        self.held[place] = self.kept_quiet[place] = Held(
            alert, silence.id, family, judged.severity, first_at=first, last_at=at, count=count
        )
        self.let_go.discard(place)
        self._note(judged, "silenced", by_silence(silence), cause=silence.id)
        self.acted = self.acted or kept is None
        return "silenced"

    def _let_go(self, place: tuple[str, str]) -> None:
        del self.held[place]
        self.kept_quiet.pop(place, None)
        self.let_go.add(place)

    def _clear_held(self, judged: Judged, kept: Held, seen: Sighting | None) -> Verdict:
        """It has ended in silence: nobody was called, and nobody will be."""
        if older(judged.alert.starts_at, kept.alert.starts_at):
            return "ignored"
        self._let_go((judged.alert.source, judged.alert.key))
        if seen is not None and seen.status != "resolved":
            return self._clear(judged, seen)
        self._note(judged, *end_of(judged.alert), cause=kept.silence)
        return "cleared"

    def _close(self, incident: Incident, *, by_word: bool) -> None:
        """None of its alerts fires any more, as far as anybody knows: by their word, or because nobody says anything.

        It stays open where its groups hold alerts that were cut off the message: those are unknown, and the card says so.
        """
        if self.cuts is None:
            self.cuts = Cuts(self.tx)
        if self.cuts.left_out(incident.number):
            return
        unheard = alerts.unheard(self.tx.conn, incident.number)
        for place, seen in self.touched.items():
            if seen.status == "expired" and seen.incident == incident.number:
                unheard[place] = seen.last_at
            else:
                unheard.pop(place, None)
        if standing := still_changed(self.tx, incident.number):
            how = unheard_since(max(unheard.values())) if unheard else "every alert has cleared"
            self._stay_open(incident, standing, how)
        else:
            self._record(cleared(incident, self.tx.at, unheard.values(), others_cleared=by_word))

    def _close_if_over(self, number: int) -> None:
        """Its groups came whole: what was known to have cleared is all there is."""
        incident = self.known[number]
        tally = self.tallies.get(number)
        if incident.is_open and incident.firing + (tally.firing if tally else 0) <= 0:
            self._close(self._counted(number), by_word=True)

    def _stay_open(self, incident: Incident, standing: Sequence[Entry], how: str) -> None:
        """What runs have changed and nobody took back keeps the incident open, and pages nobody."""
        remind_later(self.tx, incident.number)
        if incident.state != "monitoring":
            self._record(cleared_but_changed(incident, ALERT, self.tx.at, how, spoken(standing)))

    def _first_sight(self, judged: Judged) -> Verdict:
        judged = self._without_secrets(judged)
        incident = self._current(judged.join_key)
        if incident is None:
            return self._open(judged)
        self._see(judged, incident.number)
        return self._join(judged, incident.number, "joined")

    def _again(self, judged: Judged, seen: Sighting) -> Verdict:
        """A condition that was seen before: a repeat, or a new episode of it."""
        incident = self.known[seen.incident]
        repeat = not self._new_episode(judged.alert, seen, incident)
        self._touch(seen)
        seen.again()
        if not repeat or judged.severity < incident.severity or len(judged.alert.value or "") > SHORT_VALUE:
            judged = self._without_secrets(judged)  # of a plain repeat nothing new is kept or shown
        if repeat:
            seen.last_at, seen.value, seen.ends_at = self.tx.at, judged.alert.value, judged.alert.ends_at
            return self._repeated(judged, incident)
        was_firing = seen.status == "firing"
        self._begin_episode(judged.alert, seen)
        if incident.is_open:
            if was_firing and incident.state == "monitoring":  # nobody said that the episode before was over
                self._count(incident.number, firing=-1)
                return self._join(judged, incident.number, "refired")
            if was_firing:
                return self._repeated(judged, incident)
            return self._join(judged, incident.number, "refired")
        if was_firing:  # its incident was closed by a person: the old episode is over without a word
            self._count(incident.number, firing=-1)
        return self._after_the_end(judged, seen, incident)

    def _without_secrets(self, judged: Judged) -> Judged:
        alert = without_secrets(judged.alert, self.ctx.mask)
        return judged if alert is judged.alert else replace(judged, alert=alert)

    def _repeated(self, judged: Judged, incident: Incident) -> Verdict:
        self._count(incident.number, repeats=1, value=figure(judged, incident))
        self._raise_severity(judged, self._fires_now(judged, incident))
        return "repeated"

    def _fires_now(self, judged: Judged, incident: Incident) -> Incident:
        """What a backup that was put back holds is today's trouble once an alert of it fires: it calls at once."""
        if not is_held_back(incident):
            return incident
        due, calls = incident.held_until or self.tx.at, calls_once_released(incident, self.tx.at)
        why = f"it fires now: {judged.alert.summary}"
        incident = self._record(released(self._counted(incident.number), ALERT, self.tx.at, due, why))
        if calls:
            self._call(incident)
        return self.known[incident.number]

    def _after_the_end(self, judged: Judged, seen: Sighting, ended: Incident) -> Verdict:
        """A new episode after its incident was resolved: soon after it is the same trouble, later another one."""
        current = self._current(judged.join_key) or self.open.get(ended.join_key)
        if current is not None:
            seen.incident = current.number
            return self._join(judged, current.number, "joined")
        window = self.ctx.flap_window(ended.rule)
        if ended.resolved_at is None or self.tx.at - ended.resolved_at > window:
            seen.count = 1
            return self._open(judged, seen)
        self._count(ended.number, firing=1, value=figure(judged, ended))
        self._note(
            judged, "reopened", f"fires again within {written(window)} after #{ended.number} was closed", ended.number
        )
        if ended.commander is not None and self._was_held_unheard(ended.number):
            incident = self._record(heard_again(self._counted(ended.number), ALERT, judged.alert.summary))
            tell_holder(self.tx, self.ctx, incident, f"Heard of again: {judged.alert.summary}")
            self._raise_severity(judged, incident)
            return "reopened"
        self._call_anew(judged, self._counted(ended.number), f"fires again: {judged.alert.summary}")
        return "reopened"

    def _call_anew(self, judged: Judged, incident: Incident, why: str) -> None:
        """It is not over, and whoever is on call now has to hear of it."""
        self._call(self._graded(judged, self._record(reopen(incident, ALERT, self.tx.at, why))))

    def _was_held_unheard(self, number: int) -> bool:
        """Whether silence closed it while somebody had it in hand."""
        end = incidents.last_of_kinds(self.tx.conn, number, ("resolved", "expired"))
        return end is not None and ends_unheard(end.event) and end.event.data["from"] != "triggered"

    def _new_episode(self, alert: Alert, seen: Sighting, incident: Incident) -> bool:
        """A new start, or firing again after it had cleared. A sender that names no start begins anew after a silence."""
        if seen.status != "firing":
            ended_by_person = not incident.is_open and not incident.resolved_by_alert
            same_start = alert.starts_at is not None and alert.starts_at == seen.starts_at
            return not older(alert.starts_at, seen.starts_at) and not (ended_by_person and same_start)
        if alert.starts_at is not None and seen.starts_at is not None:
            return alert.starts_at > seen.starts_at
        return not incident.is_open and silence(self.tx, seen.source, seen.last_at) > self.ctx.flap_window(
            incident.rule
        )

    def _begin_episode(self, alert: Alert, seen: Sighting) -> None:
        seen.status, seen.starts_at, seen.ends_at = "firing", alert.starts_at, alert.ends_at
        seen.summary, seen.labels, seen.value, seen.last_at = alert.summary, alert.labels, alert.value, self.tx.at

    def _join(self, judged: Judged, number: int, verdict: Verdict) -> Verdict:
        """An alert that begins to fire in an open incident. After a mitigation it gives the holder work again."""
        new = verdict == "joined"
        through = self._through(judged.join_key, number) if new else None
        if through is not None:
            self.came_through.setdefault(through, set()).add((judged.alert.source, judged.alert.key))
        self._note(judged, verdict, why_there(judged, number, new=new, through=through), number)
        self._count(number, alerts=1 if new else 0, firing=1, value=figure(judged, self.known[number]))
        incident = self._counted(number)
        if incident.state == "monitoring" and incident.commander is None:
            self._call_anew(judged, incident, f"fires again, and nobody has it in hand: {judged.alert.summary}")
            return verdict
        if incident.state == "monitoring":
            why = f"Fires again after the mitigation: {judged.alert.summary}"
            incident = self._record(refired(incident, ALERT, why))
            tell_holder(self.tx, self.ctx, incident, why)
        elif incident.silenced_by is not None:
            why = f"Calls all the same: an alert that is not silenced fires: {judged.alert.summary}"
            self._call(self._graded(judged, self._record(unsilenced(incident, self.tx.at, why))))
        else:
            text = ("Joined: " if new else "Fires again: ") + judged.alert.summary
            incident = self._record(Change(incident, (Event("alert_joined", ALERT, text, {"key": judged.alert.key}),)))
            incident = self._fires_now(judged, incident)
        self._raise_severity(judged, incident)
        return verdict

    def _open(self, judged: Judged, seen: Sighting | None = None) -> Verdict:
        self._write_recorded()  # what ended in this very batch makes room for what begins
        number = incidents.next_number(self.tx.conn)
        incident = new_incident(self.ctx, judged, number, self.tx.at)
        alert = judged.alert
        incident = record_new(self.tx, self.ctx, opened(incident, ALERT, why(judged), alert.summary, alert.description))
        if seen is None:
            self._see(judged, number)
        else:
            seen.incident = number
        self._note(judged, "opened", why(judged), number)
        self.acted = True
        self.opened += 1
        self._keep(climb(self.tx, self.ctx, incident))
        return "opened"

    def _note(self, judged: Judged, verdict: str, reason: str, incident: int | None = None, *, cause: str = "") -> None:
        """Keep what was decided, and why. A plain repeat is counted with the alert itself."""
        alert, at = self._without_secrets(judged).alert, self.tx.at
        family = judged.rule.family if judged.rule else None
        told = (alert.source, alert.key, verdict, reason, incident, cause, family, judged.severity, alert.summary)
        self.decided.append(Decision(*told, at, at))
        if incident is not None and self.ctx.config.inhibit_rules and verdict in _BEGAN | _ENDED:
            self.changed.add(incident)
            if verdict in _BEGAN:
                self.began.append(Began((alert.source, alert.key), labels_of(judged), incident))

    def _raise_severity(self, judged: Judged, incident: Incident) -> None:
        """Only a higher severity pages again; one that a person took back is not news."""
        if judged.severity >= incident.severity or not incident.is_open or self._silence_of(judged) is not None:
            return
        if self._graver(judged, incident):
            self._call(self._graded(judged, self._counted(incident.number)))

    def _graver(self, judged: Judged, incident: Incident) -> bool:
        if judged.severity >= incident.severity:
            return False
        regrade = incidents.last_of_kinds(self.tx.conn, incident.number, ("severity_changed",))
        lowered_from = regrade.event.data["from"] if regrade and not regrade.event.data["raised"] else None
        return lowered_from is None or judged.severity < lowered_from

    def _graded(self, judged: Judged, incident: Incident) -> Incident:
        if not self._graver(judged, incident):
            return incident
        runbook, threshold = self.ctx.runbook(incident.rule, incident.runbook), limit(judged, incident)
        incident = replace(incident, runbook=runbook, threshold=threshold)
        response = self.ctx.response(incident.rule, incident.runbook, judged.severity)
        ladder = self.ctx.ladder(judged.severity)
        why = f"a graver alert: {judged.alert.summary}"
        return self._record(regrade(incident, judged.severity, ladder, response, ALERT, self.tx.at, why))

    def _see(self, judged: Judged, incident: int) -> None:
        alert, at = judged.alert, self.tx.at
        seen = Sighting(
            source=alert.source,
            key=alert.key,
            incident=incident,
            status="firing",
            summary=alert.summary,
            value=alert.value,
            starts_at=alert.starts_at,
            ends_at=alert.ends_at,
            first_at=at,
            last_at=at,
            labels=alert.labels,
        )
        self.sightings[alert.source, alert.key] = seen
        self._touch(seen)

    def _touch(self, seen: Sighting) -> None:
        self.touched[seen.source, seen.key] = seen

    def _count(
        self, number: int, *, alerts: int = 0, firing: int = 0, repeats: int = 0, value: str | None = None
    ) -> None:
        tally = self._tally(number)
        tally.alerts += alerts
        tally.firing += firing
        tally.repeats += repeats
        if value:
            tally.value, tally.value_at = value, self.tx.at

    def _tally(self, number: int) -> _Tally:
        tally = self.tallies.get(number)
        if tally is None:
            tally = self.tallies[number] = _Tally()
        return tally

    def _counted(self, number: int) -> Incident:
        """The incident with what was counted so far, for a decision that will be recorded."""
        tally = self.tallies.pop(number, None)
        return tally.added_to(self.known[number]) if tally else self.known[number]

    def _record(self, change: Change) -> Incident:
        self.acted = True
        return self._keep(self.ledger.record(change))

    def _call(self, incident: Incident) -> None:
        """Somebody has to be called for it now, from what the database holds."""
        self._write_recorded()
        self._keep(climb(self.tx, self.ctx, self.known[incident.number]))

    def _write_recorded(self) -> None:
        for incident in self.ledger.write():
            self._keep(incident)

    def _keep(self, incident: Incident) -> Incident:
        """This is how it stands now."""
        self.known[incident.number] = incident
        if incident.is_open:
            self.open[incident.join_key] = incident
        elif incident.join_key in self.open and self.open[incident.join_key].number == incident.number:
            del self.open[incident.join_key]
        return incident

    def report(self, judged: Judged) -> None:
        """Its severity had to be guessed: the channel is told, once per trouble and word."""
        seen = self.sightings.get((judged.alert.source, judged.alert.key))
        if seen is not None and judged.complaint:
            self.acted = True
            key = f"severity:{judged.join_key}:{judged.alert.severity or ''}"
            data = {"number": seen.incident, "complaint": judged.complaint}
            announce_once(self.tx, self.ctx, key, Notice("unclear_severity", data))

    def write(self) -> None:
        """Write what only counted: an incident whose events were recorded is saved already."""
        for number in self.whole_again:
            self._close_if_over(number)
        decisions.write(self.tx.conn, self.decided)
        held.drop(self.tx.conn, self.let_go)
        held.write(self.tx.conn, list(self.kept_quiet.values()))
        self._write_recorded()
        if self.cuts is not None:
            self.cuts.write()
        counted = [self._counted(number) for number in list(self.tallies)]
        with put_off(self.tx.conn):
            alerts.write(self.tx.conn, list(self.touched.values()))
            incidents.save_counts(self.tx.conn, counted)
            fresh = [each for each in counted if each.number not in self.sights.card_waits]
            deliveries.add(self.tx.conn, [redraw_counts(each, self.tx.at) for each in fresh], self.tx.at)
        for number, places in self.came_through.items():
            alerts.joined_through(self.tx.conn, places, number)
        if self.acted:
            self.sights.leave_sightings(self.tx)
        else:
            self.sights.leave(self.tx, counted)
