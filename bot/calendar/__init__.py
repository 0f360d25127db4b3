"""What comes round at a local time: worked out by the zone's own rules, kept as an instant in UTC, done exactly once.

A job is a row with a due column; whoever claims the row does the job, in the same transaction, whatever the replicas. What was
missed while nobody was here is done late, once. Refuses to know what any job is about: the table of them is the machine room's.
"""

from bot.calendar.jobs import Job, at_local_times, do_due, keep, out_of_date
from bot.calendar.times import Daily, Monthly, Rule, Weekly, next_time

__all__ = [
    "Daily",
    "Job",
    "Monthly",
    "Rule",
    "Weekly",
    "at_local_times",
    "do_due",
    "keep",
    "next_time",
    "out_of_date",
]
