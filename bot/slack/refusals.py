"""What each of Slack's refusals means: one table for every error of every method the bot calls, and the errors that come of it.

It refuses to guess: a word that is not in the table ends the delivery that met it, and no other. Slack answers HTTP 200 with
`ok: false` and a word, but 429 with `Retry-After` in whole seconds where it has had enough
(https://docs.slack.dev/apis/web-api/rate-limits); anything else that is no 200 does not come from its API at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.ground.redaction import pause
from bot.usecases.slack_trouble import Trouble, Where
from oncall.page import DeliveryError, Stuck
from oncall.values import replace

SLOW_DOWN = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "update_failed", "team_added_to_org"}
)
"""Slack's own troubles: they pass. The effect may stand all the same (the reference says so of the first two)."""

_TROUBLES: Mapping[tuple[Where, str], str] = {
    (
        "account",
        "token",
    ): "invalid_auth not_authed account_inactive token_revoked token_expired not_allowed_token_type"
    " team_access_not_granted org_login_required ekm_access_denied access_denied app_access_restricted"
    " enterprise_is_restricted two_factor_setup_required team_not_found forbidden_team accesslimited",
    ("account", "scope"): "missing_scope no_permission",
    ("account", "address"): "unknown_method method_deprecated deprecated_endpoint insecure_request"
    " invalid_post_type missing_post_type invalid_charset missing_charset invalid_form_data invalid_json json_not_object",
    ("direct", "tab_off"): "messages_tab_disabled",
    ("channel", "not_found"): "channel_not_found external_channel_migrating",
    ("channel", "not_invited"): "not_in_channel channel_is_limited_access",
    ("channel", "archived"): "is_archived",
    ("channel", "forbidden"): "restricted_action restricted_action_read_only_channel posting_to_channel_denied"
    " restricted_action_thread_only_channel restricted_action_non_threadable_channel",
}
TROUBLES: Mapping[str, Trouble] = {
    word: Trouble(where, why, word if where == "account" else "")
    for (where, why), words in _TROUBLES.items()
    for word in words.split()
}
"""Somebody can mend these, and until then nothing else goes through either: tried again until it does."""

GONE = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "is_inactive",
        "streaming_state_conflict",
        "cannot_reply_to_message",
        "thread_not_found",
        "restricted_action_thread_locked",
        "not_found",
    }
)
"""What was to be changed or answered to stands there no more, or not for us."""

UNFIT_METADATA = frozenset(
    {
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "metadata_must_be_sent_from_app",
    }
)
UNFIT_BLOCKS = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "block_mismatch",
        "invalid_attachments",
        "too_many_attachments",
        "too_many_contact_cards",
        "attachment_payload_limit_exceeded",
        "invalid_arguments",
        "invalid_array_arg",
        "markdown_text_conflict",
        "no_dual_broadcast_content_update",
        "cant_broadcast_message",
    }
)
"""Slack takes the content, but not in this shape."""
UNKNOWN_BLOCK = "invalid_blocks"
"""The word of these by which a workspace refuses a kind of block it has not got."""
UNKNOWN_ARGUMENT = "invalid_arguments"
"""The same of a view, if it points into its blocks."""
_POINTED = re.compile(r"/blocks/(\d{1,3})\b")

_FINAL = """
as_user_not_supported send_on_behalf_not_allowed no_text missing_argument missing_args limit_required invalid_arg_name
missing_file_data draft_already_deleted draft_already_sent draft_has_conflict draft_not_found cant_delete_message
duplicate_channel_not_found duplicate_message_not_found duplicate_external_id unable_to_share_files
slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked
slack_connect_blocked_file_type slack_connect_clip_sharing_blocked slack_connect_file_upload_sharing_blocked
blocked_file_type file_deleted file_is_deleted file_not_found file_share_limit_reached max_file_sharing_exceeded
user_not_found users_not_found user_disabled user_not_visible cannot_dm_bot invalid_user_combination not_enough_users
too_many_users users_list_not_supplied method_not_supported_for_channel_type
hash_conflict exchanged_trigger_id expired_trigger_id invalid_trigger_id view_too_large
invalid_cursor invalid_limit invalid_types invalid_ts_latest invalid_ts_oldest invalid_metadata_filter_keys
list_record_comment_fetch_failed no_such_subteam invalid_message invalid_view
channels_limit_exceeded file_type_not_allowed file_update_failed file_uploads_disabled file_uploads_except_images_disabled
file_upload_size_restricted invalid_channel plan_upgrade_required permission_denied
invalid_users no_users_provided failed_for_some_users subteam_max_users_exceeded too_long user_is_restricted invalid_team
canvas_creation_failed canvas_disabled_user_team canvas_not_found free_team_canvas_tab_already_exists
free_teams_cannot_create_non_tabbed_canvases free_teams_cannot_create_standalone_canvases failed_to_update_user_ids
invalid_parameters hash_conflict missing_profile_id not_enabled not_implemented
alt_txt_too_large snippet_too_large storage_limit_reached unknown_snippet_type
unknown_subtype
"""
FINAL = frozenset(_FINAL.split())
"""Of this very message, person or question: another attempt would be refused as well."""


class Troubled(Stuck):
    """Slack lets nothing through there until somebody mends it. Its word is no proof that nothing came through."""

    def __init__(self, reason: str, trouble: Trouble, *, maybe: bool = False) -> None:
        super().__init__(reason, maybe=maybe)
        self.trouble = trouble


class Gone(DeliveryError):
    """The message or thread is not there any more, or not ours to change: what belongs there has to be posted anew."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, temporary=False)


class Unfit(DeliveryError):
    """Slack does not take the message as it is drawn. `blocks`: without them it would; else without its metadata.

    `faulty`: which blocks it names, by their place; `None` where it says nothing of the kind of its blocks.
    """

    def __init__(self, reason: str, *, blocks: bool, faulty: frozenset[int] | None = None) -> None:
        super().__init__(reason, temporary=False)
        self.blocks = blocks
        self.faulty = faulty


NOT_SLACKS = (AttributeError, KeyError, TypeError, ValueError)
"""What Slack's client raises over an answer that is no JSON object."""
CALLING = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, *NOT_SLACKS)
"""Everything a call may raise that is not a bug of ours."""


def refusal_of(error: Exception) -> DeliveryError:
    """The house's error for what a call of Slack's client raised."""
    if isinstance(error, SlackApiError):
        return _answered(error)
    if isinstance(error, NOT_SLACKS):
        return _not_slack("no JSON object")
    # Only where no connection came about is it certain that Slack has not done it.
    maybe = not isinstance(error, aiohttp.ClientConnectorError)
    return DeliveryError(f"Slack cannot be reached ({type(error).__name__})", temporary=True, maybe=maybe)


def _answered(error: SlackApiError) -> DeliveryError:
    answer = error.response
    status = int(getattr(answer, "status_code", None) or getattr(answer, "status", None) or 200)
    body = answer if isinstance(answer, Mapping) else getattr(answer, "data", None)
    word = str(body.get("error") or "") if isinstance(body, Mapping) else ""
    if status == 429 or word in SLOW_DOWN:
        return _slow_down(getattr(answer, "headers", None) or {}, maybe=status != 429)
    if status >= 500 or word in PASSING:
        return DeliveryError(f"Slack has trouble ({word or status})", temporary=True, maybe=True)
    if not isinstance(body, Mapping) or not word:
        return _not_slack(f"HTTP {status}")
    return refused(word, body)


def refused(word: str, body: Mapping[str, Any]) -> DeliveryError:
    """The house's error for Slack's own `ok: false`, with what stands beside its word."""
    faulty = _faulty(body)
    if word == UNKNOWN_BLOCK or (word == UNKNOWN_ARGUMENT and faulty):
        return Unfit(f"Slack refuses: {word}", blocks=True, faulty=faulty)
    return worded(word, str(body.get("needed") or ""))


def _faulty(body: Mapping[str, Any]) -> frozenset[int]:
    """The blocks that an answer names: by a JSON pointer each in `errors`, or in the sentences that came before it."""
    more = body.get("response_metadata")
    said = f"{body.get('errors')} {more.get('messages') if isinstance(more, Mapping) else ''}"
    return frozenset(map(int, _POINTED.findall(said)))


def worded(word: str, needed: str = "") -> DeliveryError:
    """The house's error for a word of Slack's; `needed` names the scopes it misses."""
    said = f"{word}, needs {needed}" if needed else word
    reason = f"Slack refuses: {said}"
    if word in TROUBLES:
        trouble = TROUBLES[word]
        return Troubled(reason, replace(trouble, code=said) if trouble.code else trouble, maybe=True)
    if word in GONE:
        return Gone(reason)
    if word in UNFIT_BLOCKS or word in UNFIT_METADATA:
        return Unfit(reason, blocks=word in UNFIT_BLOCKS)
    return DeliveryError(reason, temporary=False)


def _not_slack(what: str) -> Troubled:
    """A proxy, a filter or a wrong address has answered. Whether Slack got the call before that, nobody knows."""
    return Troubled(f"what answers is not Slack ({what})", Trouble("account", "address", what), maybe=True)


def _slow_down(headers: Mapping[str, str], *, maybe: bool) -> DeliveryError:
    """A 429 comes before any effect; the same word in an answer like any other proves nothing."""
    asked = pause(headers.get("Retry-After") or headers.get("retry-after")) or timedelta(seconds=1)
    return DeliveryError("Slack asks to slow down", temporary=True, retry_after=asked, maybe=maybe, limited=True)


def passes_by_itself(error: DeliveryError) -> bool:
    """What only whoever installed the app can mend does not, though it is tried again."""
    return error.temporary and "missing_scope" not in error.reason
