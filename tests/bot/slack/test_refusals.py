"""Every error that Slack documents for a method the bot calls is sorted: what it means, and whether another attempt makes sense."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.sandbox.slack.reference import COMMON, REFERENCE
from bot.slack.refusals import (
    FINAL,
    GONE,
    PASSING,
    SLOW_DOWN,
    TROUBLES,
    UNFIT_BLOCKS,
    UNFIT_METADATA,
    Gone,
    Troubled,
    Unfit,
    refusal_of,
    worded,
)
from bot.usecases.slack_trouble import known
from oncall.page import DeliveryError, Stuck
from tests.guards.test_slack_tables import METHODS

GROUPS = (SLOW_DOWN, PASSING, frozenset(TROUBLES), GONE, UNFIT_BLOCKS, UNFIT_METADATA, FINAL)


class Answer(dict[str, str]):
    """As much of an answer as the translation looks at."""

    def __init__(self, status: int, **body: str) -> None:
        super().__init__(body)
        self.status_code = status
        self.headers = {"Retry-After": "7"}


def refused(status: int = 200, **body: str) -> DeliveryError:
    return refusal_of(SlackApiError("refused", Answer(status, **body)))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_documented_error_of_every_method_the_bot_calls_is_sorted(method: str) -> None:
    documented = REFERENCE[method].errors | COMMON
    assert documented <= frozenset().union(*GROUPS)


def test_no_error_means_two_things() -> None:
    for number, group in enumerate(GROUPS):
        for other in GROUPS[number + 1 :]:
            assert not group & other


def test_every_trouble_has_words_and_a_way_to_mend_it() -> None:
    assert all(known(trouble.where, trouble.why) for trouble in TROUBLES.values())


@pytest.mark.parametrize(
    "word", ["token_revoked", "invalid_auth", "missing_scope", "messages_tab_disabled", "is_archived"]
)
def test_what_somebody_has_to_mend_is_kept_until_then(word: str) -> None:
    error = worded(word)
    assert isinstance(error, Troubled)
    assert isinstance(error, Stuck)
    assert error.temporary


@pytest.mark.parametrize("status", [403, 404, 408, 200])
def test_what_is_not_slacks_answer_is_kept_and_may_have_arrived(status: int) -> None:
    error = refused(status)
    assert isinstance(error, Troubled)
    assert (error.trouble.where, error.trouble.why, error.maybe) == ("account", "address", True)


@pytest.mark.parametrize(("status", "word"), [(500, ""), (503, ""), (200, "fatal_error"), (200, "internal_error")])
def test_slacks_own_trouble_passes_and_the_message_may_stand_all_the_same(status: int, word: str) -> None:
    error = refused(status, error=word)
    assert (error.temporary, error.maybe, isinstance(error, Stuck)) == (True, True, False)


def test_slowing_down_names_its_time_and_nothing_has_arrived() -> None:
    error = refused(429, error="ratelimited")
    assert error.retry_after is not None
    assert (error.retry_after.total_seconds(), error.maybe) == (7.0, False)


def test_an_unknown_word_ends_this_delivery_alone() -> None:
    error = worded("something_new")
    assert (error.temporary, isinstance(error, Stuck | Gone | Unfit)) == (False, False)


def test_only_where_no_connection_came_about_is_it_sure_that_nothing_arrived() -> None:
    never = refusal_of(aiohttp.ClientConnectorError(None, OSError()))  # type: ignore[arg-type]
    broken = refusal_of(aiohttp.ServerDisconnectedError())
    assert [(error.temporary, error.maybe) for error in (never, broken)] == [(True, False), (True, True)]


@pytest.mark.parametrize("error", [AttributeError("'str' has no attribute 'get'"), SlackRequestError("unreadable")])
def test_an_answer_that_cannot_be_read_may_have_arrived(error: Exception) -> None:
    assert refusal_of(error).maybe
