"""Drafts a postmortem: fills the team's own template with what the log says, sentence by sentence. Pure.

Every sentence stands on events of the log, and names them; if the log says nothing, the draft says that and nothing else. It
refuses to judge: what somebody should have done is for people to talk about, and people are named only for what they did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from bot.events import Event, Kind, Recorded, ends_incident, ends_unheard
from bot.formatting import md_escape, one_line, spoken
from bot.headline import shown
from bot.incidents import name_of
from bot.retro.actions import Item
from bot.runbooks.undo import Entry
from bot.timeline.document import TimelineDoc, actor_name, heading
from bot.timeline.figures import readings
from bot.timeline.header import response
from bot.timeline.markdown import md_entries
from bot.timeline.words import doc_stamp
from oncall.headline import DRILL
from oncall.values import dataclass

SAYS_NOTHING = "_The record says nothing of this._"
LONGEST = 20_000
"""Characters of a template."""

DEFAULT = """\
# Postmortem of {{name}}: {{title}}

_A draft from the record of {{at}}. It names what happened and when. Why it could happen, and what would have made it impossible, is
for us to find out together: we look at how the system let it happen, not at who was there._

## Summary

{{summary}}

## Impact

{{impact}}

## What helped

{{helped}}

## What did not help

{{did_not_help}}

## What was changed, and taken back

{{undo}}

## Figures

{{figures}}

## Action items

{{actions}}

## To talk about

- What made this possible, and what else might it make possible?
- Where were we lucky?
- What would have told us earlier?

## Timeline

{{timeline}}
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One statement, as Markdown, and the numbers of the events that it stands on."""

    text: str
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that a draft is made of."""

    doc: TimelineDoc
    at: datetime
    ledger: Sequence[Entry] = ()
    items: Sequence[Item] = ()

    def of(self, *kinds: Kind) -> list[Recorded]:
        return [entry for entry in self.doc.events if entry.event.kind in kinds]

    def said(self, recorded: Recorded) -> Sentence:
        """An event as the timeline shows it, with a later correction if there is one, and who did it."""
        right = next((e for e in self.doc.entries if e.corrected is not None and e.seq == recorded.seq), None)
        at, text = (right.at, right.text) if right else (recorded.at, recorded.event.text)
        who = actor_name(self.doc, recorded.event.actor)
        by = f" ({md_escape(who)})" if who else ""
        return Sentence(f"{self.clock(at)} {md_escape(one_line(text))}{by}", (recorded.seq,))

    def clock(self, at: datetime) -> str:
        return f"**{at.astimezone(self.doc.zone):%H:%M}**"


Section = Callable[[Record], Iterable[Sentence]]


def _summary(it: Record) -> Iterator[Sentence]:
    incident, stamp = it.doc.incident, doc_stamp(it.doc)
    opened = it.of("opened")
    yield Sentence(f"{md_escape(heading(incident))} was noticed {stamp(incident.opened_at)}.", _seqs(opened[:1]))
    if incident.acknowledged_at is not None:
        answered = it.of("acknowledged")[:1]
        who = f" by {md_escape(actor_name(it.doc, answered[0].event.actor))}" if answered else ""
        row = response(incident, it.at)
        yield Sentence(f"It was answered{who}; response time {row.shown(stamp)}.", _seqs(answered))
    for recorded in it.of("mitigated", "reopened"):
        after = spoken(recorded.at - incident.opened_at)
        how = md_escape(_how(recorded.event.text))
        yield Sentence(f"It was {recorded.event.kind} after {after}{f': {how}' if how else ''}.", (recorded.seq,))
    yield from _end(it)


def _how(text: str) -> str:
    """What somebody said of it, without the words that the sentence says already."""
    for word in ("Mitigated, now watching", "Resolved", "Reopened"):
        text = text.removeprefix(word)
    return text.removeprefix(": ")


def _end(it: Record) -> Iterator[Sentence]:
    incident = it.doc.incident
    ends = [entry for entry in it.doc.events if ends_incident(entry.event)]
    if incident.is_open or not ends or incident.resolved_at is None:
        return
    last, lasted = ends[-1], spoken(incident.resolved_at - incident.opened_at)
    if ends_unheard(last.event):
        yield Sentence(f"It was closed after {lasted}: nobody said that it is over.", (last.seq,))
    else:
        how = md_escape(_how(last.event.text))
        yield Sentence(f"It was over after {lasted}{f': {how}' if how else ''}.", (last.seq,))


def _impact(it: Record) -> Iterator[Sentence]:
    stamp = doc_stamp(it.doc)
    for recorded in it.of("moment"):
        yield it.said(recorded)
    began, over = it.doc.moments.get("began"), it.doc.moments.get("over")
    if began is not None and over is not None and over.at > began.at:
        lasted = f"The impact lasted {spoken(over.at - began.at)}, from {stamp(began.at)}."
        yield Sentence(lasted, _seqs(it.of("moment", "resolved", "expired")))
    opened = it.of("opened")
    value = str(opened[0].event.data.get("value") or "") if opened else ""
    if value:
        threshold = it.doc.incident.threshold
        limit = f" (limit {md_escape(threshold)})" if threshold else ""
        yield Sentence(f"When it opened, {md_escape(shown(value, threshold))} was reported{limit}.", _seqs(opened[:1]))
    for recorded in it.of("update"):
        said = it.said(recorded)
        yield Sentence(f"{said.text} – said to those outside", said.seqs)


def _helped(it: Record) -> Iterator[Sentence]:
    for recorded in it.of("step_finished", "rollout", "mitigated", "undone"):
        event = recorded.event
        if event.data.get("ok") is True or (event.kind == "mitigated" and not event.data.get("still")):
            yield it.said(recorded)


def _did_not_help(it: Record) -> Iterator[Sentence]:
    for recorded in it.doc.events:
        event = recorded.event
        failed = event.kind in ("step_finished", "rollout") and event.data.get("ok") is False
        given_up = event.kind == "page_failed" and event.data.get("final")
        if failed or given_up or event.kind in ("nobody_notified", "reopened", "delivery_failed", "run_aborted"):
            yield it.said(recorded)


_STATES = {"open": "still stands", "kept": "stays, by a decision", "undone": "taken back"}


def _undo(it: Record) -> Iterator[Sentence]:
    """The ledger of changes; each stands on the step that made it."""
    for entry in it.ledger:
        made = [each for each in it.of("step_finished", "rollout") if _made(each.event, entry)]
        state = _STATES.get(entry.state, entry.state)
        yield Sentence(f"{it.clock(entry.made_at)} {md_escape(entry.spoken)}: {state}", _seqs(made[-1:]))


def _made(event: Event, entry: Entry) -> bool:
    return event.data.get("run") == entry.run and event.data.get("step") == entry.step


SECTIONS: Mapping[str, Section] = {
    "summary": _summary,
    "impact": _impact,
    "helped": _helped,
    "did_not_help": _did_not_help,
    "undo": _undo,
}
"""The places of the template that are written in sentences."""


def sentences(it: Record) -> dict[str, tuple[Sentence, ...]]:
    """Every sentence of the draft."""
    return {name: tuple(section(it)) for name, section in SECTIONS.items()}


def _as_list(said: Sequence[Sentence]) -> str:
    return "\n".join(f"- {each.text}" for each in said) or SAYS_NOTHING


def _figures(it: Record) -> str:
    found = readings(it.doc)
    if not found:
        return SAYS_NOTHING
    rows = [f"| {md_escape(r.label)} | {md_escape(r.before)} | {md_escape(r.after)} |" for r in found]
    return "\n".join(["| | When it opened | When it was over |", "|---|---|---|", *rows])


def _actions(it: Record) -> str:
    lines = [_action(it, item) for item in it.items]
    return "\n".join(lines) or "_None yet: `/incident action TEXT @who by DATE` notes one._"


def _action(it: Record, item: Item) -> str:
    who = it.doc.names.get(item.who or "") or item.who or "nobody yet"
    by = f", by {item.due_at.astimezone(it.doc.zone):%Y-%m-%d}" if item.due_at else ""
    tick = "x" if item.state == "done" else " "
    dropped = ", dropped" if item.state == "dropped" else ""
    return f"- [{tick}] {item.name}: {md_escape(item.text)} ({md_escape(who)}{by}{dropped})"


WORDS: Mapping[str, Callable[[Record], str]] = {
    "name": lambda it: name_of(it.doc.incident.number),
    "title": lambda it: md_escape(f"{DRILL} " * it.doc.incident.drill + it.doc.incident.title),
    "severity": lambda it: it.doc.incident.severity,
    "service": lambda it: md_escape(it.doc.incident.service),
    "commander": lambda it: md_escape(it.doc.names.get(it.doc.incident.commander or "", "") or "nobody"),
    "at": lambda it: doc_stamp(it.doc)(it.at),
    "figures": _figures,
    "actions": _actions,
    "timeline": lambda it: "\n".join(md_entries(it.doc)),
}
"""The other places of the template."""

PLACE = re.compile(r"\{\{\s*([^{}\n]{0,40}?)\s*\}\}")
"""A place in a template, such as `{{summary}}`."""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PLACES = (*SECTIONS, *WORDS)


def filled(template: str, it: Record) -> str:
    """The draft, as Markdown. An unknown place stays as it is."""
    said = sentences(it)

    def put(found: re.Match[str]) -> str:
        name = found[1]
        if name in said:
            return _as_list(said[name])
        return WORDS[name](it) if name in WORDS else found[0]

    return PLACE.sub(put, _COMMENT.sub("", template)).strip() + "\n"


def _seqs(recorded: Iterable[Recorded]) -> tuple[int, ...]:
    return tuple(each.seq for each in recorded)
