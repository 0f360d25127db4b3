"""Turns all files of the folder into one `Config`, or reports every fault of every file at once.

There is no half configuration: with a single fault there is no `Config`, and the bot stays with the last good one.
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
from bot.configuration.model import Alerts, BotConfig, Config, Policies
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
from bot.silences import Window
from bot.watch.conditions import derived
from bot.watch.model import Monitoring
from oncall.policy import TRANSPORTS
from oncall.rota import Schedule
from oncall.values import dataclass

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
    """The same texts give the same `Config`: a sandbox reads them twice at its start, and a touched file changes nothing."""
    return _assembled(Folder(files=dict(files), notices=list(notices), strays=list(strays)))


def load_schedule(file: Path) -> Schedule:
    """One rota file by itself, without checking that its people exist. Raises `ConfigError`."""
    found = read_text(file, file.name)
    if isinstance(found, Fault):
        raise ConfigError([found])
    document = read(file.name, found)
    schedule = read_schedule(document) if document.data is not None else None
    if schedule is None or document.faults:
        raise ConfigError(document.faults)
    return schedule


@dataclass(frozen=True, slots=True)
class _Files:
    """What each file says by itself; `None` if it is missing or has a fault, which its document keeps."""

    documents: Mapping[str, Document]
    bot: BotConfig | None
    schedule: Schedule | None
    policies: Policies | None
    alerts: Alerts | None
    plan: Plan
    windows: tuple[Window, ...]
    monitoring: Monitoring | None
    runbooks: Mapping[str, Runbook | None]
    """By the names of their files."""
    drills: Mapping[str, Scenario | None]

    def good(self, name: str) -> bool:
        """Whether the file is there and is YAML."""
        return name in self.documents and self.documents[name].data is not None

    @property
    def all_runbooks_known(self) -> bool:
        runbooks = (document for name, document in self.documents.items() if name.startswith(RUNBOOKS))
        return None not in self.runbooks.values() and all(document.data is not None for document in runbooks)


def _assembled(folder: Folder) -> Config:
    files = _read_each(folder)
    runbooks = _by_id(files.runbooks, files.documents, "runbook")
    drills = _by_id(files.drills, files.documents, "scenario")
    _cross_check(files, runbooks, monitored=MONITORING in folder.files)
    faults = _faults(folder, files)
    bot, schedule, policies, alerts = files.bot, files.schedule, files.policies, files.alerts
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
        monitoring=files.monitoring,
        reports=files.plan,
        windows=files.windows,
        postmortem=folder.files.get(POSTMORTEM, DEFAULT),
        drills={**shipped(), **drills},  # the team's own scenario replaces a shipped one with the same id
        inhibit_rules=alerts.inhibit_rules,
        derived=derived(alerts.rules, files.monitoring),
        notices=(*folder.notices, *(f"{SCHEDULE} leaves out {line}, the default" for line in schedule.defaults)),
        digest=_digest(folder.files),
        files=folder.files,
    )


def _read_each(folder: Folder) -> _Files:
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
    runbooks = {name: _runbook(document) for name, document in sorted(good.items()) if name.startswith(RUNBOOKS)}
    drills = {name: read_drill(document) for name, document in sorted(good.items()) if name.startswith(DRILLS)}
    return _Files(documents, bot, schedule, policies, alerts, plan, windows, monitoring, runbooks, drills)


def _cross_check(files: _Files, runbooks: Mapping[str, Runbook], *, monitored: bool) -> None:
    """What is wrong only when two files are looked at together; each fault goes to the document that has to be mended."""
    documents, bot, alerts = files.documents, files.bot, files.alerts
    if bot and files.schedule:
        crosscheck.unknown_people_on_rota(documents[SCHEDULE], bot)
    if bot and files.policies:
        crosscheck.unknown_people_in_ladders(documents[ESCALATION], files.policies, bot)
    if alerts and files.all_runbooks_known:
        crosscheck.rules_without_runbook(documents[ALERTS], alerts, runbooks)
    if files.good(MAINTENANCE) and files.all_runbooks_known:
        crosscheck.reports_without_runbook(documents[MAINTENANCE], files.plan, runbooks)
    if alerts and files.windows:
        crosscheck.windows_too_wide(documents[MAINTENANCE], files.windows, alerts)
    if alerts and (files.monitoring or not monitored):
        crosscheck.rules_beyond_the_bot(documents[ALERTS], alerts, files.monitoring)
    for name, runbook in files.runbooks.items():
        if runbook and alerts:
            crosscheck.unknown_triggers_of_runbook(documents[name], runbook, alerts)
        if runbook and bot:
            crosscheck.unknown_people_in_runbook(documents[name], runbook, bot)
        if runbook and files.monitoring:
            crosscheck.unknown_samples_in_runbook(documents[name], runbook, files.monitoring)
    for name, scenario in files.drills.items():
        if scenario and alerts:
            crosscheck.unknown_rule_of_drill(documents[name], scenario, alerts)


def _faults(folder: Folder, files: _Files) -> list[Fault]:
    return [
        *folder.faults,
        *faults_of(folder.files.get(POSTMORTEM, DEFAULT)),
        *(fault for document in files.documents.values() for fault in document.faults),
        *(_missing(folder, name) for name in REQUIRED if folder.there and not folder.knows(name)),
    ]


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


def _missing(folder: Folder, name: str) -> Fault:
    return Fault(name, 0, 0, f"the file is missing{folder.instead_of(name)}")


def _digest(files: Mapping[str, str]) -> str:
    parts: Iterable[str] = (f"{name}\0{files[name]}\0" for name in sorted(files))
    return hashlib.sha256("".join(parts).encode()).hexdigest()
