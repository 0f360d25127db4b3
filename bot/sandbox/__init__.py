"""The outside world in miniature: a Slack, a PagerDuty, a mailbox and an OpenVine on this machine, and a page to use them.

The bot in it is the real one, unchanged: only its environment variables point it here. Nothing else in `bot/` may import this room.
"""
