"""The card: one Slack message per incident, redrawn in place, read in five seconds at three in the morning.

Order: what, who has it and until when, how bad in numbers, who was called and who is next, then the buttons. It mentions
nobody (a redraw notifies nobody anyway; calling people is the thread's and the pager's business).
"""

from bot.slack.views.card.buttons import BUTTONS, MENU
from bot.slack.views.card.drawing import card, mark, update_line

__all__ = ["BUTTONS", "MENU", "card", "mark", "update_line"]
