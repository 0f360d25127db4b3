"""`incident-bot sender`: what to set up at another tool so that its alerts come here. Prints, and changes nothing anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import click

from oncall.words import did_you_mean

TEMPLATES = Path(__file__).parents[1] / "sources" / "templates"
TOKEN = "A_TOKEN_OF_INTAKE_TOKENS"  # noqa: S105 - it stands for one


def names() -> list[str]:
    return sorted(path.stem for path in TEMPLATES.glob("*.txt"))


@click.command()
@click.argument("name", required=False)
@click.option(
    "--url",
    default="http://127.0.0.1:3000",
    show_default=True,
    help="Where the sender reaches the bot, without a path.",
)
def sender(name: str | None, url: str) -> None:
    """Print what to set up at a sender; without NAME, which there are."""
    if name is None:
        click.echo("\n".join(names()))
        return
    if name not in names():
        known = ", ".join(names())
        raise click.UsageError(f"there is no sender “{name}”{did_you_mean(name, names()) or f'; there are {known}'}")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise click.UsageError("--url has to begin with https:// or http://")
    click.echo(written(name, url), nl=False)


def written(name: str, url: str) -> str:
    """The template of that name for a bot at that address."""
    from bot.sources.datadog import PAYLOAD

    parts = urlsplit(url)
    text = (TEMPLATES / f"{name}.txt").read_text(encoding="utf-8")
    return text.format(
        url=url.rstrip("/"), scheme=parts.scheme, host=parts.netloc, token=TOKEN, payload=json.dumps(PAYLOAD, indent=2)
    )
