"""What the bot sees of the system it guards: which figures there are, and what they are at this moment.

It refuses to guess. A figure that cannot be read is a gap with its reason, never a zero and never the last known one. It knows
nothing of incidents or Slack; runbooks and rules hand its values around. (`bot.runbooks` is not to import this room: this one
sends its requests by way of that one. What decides there takes plain numbers.)
"""
