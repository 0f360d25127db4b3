"""What would leave, how it is shown, and where the token goes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.runbooks.effects import Setting, effect_of
from bot.runbooks.paths import MISSING, dig, parts
from bot.runbooks.request import Request, render
from bot.runbooks.urls import host_allowed, host_of

from .helpers import GET, HAND, LOGS, POST, RUN, TOKEN, VARIABLES, book, faults_of, parse, shipped

WITH_TOKEN = {**VARIABLES, "OPENVINE_API_TOKEN": TOKEN}


def rendered(step: dict[str, object], variables: dict[str, str] = VARIABLES) -> Request:
    return render(parse(book(step)).steps[0], variables)


def test_a_question_shows_method_url_and_body_and_not_the_token() -> None:
    request = render(shipped("high-crash-rate").step("disable-video-system"), WITH_TOKEN)
    assert ("Authorization", f"Bearer {TOKEN}") in request.wire_headers()
    assert request.shown == {
        "method": "POST",
        "url": "https://api.openvine.co/admin/feature-flags",
        "body": '{"new_video_manager": false}',
    }
    assert TOKEN not in repr(request) + request.digest


@pytest.mark.parametrize(
    ("url", "base", "sent"),
    [
        ("${OPENVINE_API_URL}/x", "https://api.openvine.co", True),
        ("${OPENVINE_API_URL}?x", "https://api.openvine.co", True),
        ("${OPENVINE_API_URL}/x", "http://127.0.0.1:8080/openvine", True),
        ("http://127.0.0.1:8080/cdn/x", "http://127.0.0.1:8080/openvine", False),
        ("http://127.0.0.1:8080/openvine/../cdn/x", "http://127.0.0.1:8080/openvine", False),
        ("http://127.0.0.1:8080/openvine2", "http://127.0.0.1:8080/openvine", False),
        ("http://127.0.0.1:8081/openvine/x", "http://127.0.0.1:8080/openvine", False),
        ("http://api.openvine.co/x", "https://api.openvine.co", False),
        ("https://api.openvine.co.evil.example/x", "https://api.openvine.co", False),
        ("https://API.openvine.co:443/x", "https://api.openvine.co/", True),
        ("${CDN_TEST_URL}", "https://api.openvine.co", False),
    ],
)
def test_the_token_goes_to_addresses_under_the_openvine_base_only(url: str, base: str, sent: bool) -> None:
    request = rendered({**GET, "url": url}, {**WITH_TOKEN, "OPENVINE_API_URL": base})
    assert bool(request.token) is sent


def test_without_a_token_no_authorization_header_is_sent() -> None:
    request = rendered(POST)
    assert "Authorization" not in dict(request.wire_headers())


def test_a_base_with_a_last_slash_makes_no_double_slash() -> None:
    request = rendered(GET, {"OPENVINE_API_URL": "https://api.openvine.co/v1/"})
    assert request.url == "https://api.openvine.co/v1/look"


@pytest.mark.parametrize(
    "value", ["", "  ", "api.openvine.co", "ftp://a", "https://u:hunter2@a.example", "https://a?x=1"]
)
def test_a_setting_that_is_no_base_url_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(UserError, match="OPENVINE_API_URL") as caught:
        rendered(GET, {"OPENVINE_API_URL": value})
    assert "hunter2" not in str(caught.value)
    assert "Nothing was sent" in str(caught.value)


def test_a_token_no_header_can_carry_is_refused_without_repeating_it() -> None:
    with pytest.raises(UserError, match="OPENVINE_API_TOKEN") as caught:
        rendered(GET, {**VARIABLES, "OPENVINE_API_TOKEN": "hunter2\r\nX: y"})
    assert "hunter2" not in str(caught.value)


def test_a_step_that_sends_nothing_cannot_be_rendered() -> None:
    with pytest.raises(TypeError, match="sends no request"):
        rendered(HAND)


def test_the_digest_covers_everything_that_leaves() -> None:
    request = rendered(POST, WITH_TOKEN)
    others = [
        replace(request, method="PUT"),
        replace(request, url=request.url + "x"),
        replace(request, headers=(*request.headers, ("X-A", "1"))),
        replace(request, body=b'{"on": true}'),
        replace(request, token="other"),
    ]
    assert len({request.digest, *(other.digest for other in others)}) == 6
    assert rendered(POST, WITH_TOKEN).digest == request.digest


def test_headers_cannot_be_shifted_into_one_another_without_changing_the_digest() -> None:
    one = Request(method="POST", url="https://a", headers=(("A", "1"), ("B", "2")))
    other = Request(method="POST", url="https://a", headers=(("A", "1B"), ("", "2")))
    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.example/x", "a.example"),
        ("https://a.example:443/x", "a.example"),
        ("http://a.example:443/x", "a.example:443"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("/relative", ""),
    ],
)
def test_the_host_is_written_with_its_port_unless_it_is_the_usual_one(url: str, host: str) -> None:
    assert host_of(url) == host


def test_the_allow_list_knows_no_wildcards_and_no_suffixes() -> None:
    hosts = {"a.example", "B.example:8080", "[::1]"}
    allowed = ["a.example", "a.example:99", "b.example:8080", "[::1]:7"]
    refused = ["x.a.example", "a.example.evil", "b.example", "b.example:80", "[::2]", ""]
    assert [host for host in allowed + refused if host_allowed(host, hosts)] == allowed


def test_a_path_leads_through_objects_and_lists() -> None:
    answer = json.loads('{"a": {"b": [1, {"c": null}]}, "0": "zero"}')
    found = [dig(answer, path) for path in ("a.b[0]", "$.a.b[1].c", "a.b.0", "0", "$a.b[0]")]
    assert found == [1, None, 1, "zero", 1]
    assert all(dig(answer, path) is MISSING for path in ("a.c", "a.b[2]", "a.b[0].x", "b"))


@pytest.mark.parametrize("path", ["", "a..b", "a[", "a[x]", "a]", ".", "$"])
def test_what_is_no_path_is_none(path: str) -> None:
    assert parts(path) is None


VERSION = [{"name": "version"}]


def test_a_body_that_is_no_json_is_filled_in_as_text() -> None:
    step = {"type": "http", "method": "POST", "url": "${OPENVINE_API_URL}/deploy", "body": "version=${version}"}
    procedure = parse(book(step, parameters=VERSION))
    sent = render(procedure.steps[0], VARIABLES, procedure.parameters, {"version": "1.2"})
    assert sent.body == b"version=1.2"


@pytest.mark.parametrize(
    "step",
    [
        POST | {"json": {"release": "${version}"}},
        RUN | {"argv": ["./deploy.sh", "${version}"]},
        LOGS | {"contains": "${version}"},
    ],
)
def test_what_was_not_given_is_not_sent_as_its_name(step: dict[str, object]) -> None:
    procedure = parse(book(step, parameters=VERSION))
    setting = Setting(variables=VARIABLES, parameters=procedure.parameters)
    with pytest.raises(UserError, match="version was not given"):
        effect_of(procedure.steps[0], setting)
    assert effect_of(procedure.steps[0], replace(setting, values={"version": "1.2"}))


def test_the_way_back_of_a_change_is_checked_for_names_that_are_none() -> None:
    step = POST | {"undo": {"title": "Off", "json": {"${flagg}": True, "of": "${flagg}"}}}
    ((path, text),) = faults_of(book(step, parameters=[{"name": "flag"}]))
    assert path == ("steps", 0, "undo") and "Did you mean “flag”?" in text
