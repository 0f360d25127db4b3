"""The blocks of 2025 and 2026 as a person sees them: what they say, how they are worked, in light and in dark."""

from __future__ import annotations

import copy
from typing import Literal

import pytest
from playwright.sync_api import expect

from bot.sandbox.slack.blocks import message_blocks, view_body
from bot.sandbox.slack.newer import NEWER_BLOCKS
from tests.browser import needs_chromium
from tests.sandbox.page import newer, night
from tests.sandbox.page.conftest import OpenPage
from tests.sandbox.page.fake_world import FakeWorld
from tests.sandbox.page.test_the_page import contrast

pytestmark = needs_chromium


ALL_INSIDE = """svg => {
  const all = svg.getBoundingClientRect();
  return [...svg.querySelectorAll(".dot, .bar, .slice, text")].map(one => one.getBoundingClientRect()).every(box =>
    box.left >= all.left - 1 && box.right <= all.right + 1 && box.top >= all.top - 1 && box.bottom <= all.bottom + 1);
}"""


def shown(fake: FakeWorld, *blocks: night.Json) -> None:
    fake.roots = [night.message(night.stamp(5), blocks=list(blocks))]


def test_every_newer_block_is_drawn_and_each_is_one_that_slack_takes(fake: FakeWorld, open_page: OpenPage) -> None:
    for blocks in (newer.NEWER[:1], newer.NEWER[2:], newer.CHARTS[:2], newer.CHARTS[2:]):
        message_blocks(blocks)
    shown(fake, *newer.NEWER, *newer.CHARTS)
    page = open_page()
    drawn = page.eval_on_selector_all(".block", "all => all.map(b => b.className.match(/block-(\\w+)/)[1])")
    assert set(drawn) >= NEWER_BLOCKS - {"alert"} | {"markdown"}
    assert page.locator(".unsupported").count() == 0


def test_a_plan_shows_what_is_done_what_runs_and_what_failed(fake: FakeWorld, open_page: OpenPage) -> None:
    shown(fake, newer.PLAN)
    page = open_page()
    expect(page.locator(".plan-title")).to_have_text("High memory usage")
    said = page.eval_on_selector_all(".task-mark", "all => all.map(one => one.getAttribute('aria-label'))")
    assert said == ["done", "failed", "in progress", "not started"]
    expect(page.locator(".task >> nth=1 >> .task-output")).to_have_text("HTTP 503 after 10 s")
    expect(page.locator(".task-sources a")).to_have_attribute("href", "https://example.org/runbook")


def test_a_table_lines_its_numbers_up_and_a_data_table_turns_its_pages(fake: FakeWorld, open_page: OpenPage) -> None:
    shown(fake, newer.TABLE, newer.DATA_TABLE)
    page = open_page()
    expect(page.locator(".block-table td >> nth=1")).to_have_css("text-align", "right")
    data = page.locator(".block-data_table")
    expect(data.locator("caption")).to_have_text("Samples of the last hour")
    expect(data.locator("tbody th")).to_have_text(["02:00", "02:05", "02:10"])
    expect(data.get_by_label("Earlier rows")).to_be_disabled()
    data.get_by_label("Later rows").click()
    expect(data.locator("tbody th")).to_have_text(["02:15", "02:20", "02:25"])
    expect(data.locator(".pages")).to_have_text("4–6 of 6")
    for column, direction, first in ((1, "ascending", "02:00"), (1, "descending", "02:25"), (0, "ascending", "02:00")):
        data.locator(f'[data-tool="sort-{column}"]').click()
        expect(data.locator(f"thead th >> nth={column}")).to_have_attribute("aria-sort", direction)
        expect(data.locator("tbody th >> nth=0")).to_have_text(first)


def test_real_markdown_is_drawn_and_no_html_in_it(fake: FakeWorld, open_page: OpenPage) -> None:
    said = (
        "# Night\n**bold** *em* ~~no~~ `a_b_c` snake_case_name <b>x</b> [graph](https://example.org/g) [evil](javascript:alert)\n\n"
        "- one\n  1. inner\n- [x] done\n\n1. first\n\n| A | B |\n|---|--:|\n| 1 | 2 |\n\n> quoted\n\n---\n```\nx < 1\n```"
    )
    shown(fake, {"type": "markdown", "text": said})
    page = open_page()
    block = page.locator(".block-markdown")
    for selector, text in {
        "[role=heading]": "Night", "strong": "bold", "em": "em", "s": "no", "p code": "a_b_c", "a": "graph",
        "ul > li > ol": "inner", ".md-task": "☑done", ".block-markdown > ol": "first", "td >> nth=1": "2",
        "blockquote": "quoted", "pre": "x < 1",
    }.items():  # fmt: skip
        expect(block.locator(selector) if "block-markdown" not in selector else page.locator(selector)).to_have_text(
            text
        )
    expect(block).to_contain_text("snake_case_name <b>x</b>")
    expect(block).to_contain_text("[evil](javascript:alert)")
    assert block.locator("hr").count() == 1


@pytest.mark.parametrize(("block", "marks"), [(newer.LINE, 12), (newer.AREA, 12), (newer.BAR, 9), (newer.PIE, 4)])
def test_a_chart_draws_every_value_and_says_it(
    block: night.Json, marks: int, fake: FakeWorld, open_page: OpenPage
) -> None:
    shown(fake, block)
    page = open_page()
    assert page.locator(".chart :is(.dot, .bar, .slice)").count() == marks
    said = page.locator(".chart svg[role=img]").get_attribute("aria-label") or ""
    series = block["chart"].get("series") or [{"data": block["chart"]["segments"]}]
    for point in series[0]["data"]:
        assert point["label"] in said
        assert str(point["value"]) in said
    assert page.eval_on_selector(".chart svg", ALL_INSIDE)


def test_a_container_unfolds_and_one_that_cannot_is_open(fake: FakeWorld, open_page: OpenPage) -> None:
    shown(fake, newer.CONTAINER, newer.OPEN)
    page = open_page()
    expect(page.get_by_text("Nothing to unfold")).to_be_visible()
    expect(page.get_by_text("crash rate 0.4 %")).to_be_hidden()
    page.get_by_text("Evidence at minute zero").click()
    expect(page.get_by_text("crash rate 0.4 %")).to_be_visible()


def test_a_cards_button_posts_who_and_what_also_inside_of_a_carousel(fake: FakeWorld, open_page: OpenPage) -> None:
    shown(fake, *newer.CARDS)
    page = open_page()
    page.locator('[data-action-id="ack"]').click()
    page.locator('[data-action-id="ack9"]').click()
    page.wait_for_timeout(50)
    assert [(said["action_id"], said["value"]) for said in fake.said("click")] == [("ack", "INC-7"), ("ack9", "INC-9")]


def test_an_alert_stands_in_a_modal_with_its_level(fake: FakeWorld, open_page: OpenPage) -> None:
    modal = copy.deepcopy(night.VIEW)
    modal["blocks"] = newer.ALERTS
    view_body({"type": "modal", "title": night.plain("Careful"), "blocks": newer.ALERTS}, "modal")
    fake.view = modal
    page = open_page()
    levels = page.eval_on_selector_all(".block-alert", "all => all.map(one => one.dataset.level)")
    assert levels == ["default", "info", "warning", "error", "success"]
    expect(page.locator(".block-alert >> nth=3")).to_have_text("This changes production (error)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_newer_blocks_can_be_read_in_light_and_in_dark(
    scheme: Literal["light", "dark"], fake: FakeWorld, open_page: OpenPage
) -> None:
    shown(fake, newer.PLAN, newer.TABLE, newer.LINE)
    page = open_page(scheme=scheme)
    ground = "getComputedStyle(document.querySelector('.block-plan')).backgroundColor"
    for selector, what in (
        (".task-title", "color"),
        (".task-details", "color"),
        (".chart text", "fill"),
        (".legend li", "color"),
    ):
        colour = page.eval_on_selector(selector, f"one => getComputedStyle(one).{what}")
        assert contrast(page.evaluate(ground), colour) >= 4.5
