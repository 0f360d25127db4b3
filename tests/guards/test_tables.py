"""Every table is whole: a new step kind, source, courier, event, transport or variable that is forgotten somewhere fails here."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

from bot.events import Kind
from bot.outbox.drawings import DRAWN
from bot.outbox.sender import EXCHANGE
from bot.outbox.throttle import ROOM
from bot.runbooks.offers import BUTTONS, OFFERS, Move
from bot.runbooks.run import StepStatus
from bot.runbooks.steps import STEP_KINDS
from bot.runbooks.steps.kind import Manner
from bot.settings import variables
from bot.slack.views import notices
from bot.slack.views.runbook import MARKS
from bot.slack.views.thread import ICONS
from bot.sources import SOURCES
from bot.store.deliveries import LANES
from bot.store.posts import card_key, page_key, reminder_key, run_key, was_key
from bot.subscribers import SUBSCRIBERS
from tests.guards.source import ROOT, calls, modules, nodes
from tests.stories.night import a_night

VARIABLES = [
    "DATABASE_URL",
    "CONFIG_DIR",
    "HOST",
    "PORT",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "COMMAND_PREFIX",
    "PAGERDUTY_ROUTING_KEY",
    "PAGERDUTY_EVENTS_URL",
    "PAGERDUTY_WEBHOOK_SECRETS",
    "SMTP_URL",
    "MAIL_FROM",
    "OPENVINE_API_URL",
    "OPENVINE_API_TOKEN",
    "CDN_TEST_URL",
    "CDN_STATUS_URL",
    "PROMETHEUS_URL",
    "INTAKE_TOKENS",
    "GRAFANA_WEBHOOK_SECRET",
    "SENTRY_CLIENT_SECRET",
    "CALENDAR_TOKENS",
    "SILENCE_TOKENS",
    "HEARTBEAT_URL",
    "LOG_LEVEL",
    "LOG_FORMAT",
]
"""The environment as it stands on the outside."""


def test_every_variable_of_the_contract_is_a_setting_and_every_setting_is_in_the_contract() -> None:
    assert set(variables()) == set(VARIABLES)


def test_every_kind_of_step_is_in_the_table() -> None:
    files = set(files_of("bot/runbooks/steps")) - {"kind"}
    kinds = {
        name.rpartition(".")[2]
        for name, tree in modules().items()
        if name.startswith("bot.runbooks.steps.")
        for node in nodes(tree)
        if isinstance(node, ast.Name) and node.id == "KIND" and isinstance(node.ctx, ast.Store)
    }
    assert files == kinds == set(STEP_KINDS)
    assert {kind.manner for kind in STEP_KINDS.values()} == set(get_args(Manner))


def test_every_manner_and_state_of_a_step_has_its_offers_and_marks() -> None:
    assert set(OFFERS) == set(get_args(Manner)) | {"confirm"}
    assert set(MARKS) == set(get_args(StepStatus))
    assert set(BUTTONS) == set(get_args(Move))


def test_every_source_is_in_the_table_and_has_a_route_of_its_own() -> None:
    readers = {
        name.rpartition(".")[2]
        for name, tree in modules().items()
        if name.startswith("bot.sources.")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "read"
    }
    assert readers == {source.read.__module__.rpartition(".")[2] for source in SOURCES}
    assert len({source.path for source in SOURCES}) == len({source.name for source in SOURCES}) == len(SOURCES)


def test_every_subscriber_is_in_the_table() -> None:
    assert {subscriber.__module__.rpartition(".")[2] for subscriber in SUBSCRIBERS} == set(files_of("bot/subscribers"))


def test_every_kind_of_event_has_its_mark_and_every_recorded_kind_is_known() -> None:
    assert set(ICONS) == set(get_args(Kind))
    recorded = {
        str(node.args[0].value)
        for tree in modules().values()
        for called, node in calls(tree)
        if called == "Event" and node.args and isinstance(node.args[0], ast.Constant)
    }
    assert recorded <= set(get_args(Kind))


def test_every_lane_has_its_room_and_its_time() -> None:
    assert set(ROOM) == set(EXCHANGE) == set(LANES)


async def test_every_kind_of_delivery_has_its_courier_and_every_courier_is_needed(tmp_path: Path) -> None:
    made = {
        str(keyword.value.value)
        for tree in modules().values()
        for called, node in calls(tree)
        if called == "Delivery"
        for keyword in node.keywords
        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
    }
    async with a_night(tmp_path) as night:
        assert set(night.sandbox.bot.sender._couriers) == made


def test_every_message_that_is_redrawn_has_somebody_who_draws_it() -> None:
    keys = {
        str(part.value).partition(":")[0]
        for tree in modules().values()
        for called, node in calls(tree)
        if called in ("draw", "redraw") and node.args and isinstance(node.args[0], ast.JoinedStr)
        for part in node.args[0].values[:1]
        if isinstance(part, ast.Constant)
    }
    named = [card_key(1), run_key(1, 1), reminder_key(1, 0), was_key(run_key(1, 1), "1.2")]
    named += [str(page_key("slack", "1")), str(page_key("mention", "1"))]
    assert keys | {key.partition(":")[0] for key in named} == set(DRAWN)


def test_every_kind_of_news_has_somebody_who_draws_it_and_every_view_of_news_is_needed() -> None:
    told = {
        str(node.args[0].value)
        for tree in modules().values()
        for called, node in calls(tree)
        if called == "Notice" and isinstance(node.args[0], ast.Constant)
    }
    views = {
        node.name
        for name, tree in modules().items()
        if name.startswith(f"{notices.__name__}.")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.name != "drawn"
    }
    assert set(notices.NOTICES) == told == views


def files_of(folder: str) -> list[str]:
    return [path.stem for path in (ROOT / folder).glob("*.py") if path.stem != "__init__"]
