"""The YAML that people edit, checked as a whole and turned into the core's values.

`load` is the way in; it raises `bot.errors.ConfigError` with every fault of every file, each with file, line and column.
"""

from bot.configuration.conflicts import Conflict, conflicts
from bot.configuration.folder import Signature, changed
from bot.configuration.loader import load, load_schedule, load_texts
from bot.configuration.model import BotConfig, Config, Policies

__all__ = [
    "BotConfig",
    "Config",
    "Conflict",
    "Policies",
    "Signature",
    "changed",
    "conflicts",
    "load",
    "load_schedule",
    "load_texts",
]
