"""PagerDuty's door: who is let in, and what each is answered. Three 4xx in a row and PagerDuty says nothing for a day."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
import pytest

from bot.errors import StoreDown
from bot.sources.pagerduty import Word
from bot.web.pagerduty_door import LIMIT
from tests.bot.sources.test_pagerduty import body, sign
from tests.bot.web.conftest import site

RAW = body("incident.acknowledged")


@dataclass
class Ear:
    heard: list[tuple[str, str]] = field(default_factory=list)
    raises: Exception | None = None

    async def hear(self, word: Word, delivery: str) -> str:
        if self.raises is not None:
            raise self.raises
        self.heard.append((word.type, delivery))
        return "acknowledged"


def headers(raw: bytes, secret: str = "s1") -> dict[str, str]:
    return {"X-PagerDuty-Signature": sign(secret, raw), "X-Webhook-Id": "w-1", "X-Forwarded-For": "203.0.113.9"}


async def test_what_is_signed_is_taken_from_anywhere_and_what_became_of_it_is_answered() -> None:
    ear = Ear()
    async with site("token", words=ear, secrets=("s0", "s1")) as running:
        answer = await running.client.post("/pagerduty/webhooks", content=RAW, headers=headers(RAW))
    assert (answer.status_code, answer.json()) == (202, {"taken": "acknowledged"})
    assert ear.heard == [("incident.acknowledged", "w-1")]


@pytest.mark.parametrize(
    "raw", [b"not json", body("service.updated"), orjson.dumps({"event": {"event_type": "pagey.ping"}})]
)
async def test_what_is_pagerdutys_and_means_nothing_here_gets_its_2xx(raw: bytes) -> None:
    async with site(words=(ear := Ear()), secrets=("s1",)) as running:
        assert (await running.client.post("/pagerduty/webhooks", content=raw, headers=headers(raw))).status_code == 202
    assert ear.heard == []


async def test_without_a_signature_by_a_secret_of_ours_nobody_is_let_in() -> None:
    async with site(words=(ear := Ear()), secrets=("s1",)) as running:
        wrong = await running.client.post("/pagerduty/webhooks", content=RAW, headers=headers(RAW, "s2"))
        none = await running.client.post("/pagerduty/webhooks", content=RAW)
        large = b"x" * (LIMIT + 1)
        much = await running.client.post("/pagerduty/webhooks", content=large, headers=headers(large))
    async with site(words=ear) as running:
        unset = await running.client.post("/pagerduty/webhooks", content=RAW, headers=headers(RAW, ""))
    assert [answer.status_code for answer in (wrong, none, much, unset)] == [401, 401, 413, 401]
    assert ear.heard == [] and "PAGERDUTY_WEBHOOK_SECRETS" in unset.json()["error"]


async def test_what_cannot_be_written_is_asked_to_come_again() -> None:
    async with site(words=Ear(raises=StoreDown("the disk is full.")), secrets=("s1",)) as running:
        answer = await running.client.post("/pagerduty/webhooks", content=RAW, headers=headers(RAW))
    assert answer.status_code == 503 and answer.headers["Retry-After"]
