"""`/world/slack/*`: what a person does in this Slack, for the page. The client's refusals are answers, not HTTP errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.slack.entering import HumanError
from bot.sandbox.slack.human import Human
from bot.sandbox.slack.tool import tool_post
from bot.sandbox.slack.values import JSON, SlackError
from bot.sandbox.slack.workspace import Workspace

Deed = Callable[[Workspace, Human, JSON], Awaitable[JSON]]


async def _message(world: Workspace, human: Human, body: JSON) -> JSON:
    return {"ts": await human.say(body["channel"], body["text"], body.get("thread"))}


async def _command(world: Workspace, human: Human, body: JSON) -> JSON:
    await human.command(body["channel"], body["text"], body.get("thread"))
    return {}


async def _click(world: Workspace, human: Human, body: JSON) -> JSON:
    place = {name: body.get(name) for name in ("channel", "ts", "view_id", "block_id")}
    given = {name: value for name, value in body.items() if name not in {*place, "user", "action_id", "state"}}
    state = (body.get("state") or {}).get("values")
    await human.click(**place, action_id=body["action_id"], state=state, **given)
    return {}


async def _submit(world: Workspace, human: Human, body: JSON) -> JSON:
    result = await human.submit(body.get("values"), body.get("view_id"), strict=False)
    return {"response_action": result.response_action, **({"errors": result.errors} if result.errors else {})}


async def _close(world: Workspace, human: Human, body: JSON) -> JSON:
    await human.close(body.get("view_id"))
    return {}


async def _react(world: Workspace, human: Human, body: JSON) -> JSON:
    human.react(body["channel"], body["ts"], body["name"], remove=bool(body.get("remove")))
    return {}


async def _shortcut(world: Workspace, human: Human, body: JSON) -> JSON:
    await human.shortcut(body["channel"], body["ts"], body["callback_id"])
    return {}


async def _edit(world: Workspace, human: Human, body: JSON) -> JSON:
    human.edit(body["channel"], body["ts"], body["text"])
    return {}


async def _delete(world: Workspace, human: Human, body: JSON) -> JSON:
    human.delete(body["channel"], body["ts"])
    return {}


async def _open_dm(world: Workspace, human: Human, body: JSON) -> JSON:
    return {"channel": human.open_dm(body["with"])}


async def _open_home(world: Workspace, human: Human, body: JSON) -> JSON:
    human.open_home(body.get("tab", "home"))
    return {}


DEEDS: dict[str, Deed] = {
    "message": _message,
    "command": _command,
    "click": _click,
    "submit": _submit,
    "close": _close,
    "react": _react,
    "shortcut": _shortcut,
    "edit": _edit,
    "delete": _delete,
    "open_dm": _open_dm,
    "open_home": _open_home,
}


def people_routes(world: Workspace) -> list[Route]:
    """One route for each thing that a person does, two for looking, one for the other tool."""
    return [
        Route("/world/slack/state", _guarded(_state(world))),
        Route("/world/slack/messages", _guarded(_messages(world))),
        Route("/world/slack/tool", _guarded(_tool(world)), methods=["POST"]),
        *(
            Route(f"/world/slack/{name}", _guarded(_deed(world, deed)), methods=["POST"])
            for name, deed in DEEDS.items()
        ),
    ]


Looked = Callable[[Request], Awaitable[JSON]]


def _guarded(endpoint: Looked) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return _json(await endpoint(request))
        except HumanError as error:
            return _json({"ok": False, "error": str(error), "code": error.code})
        except SlackError as error:
            return _json({"ok": False, "error": error.code, "code": error.code})
        except KeyError as error:
            return _json({"ok": False, "error": f"missing: {error.args[0]}", "code": "missing"}, 400)
        except orjson.JSONDecodeError:
            return _json({"ok": False, "error": "the body is not JSON", "code": "invalid_json"}, 400)

    return answer


def _json(body: JSON, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _state(world: Workspace) -> Looked:
    async def look(request: Request) -> JSON:
        return Human(world, request.query_params.get("user") or world.seed.people[0].id).state()

    return look


def _messages(world: Workspace) -> Looked:
    async def look(request: Request) -> JSON:
        human, channel = Human(world, request.query_params["user"]), request.query_params["channel"]
        if channel == world.bot.app_id:
            return {"messages": [], "view": human.home}
        return {"messages": human.messages(channel, request.query_params.get("thread"))}

    return look


def _tool(world: Workspace) -> Looked:
    async def act(request: Request) -> JSON:
        body = orjson.loads(await request.body())
        names = ("blocks", "attachments", "ts", "channel", "thread")
        return {"ok": True, "ts": tool_post(world, body.get("text", ""), **{name: body.get(name) for name in names})}

    return act


def _deed(world: Workspace, deed: Deed) -> Looked:
    async def act(request: Request) -> JSON:
        body = orjson.loads(await request.body())
        return {"ok": True, **await deed(world, Human(world, body["user"]), body)}

    return act
