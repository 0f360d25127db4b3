"""The machine room: what keeps the bot going by itself.

The engine and its chores (`background` for those that wait for others), the jobs at times of the day, `liveness` and the return
after `downtime`, the self-audit, and the configuration that is read again when it changes.

Refuses to know how anything is drawn or sent.
"""
