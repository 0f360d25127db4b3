"""Every variable of the environment, each with what it means, read once at the start and never again.

Refuses a value that cannot work, naming the variable and, where it could hold a secret, not its value. `settings` has the variables
and what follows from them, `texts` how the text of one is read.
"""

from bot.settings.settings import ADDRESS, Settings, WrongVariables, in_vain, variables

__all__ = ["ADDRESS", "Settings", "WrongVariables", "in_vain", "variables"]
