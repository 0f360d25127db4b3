"""Decides a batch of alerts: what is known about them is looked up once, each is decided in order, the results are written once.

Functions over one `WorkingSet`, around the decisions of `bot.incidents`: make a `WorkingSet` of the batch, `take` each alert, then
`write`. `deciding` finds out what kind of alert it is and hands it to the file for that: `beginning` (it opens or joins an
incident), `returning` (it was seen before), `ending` (it is over, and perhaps its incident with it), `silencing` (a silence holds
it), or `noting` (the configuration ignores it; every decision is noted there with its reason). `calling` pages somebody where that
follows, `writing` writes it all.

It refuses to judge severities (`bot.alerts` does) and to know who is called (`bot.usecases.escalation` does).
"""

from bot.usecases.batch.deciding import take
from bot.usecases.batch.noting import Verdict, report
from bot.usecases.batch.working_set import WorkingSet
from bot.usecases.batch.writing import write

__all__ = ["Verdict", "WorkingSet", "report", "take", "write"]
