"""Where everything accepted is kept: one schema on SQLite and PostgreSQL, one writer, many readers.

What is not in here after a kill was never accepted. This room refuses to decide anything: it stores what a use case decided
and finds what is due.
"""

from bot.store.store import Store, Tx

__all__ = ["Store", "Tx"]
