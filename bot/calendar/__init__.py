"""Jobs that come round at a local time: worked out by the time zone's rules, stored as an instant in UTC, done exactly once.

A job is a row with a due column; the replica that claims the row does the job, in the same transaction. A time that was missed
because no bot was running is done late, once. It knows nothing of what any job is about: the machine room has the table of them.
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
