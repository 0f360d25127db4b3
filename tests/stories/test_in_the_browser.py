"""The two stories of the guided tour, by hand: a real Chromium on the real sandbox, every step a click, every claim read off it.

The first is the README's, told there in the same words.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from bot.ground.clock import ShiftedClock
from bot.sandbox.run import Options, sandbox
from bot.sandbox.state import StateFolder, save_clock
from tests.browser import ARGS, CHROMIUM, needs_chromium
from tests.stories.night import CONFIG

WITHIN_MS = 25_000
WHOLE_NIGHT_MS = 90_000
HEADLINE = re.compile(r"P1 · Video memory (?:[5-9]|1\d)\d\d MB \(limit 500 MB\) · #1 · since \d\d:\d\d")
ASKED_FOR = "a confirmation runs out in High Memory Usage Alert for #1"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCREEN: ViewportSize = {"width": 1440, "height": 900}
pytestmark = [pytest.mark.timeout(180), needs_chromium]


class Screen:
    """What a person in front of the page does and sees."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page, self.pictures = page, pictures
        self.channel, self.thread = page.locator("#messages"), page.locator("#thread-messages")
        self.me = ""
        """Whoever is on call: as them one starts."""
        self.card = self.channel.locator("article", has=page.locator("[data-action-id=incident_resolve]")).first

    async def visit(self, url: str) -> None:
        await self.page.goto(url)
        await expect(self.channel).to_contain_text("This is a sandbox")
        await expect(self.page.locator("#bot-state")).to_have_attribute("data-state", "ready")
        world = await self.page.evaluate("async () => (await fetch('/world/state')).json()")
        names = {person["email"]: person["name"] for person in world["people"]}
        self.me = names[world["rota"]["now"]["primary"]]
        await expect(self.page.locator("#person-switch")).to_contain_text(self.me)

    async def types(self, text: str) -> None:
        """In the channel's message box, and Enter."""
        box = self.page.get_by_label("Message", exact=True).first
        await box.fill(text)
        await box.press("Enter")

    async def breaks(self, fault: str, *, on: bool = True) -> None:
        switch = self.page.locator(f"[data-fault={fault}]")
        await switch.click()
        await expect(switch).to_have_attribute("aria-checked", str(on).lower())

    async def jumps(self) -> str:
        """To whatever comes next; what the page says happened."""
        await self.page.locator("#jump-next").click()
        await expect(self.page.locator("#jump-next")).not_to_have_attribute("aria-busy", "true")
        return await self.page.locator("#happened").text_content() or ""

    async def jumps_until(self, happening: str) -> None:
        for _ in range(8):
            said = await self.jumps()
            if happening in said:
                assert re.search(rf"\d\d:\d\d:\d\d {happening}", said), said
                return
        raise AssertionError(f"{happening} did not come: {said}")

    async def presses(self, action: str, within: Locator) -> None:
        """The newest button of that kind."""
        await within.locator(f"[data-action-id={action}]").last.click()

    async def agrees(self) -> str:
        """The confirm dialog's yes; what it asked."""
        dialog = self.page.get_by_role("alertdialog")
        asked = await dialog.inner_text()
        await dialog.locator("[data-confirm=ok]").click()
        await expect(dialog).to_have_count(0)
        return asked

    async def opens_thread(self) -> None:
        await self.card.locator("[data-open-thread]").click()
        await expect(self.thread).to_be_visible()

    async def sees_the_tour_at(self, step: str, within_ms: int = WITHIN_MS) -> None:
        """What the tour asks for next; it goes on by itself."""
        await expect(self.page.locator("#tour .tour-text strong")).to_have_text(step, timeout=within_ms)

    async def memory(self) -> float:
        text = await self.page.locator("[data-gauge=memory] .gauge-value").inner_text()
        return float(re.sub(r"[^\d.]", "", text))

    async def picture(self, name: str) -> None:
        """In light and dark; with SCREENSHOT_DIR also there. The README's is `night`."""
        for scheme in SCHEMES:
            await self.page.emulate_media(color_scheme=scheme)
            for folder in filter(None, (str(self.pictures), os.environ.get("SCREENSHOT_DIR"))):
                Path(folder).mkdir(parents=True, exist_ok=True)
                await self.page.screenshot(path=Path(folder) / f"{name}-{scheme}.png")
        await self.page.emulate_media(color_scheme="light")


@asynccontextmanager
async def a_screen(pictures: Path) -> AsyncIterator[Screen]:
    """A browser's window; at the end, no script error and no refusal of the page's policy may have come up."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = await browser.new_page(viewport=SCREEN, timezone_id="UTC")
        page.set_default_timeout(WITHIN_MS)
        expect.set_options(timeout=WITHIN_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _is_complaint(line.type, line.text) else None)
        try:
            yield Screen(page, pictures)
        finally:
            await browser.close()
    assert complaints == []


def _is_complaint(kind: str, text: str) -> bool:
    """An error of the page; a server that the test stopped is none."""
    return kind == "error" and "net::ERR_" not in text


def _in_the_afternoon(state: Path) -> Path:
    """A Wednesday at 13:00, whenever the test runs: nothing of the calendar is due for hours, so the bar names what the story
    calls for."""
    now = datetime.now(UTC)
    afternoon = now.replace(hour=13, minute=0) + timedelta(days=7 + (2 - now.weekday()) % 7)
    save_clock(StateFolder(state), ShiftedClock(afternoon - now))
    return state


def _options(state: Path, port: int = 0) -> Options:
    return Options(state=state, port=port, config_dir=CONFIG)


async def _an_acknowledged_memory_leak(screen: Screen, url: str) -> None:
    await screen.visit(url)
    await screen.breaks("memory_leak")
    await expect(screen.page.locator("#deadline-what")).to_have_text("video_memory_high fires (P1)")
    assert "video_memory_high fires" in await screen.jumps(), "one jump leads to the alert that the bar names"
    await expect(screen.page.locator("[data-rule=video_memory_high]")).to_have_attribute("data-state", "firing")
    await expect(screen.card).to_contain_text(HEADLINE)
    await screen.presses("incident_ack", screen.card)
    await expect(screen.card).to_contain_text(f"{screen.me} has it")
    await expect(screen.card.locator("[data-action-id=incident_ack]")).to_have_count(0)


async def _the_runbook_until_it_asks(screen: Screen) -> Locator:
    """The first, reading step done, the second one's confirmation on the screen."""
    await screen.opens_thread()
    await screen.presses("incident_runbook", screen.card)
    # The one that belongs to the alert comes first.
    await screen.channel.locator("[data-action-id=runbook_start]").first.click()
    await expect(screen.channel.locator("[data-action-id=runbook_start]")).to_have_count(0)
    await screen.presses("step_run", screen.thread)
    await expect(screen.thread).to_contain_text("2. Trigger Emergency Memory Cleanup")
    await expect(screen.thread).to_contain_text("Estimated memory")
    await screen.presses("step_run", screen.thread)
    asks = screen.thread.locator("article", has=screen.page.locator("[data-action-id=step_confirm]"))
    await expect(asks).to_contain_text("POST")
    await expect(asks).to_contain_text("/openvine/admin/memory-pressure")
    return asks


async def test_both_stories_of_the_tour_are_played_as_they_are_told(tmp_path: Path) -> None:
    async with (
        a_screen(tmp_path / "pictures") as screen,
        sandbox(_options(_in_the_afternoon(tmp_path / "state"))) as running,
    ):
        await _the_readmes_story(screen, running.url)
        await _a_night_nobody_answers(screen)


async def _the_readmes_story(screen: Screen, url: str) -> None:
    """Memory leak, Jump ahead, Acknowledge, Runbook, its clean-up confirmed, the gauge falls, Resolve, the timeline."""
    await _an_acknowledged_memory_leak(screen, url)
    await screen.sees_the_tour_at("Run the runbook")
    asks = await _the_runbook_until_it_asks(screen)
    assert await screen.memory() > 800, "nothing was sent before somebody confirmed"
    await screen.picture("confirmation")

    await screen.presses("step_confirm", asks)
    await expect(screen.thread).to_contain_text(f"Confirmed by {screen.me}")
    await expect(screen.page.locator("[data-action-id=step_confirm]")).to_have_count(0)
    await expect(screen.page.locator("[data-gauge=memory]")).to_have_attribute("data-level", "ok")
    assert await screen.memory() < 500
    await screen.sees_the_tour_at("Resolve")

    await screen.presses("incident_resolve", screen.card)
    assert "Resolve" in await screen.agrees()
    await expect(screen.thread).to_contain_text("Timeline of #1")
    timeline = await screen.thread.locator("article", has_text="Timeline of #1").last.inner_text()
    for said in ("Acknowledged", "Trigger Emergency Memory Cleanup", "Resolved"):
        assert said.lower() in timeline.lower(), timeline
    await screen.picture("story")


async def _a_night_nobody_answers(screen: Screen) -> None:
    """A P0 whose ladder is climbed three times to its last resort, told by the tour, and ended in the morning."""
    await screen.breaks("memory_leak", on=False)
    await screen.page.locator("#tour [data-story=unanswered]").click()
    await screen.breaks("crash_spike")
    await screen.jumps_until("video_crash_rate_high fires")
    await screen.sees_the_tour_at("Nobody answers")
    await expect(screen.page.locator("#pages .page.triggered")).to_contain_text("calls")
    await screen.jumps_until("level 3: everyone for #2")
    await screen.sees_the_tour_at("The last resort")
    await screen.page.locator("#tour-act").click()
    await screen.sees_the_tour_at("Morning", within_ms=WHOLE_NIGHT_MS)
    await screen.page.locator('[data-tab="mails"]').click()
    await expect(screen.page.locator("#mails")).to_contain_text("#2")
    await screen.page.locator("#thread-close").click()
    await screen.breaks("crash_spike", on=False)
    await screen.presses("incident_resolve", screen.page.locator("#messages article", has_text="Crash rate").last)
    await screen.agrees()
    await screen.sees_the_tour_at("A night nobody answers")
    await expect(screen.page.locator("#tour")).to_contain_text("the whole of it is on record")


async def test_a_restart_in_the_middle_changes_nothing_on_the_page(tmp_path: Path) -> None:
    async with a_screen(tmp_path / "pictures") as screen:
        async with sandbox(_options(_in_the_afternoon(tmp_path / "state"))) as running:
            await _an_acknowledged_memory_leak(screen, running.url)
            await _the_runbook_until_it_asks(screen)
            # A second one that nobody has yet: its countdown runs, behind that of the question asked before.
            await screen.types("/incident open P0 The feed is empty")
            for said in (
                "P0 · The feed is empty",
                "#2 is open as P0",
                "Paged Engineer",
                "Next: Engineer",
                "step 2 of 15",
                "is from now on kept equal to who is on call",
            ):
                await expect(screen.channel).to_contain_text(said)
            await expect(screen.page.locator("#deadline-what")).to_have_text(ASKED_FOR)
            await screen.page.locator("#tour-leave").click()
            await screen.page.mouse.move(0, 0)
            await screen.picture("night")
            channel, thread, deadline = await _as_it_stands(screen)
        await expect(screen.page.locator("#reconnecting")).to_be_visible()

        async with sandbox(_options(tmp_path / "state", port=urlsplit(running.url).port or 0)):
            await expect(screen.page.locator("#reconnecting")).to_be_hidden()
            await expect(screen.page.locator("#bot-state")).to_have_attribute("title", re.compile("restarted 1 times"))
            assert await _as_it_stands(screen) == (channel, thread, deadline)
            await screen.page.reload()
            await expect(screen.card).to_contain_text(f"{screen.me} has it")
            await expect(screen.thread).to_contain_text("2. Trigger Emergency Memory Cleanup")
            await expect(screen.page.locator("#deadline-what")).to_have_text(ASKED_FOR)
            assert await _as_it_stands(screen) == (channel, thread, deadline)

            await screen.presses("step_confirm", screen.thread)
            await expect(screen.thread).to_contain_text(f"Confirmed by {screen.me}")
            await screen.jumps_until("level 2: secondary for #2")
            await screen.picture("restarted")


_FIGURES = re.compile(r"📊.*\n|📈.*\n|(?<=P1 · Video memory )\d+(?= MB \(limit)|(?<=\d\d:\d\d) · 2 alerts")
"""Every minute of the world's clock comes a sample, and with the first of them the bot's own alert beside Prometheus'; a card that
is redrawn for whatever reason shows the newest. A headline that lost its figure has other words."""


async def _as_it_stands(screen: Screen) -> tuple[list[str], list[str], tuple[str, str]]:
    """What is said in the channel and in the thread, and what is due when."""
    deadline = await screen.page.evaluate(
        "async () => (await (await fetch('/world/state')).json()).clock.next_deadline"
    )
    return (
        [_FIGURES.sub("", text) for text in await screen.channel.locator(".message-body").all_inner_texts()],
        [_FIGURES.sub("", text) for text in await screen.thread.locator(".message-body").all_inner_texts()],
        (deadline["at"], deadline["what"]),
    )
