"""What months of incidents show, read in a handful of statements. Takes a connection: the program needs no running bot for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.configuration import Config
from bot.retro.insights import WEEK, Insights, Rule, Step, Took, Week, counted, finely, weeks_of
from bot.store import insights as stored

WEEKS, MOST = 12, 104
"""How many weeks are looked at unless somebody says so, and at most."""


def insights_of(conn: Connection, config: Config, until: datetime, weeks: int) -> Insights:
    """The weeks that end then, beside as many before."""
    span = WEEK * weeks
    since, zone = until - span, config.schedule.timezone
    zones = {person.email: person.timezone or zone for person in config.bot.people.values()}
    fine = finely([zone, *zones.values()], since - span, until)
    calls = counted(stored.called(conn, since, until, fine), since, zones, zone)
    answered, made = stored.answered(conn, since, until, until), stored.made(conn, since, until)
    last = stored.last_opened(conn)
    rules = [Rule(name, it.incidents, it.by_themselves, calls.by_rule[name]) for name, it in made.items()]
    rules += [Rule(name, 0, 0, pages) for name, pages in calls.by_rule.items() if name not in made]
    return Insights(
        since=since,
        until=until,
        timezone=zone,
        weeks=weeks_of(since, weeks, stored.opened(conn, since, until, WEEK), calls),
        took={key: Took(it.count, it.median, it.p90) for key, it in stored.spreads(conn, since, until).items()},
        met={severity: it.met for severity, it in answered.items()},
        missed={severity: it.missed for severity, it in answered.items()},
        rules=tuple(sorted(rules, key=lambda each: (-each.pages, -each.incidents, each.name or ""))),
        silent={name: last.get(name) for name in _configured(config) if name not in made},
        steps=tuple(Step(*(getattr(it, name) for name in Step.__slots__)) for it in stored.steps(conn, since, until)),
        load=calls.load,
        before=_before(conn, since, span, fine, zones, zone),
    )


def _configured(config: Config) -> list[str]:
    return list(dict.fromkeys(rule.family for rule in (*config.rules, *config.derived)))


def _before(
    conn: Connection, until: datetime, span: timedelta, fine: timedelta, zones: Mapping[str, str], zone: str
) -> Week:
    since = until - span
    opened = stored.opened(conn, since, until, span)
    calls = counted(stored.called(conn, since, until, fine), since, zones, zone)
    by_severity = {severity: count for (_, severity), count in opened.items()}
    return Week(since, by_severity, calls.pages.total(), calls.night_pages.total())
