"""Where a call puts what it made: the terminal, or the file that `-o` names. One that cannot be written is one sentence."""

from __future__ import annotations

from pathlib import Path

import click

OUTPUT = click.option(
    "-o", "--output", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)


def put(text: str, file: Path | None) -> None:
    """To the terminal, or into the file."""
    if file is None:
        click.echo(text)
    else:
        keep((text + "\n").encode(), file)


def keep(data: bytes, file: Path) -> None:
    """Into the file."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
