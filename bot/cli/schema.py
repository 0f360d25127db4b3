"""`incident-bot schema`: what files may look like, for editors and for whoever makes such files by machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bot.cli.writing import put
from bot.configuration.schema import config_schema, config_schemas
from bot.runbooks.schema import runbook_schema


@click.command()
@click.argument("what", type=click.Choice(["runbooks", "config"]), default="runbooks")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a file for each into this folder: runbook.schema.json, bot.schema.json …",
)
def schema(what: str, folder: Path | None) -> None:
    """Print the JSON Schema (2020-12) of a runbook, or of the configuration's files.

    With the line `# yaml-language-server: $schema=PATH` at its top an editor completes a file's keys.
    """
    if folder is None:
        click.echo(_text(runbook_schema() if what == "runbooks" else config_schema()))
        return
    schemas = {"runbook": runbook_schema()} if what == "runbooks" else config_schemas()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be made: {error.strerror}.") from None
    for name, document in schemas.items():
        file = folder / f"{name.removesuffix('.yml')}.schema.json"
        put(_text(document), file)
        click.echo(str(file))


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
