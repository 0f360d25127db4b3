"""All Block Kit of the product: pure functions from values (`facts`) to messages and modals.

No view reads a clock, a store or a setting, and none is refused by Slack: texts are clipped, never dropped with an error.
"""

from bot.slack.views.facts import Message, View

__all__ = ["Message", "View"]
