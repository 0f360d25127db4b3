"""Reads the YAML files that people edit, checks them as a whole and turns them into the core's values.

`load` is the way in; it raises `bot.errors.ConfigError` with every fault of every file, each with file, line and column. Modules
that only reading needs (pydantic, YAML, PromQL: 13 MB) are imported when something is read: a bot that has its configuration read
by a separate process (`bot.machine.reading`) never loads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.configuration.conflicts import Conflict, conflicts
from bot.configuration.folder import Signature, changed
from bot.configuration.model import BotConfig, Config, Policies
from oncall.rota import Schedule


def load(folder: Path) -> Config:
    """Read the folder. Raises `ConfigError` with every fault of every file."""
    from bot.configuration import loader

    return loader.load(folder)


def load_texts(files: Mapping[str, str]) -> Config:
    """The same from texts by name, such as the `files` of an earlier `Config`. Raises `ConfigError`."""
    from bot.configuration import loader

    return loader.load_texts(files)


def load_schedule(file: Path) -> Schedule:
    """One rota file by itself, without checking that its people exist. Raises `ConfigError`."""
    from bot.configuration import loader

    return loader.load_schedule(file)


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
