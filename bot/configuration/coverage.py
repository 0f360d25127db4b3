"""Says in the lines of `check` who is covered: the rota for a year ahead, every ladder, what missing transports leave out.

Pure. What is proved of a ladder is the business of `proof`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from itertools import islice

from bot.configuration.findings import Finding
from bot.configuration.model import Config
from bot.configuration.proof import HORIZON, Situation, climbed, holes, response, told
from bot.configuration.reach import named_on
from oncall.calendar import local
from oncall.overlaps import Overlap, overlaps
from oncall.policy import TRANSPORTS, Ladder, Level, transport_name
from oncall.reach import known_order
from oncall.rota import Gap
from oncall.schedule import gaps, handoffs, shifts
from oncall.targets import listed
from oncall.words import written

_SHOWN = 5
"""How many items of a long list are shown."""

_WITHOUT = {
    "slack": "no card, no buttons, no commands, no direct messages",
    "pagerduty": "nothing that rings a phone",
    "email": "no mail to the team or to anybody",
}


def coverage(config: Config, now: Situation) -> list[Finding]:
    """Everything that can be said without asking a service."""
    return [
        *_rota(config, now),
        *(finding for ladder in config.policies.ladders.values() for finding in _ladder(config, now, ladder)),
        *_transports(config, now),
        *_rules(config),
        *_people(config, now),
        *_team(config, now),
    ]


def _rota(config: Config, now: Situation) -> Iterator[Finding]:
    schedule = config.schedule
    until = now.at + HORIZON
    holes = gaps(schedule, now.at, until, now.overrides)
    if holes:
        lines = [_hole(config, gap) for gap in holes]
        text = (
            f"{len(holes)} gaps in the next 365 days: fill the weeks or add overrides" if len(holes) > 1 else lines[0]
        )
        yield Finding("fault", "rota", text, some(lines) if len(holes) > 1 else ())
    else:
        following = local(next(iter(islice(handoffs(schedule, now.at), 1))), schedule.timezone)
        yield Finding("good", "rota", f"primary and secondary filled for 365 days; next handoff {following}")
    if shared := overlaps(schedule, now.at, until):
        text = "several fill one role at times; the later in the file is called"
        yield Finding("note", "rota", text, some([_shared(config, each) for each in shared]))
    if schedule.defaults:
        yield Finding("note", "rota", f"defaults in force: {', '.join(schedule.defaults)}")
    never = sorted(set(config.bot.people) - {shift.person for shift in shifts(schedule, now.at, until, now.overrides)})
    if never:
        yield Finding("note", "rota", f"never on call within the year: {', '.join(never)}")


def _hole(config: Config, gap: Gap) -> str:
    since, until = (local(end, config.schedule.timezone) for end in (gap.since, gap.until))
    return f"nobody is {gap.role} from {since} to {until}"


def _shared(config: Config, shared: Overlap) -> str:
    since, until = (local(end, config.schedule.timezone) for end in (shared.since, shared.until))
    hours = f"{shared.lasting / timedelta(hours=1):,.0f} h of the year"
    return f"{shared.role}: {shared.over} instead of {shared.under} for {hours}, first from {since} to {until}"


def _ladder(config: Config, now: Situation, ladder: Ladder) -> Iterator[Finding]:
    """Whether somebody is called in time, whenever within the year an incident begins."""
    severity = ladder.severity
    if not now.transports:
        yield Finding("note", severity, f"{_climbed(ladder)}; nobody is reached while no transport is set up")
        return
    found = {hole.verdict.kind: told(config, hole, now) for hole in holes(config, now, severity)}
    alone = found.pop("one way", None)
    if found:
        first, *more = found.values()
        yield Finding("fault", severity, first, tuple(more))
    else:
        within = written(response(config, severity))
        proved = "" if alone else f"somebody is reached in two ways within {within} at any time of 365 days: "
        yield Finding("good", severity, f"{proved}{_climbed(ladder)}; ends with {_last(config, now, ladder)}")
    if alone:
        yield Finding("note", severity, alone)


def _last(config: Config, now: Situation, ladder: Ladder) -> str:
    """Whom the ladder calls last, by which transports, and when."""
    last = [row for row in climbed(config, now, ladder) if row.person is not None and row.via][-1]
    return f"{last.person} by {_listed(last.via)} after {written(last.after)}"


def _climbed(ladder: Ladder) -> str:
    """`primary, 5m secondary, 10m everyone; 3 rounds, then last_resort`."""
    levels = ", ".join(f"{_when(level)}{' + '.join(level.notify)}" for level in ladder.levels)
    rounds = f"; {ladder.rounds} rounds" if ladder.rounds > 1 else ""
    return f"{levels}{rounds}{', then last resort' if ladder.last_resort else ''}"


def _when(level: Level) -> str:
    if level.response_share is not None:
        return f"{level.response_share:.0%} "
    return f"{written(level.after)} " if level.after else ""


def _transports(config: Config, now: Situation) -> Iterator[Finding]:
    on = [name for name in TRANSPORTS if name in now.transports]
    off = [name for name in TRANSPORTS if name not in now.transports]
    if on:
        yield Finding("good", "transports", f"{_listed(on)} set up")
    else:
        text = "none is set up, so nobody would be paged; set SLACK_BOT_TOKEN, PAGERDUTY_ROUTING_KEY or SMTP_URL"
        yield Finding("fault", "transports", text)
    yield from _named(config, now)
    yield from _untried(config, now)
    for name in off if on else ():
        used = _where(config, lambda level, name=name: name in level.via)  # type: ignore[misc]
        without = f"{_WITHOUT[name]}; left out of {used}" if used else _WITHOUT[name]
        yield Finding("note", "transports", f"{transport_name(name)} is off: {without}")


def _named(config: Config, now: Situation) -> Iterator[Finding]:
    """The transports of bot.yml, and whom each of them reaches."""
    people = config.bot.people
    for name in config.bot.transports:
        reached = [p.name for p in people.values() if name in named_on(config.bot, p, now.addresses)]
        wanted = [p.name for p in people.values() if name in p.addresses and p.name not in reached]
        if reached:
            yield Finding("good", "transports", f"{transport_name(name)} reaches {', '.join(reached)}")
        if wanted or not reached:
            whom = ", ".join(wanted) or "anybody"
            yield Finding(
                "note", "transports", f"{transport_name(name)} does not reach {whom}: its variables are unset"
            )


def _untried(config: Config, now: Situation) -> Iterator[Finding]:
    """Transports that have an address but have never delivered a page."""
    if now.delivered is None:
        return
    named = named_on(config.bot, None, now.addresses).union(
        *(named_on(config.bot, person, now.addresses) for person in config.bot.people.values())
    )
    untried = [name for name in known_order({*now.transports, *named}) if name not in now.delivered]
    if untried:
        has, kept = "has" if len(untried) == 1 else "have", config.bot.retention
        span = kept.get("paged", kept.get("events"))
        never = (
            f"{has} never delivered a page" if span is None else f"{has} no page to show of the last {written(span)}"
        )
        text = f"{listed(untried)} {never}; `/oncall page` tries every way of somebody"
        yield Finding("note", "transports", text)


def _where(config: Config, matches: Callable[[Level], bool]) -> str:
    """`P0 levels 1, 2; P1 level 3`, for the levels that match."""
    found = []
    for severity, ladder in config.policies.ladders.items():
        numbers = [str(number) for number, level in enumerate(ladder.levels, start=1) if matches(level)]
        places = [f"level{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"] if numbers else []
        if ladder.last_resort and matches(ladder.last_resort):
            places.append("last resort")
        if places:
            found.append(f"{severity} {' and '.join(places)}")
    return "; ".join(found)


def _rules(config: Config) -> Iterator[Finding]:
    without = [rule.name for rule in config.rules if rule.runbook is None]
    with_one = len(config.rules) - len(without)
    yield Finding("good", "rules", f"{with_one} of {len(config.rules)} rules have a runbook, each of them is there")
    if without:
        yield Finding("note", "rules", f"no runbook: {', '.join(without)}")
    used = {rule.runbook for rule in config.rules}
    spare = sorted(set(config.runbooks) - used)
    if spare:
        yield Finding("note", "runbooks", f"offered by no rule, started by hand only: {', '.join(spare)}")


def _people(config: Config, now: Situation) -> Iterator[Finding]:
    people = config.bot.people
    if "pagerduty" not in now.transports:
        own = [email for email, person in people.items() if person.pagerduty_routing_key]
        if own:
            yield Finding("note", "people", f"PAGERDUTY_ROUTING_KEY is unset, so these own keys rest: {', '.join(own)}")
    if now.transports and not _by_themselves(now.transports):
        text = "only PagerDuty is set up: who it calls is decided there, not by the rota or the ladder here"
        yield Finding("note", "people", text)
    elif now.transports:
        yield Finding("good", "people", f"each of {len(people)} has an address for {_listed(now.transports)}")


def _team(config: Config, now: Situation) -> Iterator[Finding]:
    """Whose phone a page of the team rings: only a mention rings one."""
    used = _where(config, lambda level: "team" in level.notify and "slack" in level.via)
    if not used or "slack" not in now.transports:
        return
    mentioned = {
        "group": f"the user group {config.bot.user_group}",
        "people": f"each of {len(config.bot.people)} people who has a Slack account, else @here",
        "here": "@here: whoever is active in the channel, and nobody else",
    }[config.bot.mention_team]
    yield Finding("good", "team", f"a page of the team ({used}) mentions {mentioned}")


def _by_themselves(transports: Collection[str]) -> bool:
    """Whether any transport reaches people one by one."""
    return bool({"slack", "email"} & set(transports))


def _listed(transports: Collection[str]) -> str:
    return ", ".join(transport_name(name) for name in TRANSPORTS if name in transports)


def some(lines: Sequence[str]) -> tuple[str, ...]:
    """The first few of many lines, and how many more there are."""
    more = len(lines) - _SHOWN
    return (*lines[:_SHOWN], *([f"and {more} more"] if more > 0 else []))
