"""The variables that the sandbox sets for its bot: all of them, and none is read from the environment or a `.env`.

Every destination is on this machine; settings with any other are refused here. Its secrets are not secret.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from bot.sandbox.phones import addresses
from bot.sandbox.slack import SlackApp
from bot.sandbox.state import StateFolder
from bot.settings import ADDRESS, Settings
from oncall.values import dataclass

OPENVINE_TOKEN = "sandbox-openvine"  # noqa: S105
WEBHOOK_SECRETS = ("sandbox-webhook-secret",)
ROUTING_KEY = "sandbox0routing0key0of0openvine0"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_KEPT = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where everything listens this time: ports change from start to start."""

    world_url: str
    mail_port: int
    bot_port: int
    mode: str
    config_dir: str
    database: str | None = None
    people: int = 0
    """How many people have a phone."""


def settings_for(state: Path, places: Places) -> Settings:
    """The settings of the sandbox's bot. Raises `ValueError` for a destination that is not this machine."""
    slack = SlackApp()
    values = {
        "DATABASE_URL": places.database or f"sqlite:///{(state / 'bot.db').resolve()}",
        "CONFIG_DIR": places.config_dir,
        "HOST": "127.0.0.1",
        "PORT": str(places.bot_port),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token if places.mode == "socket" else "",
        "SLACK_SIGNING_SECRET": slack.signing_secret if places.mode == "http" else "",
        "SLACK_API_URL": f"{places.world_url}/slack/api/",
        "PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
        "PAGERDUTY_EVENTS_URL": f"{places.world_url}/pagerduty/v2/enqueue",
        "PAGERDUTY_WEBHOOK_SECRETS": ",".join(WEBHOOK_SECRETS),
        "SMTP_URL": f"smtp://127.0.0.1:{places.mail_port}",
        "MAIL_FROM": "incident-bot@openvine.co",
        "OPENVINE_API_URL": f"{places.world_url}/openvine",
        "OPENVINE_API_TOKEN": OPENVINE_TOKEN,
        "CDN_TEST_URL": f"{places.world_url}/cdn/test-video.mp4",
        "CDN_STATUS_URL": f"{places.world_url}/cdn-status/api/status",
        "LOG_LEVEL": "warning",
        **addresses(places.world_url, places.people),
    }
    for name, value in values.items():
        if (name.endswith("_URL") and name != "DATABASE_URL") or name.startswith(ADDRESS):
            _on_this_machine(name, value)
    return Settings.isolated(values)


def _on_this_machine(name: str, url: str) -> None:
    if urlsplit(url).hostname not in LOOPBACK:
        raise ValueError(f"{name}: the sandbox sends nothing beyond this machine, and {url} is not on it")


def keep(folder: StateFolder, places: Places) -> None:
    """Keeps the places for commands that look at this sandbox later (`--state`)."""
    folder.write(_KEPT, {name: getattr(places, name) for name in Places.__slots__})


def settings_of(state: Path) -> Settings:
    """The settings of the sandbox that last ran in a folder. Raises `LookupError` if none did."""
    kept = StateFolder(state).read(_KEPT) if state.is_dir() else None
    if not kept:
        raise LookupError(f"{state} holds no sandbox. `incident-bot sandbox --state {state}` starts one there.")
    return settings_for(state, Places(**kept))
