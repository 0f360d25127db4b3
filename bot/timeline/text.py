"""A timeline for a terminal: aligned columns, in the team's zone."""

from __future__ import annotations

from bot.formatting import one_line
from bot.timeline.document import TimelineDoc, heading
from bot.timeline.entries import Entry
from bot.timeline.figures import call_lines, readings
from bot.timeline.words import KIND_WORDS, aside, clock, doc_stamp, told, word_of


def as_text(doc: TimelineDoc) -> str:
    """For a terminal: aligned columns, in the team's zone."""
    labels = max(len(row.label) for row in doc.header)
    out = [heading(doc.incident), one_line(doc.incident.service), ""]
    out += [f"{row.label:<{labels}}  {one_line(row.shown(doc_stamp(doc)))}" for row in doc.header]
    out += ["", f"Times are {doc.zone_name}."]
    width = max(map(len, KIND_WORDS.values()))
    for entry in doc.entries:
        line = f"{clock(doc, entry.at)}  {word_of(entry.event):<{width}}  {told(entry)}"
        out.append(line + _aside(doc, entry))
    if calls := call_lines(doc):
        out += ["", "Calls:", *(one_line(f"{call.who}: {call.became}") for call in calls)]
    if found := readings(doc):
        out += ["", "Before and after:", *(one_line(f"{r.label}: {r.before} → {r.after}") for r in found)]
    return "\n".join(out) + "\n"


def _aside(doc: TimelineDoc, entry: Entry) -> str:
    """Behind an entry's text: who, until when, and that it was corrected."""
    parts = aside(doc, entry)
    return f"  ({', '.join(parts)})" if parts else ""
