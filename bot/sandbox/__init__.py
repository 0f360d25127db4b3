"""The world outside, made small: a Slack, a PagerDuty, a mailbox and an OpenVine on this machine, and a page to live in them.

The bot in it is the real one, unchanged: it is only pointed here by its own environment variables. Nothing else in `bot/`
may import this room.
"""
