"""The buttons: each action is one line of the `table`, a use case called with what its token names.

One file per subject, as with the commands; what a command and a button share stands with the command. `listening` takes the
clicks. No rule lives here, and nothing that a card says by itself is said again.
"""

from handlers.buttons.listening import register
from handlers.buttons.table import BUTTONS

__all__ = ["BUTTONS", "register"]
