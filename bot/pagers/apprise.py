"""Everything that the library Apprise reaches: SMS, voice, push, Telegram, ntfy and so on, each by a URL of its own.

https://appriseit.com. Its plugins block, sleep between requests and know no time-out that ends them: each page has a thread and an
object of its own, and is not waited for longer than `WITHIN_S`. `notify()` answers with a result that is neither `True` nor
`False`; it is read for each service, by its last attempt, since one marked `?optional=yes` counts as taken though nobody took it.
What failed and why Apprise does not say, so a page that it calls failed may have arrived all the same.
Refuses URLs whose scheme bot.yml does not allow, and to repeat a word of what the library says: its words may hold the URL.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, TypeVar

from bot.ground.redaction import clean
from oncall.headline import whose
from oncall.page import DeliveryError, Page, Receipt
from oncall.policy import transport_name
from oncall.rota import ROLES
from oncall.values import dataclass

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyResult

T = TypeVar("T")

WITHIN_S = 7.0
"""Seconds that a page is waited for: less than the outbox gives an exchange."""
AT_ONCE = 32
"""Threads at work together. Those that hang count, too: then nothing more is begun until one of them is through."""
LONGEST_TITLE, LONGEST_BODY, TITLE = 120, 300, 50
"""Characters: a text message has 160, and two of them are read as one. Of a title so many that figure and time fit."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one service that a URL named."""

    service: str
    ok: bool


class Unreadable(Exception):
    """Apprise cannot make anything of the URL."""


class Apprise:
    """Hands pages over to the page's address, an Apprise URL. `name` is the transport's in bot.yml."""

    def __init__(self, name: str, schemes: Collection[str], threads: Threads, *, within: float = WITHIN_S) -> None:
        self.name = name
        self._schemes = schemes
        self._threads = threads
        self._within = within

    async def send(self, page: Page) -> Receipt:
        """Raises `DeliveryError`."""
        who, url = transport_name(self.name), page.address or ""
        if (why := refusal(url, self._schemes)) is not None:
            raise DeliveryError(f"{who} {why}", temporary=False)
        title, body = text_of(page)
        try:
            async with asyncio.timeout(self._within):
                taken = await self._threads.run(lambda: _hand_over(url, title, body))
        except TimeoutError:
            raise DeliveryError(f"{who} did not answer within {self._within:g} s", temporary=True, maybe=True) from None
        except Unreadable:
            raise DeliveryError(f"{who}: Apprise cannot read its URL", temporary=False) from None
        return _receipt(who, taken)


class Threads:
    """Threads of the pages', none of which keeps the process from ending."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._room = at_once

    async def run(self, work: Callable[[], T]) -> T:
        """Do it beside the loop. Whoever stops waiting leaves its thread behind. Raises `DeliveryError` where there is no room."""
        if self._room <= 0:
            raise DeliveryError("every thread of Apprise hangs", temporary=True)
        self._room -= 1
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def answer(result: T | None, error: BaseException | None) -> None:
            self._room += 1
            if done.cancelled():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]

        def run() -> None:
            result, error = None, None
            try:
                result = work()
            except BaseException as raised:  # noqa: BLE001 - it is raised where it is waited for
                error = raised
            if not loop.is_closed():
                loop.call_soon_threadsafe(answer, result, error)

        threading.Thread(target=run, name="apprise", daemon=True).start()
        return await done


def refusal(url: str, schemes: Collection[str]) -> str | None:
    """Why nothing is sent to a URL, not one word of which is repeated."""
    if not url:
        return "has no address"
    scheme, mark, _ = url.partition("://")
    if not mark or scheme.lower() not in schemes:
        return f"may not be used: the scheme of its URL is not in `apprise_schemes` of bot.yml ({', '.join(sorted(schemes))})"
    return None


def readable(url: str) -> bool:
    """Whether Apprise makes a service of it. Sends nothing."""
    import apprise

    return bool(apprise.Apprise(asset=_asset()).add(url))


def text_of(page: Page) -> tuple[str, str]:
    """Title and body, for a screen of a hand's width."""
    title = " ".join(clean(page.line.line(TITLE)).split())
    due = f"Respond by {page.respond_by:%H:%M} UTC. " if page.respond_by and page.unanswered is None else ""
    late = "Nobody has answered in time. " if page.unanswered is not None else ""
    repeat = " (possible repeat)" if page.possible_repeat else ""
    why = clean(page.text) if page.role not in ROLES else whose(page.role).capitalize()
    body = f"{due}{late}{why}. Acknowledge in Slack: /incident ack {page.incident}{repeat}"
    return _short(title, LONGEST_TITLE), _short(" ".join(body.split()), LONGEST_BODY)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _asset() -> AppriseAsset:
    """No plugins from disk, nothing kept on disk, no redirect followed, no URL in the log."""
    import apprise

    return apprise.AppriseAsset(plugin_paths=[], secure_logging=True, http_redirects=False, async_mode=False)


def _hand_over(url: str, title: str, body: str) -> list[Taken]:
    """In its thread. Imported here: who has no such transport never pays for it."""
    import apprise

    page = apprise.Apprise(asset=_asset())
    if not page.add(url):
        raise Unreadable
    result = page.notify(body=body, title=title, notify_type=apprise.NotifyType.FAILURE)
    return [Taken(each.name, _was_taken(each)) for each in result.results]


def _was_taken(service: NotifyResult) -> bool:
    """By its last attempt; the service's own status is good for one that is optional, whatever came of it."""
    return bool(service.attempts) and bool(service.attempts[-1])


def _receipt(who: str, taken: Sequence[Taken]) -> Receipt:
    """Whoever is reached by one service of several is reached; Apprise hands on no id of a provider's."""
    ok = [each.service for each in taken if each.ok]
    not_ok = [each.service for each in taken if not each.ok]
    if not ok:
        why = "nothing in its URL to send to" if not taken else f"{', '.join(not_ok)} did not take it"
        raise DeliveryError(f"{who}: {why}", temporary=bool(taken), maybe=bool(taken))
    return Receipt(id="", detail=", ".join(ok) + (f"; not: {', '.join(not_ok)}" if not_ok else ""))
