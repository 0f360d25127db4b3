"""All files of the folder into one `Config`, or every fault of every file at once.

Refuses half a configuration: with one fault anywhere there is no `Config`, and whoever asked stays with the last good one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from bot.configuration import crosscheck
from bot.configuration.alerts_file import read_alerts
from bot.configuration.bot_file import read_bot
from bot.configuration.document import Document
from bot.configuration.drills_file import read_drill, shipped
from bot.configuration.escalation_file import read_policies
from bot.configuration.folder import (
    DRILLS,
    MAINTENANCE,
    MONITORING,
    POSTMORTEM,
    REQUIRED,
    RUNBOOKS,
    Folder,
    read_folder,
    read_text,
)
from bot.configuration.maintenance_file import read_maintenance
from bot.configuration.model import Config
from bot.configuration.monitoring_file import read_monitoring
from bot.configuration.postmortem_file import faults_of
from bot.configuration.reader import read
from bot.configuration.schedule_file import read_schedule
from bot.drills.scenario import Scenario
from bot.errors import ConfigError, Fault
from bot.reports.plan import Plan
from bot.retro.postmortem import DEFAULT
from bot.runbooks.model import Runbook
from bot.runbooks.reading import parse_runbook
from bot.watch.conditions import derived
from oncall.policy import TRANSPORTS
from oncall.rota import Schedule

BOT, SCHEDULE, ESCALATION, ALERTS = REQUIRED


def load(folder: Path) -> Config:
    """Read the folder. Raises `ConfigError` with every fault of every file."""
    found = read_folder(folder)
    if found.faults:
        return _assembled(found)
    return _read_before(tuple(found.files.items()), tuple(found.notices), tuple(found.strays))


def load_texts(files: Mapping[str, str]) -> Config:
    """The same from texts by name, such as the `files` of an earlier `Config`. Raises `ConfigError`."""
    return _assembled(Folder(dict(files)))


@lru_cache(maxsize=2)
def _read_before(files: tuple[tuple[str, str], ...], notices: tuple[str, ...], strays: tuple[str, ...]) -> Config:
    """The same texts are the same `Config`: a sandbox reads them twice at its start, a touched file changes nothing."""
    return _assembled(Folder(files=dict(files), notices=list(notices), strays=list(strays)))


def load_schedule(file: Path) -> Schedule:
    """One rota by itself, whoever the people on it are. Raises `ConfigError`."""
    found = read_text(file, file.name)
    if isinstance(found, Fault):
        raise ConfigError([found])
    document = read(file.name, found)
    schedule = read_schedule(document) if document.data is not None else None
    if schedule is None or document.faults:
        raise ConfigError(document.faults)
    return schedule


def _assembled(folder: Folder) -> Config:
    documents = {name: read(name, text) for name, text in folder.files.items() if name != POSTMORTEM}
    good = {name: document for name, document in documents.items() if document.data is not None}
    bot = read_bot(good[BOT]) if BOT in good else None
    schedule = read_schedule(good[SCHEDULE]) if SCHEDULE in good else None
    transports = (*TRANSPORTS, *bot.transports) if bot else None
    policies = read_policies(good[ESCALATION], transports) if ESCALATION in good else None
    alerts = read_alerts(good[ALERTS]) if ALERTS in good else None
    zone = schedule.timezone if schedule else "UTC"
    plan, windows = read_maintenance(good[MAINTENANCE], zone) if MAINTENANCE in good else (Plan(), ())
    monitoring = read_monitoring(good[MONITORING]) if MONITORING in good else None
    found = {name: _runbook(document) for name, document in sorted(good.items()) if name.startswith(RUNBOOKS)}
    runbooks = _by_id(found, documents, "runbook")
    drills = {name: read_drill(document) for name, document in sorted(good.items()) if name.startswith(DRILLS)}
    own = _by_id(drills, documents, "scenario")
    if bot and schedule:
        crosscheck.rota_of_strangers(documents[SCHEDULE], bot)
    if bot and policies:
        crosscheck.ladder_of_strangers(documents[ESCALATION], policies, bot)
    if alerts and None not in found.values() and not _unread(documents, RUNBOOKS):
        crosscheck.rules_without_runbook(documents[ALERTS], alerts, runbooks)
    if MAINTENANCE in good and None not in found.values() and not _unread(documents, RUNBOOKS):
        crosscheck.reports_without_runbook(documents[MAINTENANCE], plan, runbooks)
    if alerts and windows:
        crosscheck.windows_too_wide(documents[MAINTENANCE], windows, alerts)
    if alerts and (monitoring or MONITORING not in folder.files):
        crosscheck.rules_beyond_the_bot(documents[ALERTS], alerts, monitoring)
    for name, runbook in found.items():
        if runbook and alerts:
            crosscheck.runbook_of_strangers(documents[name], runbook, alerts)
        if runbook and bot:
            crosscheck.runbook_of_nobody(documents[name], runbook, bot)
        if runbook and monitoring:
            crosscheck.runbook_of_unmeasured(documents[name], runbook, monitoring)
    for name, scenario in drills.items():
        if scenario and alerts:
            crosscheck.drill_of_strangers(documents[name], scenario, alerts)
    template = folder.files.get(POSTMORTEM, DEFAULT)
    faults = [
        *folder.faults,
        *faults_of(template),
        *(fault for document in documents.values() for fault in document.faults),
    ]
    faults += [_missing(folder, name) for name in REQUIRED if folder.there and not folder.knows(name)]
    if faults or not (bot and schedule and policies and alerts):
        raise ConfigError(list(dict.fromkeys(faults)))
    return Config(
        bot=bot,
        schedule=schedule,
        policies=policies,
        rules=alerts.rules,
        patterns=alerts.patterns,
        senders=alerts.senders,
        heartbeats=alerts.heartbeats,
        runbooks=runbooks,
        monitoring=monitoring,
        reports=plan,
        windows=windows,
        postmortem=template,
        drills={**shipped(), **own},  # one of a team's own takes the place of a shipped one of the same id
        inhibit_rules=alerts.inhibit_rules,
        derived=derived(alerts.rules, monitoring),
        notices=(*folder.notices, *(f"{SCHEDULE} leaves out {line}, the default" for line in schedule.defaults)),
        digest=_digest(folder.files),
        files=folder.files,
    )


def _runbook(document: Document) -> Runbook | None:
    return parse_runbook(document.data, document.fault)


N = TypeVar("N", Runbook, Scenario)


def _by_id(found: Mapping[str, N | None], documents: Mapping[str, Document], what: str) -> dict[str, N]:
    known: dict[str, N] = {}
    for name, each in found.items():
        if each and each.id in known:
            documents[name].fault(("id",), f"another file has the {what} “{each.id}” already; give this one its own")
        elif each:
            known[each.id] = each
    return known


def _unread(documents: Mapping[str, Document], prefix: str) -> bool:
    return any(document.data is None for name, document in documents.items() if name.startswith(prefix))


def _missing(folder: Folder, name: str) -> Fault:
    return Fault(name, 0, 0, f"the file is missing{folder.instead_of(name)}")


def _digest(files: Mapping[str, str]) -> str:
    parts: Iterable[str] = (f"{name}\0{files[name]}\0" for name in sorted(files))
    return hashlib.sha256("".join(parts).encode()).hexdigest()
