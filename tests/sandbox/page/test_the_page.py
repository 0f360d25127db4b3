"""The page in a real browser: what it draws, and what it posts when a person does something."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from bot.alerts import rule_of
from bot.configuration import load
from bot.sources.channel import read_message
from tests.browser import needs_chromium
from tests.sandbox.page import night
from tests.sandbox.page.conftest import OpenPage
from tests.sandbox.page.fake_world import FakeWorld, serving

pytestmark = needs_chromium
COLOURS = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
BOXES = "([a, b]) => { [a, b] = [a, b].map(each => document.querySelector(each).getBoundingClientRect()); return "
OVERLAP = BOXES + "a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom }"
INSIDE = BOXES + "a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom }"
CUT = """all => [...document.querySelectorAll(all)].map(node => [node.textContent, node])
  .filter(([, n]) => n.scrollWidth > n.clientWidth + 1 || n.scrollHeight > n.clientHeight + 1).map(([text]) => text)"""
THREAD = f"#u={night.A}&c={night.ALERTS}&t={night.CARD_TS}"


def contrast(background: str, colour: str) -> float:
    """WCAG's ratio of two computed colours, `rgb(…)`."""
    lighter, darker = sorted((luminance(background), luminance(colour)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_block_type_is_drawn(fake: FakeWorld, open_page: OpenPage) -> None:
    fake.roots = [night.message(night.stamp(5), blocks=night.EVERY_BLOCK)]
    page = open_page()
    drawn = page.eval_on_selector_all(".message .block", "all => all.map(b => b.className.match(/block-(\\w+)/)[1])")
    assert drawn == [block["type"] for block in night.EVERY_BLOCK]
    assert page.locator(".unsupported").count() == 0
    body = page.locator(".message")
    for selector, said in {
        "strong >> nth=0": "bold",
        "em": "italic",
        "s": "struck",
        ".block-section code": "code",
        "a.link >> nth=0": "a link",
        ".mention >> nth=0": "#video-team",
        ".block-section .mention >> nth=-1": "@video-oncall",
        ".block-section blockquote": "quoted",
        ".block-section li >> nth=1": "two",
        ".block-section pre": "let x = 1 < 2",
        ".rich .mention": "@Engineer B",
        ".rich blockquote": "rich quote",
        ".rich ol li": "rich item",
        ".input-label": "Say why",
    }.items():
        expect(body.locator(selector)).to_have_text(said)
    expect(body).to_contain_text("a_b_c <tag>")
    for element in ("pick", "go", "who", "where", "many", "day", "time", "when", "more", "radio", "check", "why"):
        expect(body.locator(f'[data-action-id="{element}"]')).to_be_visible()


def test_hostile_text_stays_text(fake: FakeWorld, open_page: OpenPage) -> None:
    fake.roots = [night.HOSTILE_MESSAGE]
    page = open_page()
    for place in (".author", ".block-header", ".block-section", "[data-action-id=evil]"):
        expect(page.locator(f".message {place}")).to_contain_text("<img src=x onerror=")
    assert page.locator(".message img, .message script, .message a").count() == 0
    assert page.evaluate("window.hacked") is None


def test_times_follow_the_sandbox_clock_and_not_the_machine(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator(f'[data-ts="{night.CARD_TS}"] .fields')).to_contain_text("Today 03:10")
    expect(page.locator(".replies-latest")).to_have_text("Last reply 1 minute ago")
    expect(page.locator("#clock-time")).to_contain_text("03:21:4")


def test_a_slash_offers_commands_and_tab_takes_one(open_page: OpenPage, fake: FakeWorld) -> None:
    page = open_page()
    page.fill("#composer", "/")
    assert page.locator(".offer-label").all_inner_texts() == ["/incident", "/oncall", "/runbook"]
    page.press("#composer", "ArrowDown")
    page.press("#composer", "Tab")
    expect(page.locator("#composer")).to_have_value("/oncall ")
    assert page.locator(".offer-label").all_inner_texts() == [
        f"/oncall {verb}" for verb in ("who", "explain", "shifts", "page")
    ]
    page.press("#composer", "ArrowDown")
    page.press("#composer", "Enter")
    expect(page.locator("#composer")).to_have_value("/oncall explain ")
    with page.expect_response("**/world/slack/command"):
        page.press("#composer", "Enter")
    expect(page.locator("#composer")).to_have_value("")
    assert fake.said("command") == [{"user": night.A, "channel": night.ALERTS, "text": "/oncall explain"}]


def test_what_slack_says_about_a_failed_command_stands_in_the_channel(open_page: OpenPage, fake: FakeWorld) -> None:
    fake.answers["command"] = {"ok": False, "error": '/incident failed with the error "operation_timeout"'}
    page = open_page()
    page.fill("#composer", "/incident ack")
    page.press("#composer", "Enter")
    expect(page.locator(".message.local")).to_contain_text('/incident failed with the error "operation_timeout"')
    page.click(".message.local >> text=Dismiss")
    expect(page.locator(".message.local")).to_have_count(0)


def test_a_message_is_sent_and_a_shown_name_becomes_a_handle(open_page: OpenPage, fake: FakeWorld) -> None:
    page = open_page(THREAD)
    page.fill("#thread-composer", "@Engineer B can you look? a < b")
    page.press("#thread-composer", "Enter")
    expect(page.locator("#thread .message >> nth=-1")).to_contain_text("can you look?")
    posted = {"user": night.A, "channel": night.ALERTS, "thread": night.CARD_TS}
    assert fake.said("message") == [{**posted, "text": "@engineer_b can you look? a < b"}]


def test_a_click_posts_who_where_and_what(open_page: OpenPage, fake: FakeWorld) -> None:
    page = open_page()
    card = page.locator(f'[data-ts="{night.CARD_TS}"]')
    with page.expect_response("**/world/slack/click"):
        card.locator('[data-action-id="incident_ack"]').click()
    place = {"user": night.A, "channel": night.ALERTS, "ts": night.CARD_TS, "block_id": "card"}
    assert fake.said("click") == [{**place, "action_id": "incident_ack", "value": "3"}]
    card.locator('[data-action-id="incident_more"]').click()
    with page.expect_response("**/world/slack/click"):
        page.click('[data-option="assign"]')
    chosen = {"text": night.plain("Hand over"), "value": "assign"}
    assert fake.said("click")[1] == {**place, "action_id": "incident_more", "selected_option": chosen}


def test_a_click_that_wants_confirming_is_posted_only_after_it(open_page: OpenPage, fake: FakeWorld) -> None:
    fake.answers["click"] = {"ok": False, "error": "operation_timeout"}
    page = open_page()
    resolve = page.locator('[data-action-id="incident_resolve"]')
    resolve.click()
    page.click('[data-confirm="cancel"]')
    assert fake.said("click") == []
    resolve.click()
    page.click('[data-confirm="ok"]')
    expect(page.locator(".app-error")).to_contain_text("This app responded with the error “operation_timeout”.")
    assert len(fake.said("click")) == 1


def test_choosing_from_menus_posts_the_choice_and_the_state(open_page: OpenPage, fake: FakeWorld) -> None:
    fake.roots = [night.message(night.stamp(5), blocks=night.EVERY_BLOCK)]
    page = open_page()
    with page.expect_response("**/world/slack/click"):
        page.select_option('[data-action-id="pick"]', "severity")
    with page.expect_response("**/world/slack/click"):
        page.select_option('[data-action-id="who"]', night.B)
    first, second = fake.said("click")
    assert (first["block_id"], first["selected_option"]["value"]) == ("s1", "severity")
    assert second["selected_user"] == night.B
    assert second["state"]["values"]["s1"]["pick"]["selected_option"]["value"] == "severity"
    assert second["state"]["values"]["acts"]["day"] == {"type": "datepicker", "selected_date": "2026-03-12"}


def test_a_modal_posts_its_values_and_shows_the_errors_it_gets(open_page: OpenPage, fake: FakeWorld) -> None:
    fake.view = night.VIEW
    page = open_page()
    page.click('[data-modal="submit"]')
    expect(page.locator('[data-block="title"] .input-error')).to_have_text("Please complete this required field.")
    assert fake.said("submit") == []
    fake.answers["submit"] = {"ok": True, "response_action": "errors", "errors": {"title": "Say a little more."}}
    page.fill('.modal [data-block="title"] input', "Videos stall")
    page.select_option('.modal [data-block="who"] select', night.C)
    page.click('[data-modal="submit"]')
    expect(page.locator('[data-block="title"] .input-error')).to_have_text("Say a little more.")
    expect(page.locator('.modal [data-block="title"] input')).to_have_value("Videos stall")
    (posted,) = fake.said("submit")
    assert (posted["user"], posted["view_id"]) == (night.A, "V1")
    assert posted["values"]["title"]["v"] == {"type": "plain_text_input", "value": "Videos stall"}
    assert posted["values"]["severity"]["v"]["selected_option"]["value"] == "P1"
    assert posted["values"]["who"]["v"] == {"type": "users_select", "selected_user": night.C}
    assert posted["values"]["notes"]["v"]["value"] is None
    page.keyboard.press("Escape")
    expect(page.locator(".modal")).to_have_count(0)
    assert fake.said("close") == [{"user": night.A, "view_id": "V1"}]


def test_a_redrawn_channel_keeps_what_was_typed_and_where_it_was_read(open_page: OpenPage, fake: FakeWorld) -> None:
    page = open_page(THREAD)
    page.fill("#thread-composer", "half a sent")
    page.fill("#composer", "half a sentence")
    page.evaluate("document.querySelector('#messages .scroller').scrollTop = 5")
    fake.roots.append(night.message(night.stamp(0), night.B, "Woke up anyway."))
    fake.changed("slack")
    expect(page.locator("#messages .message >> nth=-1")).to_contain_text("Woke up anyway.")
    expect(page.locator("#composer")).to_be_focused()
    expect(page.locator("#composer")).to_have_value("half a sentence")
    expect(page.locator("#thread-composer")).to_have_value("half a sent")
    assert page.evaluate("document.querySelector('#messages .scroller').scrollTop") == 5
    page.click("text=New messages")
    expect(page.locator("#messages .message >> nth=-1")).to_be_in_viewport()


def test_a_new_page_rings_and_a_switch_breaks_things(open_page: OpenPage, fake: FakeWorld) -> None:
    page = open_page()
    expect(page.locator('[data-tab="pages"] .tab-count')).to_have_text("1")
    page.click('[data-tab="mails"]')
    fake.pages.insert(0, {**night.PAGES[0], "dedup_key": "incident-5", "summary": "#5 P0 again"})
    fake.changed("pagerduty")
    expect(page.locator("#pages .page.fresh")).to_contain_text("#5 P0 again")
    expect(page.locator("#phone")).to_have_class("ringing")
    expect(page.locator('[data-rule="video_crash_rate_high"]')).to_contain_text("fires in 3:")
    expect(page.locator('[data-gauge="memory"]')).to_have_attribute("data-level", "critical")
    expect(page.locator('[data-fault="memory_leak"]')).to_have_attribute("aria-checked", "true")
    page.click("text=Break the world")
    page.click('[data-fault="slack_down"]')
    page.click("#jump-next")
    expect(page.locator("#happened")).to_contain_text("level 2: secondary for #3 and 1 more")
    page.click("#happened summary")
    expect(page.locator("#happened")).to_contain_text("Engineer B is paged")
    page.click("#jump-300")
    expect(page.locator("#jump-300")).not_to_have_attribute("aria-busy", "true")
    assert fake.said("fault") == [{"id": "slack_down", "on": True}]
    assert fake.said("jump") == [{"to": "next"}, {"to": "seconds", "seconds": 300}]


def test_slacks_answers_are_broken_behind_a_fold_that_says_what_is_broken(open_page: OpenPage, fake: FakeWorld) -> None:
    page = open_page()
    expect(page.locator('[data-fault="slack_revoked"]')).to_be_hidden()
    page.click("#break-slack summary")
    page.click('[data-fault="slack_revoked"]')
    fake.changed("faults")
    expect(page.locator("#break-slack .on-count")).to_have_text("1 on")
    page.click("#break-slack summary")
    expect(page.locator('[data-fault="slack_revoked"]')).to_be_hidden()
    expect(page.locator("#break-slack .on-count")).to_be_visible()
    assert fake.said("fault") == [{"id": "slack_revoked", "on": True}]


def test_a_page_that_still_rings_stands_above_what_is_over(open_page: OpenPage, fake: FakeWorld) -> None:
    new_to_old = ("resolved", "acknowledged", "triggered", "resolved", "triggered")
    fake.pages = [{**night.PAGES[0], "dedup_key": f"k{n}", "status": status} for n, status in enumerate(new_to_old)]
    page = open_page()
    expect(page.locator("#pages .page")).to_have_count(5)
    order = page.eval_on_selector_all("#pages .page", "all => all.map(page => page.dataset.dedup)")
    assert order == ["k2", "k4", "k1", "k0", "k3"]


def test_each_thing_the_page_suggests_to_another_tool_is_an_alert_of_the_shipped_rules(
    open_page: OpenPage, fake: FakeWorld
) -> None:
    page = open_page()
    ideas = page.locator(".popover [role=menuitem]")
    page.click("#tool-ideas")
    for number in range(ideas.count()):
        ideas.nth(number).click()
        with page.expect_response("**/world/slack/tool"):
            page.click("#tool-form [type=submit]")
        page.click("#tool-ideas")
    suggested = [body["text"] for body in fake.said("tool")]
    assert len(suggested) == ideas.count() > 2
    suggested.append(page.get_attribute("#tool-text", "placeholder") or "")
    shipped = load(Path(__file__).parents[3] / "config")
    rules = {rule.name: rule for rule in shipped.rules}
    for text in suggested:
        event = {"type": "message", "subtype": "bot_message", "bot_id": "B1", "ts": night.CARD_TS, "text": text}
        alert = read_message(event, shipped.patterns, shipped.rules, own=())
        assert alert is not None and rule_of(alert, rules) is not None, text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["primary", "danger"])
def test_a_button_can_be_read_under_the_mouse(open_page: OpenPage, scheme: str, kind: str) -> None:
    page = open_page(scheme=scheme)
    if kind == "danger":
        page.click('[data-action-id="incident_resolve"]')
    button = page.locator(f".button.{kind}").last
    still = button.evaluate(COLOURS)
    button.hover()
    hovered = button.evaluate(COLOURS)
    assert hovered[0] != still[0], "it answers to the mouse"
    assert contrast(*still) >= 4.5 and contrast(*hovered) >= 4.5
    red, green, blue = map(int, re.findall(r"\d+", hovered[0])[:3])
    assert max(red, green, blue) - min(red, green, blue) > 60, "it is still a coloured button"


def test_another_person_is_another_view_of_the_same_slack(open_page: OpenPage, fake: FakeWorld) -> None:
    page = open_page()
    page.click("#person-switch")
    page.click(f'[data-user="{night.B}"]')
    expect(page.locator("#person-switch")).to_contain_text("Engineer B")
    page.hover(f'[data-ts="{night.CARD_TS}"]')
    with page.expect_response("**/world/slack/react"):
        page.click(f'[data-ts="{night.CARD_TS}"] .reaction[data-reaction="eyes"]')
    assert fake.said("react") == [{"user": night.B, "channel": night.ALERTS, "ts": night.CARD_TS, "name": "eyes"}]
    page.reload()
    expect(page.locator("#person-switch")).to_contain_text("Engineer B")


def test_a_thread_opens_beside_the_channel_and_escape_closes_it(open_page: OpenPage) -> None:
    page = open_page()
    page.click(f'[data-open-thread="{night.CARD_TS}"]')
    expect(page.locator("#thread .message")).to_have_count(1 + len(night.REPLIES))
    expect(page.locator("#thread-composer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#thread")).to_be_hidden()


def test_a_message_link_opens_its_thread_and_points_at_it(open_page: OpenPage, fake: FakeWorld) -> None:
    reply = fake.replies[0]["ts"]
    link = f"/archives/{night.ALERTS}/p{reply.replace('.', '')}?thread_ts={night.CARD_TS}"
    page = open_page()
    fake.roots.append(night.message(night.stamp(0), said=f"See <{page.url.split('/#')[0]}{link}|the page>"))
    fake.changed("slack")
    page.click("text=the page")
    expect(page.locator(f'#thread [data-ts="{reply}"]')).to_have_class("message pointed")


def test_the_page_comes_back_by_itself_after_a_restart(browser: Browser) -> None:
    fake = FakeWorld()
    with serving(fake) as url:
        page = browser.new_page()
        page.goto(url)
        page.fill("#composer", "half a sentence")
        expect(page.locator("#reconnecting")).to_be_hidden()
    expect(page.locator("#reconnecting")).to_contain_text("Reconnecting")
    fake = FakeWorld()
    fake.roots.append(night.message(night.stamp(0), night.B, "Written meanwhile."))
    with serving(fake, int(url.rsplit(":", 1)[1])):
        expect(page.locator("#messages .message >> nth=-1")).to_contain_text("Written meanwhile.")
        expect(page.locator("#reconnecting")).to_be_hidden()
        expect(page.locator("#composer")).to_have_value("half a sentence")
        page.close()


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_theme_follows_the_system_until_it_is_toggled(scheme: str, dark: bool, open_page: OpenPage) -> None:
    page = open_page(scheme=scheme)
    is_dark = "matchMedia && parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]) < 60"
    assert page.evaluate(is_dark) is dark
    page.click("#theme")
    assert page.evaluate(is_dark) is not dark
    page.reload()
    page.wait_for_selector(".message")
    assert page.evaluate(is_dark) is not dark


def test_the_files_are_served_fresh_and_under_a_strict_policy(url: str) -> None:
    for path in ("/", "/static/js/app.js", "/static/css/base.css"):
        answer = httpx.get(url + path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src" not in policy and "unsafe-eval" not in policy
    for path in ("/static/__init__.py", "/static/../app.py", "/static/js"):
        assert httpx.get(url + path).status_code == 404


def test_the_rota_is_a_strip_for_each_week_with_gaps_overrides_and_now(fake: FakeWorld, open_page: OpenPage) -> None:
    fake.rota = night.ROTA
    page = open_page()
    weeks = page.locator(".rota-week")
    expect(weeks).to_have_count(2)
    assert page.locator(".rota-label").all_inner_texts() == ["9 Mar", "16 Mar"]
    assert page.locator(".rota-people li").all_inner_texts() == ["Engineer A", "Engineer B"]
    gap = weeks.nth(1).locator(".secondary .gap")
    assert (gap.get_attribute("title") or "").startswith("Nobody is secondary, Mon 16 Mar 09:00 – Mon 23 Mar 00:00")
    taken = weeks.nth(0).locator(".rota-override")
    assert taken.count() == page.locator(".rota-override").count() == 1
    assert taken.evaluate("node => node.style.width") == "14.29%"
    expect(weeks.nth(0).locator(".rota-now")).to_be_visible()
    expect(weeks.nth(1).locator(".rota-now")).to_be_hidden()
    assert page.locator("#rota").get_attribute("hidden") is None
    assert "secondary: Engineer B Mon 9 Mar" in (weeks.nth(0).locator(".rota-bars").get_attribute("aria-label") or "")
