"""Who may read as from an Alertmanager and who may silence, and what is no silence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bot.web.conftest import Site, site

GOOD: dict[str, Any] = {
    "matchers": [{"name": "instance", "value": "app-1", "isRegex": False}],
    "startsAt": "2026-01-05T03:00:00Z",
    "endsAt": "2026-01-05T04:00:00.123456789+01:00",
    "createdBy": "me",
    "comment": "deploy",
}
OUTSIDE = {"X-Forwarded-For": "203.0.113.9"}


async def _silences(running: Site, token: str = "", outside: bool = True) -> int:
    headers = {**(OUTSIDE if outside else {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    return (await running.client.post("/api/v2/silences", json=GOOD, headers=headers)).status_code


async def test_only_a_silencers_token_may_silence_and_a_senders_is_told_that_it_may_not() -> None:
    async with site("sender", silencers=("silencer",)) as running:
        found = [await _silences(running, token) for token in ("silencer", "sender", "stranger", "")]
        assert found == [200, 403, 401, 401]
        assert await _silences(running, outside=False) == 401, "where tokens are set, this machine needs one too"
        for token in ("silencer", "sender"):
            reading = await running.client.get("/api/v2/silences", headers={"Authorization": f"Bearer {token}"})
            assert reading.status_code == 200
        refused = await running.client.delete(
            "/api/v2/silence/00000000-0000-0000-0000-000000000000", headers={"Authorization": "Bearer sender"}
        )
        assert refused.status_code == 403


async def test_without_such_tokens_only_this_machine_silences() -> None:
    async with site("sender") as running:
        found = [await _silences(running, outside=False), await _silences(running), await _silences(running, "sender")]
        assert found == [200, 401, 403]


@pytest.mark.parametrize(
    "wrong",
    [
        {"matchers": []},
        {"matchers": [{"name": "a"}]},
        {"matchers": ["a=b"]},
        {"matchers": [{"name": "a", "value": "(a+)+b", "isRegex": True}]},
        {"endsAt": None},
        {"startsAt": "soon"},
        {"comment": None},
    ],
)
async def test_what_is_no_silence_is_refused_in_a_json_text(local: Site, wrong: dict[str, Any]) -> None:
    answer = await local.client.post("/api/v2/silences", json={**GOOD, **wrong})
    assert answer.status_code == 400
    assert isinstance(answer.json(), str)


async def test_a_filter_that_is_none_and_an_id_that_is_none_are_said_to_be_so(local: Site) -> None:
    bad = await local.client.get("/api/v2/alerts", params={"filter": "bad"})
    assert (bad.status_code, bad.json()) == (400, "bad matcher format: bad")
    assert (await local.client.get("/api/v2/silence/nonsense")).status_code == 404
    assert (await local.client.post("/api/v2/silences", content=b"{")).status_code == 400
