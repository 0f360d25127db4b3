"""The bot's own HTTP side: alerts in, JSON for scripts, health. `bot.web.app.web_app` builds it; `ports` says what it needs."""
