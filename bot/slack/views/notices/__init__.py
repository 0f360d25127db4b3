"""News about the bot itself, for the channel: what it cannot do at the moment, what that means, what to do.

One file per subject; `table` says who draws each kind of news when it is sent. No notice carries a secret, a token or an address
beyond what the configuration files show.
"""

from bot.slack.views.notices.alerts import (
    ignored_alert,
    silence_begun,
    silence_over,
    unclear_severity,
    unreadable_alerts,
)
from bot.slack.views.notices.bot_itself import (
    audit_failed,
    back,
    clock_set,
    preflight_failed,
    preflight_good_again,
    restored,
    restored_over,
    sandbox,
)
from bot.slack.views.notices.configuration import config_bad, config_good_again, config_held
from bot.slack.views.notices.people import (
    direct_trouble,
    doubtful_account,
    duty_gap,
    group_taken,
    not_kept,
    postmortems_missing,
    rota_changed,
    rota_file_changed,
    transport_failing,
    transport_working,
    updates_unheard,
)
from bot.slack.views.notices.table import NOTICES, drawn

__all__ = [
    "NOTICES",
    "audit_failed",
    "back",
    "clock_set",
    "config_bad",
    "config_good_again",
    "config_held",
    "direct_trouble",
    "doubtful_account",
    "drawn",
    "duty_gap",
    "group_taken",
    "ignored_alert",
    "not_kept",
    "postmortems_missing",
    "preflight_failed",
    "preflight_good_again",
    "restored",
    "restored_over",
    "rota_changed",
    "rota_file_changed",
    "sandbox",
    "silence_begun",
    "silence_over",
    "transport_failing",
    "transport_working",
    "unclear_severity",
    "unreadable_alerts",
    "updates_unheard",
]
