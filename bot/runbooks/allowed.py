"""Which commands may run on the bot's own machine: none until `bot.yml` names them, and then exactly those.

Pure, except for looking whether their folder exists. It refuses a shell (a command is a list of words that reaches the program as
it is) and every word that the list does not allow.

    commands:
      directory: /srv/openvine
      allow:
        - [./deploy.sh, staging]     # these words, no more and no fewer
        - [flutter, test, …]         # these words, and any after them
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from oncall.values import dataclass

AND_MORE = ("…", "...")
"""The last word of an entry that allows any words after it."""
SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "fish")
NOT_RUN = "Not run:"
"""How every refusal begins."""


@dataclass(frozen=True, slots=True)
class Commands:
    """`commands:` of bot.yml. Without entries nothing may run."""

    allow: tuple[tuple[str, ...], ...] = ()
    directory: str = ""
    path: tuple[str, ...] = ()
    """Folders that are searched for programs before the bot's own PATH."""

    def allows(self, argv: Sequence[str]) -> bool:
        return any(_covers(entry, tuple(argv)) for entry in self.allow)


def entry_trouble(entry: Sequence[str]) -> str:
    """What is wrong with an entry of `allow`; empty if nothing is."""
    words = [word for word in entry if word not in AND_MORE]
    if len(words) < len(entry) and (len(words) < len(entry) - 1 or entry[-1] not in AND_MORE):
        return "“…” stands for any words after the others: once, as the last"
    if not words or not words[0].strip():
        return "name the program first; “…” alone would allow everything"
    if Path(words[0]).name in SHELLS and (entry[-1] in AND_MORE or any(_string_option(word) for word in words[1:])):
        return f"{words[0]} is a shell and would run whatever it is given; name the program itself"
    return ""


def refusal(argv: Sequence[str], commands: Commands | None) -> str:
    """Why the command may not run; empty if it may."""
    written = json.dumps(list(argv), ensure_ascii=False)
    if commands is None or not commands.allow:
        return f"{NOT_RUN} commands are switched off. `commands:` in bot.yml switches them on; list {written} under `allow`."
    if not commands.allows(argv):
        return f"{NOT_RUN} {written} is not under `allow` of `commands:` in bot.yml. Add it there if it should be."
    if not Path(commands.directory).is_dir():
        return f"{NOT_RUN} there is no folder {commands.directory} here (`directory` of `commands:` in bot.yml)."
    return ""


def _covers(entry: tuple[str, ...], argv: tuple[str, ...]) -> bool:
    if entry[-1] in AND_MORE:
        return argv[: len(entry) - 1] == entry[:-1]
    return argv == entry


def _string_option(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and "c" in word
