"""What the bot knows of the system it guards: its figures now and earlier, what they mean, and which conditions hold.

It refuses to guess. A figure that cannot be read is a gap with its reason, never a zero and never the last known value; while
nobody knows, nothing fires and nothing ends. It knows nothing of the store or of Slack: everything decided here takes plain values.
(`bot.runbooks` must not import this room, because this room sends its requests through that one.)

`reader` and `prometheus` ask; `reading` and `promql` understand the answers; `series` says what is kept; `analysis`, `advice` and
`course` judge it; `conditions` lists what is evaluated each minute, `lifecycle` what follows from it, and `firing_alerts` makes the
alerts; `snapshot` and `words` show all that.
"""
