"""This Slack is held to Slack's reference: for every method it serves, what is called wrongly is refused as documented."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.slack import NoLimits, SlackApp, Workspace, tool_post
from bot.sandbox.slack.api import Incoming, call
from bot.sandbox.slack.methods import METHODS
from bot.sandbox.slack.reference import REFERENCE
from bot.sandbox.slack.values import JSON
from tests.sandbox.slack.conftest import ALERTS, GENERAL, A

NAMES = sorted(METHODS.keys() - {"api.test"})
"""`api.test` takes anything and gives it back."""
NEEDY = [name for name in NAMES if METHODS[name].needs]
TYPED = [name for name in NAMES if METHODS[name].json]
WRONG: dict[str, list[Any]] = {
    "string": [5, True, {"a": 1}],
    "boolean": ["perhaps", 7, {"a": 1}],
    "integer": ["many", True, 1.5, {"a": 1}],
    "number": ["many", True, 1.5, {"a": 1}],
    "array": [5, True, {"a": 1}],
}
STRUCTURES = {"attachments", "blocks", "message", "metadata", "unfurled_attachments", "view"}


@pytest.fixture
def world() -> Workspace:
    return Workspace(limits=NoLimits(), base_url="http://127.0.0.1:1")


def answer(world: Workspace, name: str, values: JSON, *, as_json: bool = False) -> JSON:
    token = world.app.app_token if name == "apps.connections.open" else world.app.bot_token
    incoming = Incoming(name, token, {}, values) if as_json else Incoming(name, token, values)
    return call(world, incoming).body


def filled(world: Workspace, name: str) -> JSON:
    """What the method needs, of the right type; whether such a thing exists is another question."""
    ts = tool_post(world, "hello")
    known = {"channel": ALERTS, "channel_id": ALERTS, "ts": ts, "timestamp": ts, "user": A, "user_id": A, "users": A}
    return {one: known.get(one, "1" if REFERENCE[name].args[one] == "integer" else "x") for one in METHODS[name].needs}


def messages(body: JSON) -> list[str]:
    found: list[str] = body.get("response_metadata", {}).get("messages", [])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_an_argument_nobody_documented_is_refused_by_name(world: Workspace, name: str) -> None:
    body = answer(world, name, {**filled(world, name), "chanel": ALERTS})
    assert body["error"] == "invalid_arguments"
    assert "[ERROR] invalid additional property: chanel" in messages(body)


@pytest.mark.parametrize("name", NAMES)
def test_an_argument_whose_name_is_no_name_is_refused(world: Workspace, name: str) -> None:
    assert answer(world, name, {**filled(world, name), "chan-nel": "x"})["error"] == "invalid_arg_name"


@pytest.mark.parametrize("name", NEEDY)
def test_each_argument_left_out_is_named(world: Workspace, name: str) -> None:
    error = "missing_argument" if "missing_argument" in REFERENCE[name].errors else "invalid_arguments"
    for gone in METHODS[name].needs:
        values = {one: value for one, value in filled(world, name).items() if one != gone}
        body = answer(world, name, values)
        assert (body["error"], messages(body)) == (error, [f"[ERROR] missing required field: {gone}"])


@pytest.mark.parametrize("name", NAMES)
def test_an_argument_of_another_type_is_refused_by_name(world: Workspace, name: str) -> None:
    as_json = METHODS[name].json
    for argument, kind in REFERENCE[name].args.items():
        for value in WRONG[kind]:
            if (argument in STRUCTURES and value == {"a": 1}) or not (as_json or isinstance(value, str)):
                continue  # in a form, everything is text
            body = answer(world, name, {**filled(world, name), argument: value}, as_json=as_json)
            assert body["error"] == "invalid_arguments"
            assert any(one.endswith(f"[json-pointer:/{argument}]") for one in messages(body))


@pytest.mark.parametrize("name", TYPED)
def test_a_list_is_refused_where_one_value_belongs(world: Workspace, name: str) -> None:
    for argument, kind in REFERENCE[name].args.items():
        if kind != "array" and argument not in STRUCTURES:
            body = answer(world, name, {**filled(world, name), argument: ["x"]}, as_json=True)
            assert body["error"] == "invalid_array_arg"


@pytest.mark.parametrize("name", [name for name in NAMES if not METHODS[name].json])
def test_a_read_method_sees_nothing_in_a_json_body(world: Workspace, name: str) -> None:
    """And so says what is missing, or answers as if nothing had been sent."""
    body = answer(world, name, {**filled(world, name), "limit": "nonsense"}, as_json=True)
    if METHODS[name].needs:
        assert messages(body) == [f"[ERROR] missing required field: {one}" for one in METHODS[name].needs]
    else:
        assert body == answer(world, name, {})


@pytest.mark.parametrize("name", [name for name in NAMES if METHODS[name].scopes])
def test_a_method_names_the_scope_that_was_not_granted(name: str) -> None:
    scopes = set(REFERENCE[name].scopes)
    world = Workspace(limits=NoLimits(), app=SlackApp(scopes=SlackApp().scopes - scopes))
    body = answer(world, name, filled(world, name))
    assert (body["error"], set(body["needed"].split(","))) == ("missing_scope", scopes)
    assert scopes.isdisjoint(body["provided"].split(","))


@pytest.mark.parametrize("name", NAMES)
def test_a_method_is_paced_as_documented(name: str) -> None:
    asked: list[tuple[str, str]] = []

    class Noted(NoLimits):
        def wait(self, method: str, tier: str, channel: str | None) -> int:
            asked.append((method, tier))
            return 0

    world = Workspace(limits=Noted())
    answer(world, name, filled(world, name))
    assert asked == [(name, REFERENCE[name].tier)]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_refused_is_refused_in_words_of_the_reference(world: Workspace, name: str) -> None:
    places: list[JSON] = [
        {"channel": GENERAL},
        {"channel": "C0"},
        {"user": "U0"},
        {"user_id": "U0"},
        {"users": "U0"},
        {},
    ]
    needed = filled(world, name)
    for place in places:
        known = {one: value for one, value in place.items() if one in REFERENCE[name].args}
        body = answer(world, name, {**needed, **known})
        assert body["ok"] or REFERENCE[name].may_answer(body["error"])


@pytest.mark.parametrize("name", NAMES)
def test_any_documented_error_of_a_method_can_be_asked_for(world: Workspace, name: str) -> None:
    for error in sorted(REFERENCE[name].errors):
        world.trouble(error, name, times=1)
        assert answer(world, name, {}) == {"ok": False, "error": error}
        assert world.faults.take(name) is None


@pytest.mark.parametrize(("when", "stands"), [("before", False), ("after", True)])
@pytest.mark.parametrize("way", ["fatal_error", "500", "503", "403", "404", "408", "429", "html", "broken", "closed"])
def test_a_trouble_strikes_before_the_effect_or_after_it(world: Workspace, way: str, when: str, stands: bool) -> None:
    world.trouble(way, "chat.postMessage", when=when, times=2, retry_after=7)  # type: ignore[arg-type]
    post = Incoming("chat.postMessage", world.app.bot_token, {"channel": ALERTS, "text": "hello"})
    met = [call(world, post) for _ in range(3)]
    assert [one.body.get("ok", False) and one.raw is None for one in met] == [False, False, True]
    assert len(list(world.state.logs[ALERTS])) == (3 if stands else 1)
    assert met[0].headers.get("Retry-After") == ("7" if way == "429" else None)
    assert len(world.calls) == 3


def test_a_trouble_lasts_until_it_is_mended_and_leaves_other_methods_alone(world: Workspace) -> None:
    trouble = world.trouble("is_archived", "chat.postMessage")
    for _ in range(5):
        assert answer(world, "chat.postMessage", {})["error"] == "is_archived"
    assert answer(world, "auth.test", {})["ok"]
    world.mend(trouble)
    assert answer(world, "chat.postMessage", {"channel": ALERTS, "text": "hello"})["ok"]


@pytest.mark.parametrize(
    "way, methods", [("is_archived", ("views.open",)), ("is_archived", ()), ("500", ("chat.pst",))]
)
def test_what_slack_never_answers_cannot_be_asked_for(world: Workspace, way: str, methods: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"documents no|no method"):
        world.trouble(way, *methods)
