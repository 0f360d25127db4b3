"""From Slack to the app: how events, commands and interactions reach the bot, over a socket or as signed HTTP."""
