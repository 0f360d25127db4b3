"""Every message the bot can draw, drawn once for an incident that never was, so that Slack can be asked about it beforehand.

Slack looks at a message by `blocks.validate` without posting it. Refuses to post anything.
"""

from bot.slack.trial.messages import Trial, trials
from bot.slack.trial.validate import Verdict, validate

__all__ = ["Trial", "Verdict", "trials", "validate"]
