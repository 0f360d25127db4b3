"""The incident bot: the core (pure decisions over one event log) and every edge but Slack's inbound side.

The rooms and the direction of imports are drawn in bot/README.md, "The map of the house".
"""
