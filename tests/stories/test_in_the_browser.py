"""The README's story, by hand: a real Chromium on the real sandbox, every step a click, every claim read off the page."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from bot.sandbox.run import Options, sandbox
from tests.browser import ARGS, CHROMIUM, needs_chromium
from tests.stories.night import CONFIG

WITHIN_MS = 25_000
ASKED_FOR = "a confirmation runs out in High Memory Usage Alert for #1"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCREEN: ViewportSize = {"width": 1440, "height": 900}
pytestmark = [pytest.mark.timeout(180), needs_chromium]


class Screen:
    """What a person in front of the page does and sees."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page, self.pictures = page, pictures
        self.channel, self.thread = page.locator("#messages"), page.locator("#thread-messages")
        self.card = self.channel.locator("article", has=page.locator("[data-action-id=incident_resolve]")).first

    async def visit(self, url: str) -> None:
        await self.page.goto(url)
        await expect(self.channel).to_contain_text("This is a sandbox")
        await expect(self.page.locator("#bot-state")).to_have_attribute("data-ready", "true")

    async def types(self, text: str) -> None:
        """In the channel's message box, and Enter."""
        box = self.page.get_by_label("Message", exact=True).first
        await box.fill(text)
        await box.press("Enter")

    async def breaks(self, fault: str) -> None:
        switch = self.page.locator(f"[data-fault={fault}]")
        await switch.click()
        await expect(switch).to_have_attribute("aria-checked", "true")

    async def jumps(self) -> str:
        """To whatever comes next; what the page says happened."""
        await self.page.locator("#jump-next").click()
        await expect(self.page.locator("#jump-next")).not_to_have_attribute("aria-busy", "true")
        return await self.page.locator("#clock-said").inner_text()

    async def jumps_until(self, happening: str) -> None:
        for _ in range(8):
            said = await self.jumps()
            if happening in said:
                assert re.search(rf"^\d\d:\d\d:\d\d {happening}", said, re.MULTILINE), said
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


def _options(state: Path, port: int = 0) -> Options:
    return Options(state=state, port=port, config_dir=CONFIG)


async def _an_acknowledged_memory_leak(screen: Screen, url: str) -> None:
    await screen.visit(url)
    await screen.breaks("memory_leak")
    await screen.jumps_until("video_memory_high fires")
    await expect(screen.page.locator("[data-rule=video_memory_high]")).to_have_attribute("data-state", "firing")
    await expect(screen.card).to_contain_text(re.compile("P1 · Video (system memory usage|memory high)"))
    await screen.presses("incident_ack", screen.card)
    await expect(screen.card).to_contain_text("Engineer A has it")
    await expect(screen.card.locator("[data-action-id=incident_ack]")).to_have_count(0)


async def _the_runbook_until_it_asks(screen: Screen) -> Locator:
    """The first, reading step done, the second one's confirmation on the screen."""
    await screen.opens_thread()
    await screen.presses("incident_runbook", screen.card)
    # The one that belongs to the alert comes first.
    await screen.channel.locator("[data-action-id=runbook_start]").first.click()
    await screen.presses("step_run", screen.thread)
    await expect(screen.thread).to_contain_text("2. Trigger Emergency Memory Cleanup")
    await expect(screen.thread).to_contain_text("Estimated memory")
    await screen.presses("step_run", screen.thread)
    asks = screen.thread.locator("article", has=screen.page.locator("[data-action-id=step_confirm]"))
    await expect(asks).to_contain_text("POST")
    await expect(asks).to_contain_text("/openvine/admin/memory-pressure")
    return asks


async def test_the_whole_story_is_played_by_clicks(tmp_path: Path) -> None:
    async with a_screen(tmp_path / "pictures") as screen, sandbox(_options(tmp_path / "state")) as running:
        await _an_acknowledged_memory_leak(screen, running.url)
        asks = await _the_runbook_until_it_asks(screen)
        assert await screen.memory() > 800, "nothing was sent before somebody confirmed"
        await screen.picture("confirmation")

        await screen.presses("step_confirm", asks)
        await expect(screen.thread).to_contain_text("Confirmed by Engineer A")
        await expect(screen.thread).to_contain_text("Step 2/15 “Trigger Emergency Memory Cleanup” sent")
        await expect(screen.page.locator("[data-action-id=step_confirm]")).to_have_count(0)
        await expect(screen.page.locator("[data-gauge=memory]")).to_have_attribute("data-level", "ok")
        assert await screen.memory() < 500

        await screen.presses("incident_resolve", screen.card)
        assert "Resolve" in await screen.agrees()
        await expect(screen.thread).to_contain_text("Timeline of #1")
        timeline = await screen.thread.locator("article", has_text="Timeline of #1").last.inner_text()
        for said in ("Acknowledged", "Trigger Emergency Memory Cleanup", "Resolved"):
            assert said.lower() in timeline.lower(), timeline
        await screen.picture("story")


async def test_a_first_visit_needs_nobody_in_the_configuration_whom_this_slack_knows(tmp_path: Path) -> None:
    async with a_screen(tmp_path / "pictures") as screen, sandbox(_options(tmp_path / "state")) as running:
        running.world.people = ()
        await screen.visit(running.url)
        await expect(screen.page.locator("#sidebar")).to_contain_text("Engineer A")

        await screen.page.evaluate("localStorage.clear()")
        await screen.page.goto("about:blank")
        running.world.people = (("nobody@example.com", "Nobody"),)
        await screen.visit(running.url)
        await expect(screen.page.locator("#sidebar")).to_contain_text("Engineer A")


async def test_a_restart_in_the_middle_changes_nothing_on_the_page(tmp_path: Path) -> None:
    async with a_screen(tmp_path / "pictures") as screen:
        async with sandbox(_options(tmp_path / "state")) as running:
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
                "is who is on call from now on",
            ):
                await expect(screen.channel).to_contain_text(said)
            await expect(screen.page.locator("#deadline-what")).to_have_text(ASKED_FOR)
            await expect(screen.page.locator("#clock-said")).to_be_hidden()
            await screen.page.locator("#tour-close").click()
            await screen.page.mouse.move(0, 0)
            await screen.picture("night")
            channel, thread, deadline = await _as_it_stands(screen)
        await expect(screen.page.locator("#reconnecting")).to_be_visible()

        async with sandbox(_options(tmp_path / "state", port=urlsplit(running.url).port or 0)):
            await expect(screen.page.locator("#reconnecting")).to_be_hidden()
            await expect(screen.page.locator("#bot-state")).to_have_attribute("title", re.compile("restarted 1 times"))
            assert await _as_it_stands(screen) == (channel, thread, deadline)
            await screen.page.reload()
            await expect(screen.card).to_contain_text("Engineer A has it")
            await expect(screen.thread).to_contain_text("Runbook started")
            await expect(screen.page.locator("#deadline-what")).to_have_text(ASKED_FOR)
            assert await _as_it_stands(screen) == (channel, thread, deadline)

            await screen.presses("step_confirm", screen.thread)
            await expect(screen.thread).to_contain_text("Step 2/15 “Trigger Emergency Memory Cleanup” sent")
            await screen.jumps_until("level 2: secondary for #2")
            await screen.picture("restarted")


_WITHOUT_FIGURES = re.compile(r"📊.*\n|📈.*\n")
"""A sample comes every minute of the world's clock, and a card that is redrawn for whatever reason shows the newest."""


async def _as_it_stands(screen: Screen) -> tuple[list[str], list[str], tuple[str, str]]:
    """What is said in the channel and in the thread, and what is due when."""
    deadline = await screen.page.evaluate(
        "async () => (await (await fetch('/world/state')).json()).clock.next_deadline"
    )
    return (
        [_WITHOUT_FIGURES.sub("", text) for text in await screen.channel.locator(".message-body").all_inner_texts()],
        await screen.thread.locator(".message-body").all_inner_texts(),
        (deadline["at"], deadline["what"]),
    )
