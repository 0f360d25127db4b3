"""`incident-bot audit verify`: goes along the chain of seals and says where it breaks, from the database, without a running bot."""

from __future__ import annotations

import json
import sys

import click

from bot.cli.look import require_database
from bot.cli.session import Session
from bot.errors import UserError
from bot.seals import Head, head_from
from bot.store import seals
from bot.usecases.sealing import Verdict, verdict


@click.group()
def audit() -> None:
    """The record: whether what happened still reads as it was sealed."""


def _head(ctx: click.Context, param: click.Parameter, text: str | None) -> Head | None:
    try:
        return head_from(text) if text is not None else None
    except UserError as refusal:
        raise click.BadParameter(str(refusal)) from None


@audit.command()
@click.option("--against", metavar="HEAD", callback=_head, help="A head that was printed before and kept elsewhere.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def verify(session: Session, against: Head | None, as_json: bool) -> None:
    """Check the whole chain of seals. Exit 0 if it is whole, 1 if it breaks anywhere.

    The head it prints proves everything before it: keep it where the bot's database cannot be written from.
    """
    require_database(session)
    found = session.read(verdict, against)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        for line in _lines(found, against):
            click.echo(line)
    sys.exit(0 if found.whole else 1)


def _lines(found: Verdict, kept: Head | None) -> list[str]:
    lines = [f"{'at ' + format(each.place, ',') if each.place else 'the log'}: {each.text}" for each in found.breaks]
    if found.count > len(lines):
        lines.append(f"and {found.count - len(lines):,} more")
    if found.whole:
        lines = [f"The record is whole: {found.entries:,} entries read as they were sealed."]
        lines += [f"The kept head is in it, at {kept.place:,}."] if kept else []
    else:
        lines.insert(0, f"The record breaks in {found.count:,} place{'s' if found.count != 1 else ''}:")
    if found.erasures:
        lines.append(f"Erasures on purpose: {found.erasures:,}. `incident-bot audit erasures` lists them.")
    if found.waiting:
        lines.append(f"Not sealed yet: {found.waiting:,}. A running bot does that within seconds.")
    lines.append(f"Head: {found.head}")
    if kept is None:
        lines.append("Keep it elsewhere: with `--against HEAD` it shows whether the log was sealed anew since.")
    return lines


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def erasures(session: Session, as_json: bool) -> None:
    """List what was removed from the record on purpose: when, by whom, and how much."""
    require_database(session)
    found = session.read(seals.all_erasures)
    if as_json:
        rows = [each | {"at": each["at"].isoformat().replace("+00:00", "Z")} for each in found]
        click.echo(json.dumps({"erasures": rows}, indent=2, ensure_ascii=False))
        return
    for each in found:
        click.echo(f"{each['at']:%Y-%m-%d %H:%M} UTC  {each['actor']}: {each['text']}")
    click.echo("" if found else "Nothing was ever removed from the record.", nl=not found)
