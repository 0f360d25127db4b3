"""The walls of the house: who imports whom, who reads the time, and what stays out of the core."""

from __future__ import annotations

import ast
from collections.abc import Set

from tests.guards.source import arrows, calls, imports, modules, nodes

ROOTS = ("bot.wiring", "bot.__main__", "bot.cli")
"""The composition roots: these alone may import everything."""

REAL_TIME = {
    "bot.runbooks.execute": "how long an exchange took",
    "bot.web.connections": "how long a client has owed us something",
    "bot.web.intake": "how long an answer took",
    "bot.store.store": "how long a connection has lain idle",
    "bot.store.engines": "how long a connection has lain in its pool",
    "bot.store.postgresql": "how long one exchange with the server may take",
    "bot.sandbox.slack.limits": "Slack's own rate limits run in real time, whatever the sandbox's clock says",
}
"""Who else reads a clock, and why it cannot be the injected one."""

CLOCKS = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "monotonic",
    "perf_counter",
)

KNOW_SLACK = {
    "bot.pagers.slack": "a page by Slack is a message of it",
    "bot.outbox.cover": "a request for a stand-in stands in the channel and is redrawn there",
    "bot.outbox.drawings": "what stands in the channel is drawn when it leaves",
    "bot.outbox.drills": "an invitation to a drill stands in the channel and is redrawn there",
    "bot.outbox.handoffs": "what people are told of their shifts is a direct message, drawn when it leaves",
    "bot.outbox.rota_display": "who is on call stands in places of Slack's own",
    "bot.outbox.links": "Slack is asked under which address a message opens",
    "bot.outbox.nudges": "what people are asked for is a direct message, drawn when it leaves; the Home tab is one of Slack's",
    "bot.outbox.postmortems": "a draft stands in a canvas or a file, and in the thread",
    "bot.outbox.pins": "what somebody pinned is read from Slack when it is written down",
    "bot.outbox.marks": "a message is known again by a mark that Slack keeps with it",
    "bot.outbox.talk": "the channel and its threads are Slack's",
    "bot.web.readiness": "`/readyz` says how Slack is",
}
"""Who of the bot's other rooms knows how Slack is spoken to, and why. The core writes down what happened; Slack's rooms draw it."""

VENDORS = ("slack_sdk", "slack_bolt", "httpx", "aiohttp", "sqlalchemy", "starlette", "aiosmtplib", "apscheduler")


def is_root(name: str) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in ROOTS)


def imported(name: str) -> frozenset[str]:
    return imports(modules()[name])


def inside(names: Set[str], room: str) -> set[str]:
    return {name for name in names if name == room or name.startswith(f"{room}.")}


def test_imports_run_one_way_oncall_then_bot_then_handlers() -> None:
    for name in modules():
        if is_root(name):
            continue
        if name.startswith("oncall"):
            assert not inside(imported(name), "bot") | inside(imported(name), "handlers"), name
        if name.startswith("bot"):
            assert not inside(imported(name), "handlers"), name


def test_the_core_knows_no_slack_for_what_it_looks_like_is_drawn_at_sending() -> None:
    """Not its views and not their values either: what a use case leaves in the outbox is plain data."""
    rooms = ("bot.slack", "bot.sandbox", "handlers")
    others = {name for name in modules() if not is_root(name) and not any(inside({name}, room) for room in rooms)}
    assert {name for name in others if inside(imported(name), "bot.slack")} == set(KNOW_SLACK)


def test_the_sandbox_is_known_only_to_itself_and_to_the_roots() -> None:
    for name in modules():
        if not is_root(name) and not name.startswith("bot.sandbox"):
            assert not inside(imported(name), "bot.sandbox"), name


def test_wiring_knows_no_sandbox_for_the_bot_in_it_is_the_real_one() -> None:
    assert not [name for name in inside(set(modules()), "bot.wiring") if inside(imported(name), "bot.sandbox")]


def test_only_the_wiring_puts_the_handlers_in() -> None:
    users = {name for name in modules() if not name.startswith("handlers") and inside(imported(name), "handlers")}
    assert users and users == inside(users, "bot.wiring")


def test_one_reader_of_the_clock() -> None:
    readers = {
        name
        for name, tree in modules().items()
        for called, _ in calls(tree)
        if called in CLOCKS or called.endswith((".utcnow", "loop.time"))
    }
    assert readers - {"bot.ground.clock"} <= set(REAL_TIME), (
        "take `at` or a Clock; or say here why it must be real time"
    )
    assert "bot.ground.clock" in readers


def test_decisions_know_no_vendor_and_do_no_input_or_output() -> None:
    pure = [name for name in modules() if name.startswith(("oncall", "bot.sources"))]
    pure += ["bot.alerts", "bot.events", "bot.formatting", "bot.runbooks.runs", "bot.runbooks.run"]
    pure += ["bot.runbooks.offers", "bot.runbooks.request", "bot.permissions", "bot.watch.model", "bot.watch.reading"]
    edges = ("bot.watch.reader", "bot.watch.prometheus")
    pure += [name for name in modules() if name.startswith("bot.watch.") and name not in edges]
    pure += ["bot.runbooks.logs", "bot.runbooks.output"]
    pure += ["bot.runbooks.moves", "bot.runbooks.questions", "bot.runbooks.sending"]
    pure += [
        name for name in modules() if name.startswith(("bot.incidents", "bot.importing", "bot.reports", "bot.timeline"))
    ]
    pure = [name for name in pure if name not in ("bot.reports.asker", "bot.reports.chart_png")]
    for name in pure:
        vendors = {vendor for vendor in VENDORS if inside(imported(name), vendor)}
        assert not vendors, name
        assert not {"asyncio", "socket", "subprocess"} & imported(name), name


def test_vendors_are_known_to_one_place_each() -> None:
    """Slack's client stands in its rooms, mail in its pager, what reads YAML where it is read: nobody else speaks to them."""
    allowed = {
        "slack_sdk": ("bot.slack", "handlers", "bot.wiring", "bot.cli", "bot.sandbox"),
        "slack_bolt": ("bot.slack.identity", "handlers", "bot.wiring"),
        "aiosmtplib": ("bot.pagers.email", "bot.preflight.mail"),
        "aiosmtpd": ("bot.sandbox",),
        "apscheduler": ("bot.wiring",),
        "pydantic": ("bot.configuration",),
        "promql_parser": ("bot.watch.grammar",),
        "yaml": ("bot.configuration.reader", "bot.slack.manifest", "bot.watch.export"),
    }
    for vendor, rooms in allowed.items():
        users = {name for name in modules() if inside(imported(name), vendor)}
        strangers = {name for name in users if not any(name == room or name.startswith(f"{room}.") for room in rooms)}
        assert not strangers, vendor


def test_block_kit_is_built_in_the_views_only() -> None:
    users = {name for name in modules() if inside(imported(name), "slack_sdk.models")}
    assert all(name.startswith("bot.slack.views.") for name in users), users


def test_no_slack_type_is_spelled_out_by_hand_outside_the_views() -> None:
    by_hand = {
        name
        for name, tree in modules().items()
        if name.startswith(("bot", "handlers"))
        and not name.startswith(("bot.slack.views", "bot.sandbox", "bot.sources"))
        for node in nodes(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
        and key.value == "type"
        and isinstance(value, ast.Constant)
        and value.value in ("section", "actions", "context", "mrkdwn", "plain_text", "button", "modal", "header")
    }
    assert not by_hand


def room_of(name: str) -> str:
    """`bot.store.people` stands in the room `bot.store`; `oncall` and `handlers` are rooms themselves."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "bot" else parts[0]


def in_circles(arrows: dict[str, set[str]]) -> set[str]:
    """What is left once whatever imports nothing that is left has gone, again and again."""
    left = arrows
    while free := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others for name, others in left.items() if name not in free}
    return set(left)


def test_no_files_import_each_other_in_a_circle_not_even_inside_a_function_or_for_a_type() -> None:
    assert not in_circles(arrows())


def test_no_rooms_import_each_other_in_a_circle() -> None:
    rooms: dict[str, set[str]] = {}
    for name, others in arrows().items():
        rooms.setdefault(room_of(name), set()).update({room_of(other) for other in others} - {room_of(name)})
    assert not in_circles(rooms)


def test_certificates_are_read_once_for_every_client_that_speaks_http() -> None:
    """Read anew for each, they cost a tenth of a second."""
    makers = [
        (name, call)
        for name, tree in modules().items()
        for called, call in calls(tree)
        if called in ("httpx.AsyncClient", "httpx.Client")
    ]
    assert makers
    for name, made in makers:
        assert {"verify", "transport"} & {word.arg for word in made.keywords}, name
