"""The whole import, without touching the disk: the texts of an export and of our folder in, the folder as it would be out.

The new folder is read like any other (`load_texts`): what the loader would refuse is refused here, before anything is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath

from bot.configuration import Config, load_texts
from bot.configuration.reader import read
from bot.importing import grafana_oncall, opsgenie, pagerduty
from bot.importing.ladder import Ladder, ladder_of
from bot.importing.lines import Line, given_roles
from bot.importing.model import Export, Policy, Somebody
from bot.importing.node import BadExport, Flaw, Node
from bot.importing.proof import Proof, proofs
from bot.importing.rotations import Override, Rotation, overrides_of, rotations_of
from bot.importing.texts import ladder_text, people_text, rota_text
from oncall.rota import ROLES
from oncall.values import dataclass

TOOLS: dict[str, Callable[[Sequence[Node]], Export]] = {
    "pagerduty": pagerduty.read,
    "opsgenie": opsgenie.read,
    "grafana-oncall": grafana_oncall.read,
}
ROTA, LADDERS, BOT = "oncall_schedule.yml", "escalation.yml", "bot.yml"
NEEDED = (LADDERS, BOT)
"""The files that a conversion changes and therefore has to find."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person chose where an export leaves it open."""

    primary: str | None = None
    secondary: str | None = None
    policies: tuple[tuple[str, str], ...] = ()
    """(severity, name of a policy)."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """The result, as it can be reviewed before anything is written."""

    export: Export
    lines: tuple[Line, ...]
    rotations: tuple[Rotation, ...]
    overrides: tuple[Override, ...]
    ladders: Mapping[str, Ladder]
    new_people: tuple[Somebody, ...]
    other_people: tuple[str, ...]
    """Those of `bot.yml` whom the export does not name: they stay."""
    files: Mapping[str, str]
    """The texts that are new, by name."""
    config: Config
    proofs: tuple[Proof, ...]


def parsed(files: Mapping[str, str]) -> list[Node]:
    """The answers in these texts: one for each file, or several in a list. Raises `BadExport`."""
    found: list[Node] = []
    flaws: list[Flaw] = []
    for name, text in files.items():
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            flaws.append(Flaw(name, "$", f"this is no JSON: {error}"))
            continue
        answers = (
            [Node(item, name, f"$[{at}]") for at, item in enumerate(value)]
            if isinstance(value, list)
            else [Node(value, name)]
        )
        found += answers
    if flaws:
        raise BadExport(flaws)
    return found


def converted(
    tool: str, files: Mapping[str, str], folder: Mapping[str, str], choice: Choice, now: datetime
) -> Conversion:
    """The conversion. Raises `BadExport` for the export, `LookupError` for a choice, `ConfigError` for what would come of it."""
    export = TOOLS[tool](parsed(files))
    if not export.plans:
        raise _bad(files, "there is no schedule in it; without one there is nothing to move")
    chosen = _policies(export, choice)
    lines = given_roles(export, chosen.get("P0"), (choice.primary, choice.secondary))
    for role in ROLES:
        if role not in {line.role for line in lines}:
            export.leave(role, "no schedule of the export fills it")
    relevant = min([now, *(line.plan.rendered.since for line in lines if line.plan.rendered)])
    rotations, overrides = rotations_of(lines, export, relevant), overrides_of(lines, relevant)
    if not rotations:
        why = "; ".join(map(str, dict.fromkeys(export.left)))
        raise _bad(files, f"nobody’s turns can be carried over ({why})")
    ladders = {severity: found for severity, policy in chosen.items() if (found := ladder_of(policy, lines, export))}
    people = _people(export, rotations, overrides, ladders)
    rota = rota_text(_heading(export, files, now), lines[0].plan.timezone, rotations, overrides)
    texts = _texts(folder, rota, ladders, people)
    config = load_texts(texts)
    there, named = _emails_of(folder), {each.email.lower() for each in people}
    return Conversion(
        export=export,
        lines=tuple(lines),
        rotations=tuple(rotations),
        overrides=tuple(overrides),
        ladders=ladders,
        new_people=tuple(each for each in people if each.email.lower() not in there),
        other_people=tuple(email for email in there.values() if email.lower() not in named),
        files={name: text for name, text in texts.items() if text != folder.get(name)},
        config=config,
        proofs=tuple(proofs(export.plans, lines, config.schedule)),
    )


def _bad(files: Mapping[str, str], why: str) -> BadExport:
    return BadExport([Flaw(", ".join(files), "$", why)])


def _texts(
    folder: Mapping[str, str], rota: str, ladders: Mapping[str, Ladder], people: Sequence[Somebody]
) -> dict[str, str]:
    """The whole folder as it would be: a new rota, and the ladders and people put into the files that are there."""
    texts = {**folder, ROTA: rota}
    for severity, ladder in ladders.items():
        texts[LADDERS] = ladder_text(texts[LADDERS], severity, ladder)
    texts[BOT] = people_text(texts[BOT], people)
    return texts


def _policies(export: Export, choice: Choice) -> dict[str, Policy]:
    """The policy of each severity that gets one: what was chosen, else P0 the first one that calls a schedule."""
    found = {severity: _named(export, name) for severity, name in choice.policies}
    if not found and export.policies:
        calls = [
            policy
            for policy in export.policies
            if any(aim.kind == "plan" for rung in policy.rungs for aim in rung.aims)
        ]
        found["P0"] = (calls or export.policies)[0]
    for policy in export.policies:
        if policy not in found.values():
            export.leave(f"policy “{policy.name}”", "it has no severity here; --policy P1=NAME gives it one")
    return found


def _named(export: Export, name: str) -> Policy:
    for policy in export.policies:
        if name.lower() in (policy.id.lower(), policy.name.lower()):
            return policy
    known = ", ".join(f"“{policy.name}”" for policy in export.policies) or "none at all"
    raise LookupError(f"there is no policy “{name}” in the export (there are: {known})")


def _people(
    export: Export, rotations: Sequence[Rotation], overrides: Sequence[Override], ladders: Mapping[str, Ladder]
) -> list[Somebody]:
    """Everybody whom the new files name, in the order in which they do."""
    named = [person for each in rotations for person in each.people]
    named += [each.stretch.person for each in overrides]
    named += [word for ladder in ladders.values() for level in ladder.levels for word in level.notify if "@" in word]
    by_email = export.by_email()
    found = [by_email[email] for email in dict.fromkeys(named) if email in by_email]
    spare = len(export.people) - len(found)
    if spare:
        export.leave(
            f"{spare} {'person' if spare == 1 else 'people'}", "on no schedule and no policy that is carried over"
        )
    phones = sum(each.phones for each in found)
    if phones:
        what = "1 phone number" if phones == 1 else f"{phones} phone numbers"
        export.leave(what, "how a phone is reached is set up by hand, with the number in the environment")
    return found


def _emails_of(folder: Mapping[str, str]) -> dict[str, str]:
    """As they are written, by how they compare."""
    people = (read(BOT, folder[BOT]).data or {}).get("people")
    return {email.lower(): email for email in people} if isinstance(people, dict) else {}


def _heading(export: Export, files: Mapping[str, str], now: datetime) -> list[str]:
    names = ", ".join(PurePath(name).name for name in files)
    return [
        f"Who is on call. Moved from {export.tool} on {now:%Y-%m-%d} by `incident-bot import`, out of {names}.",
        "`incident-bot oncall explain` shows the reasoning.",
    ]
