"""How payloads reach the app: repeats, signatures, and the manners of Socket Mode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.slack import Human, HumanError, Workspace
from bot.sandbox.slack.delivery.ack import Ack, Retry, Sort
from bot.sandbox.slack.delivery.dispatcher import Dispatcher
from bot.sandbox.slack.delivery.http import signed
from bot.sandbox.slack.store import Store
from bot.sandbox.slack.values import JSON
from bot.web.serve import served
from tests.sandbox.slack.conftest import ALERTS, A, client_of, refusal, served_slack

LATE = Ack(error="operation_timeout", reason="timeout")


class ScriptedLine:
    """Answers as it is told, then acknowledges."""

    def __init__(self, *answers: Ack) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[JSON, Retry | None]] = []

    async def send(self, sort: Sort, payload: JSON, retry: Retry | None, timeout: float) -> Ack:
        self.sent.append((payload, retry))
        return self.answers.pop(0) if self.answers else Ack()


class Sleeps:
    """Stands in for `asyncio.sleep`: writes down how long, and does not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds: list[float] = []
        self._real = asyncio.sleep
        monkeypatch.setattr("bot.sandbox.slack.delivery.dispatcher.asyncio.sleep", self)

    async def __call__(self, seconds: float) -> None:
        if seconds or len(self.seconds) == 0:
            self.seconds.append(seconds)
        await self._real(0)


async def delivered(dispatcher: Dispatcher) -> None:
    while dispatcher._tasks:
        await asyncio.gather(*dispatcher._tasks)


async def test_an_event_is_repeated_at_once_after_a_minute_and_after_five(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeps = Sleeps(monkeypatch)
    line = ScriptedLine(LATE, LATE, LATE, LATE)
    dispatcher = Dispatcher(lambda: line, Store(None))
    dispatcher.event({"event_id": "Ev1"})
    await delivered(dispatcher)
    assert sleeps.seconds == [0.0, 60.0, 300.0]
    assert [retry for _, retry in line.sent] == [None, *(Retry(number, "timeout") for number in (1, 2, 3))]


async def test_an_acknowledged_event_is_not_repeated() -> None:
    line = ScriptedLine(LATE)
    dispatcher = Dispatcher(lambda: line, Store(None), retry_delays=(0, 0, 0))
    dispatcher.event({"event_id": "Ev1"})
    await delivered(dispatcher)
    assert len(line.sent) == 2


async def test_an_app_may_decline_repeats() -> None:
    line = ScriptedLine(Ack(error="http_service_error", reason="http_error", no_retry=True))
    dispatcher = Dispatcher(lambda: line, Store(None), retry_delays=(0, 0, 0))
    dispatcher.event({"event_id": "Ev1"})
    await delivered(dispatcher)
    assert len(line.sent) == 1


async def test_a_command_is_never_repeated() -> None:
    line = ScriptedLine(LATE)
    dispatcher = Dispatcher(lambda: line, Store(None), retry_delays=(0, 0, 0))
    assert (await dispatcher.ask("slash_commands", {})).error == "operation_timeout"
    assert len(line.sent) == 1


async def test_events_left_over_at_a_stop_come_after_the_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "slack.db")
    dispatcher = Dispatcher(lambda: ScriptedLine(LATE), store, retry_delays=(30,))
    dispatcher.event({"event_id": "Ev1"})
    await dispatcher.quiet()
    await dispatcher.stop()
    store.close()
    line = ScriptedLine()
    again = Dispatcher(lambda: line, Store(tmp_path / "slack.db"))
    again.resume()
    await delivered(again)
    assert [(payload["event_id"], retry and retry.number) for payload, retry in line.sent] == [("Ev1", 1)]


# HTTP


def test_a_request_is_signed_as_slack_signs_it() -> None:
    body = b"token=x&command=%2Fincident"
    headers = signed("8f742231b10e8888abcd99yyyzzz85a5", body, 1531420618)
    verifier = SignatureVerifier("8f742231b10e8888abcd99yyyzzz85a5")
    made = verifier.generate_signature(timestamp="1531420618", body=body)
    assert headers == {"X-Slack-Request-Timestamp": "1531420618", "X-Slack-Signature": made}


Answer = Callable[[Request, bytes], Response | None]


@asynccontextmanager
async def request_url(answer: Answer) -> AsyncIterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """An app without Bolt: answers the handshake, then as told; None answers 200 with nothing."""
    seen: list[tuple[dict[str, str], bytes]] = []

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if b"url_verification" in body:
            return Response(json.loads(body)["challenge"])
        seen.append((dict(request.headers), body))
        return answer(request, body) or Response()

    async with served(Starlette(routes=[Route("/", endpoint, methods=["POST"])])) as url:
        yield url, seen


async def test_forms_carry_commands_and_interactions_and_json_carries_events(world: Workspace) -> None:
    async with request_url(lambda request, body: None) as (url, seen):
        await world.point_at(url)
        card = await client_of(world).chat_postMessage(channel=ALERTS, text="card", blocks=[BUTTON])
        await world.dispatcher.quiet()
        await Human(world, A).command(ALERTS, "/incident list all")
        await Human(world, A).click(ALERTS, card["ts"], action_id="go")
    (event_headers, event), (command_headers, command), (_, click) = seen
    form = {name: values[0] for name, values in parse_qs(command.decode()).items()}
    assert event_headers["content-type"] == "application/json"
    assert json.loads(event)["event"]["text"] == "card"
    assert command_headers["content-type"] == "application/x-www-form-urlencoded"
    assert (form["command"], form["text"], form["is_enterprise_install"]) == ("/incident", "list all", "false")
    assert form["response_url"].startswith(f"{world.base_url}/slack/response/")
    assert json.loads(parse_qs(click.decode())["payload"][0])["actions"][0]["action_id"] == "go"
    verifier = SignatureVerifier(world.app.signing_secret)
    assert all(verifier.is_valid_request(body, headers) for headers, body in seen)


BUTTON = {
    "type": "actions",
    "elements": [{"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}],
}


@pytest.mark.parametrize(("status", "error"), [(404, "http_client_error"), (500, "http_service_error")])
async def test_a_person_sees_what_kind_of_failure_it_was(world: Workspace, status: int, error: str) -> None:
    async with request_url(lambda request, body: Response("", status)) as (url, _):
        await world.point_at(url)
        with pytest.raises(HumanError, match=f'/incident failed with the error "{error}"'):
            await Human(world, A).command(ALERTS, "/incident list")
    with pytest.raises(HumanError, match='/incident failed with the error "dispatch_failed"'):
        await Human(world, A).command(ALERTS, "/incident list")


async def test_a_failed_event_says_which_repeat_it_is() -> None:
    async with served_slack(retry_delays=(0.0, 0.0, 0.0)) as world:
        status = iter([500, 503, 200])
        async with request_url(lambda request, body: Response("", next(status))) as (url, seen):
            await world.point_at(url)
            await Human(world, A).say(ALERTS, "hello")
            await delivered(world.dispatcher)
        numbers = [headers.get("x-slack-retry-num") for headers, _ in seen]
        reasons = [headers.get("x-slack-retry-reason") for headers, _ in seen]
        assert (numbers, reasons) == ([None, "1", "2"], [None, "http_error", "http_error"])
        assert len({json.loads(body)["event_id"] for _, body in seen}) == 1


async def test_no_retry_from_the_app_is_heeded() -> None:
    async with served_slack(retry_delays=(0.0, 0.0, 0.0)) as world:
        refused = Response("", 500, {"X-Slack-No-Retry": "1"})
        async with request_url(lambda request, body: refused) as (url, seen):
            await world.point_at(url)
            await Human(world, A).say(ALERTS, "hello")
            await delivered(world.dispatcher)
        assert len(seen) == 1


async def test_a_request_url_must_answer_the_challenge_and_be_on_this_machine(world: Workspace) -> None:
    async def wrong(request: Request) -> Response:
        return Response("hello")

    async with served(Starlette(routes=[Route("/", wrong, methods=["POST"])])) as url:
        with pytest.raises(ValueError, match="challenge"):
            await world.point_at(url)
    with pytest.raises(ValueError, match="only talks to this machine"):
        await world.point_at("https://example.com/slack/events")
    assert world.http is None


# Socket Mode


async def open_socket(world: Workspace, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    answer = await client_of(world).apps_connections_open(app_token=world.app.app_token)
    return await session.ws_connect(answer["url"])


async def frame(socket: aiohttp.ClientWebSocketResponse) -> Any:
    return json.loads(await socket.receive_str(timeout=30))


async def test_a_socket_says_hello_and_its_url_works_once(world: Workspace) -> None:
    url = (await client_of(world).apps_connections_open(app_token=world.app.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        hello = await frame(socket)
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": world.bot.app_id}
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_each_payload_goes_to_one_of_the_sockets(world: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await open_socket(world, session) for _ in range(3)]
        for socket in sockets:
            await frame(socket)
        human = Human(world, A)
        for number in range(3):
            await human.say(ALERTS, str(number))
        envelopes = [await frame(socket) for socket in sockets]
        for socket, envelope in zip(sockets, envelopes, strict=True):
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
        await world.dispatcher.quiet()
        assert sorted(one["payload"]["event"]["text"] for one in envelopes) == ["0", "1", "2"]
        assert {one["type"] for one in envelopes} == {"events_api"}
        assert (envelopes[0]["retry_attempt"], envelopes[0]["accepts_response_payload"]) == (0, False)


async def test_an_eleventh_socket_is_sent_away(world: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await open_socket(world, session) for _ in range(10)]
        assert {(await frame(socket))["type"] for socket in sockets} == {"hello"}
        eleventh = await open_socket(world, session)
        one_more = await frame(eleventh)
        assert (one_more["type"], one_more["reason"]) == ("disconnect", "too_many_websockets")
        assert world.socket.connections == 10


async def test_a_refreshed_client_comes_back_and_misses_nothing() -> None:
    async with served_slack(retry_delays=(0.0, 0.2, 2.0)) as world:
        heard: list[str] = []
        client = SocketModeClient(app_token=world.app.app_token, web_client=client_of(world), ping_interval=0.2)

        async def listen(client: Any, request: Any) -> None:
            await client.send_socket_mode_response({"envelope_id": request.envelope_id})
            heard.append(request.payload["event"]["text"])

        client.socket_mode_request_listeners.append(listen)
        await client.connect()  # type: ignore[no-untyped-call]
        human = Human(world, A)
        await human.say(ALERTS, "before")
        await world.dispatcher.quiet()
        await world.socket.refresh()
        while world.socket.connections == 0:
            await asyncio.sleep(0.01)
        await human.say(ALERTS, "after")
        await delivered(world.dispatcher)
        await client.close()  # type: ignore[no-untyped-call]
        # What went to the connection that was closing is delivered again, also where its acknowledgement was lost.
        assert list(dict.fromkeys(heard)) == ["before", "after"]


async def test_pings_are_answered_as_the_sdk_needs_them(world: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        url = (await client_of(world).apps_connections_open(app_token=world.app.app_token))["url"]
        async with session.ws_connect(url, autoping=False) as socket:
            await frame(socket)
            await socket.ping(b"sdk-ping-pong:123.4")
            pong = await socket.receive(timeout=30)
            assert (pong.type, bytes(pong.data)) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:123.4")


async def test_an_outage_closes_every_socket_and_opens_none(world: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await open_socket(world, session)
        await frame(socket)
        spare = (await client_of(world).apps_connections_open(app_token=world.app.app_token))["url"]
        world.set_fault("slack_down")
        assert (await socket.receive(timeout=30)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(spare)
        with pytest.raises(HumanError, match="Slack cannot be reached"):
            await Human(world, A).say(ALERTS, "anyone?")
        world.set_fault("slack_down", False)
        assert (await frame(await open_socket(world, session)))["type"] == "hello"


async def test_a_bot_token_opens_no_socket(world: Workspace) -> None:
    call = client_of(world).apps_connections_open(app_token=world.app.bot_token)
    assert (await refusal(call))["error"] == "not_allowed_token_type"
