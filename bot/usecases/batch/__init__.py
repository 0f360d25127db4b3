"""A batch of alerts on the table: what is known about them is looked up once, each is decided in order, all is written once.

Bookkeeping around the decisions of `bot.incidents`, as functions over one `Table`; whoever has a batch lays one, lets it `take`
each alert, and has it `write`. `deciding` says whose matter an alert is: `beginning` (it opens or joins an incident), `returning`
(it was seen before), `ending` (it is over, and perhaps its incident), `silencing` (nobody is to hear of it) or nobody's
(`noting`, where every decision is kept with its reason). `calling` is where somebody is called, `writing` the end.

It refuses to judge severities (`bot.alerts` does) and to know who is called (`bot.usecases.escalation` does).
"""

from bot.usecases.batch.deciding import take
from bot.usecases.batch.noting import Verdict, report
from bot.usecases.batch.table import Table
from bot.usecases.batch.writing import write

__all__ = ["Table", "Verdict", "report", "take", "write"]
