"""`python -m bot.configuration.apart SECONDS` reads the folder or the texts that a line on stdin names, and answers on stdout.

The other side is `bot.machine.reading.Apart`. The process can neither outlive its use nor exhaust the machine: the system ends it
after its seconds, even if its parent is gone, and its memory is limited.
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
"""Bytes of address space. Reading a folder takes a tenth of it."""


def main(seconds: str) -> None:
    """Nothing is imported before the limits are set, and garbage collection is off: the process lives for a third of a second."""
    gc.disable()
    signal.alarm(int(seconds))
    with contextlib.suppress(ValueError, OSError):  # not every system knows such a limit
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # only the answer is written to the real stdout
    with answers:
        answers.write(_answer())
    os._exit(0)  # the process ends, so nothing has to be tidied up


def _answer() -> bytes:
    """The answer; everything it needs is imported before the question arrives."""
    from bot.configuration import loader  # noqa: F401 - see above
    from bot.configuration.answer import Answer, answer_of, answer_of_texts, packed
    from bot.errors import Fault
    from bot.watch.grammar import read_as
    from oncall.values import replace

    asked = json.loads(sys.stdin.readline())
    try:
        answer = answer_of(Path(asked["folder"])) if "folder" in asked else answer_of_texts(asked["files"])
    except MemoryError:
        text = f"reading it takes more than {MOST_MEMORY >> 20} MB of memory; take back what was changed last"
        answer = Answer(faults=(Fault(asked.get("folder", "configuration"), 0, 0, text),))
    rules = answer.config.rules if answer.config is not None else ()
    return packed(replace(answer, queries=read_as({rule.query for rule in rules if rule.query})))


if __name__ == "__main__":
    main(*sys.argv[1:])
