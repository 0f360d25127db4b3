"""The only place that builds things: from settings and a configuration to a bot that runs.

`running` gives a `Bot`, one process's worth: store, desk, engine, sender, the web side, and what speaks to others (Slack, pagers,
steps). `opened` gives it before that last half is there. Everything is passed in by constructor; nothing is found at import. One
file per part; `couriers` and `jobs` are the tables that a new part enters.
"""

from bot.wiring.bot import Bot, opened, running, serving

__all__ = ["Bot", "opened", "running", "serving"]
