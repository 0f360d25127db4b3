"""A local Slack, faithful enough to rely on: it does what Slack documents, and refuses what Slack refuses.

It serves the sandbox's page and the story tests. It talks to this machine only, and its secrets are not secret. Left out:
workflows, scheduled messages, shared channels, user tokens, options loaded from the app.
"""

from bot.sandbox.slack.app import COMMANDS, EVENT_SCOPES, SCOPES, SlackApp
from bot.sandbox.slack.entering import HumanError
from bot.sandbox.slack.human import Human, Submission
from bot.sandbox.slack.limits import NoLimits, RealLimits
from bot.sandbox.slack.routes import slack_app
from bot.sandbox.slack.seed import SEED, Seed
from bot.sandbox.slack.tool import tool_post
from bot.sandbox.slack.values import Call, Channel, Command, User
from bot.sandbox.slack.workspace import Workspace

__all__ = [
    "COMMANDS",
    "EVENT_SCOPES",
    "SCOPES",
    "SEED",
    "Call",
    "Channel",
    "Command",
    "Human",
    "HumanError",
    "NoLimits",
    "RealLimits",
    "Seed",
    "SlackApp",
    "Submission",
    "User",
    "Workspace",
    "slack_app",
    "tool_post",
]
