"""A storm: 1,667 alerts a second of 1,000 fingerprints and 10 rules, against a Slack that lets pass what the real one does.

Half of the rules fire in the first post and the others begin one after the other until half-time; meanwhile new rules fire, and
one that was known grows graver. It asks that none of that is swallowed, that Slack is not asked for more than it takes, and
that memory stays flat. What Slack could not take at once has to be there in the end.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func

from bot.incidents import Incident
from bot.sandbox.slack import Human, RealLimits
from bot.store import incidents
from bot.store.engines import reading_engine
from bot.store.schema import alerts, deliveries
from bot.timeline.header import alerts_in
from tests.bench import wishes
from tests.bench.load import BATCH, STORM_INSTANCES, STORM_RULES, storm_rule, storm_rules
from tests.bench.pages import page
from tests.bench.scene import ALERTS, ROOT, Bot, Load, bot, load, until
from tests.bench.table import Table, p99
from tests.bench.vendors import CHANNEL, Vendors, vendors

ALERTS_PER_S = 100_000 / 60
CONNECTIONS = 16
NEW = tuple(f"bench_new_{number}" for number in range(2))
GROWS = "bench_grows"
CALM_S = 2.0
"""Before the storm, so that everything caused by the start and by the first incident is over."""
SETTLED_WITHIN_S = 60.0
RULES = "".join(
    f"  - {{alert: {name}, severity: P0}}\n" for name in (*(storm_rule(rule) for rule in range(STORM_RULES)), *NEW)
)
RULES += f"  - {{alert: {GROWS}, severity: P1, grades: [{{above: 100, severity: P0}}]}}\n"
_CARD = re.compile(r"P\d #(\d+) ")


@dataclass(slots=True)
class Seen:
    """What the storm looked like from outside."""

    load: Load
    posts: int
    began: datetime
    seconds: float
    news: Sequence[float]
    """Seconds to the page of each new rule, and, last, of the one that became graver."""
    memory: Sequence[float]
    """MB, at even intervals from just before the storm to its end."""
    settled_s: float
    """Seconds from its end until every page had left and every card was true; infinite if that never happened."""


@dataclass(slots=True)
class Memory:
    """Looks at a process's resident memory until it is stopped."""

    ours: Bot
    sizes: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        while True:
            self.sizes.append(self.ours.memory_mb())
            await asyncio.sleep(0.25)


async def storm(table: Table, folder: Path, seconds: float, meanwhile: Callable[[], Awaitable[object]]) -> None:
    """The whole storm lasts 60 seconds; a shorter one has the same density and fewer repeats of each fingerprint.

    `meanwhile` is done after the storm, while what Slack could not take at once is sent: only Slack's pace is measured then.
    """
    config = _config(folder / "storm-config")
    async with vendors(limits=RealLimits()) as them, bot(folder / "storm", them, config=config) as ours:
        await _grow(ours, "50 MB")
        await asyncio.sleep(CALM_S)
        seen = await _through(ours, them, seconds, meanwhile)
        _add_incidents(table, ours, them, seen)
        _add_pages(table, them, seen)
        _add_redraws(table, them, seen)
        _add_memory(table, seen)


def _config(folder: Path) -> Path:
    """The shipped configuration with the storm's rules."""
    shutil.copytree(ROOT / "config", folder)
    file = folder / "alerts.yml"
    file.write_text(file.read_text().replace("\nrules:\n", f"\nrules:\n{RULES}", 1))
    return folder


async def _grow(ours: Bot, value: str) -> None:
    body = {"summary": GROWS, "source": GROWS, "rule": GROWS, "dedup_key": GROWS, "value": value}
    (await ours.http.post("/alerts", json=body)).raise_for_status()


async def _through(ours: Bot, them: Vendors, seconds: float, meanwhile: Callable[[], Awaitable[object]]) -> Seen:
    posts = math.ceil(seconds * ALERTS_PER_S / BATCH)
    memory = Memory(ours)
    watching = asyncio.create_task(memory.watch())
    began, at = datetime.now(UTC), time.perf_counter()
    options = {"path": "/api/v2/alerts", "body": "storm", "connections": CONNECTIONS, "prepared": posts, "times": True}
    falling = asyncio.create_task(load(ours.url, seconds=seconds, rate=ALERTS_PER_S / BATCH, **options))
    news = await _news(ours, them, seconds)
    result = await falling
    lasted = time.perf_counter() - at
    watching.cancel()
    rest, _ = await asyncio.gather(_until_settled(ours, them), meanwhile())
    return Seen(result, posts, began, lasted, news, memory.sizes, rest)


async def _until_settled(ours: Bot, them: Vendors) -> float:
    began = time.perf_counter()
    settled = await until(lambda: _settled(ours, them), within=SETTLED_WITHIN_S, every=0.5)
    return time.perf_counter() - began if settled else math.inf


async def _news(ours: Bot, them: Vendors, seconds: float) -> list[float]:
    """The new rules, evenly from a third of the storm to its last quarter, then the graver value."""
    await asyncio.sleep(seconds / 3)
    taken = []
    for name in NEW:
        taken.append((await page(ours, them, name, rule=name))[0])
        await asyncio.sleep(seconds / 10)
    return [*taken, (await page(ours, them, GROWS, rule=GROWS, value="150 MB"))[0]]


def _incidents(ours: Bot) -> list[Incident]:
    engine = reading_engine(ours.database)
    try:
        with engine.connect() as conn:
            return incidents.newest(conn, limit=1000)
    finally:
        engine.dispose()


def _cards(them: Vendors) -> list[tuple[int, str]]:
    """The cards in the channel: the incident of each, and everything that it says."""
    shown = Human(them.slack, "engineer_a").messages(CHANNEL)
    found = [(_CARD.match(m["text"]), m) for m in shown if any(b["type"] == "actions" for b in m["blocks"] or ())]
    return [(int(match[1]), json.dumps(m["blocks"], ensure_ascii=False)) for match, m in found if match]


def _true_cards(ours: Bot, them: Vendors) -> int:
    """How many incidents have exactly one card, with the counter as it is in the database."""
    cards = _cards(them)
    own = {each.number: [text for number, text in cards if number == each.number] for each in _incidents(ours)}
    return sum(
        len(own[each.number]) == 1 and alerts_in(each) in own[each.number][0] and _labels(each) in own[each.number][0]
        for each in _incidents(ours)
    )


def _labels(incident: Incident) -> str:
    """The name of a label, which every drawing of the labels contains."""
    return "zone" if incident.title.startswith("bench_storm") else ""


def _settled(ours: Bot, them: Vendors) -> bool:
    return _pages(ours, "waiting", "sending") == 0 and _true_cards(ours, them) == len(_incidents(ours))


def _pages(ours: Bot, *states: str) -> int:
    return ours.count(func.count(), deliveries.c.kind == "page", deliveries.c.state.in_(states))


def _add_incidents(table: Table, ours: Bot, them: Vendors, seen: Seen) -> None:
    found = _incidents(ours)
    stormy = [each for each in found if each.title.startswith("bench_storm")]
    sent = seen.load.answered * BATCH
    counted, held = ours.count(ALERTS), sum(each.alerts + each.repeats for each in stormy)
    known, wanted = ours.count(func.count(alerts.c.key)), STORM_RULES * STORM_INSTANCES + len(NEW) + 1
    triggers = {count for title, count in them.triggers.items()}
    failed, true = _pages(ours, "failed"), _true_cards(ours, them)
    table.add(
        "storm: incidents",
        f"{len(stormy)}",
        len(stormy),
        wishes.STORM_INCIDENTS,
        load=f"{sent:,} alerts in {seen.seconds:.0f} s ({seen.load.per_second * BATCH:,.0f}/s, posts of {BATCH}, p99"
        f" {seen.load.p99_ms:.0f} ms), {STORM_RULES} rules x {STORM_INSTANCES} fingerprints, {len(NEW)} new rules, one that grows"
        f" graver; Slack's limits on; every page out and every card true {seen.settled_s:.0f} s after it",
        check=f"{counted:,} counted, {held:,} on the {STORM_RULES} incidents, {sent:,} accepted; {known:,} conditions of"
        f" {wanted:,}; {true} true cards, {len(them.triggers)} paged at PagerDuty {_spoken(triggers)} each, of {len(found)}"
        f" incidents; {failed} pages failed",
        holds=seen.load.clean
        and seen.load.answered == seen.posts
        and counted == sent + len(NEW) + 2
        and held == sent
        and known == wanted
        and len(found) == len(stormy) + len(NEW) + 1 == true == len(them.triggers)
        and triggers == {1}
        and failed == 0,
    )


def _spoken(counts: set[int]) -> str:
    return "once" if counts == {1} else f"{min(counts)} to {max(counts)} times"


def _add_pages(table: Table, them: Vendors, seen: Seen) -> None:
    taken = [_first_page(them, seen, rule) for rule in range(STORM_RULES)]
    for what, times, wish, how in (
        (
            "storm: alert accepted -> page leaves",
            [*taken, *seen.news],
            wishes.PAGE_IN_STORM,
            f"the worst of {len(taken)} storming rules, {len(NEW)} new ones and a graver one: from the start of the first"
            " post that holds it to PagerDuty",
        ),
        (
            "storm: a new rule or a higher severity -> page",
            seen.news,
            wishes.STORM_NEWS,
            "the worst; "
            + ", ".join(f"{name} {taken * 1000:.0f} ms" for name, taken in zip((*NEW, GROWS), seen.news, strict=True)),
        ),
    ):
        worst, paged = p99(times), sum(map(math.isfinite, times))
        table.add(
            what,
            f"p99 {worst * 1000:.0f} ms",
            worst,
            wish,
            load=how,
            check=f"{paged} paged at PagerDuty, {len(times)} wanted",
            holds=paged == len(times),
        )


def _first_page(them: Vendors, seen: Seen, rule: int) -> float:
    """Seconds from sending the first post with this rule to the arrival of its page."""
    first = next(number for number in range(seen.posts) if storm_rules(number, seen.posts) > rule)
    return them.paged.get(storm_rule(rule), math.inf) - seen.load.sent_at[first]


def _add_redraws(table: Table, them: Vendors, seen: Seen) -> None:
    calls = [call for call in them.slack.calls if (call.at - seen.began).total_seconds() < seen.seconds]
    asked = [call for call in calls if call.method == "chat.update" and call.at >= seen.began]
    refused = sum(call.status == 429 for call in asked)
    posted = [call for call in calls if call.method == "chat.postMessage" and call.at >= seen.began]
    late = sum(call.status == 429 for call in posted)
    a_minute = len(asked) / max(seen.seconds, 60) * 60  # what is left of a shorter storm's minute asks for no more
    table.add(
        "storm: redraws asked of Slack",
        f"{a_minute:.0f} a minute",
        a_minute,
        wishes.STORM_REDRAWS,
        load=f"{len(asked)} chat.update in {seen.seconds:.0f} s, {refused} of them refused with 429; {len(posted)}"
        f" chat.postMessage, {late} refused",
        check=f"{len(asked) - refused} redraws were taken",
        holds=len(asked) > refused,
    )


def _add_memory(table: Table, seen: Seen) -> None:
    before, settled = seen.memory[0], seen.memory[len(seen.memory) // 4]
    end = max(seen.memory[-4:])
    table.add(
        "storm: growth of resident memory",
        f"{(end / settled - 1) * 100:+.0f} %",
        (end / settled - 1) * 100,
        wishes.STORM_GROWTH,
        load=f"from a quarter of the storm ({settled:.0f} MB) to its end ({end:.0f} MB); before it {before:.0f} MB",
        check=f"looked at {len(seen.memory)} times",
        holds=len(seen.memory) >= seen.seconds,
    )
