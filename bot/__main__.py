"""`incident-bot`, also as `python -m bot`."""

from __future__ import annotations

from bot.cli import cli


def main() -> None:
    """Run the program."""
    cli(prog_name="incident-bot")


if __name__ == "__main__":
    main()
