"""The environment's variables: what each means, read once at the start and never again.

It refuses a value that cannot work, naming the variable but not its value if that could be a secret. `settings` has the variables
and what follows from them, `texts` how the text of each is read.
"""

from bot.settings.settings import ADDRESS, Settings, WrongVariables, in_vain, variables

__all__ = ["ADDRESS", "Settings", "WrongVariables", "in_vain", "variables"]
