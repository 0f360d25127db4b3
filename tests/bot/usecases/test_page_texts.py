"""A page says how things stand when it leaves: how many alerts by now, what raised it, and since when nobody has answered."""

from __future__ import annotations

from datetime import timedelta

from bot.incidents import Incident
from bot.outbox.pages import build_page
from bot.pagers.email import body
from bot.store import facts, posts
from bot.usecases.escalation import climb_due
from bot.usecases.page_content import page_as_it_is
from oncall.page import Page
from tests.bot.usecases.house import House

PAYLOAD = {"level": 2, "role": "secondary", "person": None, "why": "Secondary"}


def page(house: House) -> Page:
    incident: Incident = house.incident()
    return house.do(page_as_it_is, incident, "key", PAYLOAD)


def test_a_later_level_hears_how_many_alerts_there_are_by_now_and_not_what_the_first_was_about(house: House) -> None:
    house.fires(rule=None, key="a", name="Disk", summary="Disk of app-1 is full", labels={"instance": "app-1"})
    assert page(house).line.what == "Disk of app-1 is full"
    assert page(house).details["instance"] == "app-1"
    for key in ("b", "c"):
        house.fires("video_crash_rate_high", key=key, labels={"instance": key})
    house.fires(rule=None, key="d", name="Disk", summary="Disk of app-2 is full", labels={"instance": "app-2"})
    house.at += timedelta(minutes=30)
    house.do(climb_due)
    many = house.do(page_as_it_is, house.incident(2), "key", PAYLOAD)
    assert many.line.line().endswith(" · 2 alerts")
    assert many.details["alerts"] == "2 alerts"
    assert "instance" not in many.details


def test_a_raise_names_the_alert_that_raised_it(house: House) -> None:
    house.fires(rule=None, key="k", severity="warning", summary="slow", name="Slow", source="prom")
    house.fires(rule=None, key="k", severity="critical", summary="everything is down", name="Slow", source="prom")
    assert page(house).raised == "P2 → P0: a graver alert: everything is down"


def test_a_mail_that_leaves_before_the_card_stands_leads_to_the_channel(house: House) -> None:
    house.fires("video_memory_high")
    mail = house.claim_page(None, "email")
    assert house.do(build_page, mail, "").url == ""
    at = {"name": house.ctx.config.bot.channel, "id": "C1", "team": "T1"}
    facts.put(house.conn, posts.CHANNEL, at, house.at)
    assert house.do(build_page, mail, "").url == "https://slack.com/app_redirect?channel=C1&team=T1"
    house.keep_post(posts.card_key(1))
    assert "channel=D1" in house.do(build_page, mail, "").url
    first, second, *rest = body(house.do(build_page, mail, "")).splitlines()
    assert first.startswith("Acknowledge it by") and "/incident ack 1" in first and "`" not in first
    assert second.startswith("https://")
    assert "severity:" not in " ".join(rest), "the subject says it"


def test_a_response_time_that_has_gone_by_is_no_promise_any_more(house: House) -> None:
    house.fires()
    assert page(house).unanswered is None
    house.at += timedelta(minutes=45)
    assert page(house).unanswered == timedelta(minutes=45)
