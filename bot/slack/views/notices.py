"""News about the bot itself, for the channel: what it cannot do at the moment, what that means, what to do.

`NOTICES` says who draws each kind of news when it is sent. No notice carries a secret, a token or an address beyond what the
configuration files show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement

from bot.errors import Fault
from bot.formatting import spoken
from bot.slack.mrkdwn import bold, clip, code, inline, link, mention, mention_group, when
from bot.slack.views.actions import CONFIG_APPLY, RESTORED_DROP, RESTORED_RELEASE
from bot.slack.views.facts import Message
from bot.slack.views.kit import actions, ask, button, by_transports, context, message, paragraphs, section

_FAULTS_SHOWN = 10


def config_bad(faults: Sequence[Fault], count: int, good_since: datetime | None) -> Message:
    """A changed file cannot be used. `good_since`: since when the configuration in force has been in force.

    `count`: how many faults there are; `faults` may be only the first of them.
    """
    counted = f"{count} fault{'s' if count != 1 else ''}"
    since = f" (of {when(good_since)})" if good_since else ""
    text = f"⚠️ The configuration has {counted}. Paging goes on with the last good one"
    lines = [f"{code(_place(fault), 120)} {inline(fault.text, 300)}" for fault in faults[:_FAULTS_SHOWN]]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more: `incident-bot check` lists them all")
    blocks: list[Block] = [section(f"{text}{since}."), *paragraphs(lines)]
    blocks.append(context("Mend the file: it is read again within 5 seconds."))
    return message(f"{text}.", blocks)


def _place(fault: Fault) -> str:
    return f"{fault.file}:{fault.line}:{fault.column}" if fault.line else fault.file


def config_good_again() -> Message:
    """After `config_bad`."""
    text = "✅ The configuration is good again and in force."
    return message(text, [section(text)])


def config_held(digest: str, uncovers: Sequence[str]) -> Message:
    """A changed configuration that would leave the current hour without anybody who is called in time."""
    text = "⚠️ The changed configuration is not in force: with it somebody would be missing within the hour"
    lines = [f"• {inline(line, 500)}" for line in uncovers[:_FAULTS_SHOWN]]
    apply = button(
        "Apply anyway",
        CONFIG_APPLY,
        digest,
        style="danger",
        confirm=ask("Apply it all the same?", "From then on it decides who is called.", "Apply"),
    )
    more = context("Paging goes on with the one of before. A mended file is taken within 5 seconds.")
    return message(f"{text}.", [section(f"{text}."), *paragraphs(lines), actions(apply), more])


def rota_file_changed(moves: Sequence[Mapping[str, Any]], count: int, by: str | None) -> Message:
    """Who is called instead of whom, by a changed file; `count` is how many moves there are."""
    lines = [f"🔁 {_move(move)}" for move in moves]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more: `incident-bot oncall shifts` lists them all")
    small = f"by a changed file, applied by {inline(by, 80)}" if by else "by a changed file"
    return message(f"{lines[0]} · {small}", [section(*lines), context(small)])


def unclear_severity(number: int, complaint: str) -> Message:
    """An alert's severity was missing or unknown, so P1 was assumed. `complaint` is `bot.alerts.judge`'s sentence."""
    text = f"⚠️ #{number}: {inline(complaint, 300)}"
    fix = "Change it under More › Change severity, and give its rule a `severity` in `alerts.yml`."
    return message(text, [section(text, fix)])


def ignored_alert(name: str, why: str) -> Message:
    """An alert of which the configuration makes nothing."""
    text = f"🔕 {inline(name, 200)} fires, and no incident is opened for it: {inline(why, 300)}."
    return message(
        text, [section(text), context("You are told once every few days. With a rule in `alerts.yml` it would count.")]
    )


def silence_begun(what: str, until: datetime, by: str, why: str, window: str, quiet: Sequence[int]) -> Message:
    """Somebody, or a maintenance window, keeps alerts quiet from now on. `quiet`: the open incidents that stop calling."""
    name = f"Maintenance “{inline(window, 80)}” has begun" if window else f"{inline(by, 80)} has silenced alerts"
    text = f"🔕 {name} until {when(until)}"
    calm = f"Calls nobody meanwhile: {', '.join(f'#{number}' for number in quiet[:_FAULTS_SHOWN])}" if quiet else ""
    more = context(
        "What fires is counted and kept; what still fires at the end calls then. `/incident silence` lists it."
    )
    lines = [f"{text}.", code(what, 500), inline(why, 500), calm]
    return message(f"{text}: {inline(what, 300)}", [section(*filter(None, lines)), more])


def silence_over(
    what: str, by: str, window: str, ended_by: str, *, held: int | None, times: int, still: int, names: Sequence[str]
) -> Message:
    """It has ended, by itself or by somebody. `held`: how many alerts it has held, `still`: how many of them to the end.

    What an earlier version left waiting did not count what it `held`.
    """
    name = f"Maintenance “{inline(window, 80)}”" if window else f"{inline(by, 80)}’s silence"
    text = f"🔔 {name} is over" + (f", ended by {inline(ended_by, 80)}" if ended_by else "")
    calls = "1 alert still fires and calls now" if still == 1 else f"{still} alerts still fire and call now"
    listed = ": " + "; ".join(inline(each, 120) for each in names) if names else ""
    ended = "Nothing fired meanwhile." if held == 0 else "Nothing that it held fires any more."
    more = f"{calls}{listed}" if still else ended
    count = (
        f"It held {held} alert{'s' if held != 1 else ''}, heard {times} time{'s' if times != 1 else ''}."
        if held
        else ""
    )
    return message(f"{text}. {more}", [section(*filter(None, [f"{text}.", code(what, 500), count, more]))])


def unreadable_alerts(source: str, accepted: int, refused: int, errors: Sequence[str]) -> Message:
    """Part of a batch could not be read: `refused` of its alerts, for these `errors` and more. The rest was taken."""
    text = f"⚠️ {inline(source, 100)} sent alerts that could not be read: {refused} of {refused + accepted}"
    lines = [f"• {inline(error, 300)}" for error in errors[:_FAULTS_SHOWN]]
    return message(text, [section(f"{text}. The others were taken."), *paragraphs(lines)])


def back(away_since: datetime, at: datetime, caught_up: Sequence[str] = ()) -> Message:
    """The bot was not running for a while; what was due meanwhile has been done now."""
    text = f"The bot was away for {spoken(at - away_since)} and is back"
    lines = [f"• {inline(line, 300)}" for line in caught_up[:_FAULTS_SHOWN]]
    done = "Done just now, late:" if lines else "Nothing was due meanwhile."
    return message(f"↩️ {text}.", [section(f"↩️ {text}.", f"Away since {when(away_since)}. {done}"), *paragraphs(lines)])


def restored(it: Mapping[str, Any]) -> Message:
    """A backup was put back, and what waited in it is held; each answer with what it does, as it stood when this was written."""
    text = f"🧊 A backup of {inline(it['as_of'], 40)} was put back"
    ended = [f"• was under way and is ended: {inline(line, 200)}" for line in it["ended"]]
    shown = [f"• {inline(line, 200)}" for line in it["lines"]]
    if not it["digest"]:
        return message(f"{text}.", [section(f"{text}. Nothing waited in it."), *paragraphs([*shown, *ended])])
    more = [f"and {it['count'] - len(it['lines'])} more"] if it["count"] > len(it["lines"]) else []
    buttons = [
        _restored_button("Release…", RESTORED_RELEASE, it["digest"], "Release all of it?", it["release"], "Release"),
        _restored_button("Drop…", RESTORED_DROP, it["digest"], "Drop all of it?", it["drop"], "Drop"),
    ]
    small = context(
        "An alert that fires today calls as ever, and releases its own incident. `incident-bot held` shows all of it."
    )
    held = f"{text}. What waited in it is held: nobody is called for it and nothing leaves until somebody decides."
    return message(
        f"{text}: what waited in it is held.",
        [section(held), *paragraphs([*shown, *more, *ended]), *_restored_effects(it), actions(*buttons), small],
    )


def _restored_button(
    label: str, action: str, digest: str, title: str, effect: Sequence[str], yes: str
) -> ButtonElement:
    words = "; ".join(effect)
    said = clip(f"{words[:1].upper()}{words[1:]}.", 300)
    return button(label, action, digest, style="danger", confirm=ask(title, said, yes))


def _restored_effects(it: Mapping[str, Any]) -> list[Block]:
    """What each answer does, in full: a question of Slack's holds 300 characters."""
    parts = (("Release", it["release"]), ("Drop", it["drop"]))
    lines = [f"{bold(name, 20)}: {inline('; '.join(effect), 1_200)}" for name, effect in parts]
    return [*paragraphs(lines)]


def restored_over(what: str, by: str, lines: Sequence[str], count: int) -> Message:
    """The end of that."""
    text = f"✅ What the backup held is {inline(what, 20)}, by {inline(by, 80)}"
    more = [f"and {count - len(lines)} more"] if count > len(lines) else []
    return message(
        f"{text}.", [section(f"{text}."), *paragraphs([*(f"• {inline(line, 300)}" for line in lines), *more])]
    )


def clock_set(by: timedelta) -> Message:
    """Somebody, or a time service, set the machine's clock. The instant is not written: it would be one of either clock."""
    if by > timedelta(0):
        text = f"🕰️ The machine's clock was set ahead by {spoken(by)}"
        more = (
            "Whatever was due in that time has been done now. If the clock is wrong now, mend it: the rota follows it."
        )
    else:
        text = f"🕰️ The machine's clock was set back by {spoken(-by)}"
        more = (
            "Deadlines go on as before: nobody is called later for it. Until I am together with the clock again, by three minutes"
            " an hour, the times I write run ahead of it."
        )
    return message(f"{text}.", [section(f"{text}.", more)])


def audit_failed(findings: Sequence[str]) -> Message:
    """The bot's own audit found something that must not be."""
    text = "⚠️ I am not keeping my promises"
    lines = [f"• {inline(line, 300)}" for line in findings[:_FAULTS_SHOWN]]
    fix = "Look after the incidents by hand for now; `/readyz` and the log say more, and a restart of the bot is safe."
    return message(f"{text}: {inline('; '.join(findings), 300)}", [section(f"{text}.", fix), *paragraphs(lines)])


def transport_failing(transport: str, reason: str, since: datetime) -> Message:
    """A transport refuses or cannot be reached. Pages are tried again, and by the others."""
    text = f"⚠️ {by_transports([transport])} does not take pages: {inline(reason, 300)}"
    more = f"Since {when(since)}. Pages are tried again; the other ways are used meanwhile."
    return message(text, [section(text, more)])


def transport_working(transport: str) -> Message:
    """The end of that trouble."""
    text = f"✅ {by_transports([transport])} takes pages again"
    return message(text, [section(text)])


def doubtful_account(why: str) -> Message:
    """No Slack account is surely that of a listed person, though some carry the address. `why` says what to do."""
    text = f"⚠️ {inline(why, 600)}"
    more = "Until then nobody of them counts as that person, and no direct message pages them. The other ways are used."
    return message(text, [section(text, more)])


def direct_trouble(subject: str, text: str) -> Message:
    """Nobody can be written to directly, and somebody has to mend it."""
    said = f"⚠️ {inline(subject, 300)}"
    return message(f"{said}.", [section(f"{said}.", inline(text, 1_000))])


def duty_gap(role: str, since: datetime, until: datetime, why: str, *, group: bool) -> Message:
    """Nobody fills a role. `group`: nobody is on call at all, and there is a user group that mentions somebody all the same."""
    text = f"⚠️ Nobody is on call as {inline(role, 40)}"
    until_words = f"until {when(until)}" if until - since < timedelta(days=366) else "until the rota changes"
    empty = "Slack allows no empty user group, so it still mentions those who were in it." if group else ""
    more = "A page of that level goes on to the next one at once."
    return message(f"{text}.", [section(f"{text}, since {when(since)}, {until_words}.", inline(why, 300), more, empty)])


def group_taken(group: str, former: Sequence[str]) -> Message:
    """A user group that others have filled is kept equal to who is on call from now on."""
    text = f"👥 {mention_group(group)} is from now on kept equal to who is on call, as bot.yml asks"
    names = " ".join(filter(None, map(mention, former)))
    return message(
        "A user group is kept equal to who is on call.", [section(f"{text}.", f"It held {names} as well until now.")]
    )


def not_kept(what: str, reason: str) -> Message:
    """Something that Slack shows of who is on call is not as it should be. Nothing else depends on it."""
    text = f"⚠️ The {inline(what, 40)} does not show who is on call: {inline(reason, 300)}"
    return message(f"{text}.", [section(f"{text}.", "Paging is not affected.")])


def updates_unheard(channel: str, reason: str) -> Message:
    """What people outside were to read stands only on the card."""
    text = f"⚠️ The last update did not get to {inline(channel, 80)}: {inline(reason, 300)}"
    more = "Invite me there, or name another channel under `updates` in bot.yml; then say it again."
    return message(f"{text}.", [section(f"{text}.", more)])


def postmortems_missing(incidents: Sequence[int]) -> Message:
    """Whoever led was asked often enough: now the team is, once."""
    numbers = ", ".join(f"#{number}" for number in incidents)
    text = f"📄 Nobody has written the postmortem of {numbers} yet"
    more = (
        "`/incident postmortem N` drafts it from the record; `/incident postmortem N waive WHY` says why there is none."
    )
    return message(f"{text}.", [section(f"{text}.", more)])


def preflight_failed(findings: Sequence[str]) -> Message:
    """What an incident would otherwise have been the first to tell."""
    text = f"⚠️ The morning's check found {len(findings)} thing{'s' if len(findings) != 1 else ''} to mend"
    lines = [f"• {inline(line, 300)}" for line in findings[:_FAULTS_SHOWN]]
    if len(findings) > len(lines):
        lines.append(f"and {len(findings) - len(lines)} more")
    more = context("Nobody was paged for it. `incident-bot check --live` looks again now.")
    return message(f"{text}: {inline('; '.join(findings), 300)}", [section(f"{text}."), *paragraphs(lines), more])


def preflight_good_again() -> Message:
    """After `preflight_failed`."""
    text = "✅ The morning's check found nothing more to mend"
    return message(f"{text}.", [section(f"{text}.")])


def sandbox(url: str) -> Message:
    """A first word in a sandbox, so that the channel is not empty."""
    text = "👋 This is a sandbox: nothing leaves this machine."
    return message(text, [section(text, link(url, "Open its page"))])


def rota_changed(moves: Sequence[Mapping[str, Any]], by: str, why: str, calls: Sequence[str], back: bool) -> Message:
    """Somebody stands in for somebody else, or does not any more. Whoever moves is called by it."""
    lines = [f"🔁 {_move(move)}" for move in moves[:_FAULTS_SHOWN]] or ["🔁 Nobody moves."]
    how = "taken back by" if back else "by"
    small = f"{how} {inline(by, 80)}" + (f": {inline(why, 300)}" if why else "")
    called = " ".join(filter(None, map(mention, calls)))
    return message(f"{lines[0]} · {small}", [section(*lines, called), context(small)])


def _move(move: Mapping[str, Any]) -> str:
    instead = f" instead of {inline(move['before'], 80)}" if move["before"] else ""
    since, until = datetime.fromisoformat(move["since"]), datetime.fromisoformat(move["until"])
    who = bold(move["now"], 80) if move["now"] else "Nobody"
    return f"{who} is {inline(move['role'], 40)}{instead}, {when(since)} – {when(until)}"


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


NOTICES: dict[str, Callable[[Mapping[str, Any]], Message]] = {
    "config_bad": lambda it: config_bad(
        [Fault(**fault) for fault in it["faults"]], it["count"], _instant(it["good_since"])
    ),
    "config_good_again": lambda it: config_good_again(),
    "config_held": lambda it: config_held(it["digest"], it["uncovers"]),
    "rota_file_changed": lambda it: rota_file_changed(it["moves"], it["count"], it["by"]),
    "unclear_severity": lambda it: unclear_severity(it["number"], it["complaint"]),
    "ignored_alert": lambda it: ignored_alert(it["alert"], it["why"]),
    "silence_begun": lambda it: silence_begun(
        it["what"], datetime.fromisoformat(it["until"]), it["by"], it["why"], it["window"], it["quiet"]
    ),
    "silence_over": lambda it: silence_over(
        it["what"],
        it["by"],
        it["window"],
        it["ended_by"],
        held=it.get("held"),
        times=it.get("times", 0),
        still=it["still"],
        names=it["names"],
    ),
    "unreadable_alerts": lambda it: unreadable_alerts(it["source"], it["accepted"], it["refused"], it["errors"]),
    "back": lambda it: back(datetime.fromisoformat(it["since"]), datetime.fromisoformat(it["at"]), it["caught_up"]),
    "restored": restored,
    "restored_over": lambda it: restored_over(it["what"], it["by"], it["lines"], it["count"]),
    "clock_set": lambda it: clock_set(timedelta(seconds=it["by_s"])),
    "audit_failed": lambda it: audit_failed(it["findings"]),
    "transport_failing": lambda it: transport_failing(
        it["transport"], it["reason"], datetime.fromisoformat(it["since"])
    ),
    "transport_working": lambda it: transport_working(it["transport"]),
    "doubtful_account": lambda it: doubtful_account(it["why"]),
    "rota_changed": lambda it: rota_changed(it["moves"], it["by"], it["why"], it["calls"], it["back"]),
    "direct_trouble": lambda it: direct_trouble(it["subject"], it["text"]),
    "duty_gap": lambda it: duty_gap(
        it["role"],
        datetime.fromisoformat(it["since"]),
        datetime.fromisoformat(it["until"]),
        it["why"],
        group=it["group"],
    ),
    "group_taken": lambda it: group_taken(it["group"], it["former"]),
    "not_kept": lambda it: not_kept(it["what"], it["reason"]),
    "updates_unheard": lambda it: updates_unheard(it["channel"], it["reason"]),
    "postmortems_missing": lambda it: postmortems_missing(it["incidents"]),
    "preflight_failed": lambda it: preflight_failed(it["findings"]),
    "preflight_good_again": lambda it: preflight_good_again(),
    "sandbox": lambda it: sandbox(it["url"]),
}
"""Who draws which news, by the word it has in the outbox (`bot.usecases.notices.Notice`), from the plain data kept with it."""


def drawn(payload: Mapping[str, Any]) -> Message:
    """A notice as it leaves, from what the outbox holds."""
    if "notice" not in payload:
        # Written before notices were drawn at sending: one that waited over the upgrade is finished, and no less true.
        return Message(str(payload["text"]), list(payload["blocks"]))
    return NOTICES[payload["notice"]](payload)
