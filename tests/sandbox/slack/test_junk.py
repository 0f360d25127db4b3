"""Whatever arguments a program sends, Slack answers; it never breaks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.slack import NoLimits, Workspace, tool_post
from bot.sandbox.slack.api import Incoming, call
from bot.sandbox.slack.methods import METHODS
from bot.sandbox.slack.reference import REFERENCE
from tests.sandbox.slack.conftest import ALERTS, GENERAL, A

WORDS = ["", "0", "-1", "x", "1,2", "[]", "{}", "{", "[{}]", "true", ALERTS, GENERAL, A, "U0INCIDENT", "USLACKBOT"]
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(WORDS)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "blocks"]), inner),
    max_leaves=6,
)


@pytest.mark.parametrize("name", sorted(METHODS))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_method_answers_any_arguments(name: str, data: st.DataObject) -> None:
    world = Workspace(limits=NoLimits(), base_url="http://127.0.0.1:1")
    ts = tool_post(world, "hello")
    method = METHODS[name]
    junk = st.sampled_from([*WORDS, ts]) | JUNK
    values: dict[str, Any] = {one: data.draw(junk) for one in method.needs}
    values |= data.draw(st.dictionaries(st.sampled_from(sorted(REFERENCE[name].args)), junk, max_size=4))
    token = world.app.app_token if name == "apps.connections.open" else world.app.bot_token
    answer = call(world, Incoming(name, token, values))
    assert answer.body["ok"] is True or isinstance(answer.body["error"], str)
