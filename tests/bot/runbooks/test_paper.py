"""A procedure where nothing can be pressed: what the bot would send stands there for a hand to send, and no secret with it."""

from __future__ import annotations

from bot.runbooks.paper import on_paper

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
