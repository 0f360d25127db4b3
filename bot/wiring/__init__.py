"""The only place that builds things: from settings and a configuration to a bot that runs.

`running` gives a `Bot`, one process's worth: store, desk, engine, sender, the Slack side and the web side. Everything is passed in
by constructor; nothing is found at import. One file per part; `couriers` and `jobs` are the tables that a new part enters.
"""

from bot.wiring.bot import Bot, running, serving

__all__ = ["Bot", "running", "serving"]
