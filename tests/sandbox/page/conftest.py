"""One browser for all tests of the page in a process, and one fake world and one tab for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser import ARGS, CHROMIUM
from tests.sandbox.page.fake_world import FakeWorld, serving


def is_complaint(line: ConsoleMessage) -> bool:
    """Whether it is an error of the page; a server that a test has stopped is none."""
    return line.type == "error" and "net::ERR_" not in line.text


OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def fake() -> FakeWorld:
    return FakeWorld()


@pytest.fixture
def url(fake: FakeWorld) -> Iterator[str]:
    with serving(fake) as base:
        yield base


@pytest.fixture
def open_page(browser: Browser, url: str) -> Iterator[OpenPage]:
    """Opens the page, without the tour of a first visit unless asked for, and waits for its first messages.

    At the end, there must have been no script error and no CSP refusal.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="UTC", reduced_motion="reduce")
    complaints: list[str] = []

    def opened(hash_: str = "", scheme: Literal["light", "dark"] = "light", *, tour: bool = False) -> Page:
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.emulate_media(color_scheme=scheme)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if is_complaint(line) else None)
        if not tour:
            page.add_init_script("localStorage.getItem('tour') ?? localStorage.setItem('tour', 'done')")
        page.goto(f"{url}/{hash_}")
        page.wait_for_selector(".message")
        page.wait_for_selector(".gauge")
        return page

    yield opened
    context.close()
    assert complaints == []
