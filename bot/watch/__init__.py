"""What the bot sees of the system it guards: its figures now and before, what they say, and which conditions hold.

It refuses to guess. A figure that cannot be read is a gap with its reason, never a zero and never the last known one; where nobody
knows, nothing fires and nothing is over. It knows nothing of the store or of Slack: what is decided here takes plain values.
(`bot.runbooks` is not to import this room: this one sends its requests by way of that one.)

`reader` and `prometheus` ask, `reading` and `promql` understand, `series` is kept, `analysis`, `advice` and `course` judge it;
`conditions` is what is asked each minute, `lifecycle` what becomes of it, `firing_alerts` the alerts
of it; `snapshot` and `words` show it.
"""
