"""A procedure where nothing can be pressed: what the bot would send stands there for a hand to send, and no secret with it."""

from __future__ import annotations

from bot.context import Context
from bot.runbooks.paper import on_paper
from oncall.values import replace
from tests.bot.usecases.house import ALL, SHIPPED

from .helpers import VARIABLES, shipped

BASE = "https://api.openvine.co"
TOKEN = '-H "Authorization: Bearer $OPENVINE_API_TOKEN"'


def test_each_request_stands_there_as_the_document_writes_its_own_and_code_beside_it() -> None:
    lines = on_paper(shipped("high-memory"), VARIABLES | {"OPENVINE_API_TOKEN": "s3cret"}).splitlines()
    assert f"   curl -X POST {BASE}/admin/memory-pressure {TOKEN}" in lines
    body = "-d '{\"emergency_mode\": true}'"
    assert f"   curl -X POST {BASE}/admin/feature-flags {TOKEN} -H 'Content-Type: application/json' {body}" in lines
    assert "     maxVideos: 25," in lines
    assert not any("s3cret" in line for line in lines)


def test_other_hosts_get_no_token_and_what_is_no_request_is_named() -> None:
    probes = on_paper(shipped("video-load-failures"), VARIABLES | {"OPENVINE_API_TOKEN": "s3cret"}).splitlines()
    assert "   curl -I https://example-video-cdn.com/test-video.mp4" in probes
    assert "   RUN ./deploy.sh staging" in on_paper(shipped("deployment"), VARIABLES).splitlines()


def test_without_a_setting_it_says_what_is_missing() -> None:
    assert "OPENVINE_API_URL" in on_paper(shipped("emergency-recovery"), {})


def test_in_a_drill_there_is_nothing_that_a_hand_could_send_to_the_real_system() -> None:
    assert "curl" not in on_paper(shipped("high-memory"), None)


def test_after_a_change_of_the_configuration_the_new_procedure_stands_there() -> None:
    before, book = Context(SHIPPED, ALL, VARIABLES), shipped("high-memory")
    assert before.on_paper(book, drill=False).startswith(book.title)
    changed = replace(book, title="Another way")
    after = replace(before, config=replace(SHIPPED, runbooks={**SHIPPED.runbooks, book.id: changed}))
    assert after.on_paper(changed, drill=False).startswith("Another way")


def test_what_of_the_environment_nobody_may_read_stands_there_in_no_way() -> None:
    book = shipped("high-memory")
    ctx = Context(SHIPPED, ALL, VARIABLES | {"OPENVINE_API_URL": "https://hunter2hunter2.example"})
    assert "hunter2hunter2" in ctx.on_paper(book, drill=False)
    assert "hunter2hunter2" not in replace(ctx, secrets=frozenset({"hunter2hunter2"})).on_paper(book, drill=False)


def test_what_there_is_no_room_for_is_left_out_by_whole_lines_and_said() -> None:
    book = shipped("high-memory")
    long = replace(book, steps=book.steps * 4)
    *lines, last = on_paper(long, VARIABLES).splitlines()
    assert "no room for the rest" in last and "curl" not in last
    whole = {line.partition(". ")[2] or line for line in on_paper(book, VARIABLES).splitlines()}
    assert {line.partition(". ")[2] or line for line in lines} <= whole
    assert len("\n".join([*lines, last])) <= 6_000
