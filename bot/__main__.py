"""`incident-bot`, also as `python -m bot`."""

from __future__ import annotations

import gc

from bot.cli import cli


def main() -> None:
    """Run the program. Nothing of what is imported ever becomes garbage, so nobody looks for any until a call begins."""
    gc.disable()
    cli(prog_name="incident-bot")


if __name__ == "__main__":
    main()
