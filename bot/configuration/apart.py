"""`python -m bot.configuration.apart SECONDS [FOLDER]`: read that folder, or else the texts on stdin, and answer on stdout.

The other side is `bot.configuration.ways.Apart`. It refuses to outlive its use or to take the machine with it: the system ends it
when its seconds are over, even where nobody is left to do so, and it gets no more than so much memory.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import sys
from pathlib import Path

MOST_MEMORY = 1 << 30
"""Bytes of address space. Reading what people write takes a tenth of it."""


def main(seconds: str, folder: str = "") -> None:
    """Nothing is imported before the limits are set, and no garbage is looked for: it lives for a third of a second."""
    gc.disable()
    signal.alarm(int(seconds))
    with contextlib.suppress(ValueError, OSError):  # not every system knows such a limit
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else is ever said there
    with answers:
        answers.write(_answer(folder))
    os._exit(0)  # without tidying up what goes with it anyway


def _answer(folder: str) -> bytes:
    from bot.configuration.answer import Answer, packed
    from bot.configuration.loader import load, load_texts
    from bot.errors import ConfigError, Fault
    from bot.watch.grammar import read_as

    try:
        config = load(Path(folder)) if folder else load_texts(json.load(sys.stdin))
    except ConfigError as error:
        return packed(Answer(faults=tuple(error.faults)))
    except MemoryError:
        text = f"reading it takes more than {MOST_MEMORY >> 20} MB of memory; take back what was changed last"
        return packed(Answer(faults=(Fault(folder or "configuration", 0, 0, text),)))
    return packed(Answer(config, queries=read_as({rule.query for rule in config.rules if rule.query})))


if __name__ == "__main__":
    main(*sys.argv[1:])
