"""News about the bot itself, for the channel: what it cannot do at the moment, what that means, what to do.

No notice carries a secret, a token or an address beyond what the configuration files show.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.errors import Fault
from bot.slack.mrkdwn import code, inline, link, when
from bot.slack.views.facts import Message
from bot.slack.views.kit import by_transports, context, message, paragraphs, section, spoken_list
from bot.timeline import spoken

_FAULTS_SHOWN = 10


def config_bad(faults: Sequence[Fault], good_since: datetime | None) -> Message:
    """A changed file cannot be used. `good_since`: since when the configuration in force has been in force."""
    count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
    since = f" (of {when(good_since)})" if good_since else ""
    text = f"⚠️ The configuration has {count}. Paging goes on with the last good one"
    lines = [f"{code(_place(fault), 120)} {inline(fault.text, 300)}" for fault in faults[:_FAULTS_SHOWN]]
    if len(faults) > _FAULTS_SHOWN:
        lines.append(f"and {len(faults) - _FAULTS_SHOWN} more: `incident-bot check` lists them all")
    blocks: list[Block] = [section(f"{text}{since}."), *paragraphs(lines)]
    blocks.append(context("Mend the file: it is read again within 5 seconds."))
    return message(f"{text}.", blocks)


def _place(fault: Fault) -> str:
    return f"{fault.file}:{fault.line}:{fault.column}" if fault.line else fault.file


def config_good_again() -> Message:
    """After `config_bad`."""
    text = "✅ The configuration is good again and in force."
    return message(text, [section(text)])


def unclear_severity(number: int, complaint: str) -> Message:
    """An alert's severity was missing or unknown, so P1 was assumed. `complaint` is `bot.alerts.judge`'s sentence."""
    text = f"⚠️ #{number}: {inline(complaint, 300)}"
    fix = "Change it under More › Change severity, and give its rule a `severity` in `alerts.yml`."
    return message(text, [section(text, fix)])


def unreadable_alerts(source: str, accepted: int, errors: Sequence[str]) -> Message:
    """Part of a batch could not be read. The rest was taken."""
    text = f"⚠️ {inline(source, 100)} sent alerts that could not be read: {len(errors)} of {len(errors) + accepted}"
    lines = [f"• {inline(error, 300)}" for error in errors[:_FAULTS_SHOWN]]
    return message(text, [section(f"{text}. The others were taken."), *paragraphs(lines)])


def back(away_since: datetime, at: datetime, caught_up: Sequence[str] = ()) -> Message:
    """The bot was not running for a while; what was due meanwhile has been done now."""
    text = f"The bot was away for {spoken(at - away_since)} and is back"
    lines = [f"• {inline(line, 300)}" for line in caught_up[:_FAULTS_SHOWN]]
    done = "Done just now, late:" if lines else "Nothing was due meanwhile."
    return message(f"↩️ {text}.", [section(f"↩️ {text}.", f"Away since {when(away_since)}. {done}"), *paragraphs(lines)])


def audit_failed(findings: Sequence[str]) -> Message:
    """The bot's own audit found something that must not be."""
    text = "⚠️ I am not keeping my promises"
    lines = [f"• {inline(line, 300)}" for line in findings[:_FAULTS_SHOWN]]
    fix = "Look after the incidents by hand for now; `/readyz` and the log say more, and a restart of the bot is safe."
    return message(f"{text}: {inline('; '.join(findings), 300)}", [section(f"{text}.", fix), *paragraphs(lines)])


def going_away() -> Message:
    """A deliberate stop."""
    text = "⏸️ The bot is being stopped. Until it is back nobody is paged from here; alerts are sent again by their sources."
    return message(text, [section(text)])


def transport_off(transport: str, missing: Sequence[str], covered_by: Sequence[str]) -> Message:
    """A transport has no credentials. `missing`: the variables to set; `covered_by`: the transports that remain."""
    name = by_transports([transport])
    remains = f"Pages go by {by_transports(covered_by)}." if covered_by else "*Nobody can be paged at all.*"
    need = f"Set {spoken_list([code(each, 60) for each in missing])} to switch it on." if missing else ""
    text = f"⚠️ {name} is off"
    return message(f"{text}. {remains.replace('*', '')}", [section(f"{text}. {remains}", need)])


def transport_failing(transport: str, reason: str, since: datetime) -> Message:
    """A transport refuses or cannot be reached. Pages are tried again, and by the others."""
    text = f"⚠️ {by_transports([transport])} does not take pages: {inline(reason, 300)}"
    more = f"Since {when(since)}. Pages are tried again; the other ways are used meanwhile."
    return message(text, [section(text, more)])


def person_without_slack(email: str, reason: str = "") -> Message:
    """Somebody of the rota has no account in this workspace."""
    text = f"⚠️ {inline(email, 120)} is in the rota but cannot be reached in Slack"
    why = f": {inline(reason, 200)}" if reason else ""
    fix = "Invite that person with this email, or put their `slack` id into `people` in `bot.yml`."
    return message(f"{text}{why}", [section(f"{text}{why}", fix)])


def channel_unusable(channel: str, reason: str) -> Message:
    """For the last resort, by DM: the incident channel cannot be used. Paging goes on."""
    text = f"⚠️ I cannot post in {inline(channel, 100)}: {inline(reason, 200)}"
    fix = (
        "Paging goes on, but cards and threads wait. Invite the bot to the channel again, or name another in `bot.yml`."
    )
    return message(text, [section(text, fix)])


def sandbox(url: str) -> Message:
    """A first word in a sandbox, so that the channel is not empty."""
    text = "👋 This is a sandbox: nothing leaves this machine."
    return message(text, [section(text, link(url, "Open its page"))])
