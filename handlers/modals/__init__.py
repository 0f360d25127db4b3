"""The modals: each submission is one line of the `table`, a use case called with what was filled in.

There is one file per subject, as with the buttons; `listening` takes the submissions. No rule lives here.
"""

from handlers.modals.listening import register
from handlers.modals.table import MODALS

__all__ = ["MODALS", "register"]
