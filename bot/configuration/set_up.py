"""Checks the environment together with the files: variables that are half set, and what is off without them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bot.configuration.findings import Finding
from bot.configuration.model import BotConfig, Config
from bot.ground.loopback import is_loopback
from bot.runbooks.allowed import NOT_RUN, refusal
from bot.runbooks.log_files import not_named
from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.checks import metrics_in
from bot.runbooks.parts.parameters import example
from bot.runbooks.steps.command import Command
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.logs import Logs
from bot.runbooks.urls import fill_in, host_allowed, host_of
from bot.settings import Settings, in_vain
from bot.watch.conditions import Plan, plan
from bot.watch.template import unknown_in
from oncall.policy import transport_name
from oncall.values import fields

_NEEDS = {"Slack": "SLACK_BOT_TOKEN", "PagerDuty": "PAGERDUTY_ROUTING_KEY", "email": "SMTP_URL and MAIL_FROM"}
"""The variables without which a transport is off."""


def set_up(config: Config, settings: Settings) -> list[Finding]:
    """A half set pair is a fault: somebody meant it to work. What is unset altogether is off, and that is said."""
    return [
        *_halves(settings),
        *_unread(settings),
        *_doors(settings),
        *_phone(settings),
        *_shown(config),
        *_steps(config, settings),
        *_metrics(config, settings),
        *_evaluated(config, settings),
        *_here(config.bot),
        *_wanted_here(config),
        *_reports(config),
    ]


def missing(settings: Settings) -> list[str]:
    """What a running bot lacks, in lines for the person who starts it: a bot that runs must not look like one that pages."""
    on = {transport_name(name) for name in settings.transports()}
    off = [f"{name} ({variables})" for name, variables in _NEEDS.items() if name not in on]
    said = [f"not set up: {', '.join(off)}; `incident-bot check` says what that leaves uncovered"] if off else []
    said += [finding.text for finding in (*_halves(settings), *_unread(settings))]
    return said if on else [*said, "nobody can be paged: no transport is set up"]


def _halves(settings: Settings) -> Iterator[Finding]:
    if settings.slack_bot_token and settings.mode() is None:
        text = "SLACK_BOT_TOKEN alone can post, but no button or command arrives"
        yield Finding("fault", "settings", f"{text}; set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")
    if settings.mode() and not settings.slack_bot_token:
        yield Finding("fault", "settings", "Slack can reach the bot, but SLACK_BOT_TOKEN is unset, so it cannot answer")
    if settings.smtp_url and not settings.mail_from:
        yield Finding("fault", "settings", "SMTP_URL is set, MAIL_FROM is not: email stays off; set both")
    if settings.mail_from and not settings.smtp_url:
        yield Finding("fault", "settings", "MAIL_FROM is set, SMTP_URL is not: email stays off; set both")
    if settings.smtp_url and settings.transports() >= {"email"}:
        yield from _mail(settings.smtp_url.reveal())


def _unread(settings: Settings) -> Iterator[Finding]:
    for name in settings.unread:
        yield Finding("note", "settings", in_vain(name))


def _mail(url: str) -> Iterator[Finding]:
    """How mail leaves this machine; what the server offers only the server can say (`check --live`)."""
    parts = urlsplit(url)
    if parts.scheme == "smtps" or is_loopback(parts.hostname or "localhost"):
        return
    if "starttls=optional" in parts.query:
        text = "SMTP_URL permits mail without TLS: pages and the password may travel readable"
    else:
        text = "mail leaves only by STARTTLS; where the server offers none it is off (`check --live` asks it)"
    yield Finding("note", "settings", text)


def _doors(settings: Settings) -> Iterator[Finding]:
    if not settings.intake_tokens:
        text = "INTAKE_TOKENS is unset: only senders on this machine may post alerts"
        yield Finding("note" if is_loopback(settings.host) else "fault", "settings", text)


def _phone(settings: Settings) -> Iterator[Finding]:
    if settings.pagerduty_routing_key and not settings.pagerduty_webhook_secrets:
        text = "PAGERDUTY_WEBHOOK_SECRETS is unset: who acknowledges in PagerDuty has to do so in Slack, too"
        yield Finding("note", "settings", text)


def _shown(config: Config) -> Iterator[Finding]:
    """What the bot changes in Slack by itself."""
    bot = config.bot
    if bot.oncall_group:
        text = f"the user group {bot.oncall_group} is kept equal to who is on call, whoever it holds now (scope usergroups:write)"
        yield Finding("note", "slack", text)
    if bot.keep_topic:
        yield Finding("note", "slack", "the channel's topic says who is on call, between the bot's own marks")


def _steps(config: Config, settings: Settings) -> Iterator[Finding]:
    if settings.openvine_api_token is None and config.runbooks:
        text = "OPENVINE_API_TOKEN is unset: runbook steps call the admin API without a token"
        yield Finding("note", "settings", text)
    bases, allowed = _bases(settings), _allowed(config, settings)
    for runbook in config.runbooks.values():
        for step in runbook.steps:
            called = (host_of(fill_in(url, bases)) for url in _urls(step))
            for host in dict.fromkeys(each for each in called if not host_allowed(each, allowed)):
                text = f"{runbook.id}, step {step.id}: {host} is not in `hosts` of bot.yml, so it would be refused"
                yield Finding("fault", "runbooks", text)


def _urls(step: Step) -> Iterator[str]:
    """The URLs that a step asks: its own, and the one that gives the present value of what it changes."""
    if isinstance(step.spec, Http):
        yield step.spec.url
        if step.spec.setting is not None and step.spec.setting.url:
            yield step.spec.setting.url


def _metrics(config: Config, settings: Settings) -> Iterator[Finding]:
    if config.monitoring is None:
        yield Finding(
            "note",
            "metrics",
            "without monitoring.yml nothing can be measured: no figure is sampled, no rule is evaluated by the bot",
        )
        if blind := [book.id for book in config.runbooks.values() if any(metrics_in(book.data["steps"]))]:
            text = (
                f"whether a step of {', '.join(blind)} has helped is left to a person: nothing measures what it watches"
            )
            yield Finding("note", "metrics", text)
        return
    samples = config.monitoring.samples.values()
    host = host_of(settings.openvine_api_url)
    if not host_allowed(host, _allowed(config, settings)):
        text = f"{host} is not in `hosts` of bot.yml, so none of {len(samples)} metrics could be read"
        yield Finding("fault", "metrics", text)
    else:
        endpoints = {sample.endpoint for sample in samples}
        text = f"{len(samples)} are sampled once a minute from {len(endpoints)} endpoints of {host}"
        yield Finding("good", "metrics", text)


def _evaluated(config: Config, settings: Settings) -> Iterator[Finding]:
    """Which rules the bot evaluates itself, and which it leaves to others and why."""
    by = host_of(settings.prometheus_url) if settings.prometheus_url else ""
    watching = plan(config.rules, config.monitoring, asks_prometheus=bool(by))
    if watching.conditions:
        where = f", their queries by the Prometheus at {by}" if by else ", by its own samples"
        rules = len({each.alert for each in watching.conditions})
        yield Finding("good", "rules", f"{rules} rules, thresholds and levels are evaluated by the bot{where}")
    if watching.left and config.monitoring is not None:
        lines = tuple(f"{name}: {why}{_all_the_same(watching, name)}" for name, why in watching.left.items())
        yield Finding("note", "rules", "left to other senders, for the bot cannot evaluate them itself", lines)
    if unknown := [f"{rule.name}: {why}" for rule in config.rules if (why := unknown_in(rule.message))]:
        yield Finding("note", "rules", "messages that the bot fills in otherwise than Prometheus", tuple(unknown))
    yield from _levels(config)


def _all_the_same(watching: Plan, rule: str) -> str:
    """Which of the bot's own figures open the incident of a rule whose query it cannot answer, and the gravest severity they
    give."""
    own = [each for each in watching.conditions if each.rule == rule]
    if not own:
        return ""
    gravest = min(own, key=lambda each: (each.severity, each.bound is None))
    return f"; by its own figures its incident is {gravest.severity} at most ({gravest.asks})"


def _levels(config: Config) -> Iterator[Finding]:
    if config.monitoring is None:
        return
    names = {rule.name for rule in config.rules}
    named = [(each.metric, each.rule) for each in config.monitoring.thresholds.values()]
    named += [(each.metric, each.rule) for each in config.monitoring.levels]
    if lines := tuple(f"{metric}: {rule}" for metric, rule in named if rule is not None and rule not in names):
        text = "belong to a rule that alerts.yml does not have: they open incidents of their own"
        yield Finding("note", "metrics", text, lines)
    thresholds = config.monitoring.thresholds  # a metric with a threshold is no count of users
    if not any(level.severity == "P0" and level.metric not in thresholds for level in config.monitoring.levels):
        text = "no figure says how many users a crash affects: that more than 10 % are a P0 is graded by hand"
        yield Finding("note", "metrics", text)


def _here(bot: BotConfig) -> Iterator[Finding]:
    """What steps use of this machine. `check` may run on another one than the bot, so what is missing here is only noted."""
    for name, path in bot.logs.items():
        if not Path(path).is_file():
            yield Finding("note", "logs", f"{name}: there is no file {path} on this machine")
    if bot.commands is None or not bot.commands.allow:
        return
    where = bot.commands.directory
    if Path(where).is_dir():
        count = len(bot.commands.allow)
        yield Finding(
            "good", "commands", f"steps may run {count} {'entry' if count == 1 else 'entries'} of `allow` in {where}"
        )
    else:
        yield Finding("note", "commands", f"there is no folder {where} on this machine, so no command could run")


def _wanted_here(config: Config) -> Iterator[Finding]:
    """Steps that use something that bot.yml does not give them: they would refuse to run, and say so."""
    wanting: dict[str, list[str]] = {}
    for runbook in config.runbooks.values():
        for step in runbook.steps:
            if why := _not_given(step, runbook, config.bot):
                wanting.setdefault(why, []).append(f"{runbook.id}, step {step.id}")
    for why, steps in wanting.items():
        yield Finding("note", "runbooks", f"would not run as things stand: {why}", tuple(steps))


def _reports(config: Config) -> Iterator[Finding]:
    """Which reports are made, and which of their log files are missing."""
    plan = config.reports
    on = [field.name for field in fields(plan) if getattr(plan, field.name) is not None]
    if not on:
        text = "none comes round: maintenance.yml has no `jobs` (daily, weekly, experiments, monthly, logs)"
        yield Finding("note", "reports", text)
        return
    yield Finding("good", "reports", f"{', '.join(on)} come round at their local times in {config.schedule.timezone}")
    for name in sorted({each.file for each in plan.logs.questions} - set(config.bot.logs) if plan.logs else ()):
        yield Finding("note", "reports", f"the log analysis would say so: {not_named(name, config.bot.logs)}")


def _not_given(step: Step, runbook: Runbook, bot: BotConfig) -> str:
    if isinstance(step.spec, Logs) and step.spec.query.file not in bot.logs:
        return not_named(step.spec.query.file, bot.logs)
    if not isinstance(step.spec, Command):
        return ""
    if bot.commands is None or not bot.commands.allow:
        return "commands are switched off; `commands` of bot.yml switches them on"
    argv = example(step.spec.argv, runbook.parameters)
    return "" if bot.commands.allows(argv) else refusal(argv, bot.commands).removeprefix(f"{NOT_RUN} ")


def _bases(settings: Settings) -> dict[str, str]:
    return {
        "OPENVINE_API_URL": settings.openvine_api_url,
        "CDN_TEST_URL": settings.cdn_test_url,
        "CDN_STATUS_URL": settings.cdn_status_url,
    }


def _allowed(config: Config, settings: Settings) -> list[str]:
    bases = _bases(settings)
    return [host_of(bases[entry[2:-1]]) if entry.startswith("$") else entry for entry in config.bot.hosts]
