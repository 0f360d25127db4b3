"""`incident-bot monitor`: what is sampled and evaluated, from the database, without a running bot."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import Connection

from bot.cli.look import require_database
from bot.cli.session import Session
from bot.configuration import load
from bot.context import Context
from bot.errors import ConfigError, UserError
from bot.store import Tx
from bot.usecases import monitor as use
from bot.watch import words as said
from bot.watch.outcome import Unknown
from bot.watch.snapshot import Memory, Now, Watched

R = TypeVar("R")


@click.group(invoke_without_command=True)
@click.pass_context
def monitor(context: click.Context) -> None:
    """The figures that are sampled, and the rules that are evaluated; `now` if nothing else is named."""
    if context.invoked_subcommand is None:
        context.invoke(now)


_json = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@monitor.command()
@_json
@click.pass_obj
def now(session: Session, as_json: bool = False) -> None:
    """Each metric: how it went in the last hour, and its limits."""
    found = _looked(session, use.now)
    voice = said.Plain(session.clock.now())
    _shown(as_json, {"metrics": [_metric(each) for each in found]}, said.now_lines(found, session.clock.now(), voice))


@monitor.command()
@_json
@click.pass_obj
def memory(session: Session, as_json: bool) -> None:
    """A day of the memory: peak, average, trend, growth, distribution, and what to do."""
    found = _looked(session, use.memory)
    _shown(as_json, _day(found), said.memory_lines(found, said.Plain(session.clock.now())))


@monitor.command()
@_json
@click.pass_obj
def rules(session: Session, as_json: bool) -> None:
    """Each rule as it stands: fires, is pending, does not hold, or is left to other senders."""
    found = _looked(session, use.rules)
    lines = said.rule_lines(found, said.Plain(session.clock.now()))
    _shown(as_json, {"rules": [_rule(each) for each in found]}, lines)


@monitor.command()
@click.argument("name", metavar="RULE")
@_json
@click.pass_obj
def why(session: Session, name: str, as_json: bool) -> None:
    """Why RULE fires, or does not."""
    found = _looked(session, use.why, name)
    _shown(as_json, _rule(found), said.why_lines(found, said.Plain(session.clock.now())))


def _looked(session: Session, query: Callable[..., R], *args: str) -> R:
    """Ask the database; what cannot be shown ends the call with its reason."""
    require_database(session)
    at = session.clock.now()
    try:
        config = load(Path(session.settings.config_dir))
        ctx = Context(config, frozenset(), {"PROMETHEUS_URL": session.settings.prometheus_url or ""})

        def look(conn: Connection) -> R:
            return query(Tx(conn, at, at), ctx, *args)

        return session.read(look)
    except (ConfigError, UserError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _shown(as_json: bool, document: dict[str, Any], lines: Iterable[str]) -> None:
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)


def _metric(one: Now) -> dict[str, Any]:
    last = one.buckets[-1] if one.buckets else None
    return {
        "metric": one.sample.name,
        "value": last.mean if last and one.gap is None else None,
        "unit": one.sample.unit,
        "at": f"{last.at:%Y-%m-%dT%H:%M:%SZ}" if last else None,
        "concern": one.limit.concern(last.mean) if one.limit and last else None,
        "why": one.gap.why if one.gap else None,
    }


def _day(one: Memory) -> dict[str, Any]:
    seen = one.seen
    return {
        "metric": one.sample.name,
        "unit": one.sample.unit,
        "peak": seen.peak,
        "average": seen.average,
        "trend": seen.trend.direction if seen.trend else None,
        "growth_per_second": seen.trend.per_second if seen.trend else None,
        "distribution": {f"p{share}": value for share, value in seen.quantiles.items()},
        "beyond_percent": dict(seen.beyond),
        "usual": one.usual.value if one.usual else None,
        "recommendations": [{"what": each.what, "why": each.why} for each in one.advice],
    }


def _rule(one: Watched) -> dict[str, Any]:
    states = ("inactive", "pending", "firing")
    return {
        "rule": one.name,
        "state": "elsewhere" if one.foremost is None else states[one.foremost.rank],
        "left": one.left or None,
        "incident": one.incident,
        "conditions": [
            {
                "alert": each.condition.alert,
                "severity": each.condition.severity,
                "asks": each.condition.asks,
                "for_s": each.condition.hold.total_seconds(),
                "state": states[each.rank],
                "value": each.value,
                "unknown": str(each.outcome) if isinstance(each.outcome, Unknown) else None,
            }
            for each in one.asked
        ],
    }
