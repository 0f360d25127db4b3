"""The page for whoever comes: by keyboard, on a phone, in the dark, reading aloud, woken in the middle of something."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import needs_chromium
from tests.sandbox.page import newer, night
from tests.sandbox.page.conftest import OpenPage
from tests.sandbox.page.fake_world import FakeWorld
from tests.sandbox.page.test_the_page import BOXES, CUT, INSIDE, THREAD

pytestmark = needs_chromium
GRAVE = ("serious", "critical")
VIEWS = ("channel", "thread", "rooms", "phone", "world", "break")
OVERLAP = BOXES + "a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom }"
FOCUSED = "document.activeElement.id"
BEYOND = """() => [...document.querySelectorAll("#stage *, #topbar *, #tour *, #views *")].filter(node => {
  const box = node.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !node.closest(".table-scroll, .block-carousel, .skips, svg");
}).map(node => node.className || node.tagName)"""
"""What reaches over the right edge, although nothing around it scrolls."""
BROKEN = """() => {
  const found = [], range = document.createRange();
  const texts = document.createTreeWalker(document.querySelector("#stage"), NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const { 0: word, index } of text.data.matchAll(/(?<!\\w)\\w{2,20}(?!\\w)/g)) {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word);
    }
  }
  return found;
}"""
"""Words that could have stood on one line and stand on two."""


def everything(fake: FakeWorld) -> None:
    """All that the page can draw, at once."""
    fake.rota = night.ROTA
    fake.roots = [
        *night.ROOTS,
        night.message(night.stamp(0.5), blocks=night.EVERY_BLOCK),
        night.message(night.stamp(0.4), blocks=[*newer.NEWER, *newer.CHARTS]),
        night.message(
            night.stamp(0.3), said="@Engineer_With_A_Very_Long_Name video_memory_high_on_every_player_of_them"
        ),
        night.message(
            night.stamp(0.2),
            said="Chart",
            files=[{"name": "a.csv", "title": "Samples", "size": 2048, "url_private": "/"}],
        ),
    ]
    fake.changes = {
        "progress": [{"number": 3, "rule": "video_memory_high", "state": "triggered", "kinds": [], "level": 1}]
    }


def each_view(page: Page, width: int) -> list[str]:
    """The page at that width, one view after the other where there are views."""
    page.set_viewport_size({"width": width, "height": 800})
    return [view for view in VIEWS if page.locator(f"#views [data-view={view}]").is_visible()] or [""]


def look_at(page: Page, view: str) -> None:
    if view:
        page.click(f"#views [data-view={view}]")
        expect(page.locator(f"#views [data-view={view}]")).to_have_attribute("aria-current", "true")


def test_nobody_is_kept_out_by_colour_structure_or_names(fake: FakeWorld, open_page: OpenPage) -> None:
    everything(fake)
    page = open_page(THREAD, tour=True)
    for width in (1280, 390):
        for view in each_view(page, width)[
            ::4
        ]:  # a wide screen shows all at once; of a phone the channel and the gauges
            look_at(page, view)
            page.emulate_media(color_scheme="light")
            assert grave(page) == [], (width, view)
            page.emulate_media(color_scheme="dark")
            assert grave(page, runOnly=["color-contrast"]) == [], (width, view, "dark")


def grave(page: Page, **options: object) -> list[tuple[str, list[object]]]:
    """What axe finds serious or critical, and where."""
    asked = {"resultTypes": ["violations"], "iframes": False, **options}
    found = Axe().run(page, options=asked).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found if each["impact"] in GRAVE]


def test_nothing_scrolls_sideways_is_cut_off_or_breaks_a_word_at_any_width(
    fake: FakeWorld, open_page: OpenPage
) -> None:
    everything(fake)
    page = open_page(THREAD, tour=True)
    for width in (1440, 1100, 800, 390):
        for view in each_view(page, width):
            look_at(page, view)
            sizes = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
            assert sizes == [width, 800], view
            assert page.evaluate(BEYOND) == [], (width, view)
            assert page.evaluate(BROKEN) == [], (width, view)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1100, 800)])
def test_nothing_needed_is_cut_or_covered(width: int, height: int, open_page: OpenPage) -> None:
    page = open_page(tour=True)
    page.set_viewport_size({"width": width, "height": height})
    page.click("#jump-next")
    expect(page.locator("#happened")).to_contain_text("level 2")
    for other in ("#topbar", "#tour", "#stage"):
        assert not page.evaluate(OVERLAP, ["#happened", other])
    cut = page.evaluate(
        CUT, ".switch-label, .me-name, .room-name, .rule-name, .gauge-label, #deadline-what, #tool-hint"
    )
    assert cut == []
    expect(page.locator("#tool-form [type=submit]")).to_be_in_viewport(ratio=1)
    for at in range(2):
        assert page.evaluate(INSIDE, [f"#pages .page:nth-child({at + 1})", "#phone"])
    page.click(f'[data-open-thread="{night.CARD_TS}"]')
    expect(page.locator("#thread-composer")).to_be_in_viewport(ratio=1)
    channel = page.locator("#channel")
    assert channel.is_hidden() or not page.evaluate(OVERLAP, ["#channel", "#thread"])


def test_the_message_box_is_ten_stops_away_at_most_and_two_by_the_skip_link(open_page: OpenPage) -> None:
    page = open_page(tour=True)
    stops: list[str] = []
    while len(stops) < 10 and "composer" not in stops:
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    assert stops[-1] == "composer"
    page.reload()
    page.wait_for_selector(".message")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("awake")
    expect(page.locator("#composer")).to_have_value("awake")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.click(f'[data-open-thread="{night.CARD_TS}"]')
    page.focus("#skip-to-composer")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-composer")).to_be_focused()


def test_arrow_keys_walk_the_rooms_and_the_tools_of_a_message(open_page: OpenPage) -> None:
    page = open_page()
    page.focus(".room.active")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".room >> nth=1")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#channel-name")).to_have_text("video-team")
    page.focus(".toolbar .tool")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.tool") == "q-white_check_mark"


def test_a_thread_and_a_room_come_to_the_front_of_a_phone(fake: FakeWorld, open_page: OpenPage) -> None:
    page = open_page()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#views [data-view=phone] .badge")).to_have_text("1")
    page.click(f'[data-open-thread="{night.CARD_TS}"]')
    expect(page.locator("#thread-composer")).to_be_visible()
    assert page.evaluate("document.querySelector('#thread-composer').clientHeight") >= 20, "a whole line"
    expect(page.locator("#channel")).to_be_hidden()
    page.reload()
    page.click("#views [data-view=thread]")
    expect(page.locator("#thread-composer")).to_be_visible()
    assert page.evaluate("document.querySelector('#thread-composer').clientHeight") >= 20, "a whole line"
    page.click("#thread-close")
    expect(page.locator("#messages")).to_be_visible()
    page.click("#views [data-view=rooms]")
    page.click('[data-channel="D0B"]')
    expect(page.locator("#channel-name")).to_have_text("Engineer B")


def test_you_start_as_whoever_is_on_call_and_else_as_anybody_this_slack_knows(
    fake: FakeWorld, open_page: OpenPage
) -> None:
    fake.rota = night.ROTA
    page = open_page()
    expect(page.locator("#person-switch")).to_contain_text("Engineer B")
    fake.rota, fake.changes = None, {"people": [{"email": "nobody@example.com", "name": "Nobody"}]}
    page.evaluate("sessionStorage.clear(); history.replaceState(null, '', '/')")
    page.reload()
    expect(page.locator("#person-switch")).to_contain_text("Engineer A")


def test_the_bot_is_said_to_be_down_when_it_is_and_when_nobody_answers_for_it(
    fake: FakeWorld, open_page: OpenPage
) -> None:
    page = open_page()
    expect(page.locator("#bot-state")).to_have_text("Bot ready · Socket Mode")
    fake.changes = {
        "bot": {"url": "", "ready": False, "trouble": "its engine went round 9 s ago", "mode": "socket", "restarts": 0}
    }
    fake.changed("clock")
    expect(page.locator("#bot-state")).to_have_text("Bot stands still")
    expect(page.locator("#bot-state")).to_have_attribute("data-state", "down")
    fake.closing = True
    expect(page.locator("#bot-state")).to_have_text("No connection")


def test_what_is_taller_than_the_pane_is_read_from_its_beginning(fake: FakeWorld, open_page: OpenPage) -> None:
    page = open_page()
    rows = [night.section(f"Runbook {number}", accessory=night.button("Start", f"s{number}")) for number in range(40)]
    fake.roots.append(night.message(night.stamp(0), blocks=rows))
    fake.changed("slack")
    expect(page.locator("text=Runbook 39")).to_be_attached()
    expect(page.locator("text=Runbook 0")).to_be_in_viewport()


def test_a_press_is_not_lost_to_what_is_redrawn_under_the_finger(fake: FakeWorld, open_page: OpenPage) -> None:
    page = open_page()
    page.hover('[data-action-id="incident_ack"]')
    page.mouse.down()
    card = next(each for each in fake.roots if each["ts"] == night.CARD_TS)
    card["blocks"] = [*card["blocks"], night.context("redrawn")]
    with page.expect_response("**/world/slack/state*"):
        fake.changed("slack")
    page.mouse.up()
    expect(page.locator(f'[data-ts="{night.CARD_TS}"]')).to_contain_text("redrawn")
    assert [body["action_id"] for body in fake.said("click")] == ["incident_ack"]


def test_links_of_the_sandbox_lead_somewhere_inside_of_it(fake: FakeWorld, open_page: OpenPage) -> None:
    page = open_page()
    at = page.url.split("/#")[0]
    fake.roots += [
        night.message(night.stamp(0), said=f"<{at}/graph?g0.expr=avg%28video_memory%29+%3E+500&g0.tab=1|Query>"),
        night.message(night.stamp(0, 2), said="Also here", thread_ts=night.CARD_TS, broadcast=True),
    ]
    fake.changed("slack")
    page.click("text=Query")
    expect(page.locator('[data-rule="video_memory_high"]')).to_have_class("rule firing pointed")
    page.click("text=replied to a thread")
    expect(page.locator("#thread .message")).to_have_count(1 + len(night.REPLIES))
    page.goto(f"{at}/graph?g0.expr=avg%28video_memory%29+%3E+500")
    expect(page.locator('[data-rule="video_memory_high"]')).to_have_class("rule firing pointed")


def test_a_tour_goes_on_by_what_happens_and_can_be_left_and_begun_at_any_moment(
    fake: FakeWorld, open_page: OpenPage
) -> None:
    fake.faults = set()
    page = open_page(tour=True)
    step = page.locator("#tour .tour-text strong")
    expect(step).to_have_text("Break memory")
    expect(page.locator("#tour-ring")).to_be_visible()
    page.click('[data-fault="memory_leak"]')
    expect(step).to_have_text("Jump ahead")
    fake.changes = {
        "progress": [{"number": 1, "rule": "video_memory_high", "state": "triggered", "kinds": [], "level": 1}]
    }
    fake.changed("clock")
    expect(step).to_have_text("Acknowledge")
    page.reload()
    expect(step).to_have_text("Acknowledge")
    page.focus("#tour-skip")
    page.keyboard.press("Escape")
    expect(page.locator("#tour")).to_be_hidden()
    expect(page.locator("#tour-ring")).to_be_hidden()
    expect(page.locator("#help")).to_be_focused()
    page.click("#help")
    page.click("[data-story=unanswered]")
    expect(step).to_have_text("Break the player")
    page.click("#tour-leave")
    page.reload()
    page.wait_for_selector(".gauge")
    expect(page.locator("#tour")).to_be_hidden()
