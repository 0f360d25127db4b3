"""Every message the bot can draw, drawn once for an incident that never was, so that Slack can be asked about it beforehand.

`messages` has the list of them, made of `samples`; `validate` asks Slack, which looks at a message without posting it.
"""
