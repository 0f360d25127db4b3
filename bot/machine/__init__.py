"""The machine room: what keeps the bot going by itself. The clock's mouth (`engine`, `chores`, and `beside` what waits
for others), whether it hears (`ears`), its own audit, the return after a time away, and the configuration that is read again.

Refuses to know how anything is drawn or sent.
"""
