"""`postmortem.md`: the template of a postmortem, in Markdown. Every place in it must be one that the log can fill."""

from __future__ import annotations

from collections.abc import Iterator

from bot.configuration.folder import POSTMORTEM
from bot.errors import Fault
from bot.retro.postmortem import LONGEST, PLACE, PLACES
from oncall.words import did_you_mean


def faults_of(template: str) -> Iterator[Fault]:
    """The faults of a template: a place that nothing fills would stand in every postmortem as it is."""
    if len(template) > LONGEST:
        yield Fault(POSTMORTEM, 0, 0, f"is longer than {LONGEST:,} characters")
    for found in PLACE.finditer(template):
        if found[1] not in PLACES:
            before = template[: found.start()]
            line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
            known = did_you_mean(found[1], PLACES) or f" (known: {', '.join(PLACES)})"
            yield Fault(POSTMORTEM, line, column, f"there is no {{{{{found[1]}}}}}{known}")
