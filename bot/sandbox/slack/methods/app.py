"""`auth.*`, `api.*`, `apps.*`, `team.*`: who the caller is."""

from __future__ import annotations

from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.values import JSON, SlackError
from bot.sandbox.slack.workspace import Workspace


def api_test(world: Workspace, args: Args) -> JSON:
    if args.has("error"):
        raise SlackError(args.text("error"), args=args.values)
    return {"args": args.values}


def auth_test(world: Workspace, args: Args) -> JSON:
    return {
        "url": f"https://{world.seed.team_domain}.slack.com/",
        "team": world.seed.team_name,
        "user": world.bot.name,
        "team_id": world.seed.team_id,
        "user_id": world.bot.id,
        "bot_id": world.bot.bot_id,
        "is_enterprise_install": world.seed.org_wide,
    }


def apps_connections_open(world: Workspace, args: Args) -> JSON:
    """A websocket URL for one use. The app id in it is for people who read logs, as in Slack."""
    base = world.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/slack/socket?ticket={world.socket.ticket()}&app_id={world.bot.app_id}"}


def team_info(world: Workspace, args: Args) -> JSON:
    seed = world.seed
    if args.has("team") and args.text("team") != seed.team_id:
        raise SlackError("team_not_found")
    return {
        "team": {"id": seed.team_id, "name": seed.team_name, "domain": seed.team_domain, "email_domain": "openvine.co"}
    }
