"""Incidents and everything that may happen to one. Pure: each decision answers with the new state and what to write down.

It refuses to know who is on call, how anybody is reached and what Slack is. A refused move is a `UserError` whose text the
person reads. The value itself and its name are had from here; each decision from the file of what happens: `opening`,
`answering`, `ending`, `returning`, `grading`, and `waiting` for what comes next. `moves` says from where each may be made.
"""

from bot.incidents.incident import OPEN_STATES, PRACTICE, Change, Incident, State
from bot.incidents.names import name_of, number_from, own_log

__all__ = ["OPEN_STATES", "PRACTICE", "Change", "Incident", "State", "name_of", "number_from", "own_log"]
