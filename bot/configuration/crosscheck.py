"""Finds what is wrong only when two files are looked at together, such as a rule without its runbook or unknown people on the rota.

It skips what could not be read: anything said about that would be a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.configuration.document import Document, Path
from bot.configuration.model import Alerts, BotConfig, Policies
from bot.configuration.schedule_file import people_named
from bot.drills.scenario import Scenario
from bot.errors import UserError
from bot.reports.plan import Plan
from bot.runbooks.model import Runbook
from bot.runbooks.parts.checks import metrics_in
from bot.runbooks.steps.page import Call
from bot.silences import Window, refusal
from bot.watch.model import Monitoring
from bot.watch.rules import answerable
from oncall.words import did_you_mean


def unknown_people_on_rota(document: Document, bot: BotConfig) -> None:
    """Everybody on the rota must be in `people`: nobody else can be reached."""
    for path, email in people_named(document):
        _known_person(document, path, email, bot)


def unknown_people_in_ladders(document: Document, policies: Policies, bot: BotConfig) -> None:
    """Every email in a ladder must be in `people`."""
    for severity, ladder in policies.ladders.items():
        for number, level in enumerate(ladder.levels):
            _known_words(document, (severity, "levels", number, "notify"), level.notify, bot)
        if ladder.last_resort:
            _known_words(document, (severity, "last_resort", "notify"), ladder.last_resort.notify, bot)


def rules_without_runbook(document: Document, alerts: Alerts, runbooks: Mapping[str, Runbook]) -> None:
    """Every runbook that a rule names must exist."""
    for index, rule in enumerate(alerts.rules):
        if rule.runbook is not None and rule.runbook not in runbooks:
            guess = did_you_mean(rule.runbook, runbooks) or f" (there are: {', '.join(sorted(runbooks)) or 'none'})"
            document.fault(("rules", index, "runbook_id"), f"there is no runbook “{rule.runbook}” in runbooks/{guess}")


def reports_without_runbook(document: Document, plan: Plan, runbooks: Mapping[str, Runbook]) -> None:
    """The runbook that a review offers must exist."""
    named = plan.experiments.runbook if plan.experiments else ""
    if named and named not in runbooks:
        guess = did_you_mean(named, runbooks) or f" (there are: {', '.join(sorted(runbooks)) or 'none'})"
        document.fault(("jobs", "experiments", "runbook"), f"there is no runbook “{named}” in runbooks/{guess}")


def windows_too_wide(document: Document, windows: Sequence[Window], alerts: Alerts) -> None:
    """No window may silence so much that nothing pages any more."""
    for index, window in enumerate(windows):
        if (why := refusal(window.matchers, window.span, window.reason, alerts.rules)) is not None:
            document.fault(("windows", index), f"{why[:1].lower()}{why[1:].rstrip('.')}")


def unknown_triggers_of_runbook(document: Document, runbook: Runbook, alerts: Alerts) -> None:
    """The alerts that a runbook says it is for must exist."""
    rules = {rule.name for rule in alerts.rules}
    for index, name in enumerate(runbook.triggers):
        if name not in rules:
            document.fault(("triggers", index), f"there is no rule “{name}” in alerts.yml{did_you_mean(name, rules)}")


def unknown_rule_of_drill(document: Document, scenario: Scenario, alerts: Alerts) -> None:
    """The rule whose alert a drill plays must exist."""
    rules = {rule.name for rule in alerts.rules}
    if scenario.rule not in rules:
        guess = did_you_mean(scenario.rule, rules) or f" (there are: {', '.join(sorted(rules))})"
        document.fault(("rule",), f"there is no rule “{scenario.rule}” in alerts.yml{guess}")


def unknown_people_in_runbook(document: Document, runbook: Runbook, bot: BotConfig) -> None:
    """Everybody whom a step calls, or whose approval it wants, must be in `people`."""
    for index, step in enumerate(runbook.steps):
        if isinstance(step.spec, Call) and "@" in step.spec.notify:
            _known_person(document, ("steps", index, "notify"), step.spec.notify, bot)
        if step.approval is not None and "approvers" in runbook.data["steps"][index]["approval"]:
            _known_words(document, ("steps", index, "approval", "approvers"), step.approval.approvers, bot)


def unknown_samples_in_runbook(document: Document, runbook: Runbook, monitoring: Monitoring) -> None:
    """Every figure that a step watches must be measured."""
    for path, name in metrics_in(runbook.data["steps"], ("steps",)):
        if name not in monitoring.samples:
            guess = did_you_mean(name, monitoring.samples) or f" (there are: {', '.join(monitoring.samples)})"
            document.fault(path, f"there is no sample “{name}” in monitoring.yml{guess}")


def rules_beyond_the_bot(document: Document, alerts: Alerts, monitoring: Monitoring | None) -> None:
    """A rule that only the bot evaluates must be one that it can answer. If the file does not say who evaluates it, `check` notes
    that."""
    for index, rule in enumerate(alerts.rules):
        if rule.evaluate == "bot":
            try:
                answerable(rule, monitoring)
            except UserError as reason:
                document.fault(("rules", index, "query"), f"the bot alone is to evaluate it, and cannot: {reason}")


def _known_words(document: Document, path: Path, words: Iterable[str], bot: BotConfig) -> None:
    for index, word in enumerate(words):
        if "@" in word:
            _known_person(document, (*path, index), word, bot)


def _known_person(document: Document, path: Path, email: str | None, bot: BotConfig) -> None:
    if email is not None and email not in bot.people:
        guess = did_you_mean(email, bot.people) or "; add them there, or nobody can reach them"
        document.fault(path, f"{email} is not in `people` of bot.yml{guess}")
