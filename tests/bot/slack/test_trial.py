"""Every message the bot can draw is held before Slack without being posted, and what was taken once is not asked about again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.configuration import load
from bot.sandbox.slack.workspace import Workspace
from bot.slack import probe
from bot.slack.trial.messages import digest_of, trials
from bot.slack.trial.validate import Trial, validate
from bot.slack.views import answers, kit
from bot.slack.views.facts import Message
from tests.bot.configuration.cases import SHIPPED
from tests.guards.source import calls, modules
from tests.sandbox.slack.conftest import served_slack
from tests.sandbox.slack.refusing import refusing


@cache
def every() -> list[Trial]:
    """Drawn once: it takes most of a second."""
    return trials(load(SHIPPED))


GOOD, OTHER = (
    Trial(name, drawn, digest_of(drawn))
    for name, drawn in (("one", answers.said("One.")), ("other", answers.said("Other.")))
)
PIECES = ("message", "with_native", "drawn", "trial", "messages", "modal", "about")
"""What other views are made of, what only chooses between them, and the timeline's pages."""


def bad(trial: Trial) -> Trial:
    drawn = Message("x", [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}])
    return replace(trial, drawn=drawn, digest=digest_of(drawn))


def client_of(world: Workspace) -> AsyncWebClient:
    return AsyncWebClient(world.app.bot_token, base_url=f"{world.base_url}/slack/api/")


async def never(seconds: float) -> None:
    raise AssertionError("nobody waits here")


def views() -> Iterator[tuple[str, str]]:
    """Each function of the views that answers with a message or a form, by its module or, in a room, the room."""
    for name, tree in modules().items():
        if not name.startswith("bot.slack.views."):
            continue
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.name in PIECES:
                continue
            if node.returns is not None and ast.unparse(node.returns) in ("Message", "View", "list[Message]"):
                yield name.split(".")[3], node.name


def test_every_view_stands_on_trial() -> None:
    tried = {called for called, _ in calls(modules()["bot.slack.trial.messages"])}
    drawn_by_the_plan = {("runbook", "run")}
    assert not [f"{at}.{view}" for at, view in set(views()) - drawn_by_the_plan if f"{at}.{view}" not in tried]


async def test_slack_takes_every_message_and_every_form_in_both_drawings() -> None:
    async with served_slack() as world:
        verdict = await validate(client_of(world), every(), rest=never)
        assert len(world.calls) < len(every()), "small ones are asked about together"
    assert (verdict.refused, verdict.plainer, verdict.unasked) == ((), (), "")
    assert verdict.taken == {trial.digest for trial in every()}


def test_what_is_drawn_the_short_way_is_what_slacks_library_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = [trial.digest for trial in every()]
    monkeypatch.setattr(kit, "drawn", lambda block: block.to_dict())
    assert ours == [trial.digest for trial in trials(load(SHIPPED))]


def test_what_the_configuration_says_is_tried_too() -> None:
    config = load(SHIPPED)
    renamed = replace(config, rules=(replace(config.rules[0], title="Another title"), *config.rules[1:]))
    new = {trial.digest for trial in trials(renamed)} - {trial.digest for trial in every()}
    assert len(new) == 1


async def test_what_was_taken_is_not_asked_about_again_and_what_is_refused_is_named_with_its_place() -> None:
    async with served_slack() as world:
        first = await validate(client_of(world), [GOOD, bad(OTHER)], rest=never)
        asked = len(world.calls)
        again = await validate(client_of(world), [GOOD, bad(OTHER)], first.taken, rest=never)
        assert not [call for call in world.calls if call.method != "blocks.validate"]
        assert (asked, len(world.calls)) == (3, 4), "both at once, and then each, to see which it is"
    assert first.taken == {GOOD.digest}
    assert len(first.refused) == 1
    assert first.refused[0].startswith(f"“{OTHER.name}”:")
    assert "/blocks/0" in first.refused[0]
    assert again == first


async def test_of_a_configuration_of_which_all_is_taken_nothing_is_drawn_again_to_find_that_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, drawn = load(SHIPPED), [GOOD]
    monkeypatch.setattr(probe, "every_message", lambda _config: drawn)
    async with served_slack() as world:
        mornings = probe.Mornings(client_of(world))
        found, taken = await mornings.ask(config, frozenset())
        drawn.append(bad(OTHER))
        assert await mornings.ask(config, taken) == (found, taken)
        for other, known in ((replace(config, digest="another"), taken), (config, frozenset())):
            (worse, *_), still = await mornings.ask(other, known)
            assert (worse.mark, still) == ("fault", taken)
        assert (await mornings.ask(config, taken))[0] == found, (
            "what was refused of another is not remembered of this one"
        )


async def test_a_workspace_without_plans_takes_the_run_as_a_list_and_is_asked_again_another_time() -> None:
    run = next(trial for trial in every() if isinstance(trial.drawn, Message) and "plan" in trial.drawn.kinds)
    async with served_slack() as world:
        world.faults.unknown_blocks = frozenset({"plan"})
        verdict = await validate(client_of(world), [run], rest=never)
    assert (verdict.plainer, verdict.refused, verdict.taken) == ((run.name,), (), frozenset())


@pytest.mark.parametrize("word", ["ratelimited", "unknown_method"])
async def test_a_slack_that_does_not_look_is_no_refusal_and_what_it_took_before_is_kept(
    monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    rested: list[float] = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)
        monkeypatch.undo()

    async with served_slack() as world:
        refusing(monkeypatch, "blocks.validate", word)
        verdict = await validate(client_of(world), [GOOD, OTHER], {GOOD.digest}, rest)
    if word == "ratelimited":
        assert (len(rested), verdict.unasked, len(verdict.taken)) == (1, "", 2)
    else:
        assert verdict.unasked
        assert verdict.taken == {GOOD.digest}
