"""A timeline for a postmortem or an issue."""

from __future__ import annotations

from collections.abc import Iterator

from bot.formatting import md_escape
from bot.timeline.document import TimelineDoc, heading
from bot.timeline.figures import call_lines, readings
from bot.timeline.words import aside, clock, doc_stamp, told, word_of


def as_md(doc: TimelineDoc) -> str:
    """For a postmortem or an issue."""
    incident = doc.incident
    out = [f"# {md_escape(heading(incident))}", "", f"Service: {md_escape(incident.service)}", ""]
    out += ["| | |", "|---|---|"]
    out += [f"| {row.label} | {md_escape(row.shown(doc_stamp(doc)))} |" for row in doc.header]
    out += ["", "## Timeline", "", f"Times are {doc.zone_name}.", "", *md_entries(doc)]
    if calls := call_lines(doc):
        out += ["", "## Calls", "", *(f"- {md_escape(call.who)}: {md_escape(call.became)}" for call in calls)]
    if found := readings(doc):
        out += ["", "## Before and after", "", "| | When it opened | When it was over |", "|---|---|---|"]
        out += [f"| {md_escape(r.label)} | {md_escape(r.before)} | {md_escape(r.after)} |" for r in found]
    return "\n".join(out) + "\n"


def md_entries(doc: TimelineDoc) -> Iterator[str]:
    """An item of a list for each entry."""
    for entry in doc.entries:
        said, parts = told(entry), aside(doc, entry)
        line = f"- **{clock(doc, entry.at)}** {word_of(entry.event)}{': ' if said else ''}{md_escape(said)}"
        yield line + (f" ({md_escape(', '.join(parts))})" if parts else "")
