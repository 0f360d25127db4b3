"""What retention keeps of an event's data: who, where, when, how much, and the bot's own words.

The suite checks every event that any test writes: a name that is neither here nor among those that retention empties fails the test
that wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.events import Recorded
from bot.usecases.erasing import WORDS

_STAYS = """
    asked_by by calls declined held_there passed people person there waited who
    at decided_at due_at for_s latency_s sent_at since until
    attempt attempts final for http_status key level more of place position ref round run seq silence source stage step to undo
    action beside confirmation drill incident moment rule runbook samples via
    became broke_glass by_alert ends failed failing from in in_timeline into kind left_out mentioned ok possible_repeat raised
    receipt role severity silent skipped state verdict
"""
STAYS = frozenset(_STAYS.split())


def require_known(recorded: Sequence[Recorded]) -> None:
    """Raises `AssertionError` for a name that nobody has decided about."""
    unknown = {name for entry in recorded for name in entry.event.data} - STAYS - set(WORDS)
    assert not unknown, f"retention empties {unknown} (bot.usecases.erasing), or leaves it (tests.what_events_hold)"
