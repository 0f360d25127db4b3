"""The buttons: each action is one line of the `table`, a use case called with what the button's token names.

There is one file per subject, as with the commands; what a command and a button share is with the command. `listening` takes the
clicks. No rule lives here, and nothing is said again that the card says by itself.
"""

from handlers.buttons.listening import register
from handlers.buttons.table import BUTTONS

__all__ = ["BUTTONS", "register"]
