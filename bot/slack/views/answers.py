"""What the bot answers a person who asked: help, lists, who is on call, refusals. Mostly seen by that person alone.

An answer that does nothing says so, and says what to type next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.incidents import Incident
from bot.slack.mrkdwn import TIME, code, inline, link, unfenced, when
from bot.slack.views.actions import INCIDENT_ACK, LINK_CARD
from bot.slack.views.card import card
from bot.slack.views.facts import CardFacts, DutyFacts, Message, RunbookLine
from bot.slack.views.holder_buttons import holding
from bot.slack.views.kit import (
    actions,
    button,
    context,
    link_button,
    message,
    name_of,
    paragraphs,
    section,
    spoken_list,
)
from bot.slack.views.tokens import Ref
from oncall.values import dataclass, replace

_LISTED = 25
_SHIFTS_LISTED = 60


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing a command can do: how to type it, and what it does."""

    name: str
    usage: str
    does: str


VERBS: dict[str, tuple[Verb, ...]] = {
    "incident": (
        Verb("open", "open [P0|P1|P2] TITLE", "opens an incident; without a title it asks"),
        Verb("list", "list", "the open ones"),
        Verb("show", "show [N]", "the card again"),
        Verb(
            "ack",
            "ack [N] [for TIME] [NOTE]",
            "you take it, paging stops; with TIME it asks you at its end, then calls again",
        ),
        Verb("unack", "unack [N] [WHY]", "you cannot see to it: it calls again from the first level on"),
        Verb("escalate", "escalate [N] [PERSON]", "calls the next level, or that person, now"),
        Verb("mitigate", "mitigate [N] [NOTE]", "the bleeding has stopped, keep watching"),
        Verb("resolve", "resolve [N] [NOTE]", "it is over"),
        Verb("reopen", "reopen [N] [WHY]", "it is not over: pages again"),
        Verb("severity", "severity [N] P0|P1|P2 [WHY]", "how bad it really is"),
        Verb("assign", "assign [N] PERSON", "who takes the lead"),
        Verb("note", "note [N] TEXT", "a remark for the timeline"),
        Verb("timeline", "timeline [N]", "what happened, line by line; 📌 on a message of the thread puts it in"),
        Verb(
            "timeline edit", "timeline edit [N] [MOMENT TIME]", "corrects an entry, or sets when it began, … was over"
        ),
        Verb("update", "update [N] [TEXT]", "the one line that people outside read; it stands on the card"),
        Verb(
            "action",
            "action [N] [TEXT] [@WHO] [by DATE]",
            "notes what is left to do; alone lists it; `action done A3` and `action drop A3 WHY` end one",
        ),
        Verb("postmortem", "postmortem [N] [again|waive WHY]", "drafts it from the record, in a canvas or a file"),
        Verb("snooze", "snooze [N] TIME WHY", "quiet for a while (4 h at most, a P0 30 min), then it calls anew"),
        Verb(
            "silence",
            "silence [N|MATCHERS] TIME WHY",
            "keeps alerts quiet, after a look at what it would have held; alone it lists the silences",
        ),
        Verb(
            "merge", "merge N INTO M", "N is part of M from now on, its alerts to come too; the graver severity stays"
        ),
        Verb("split", "split N [WORDS|MATCHERS]", "takes a merged one out again; with words, some of its alerts"),
        Verb("link", "link N M", "both cards name the other; nothing else changes"),
        Verb("why", "why [N|TEXT]", "why somebody was paged, or was not; TEXT: what became of an alert that says so"),
        Verb(
            "drill",
            "drill [SCENARIO|pause|resume|end|score|rust]",
            "invites the team to a rehearsal; alone it lists what can be played; `rust` lists what nobody has used for a long time",
        ),
        Verb("insights", "insights [WEEKS]", "what the last 12 weeks show, or as many as you say"),
    ),
    "runbook": (
        Verb("list", "list", "every runbook"),
        Verb("show", "show NAME", "its steps"),
        Verb("start", "start NAME [N]", "begins it for an incident"),
        Verb("test", "test NAME", "walks it through: reads for real, shows what would change, changes nothing"),
        Verb("next", "next [N]", "the step to do now"),
        Verb("run", "run [N]", "executes it, or asks first if it changes something"),
        Verb("done", "done [N] [NOTE]", "you did the step"),
        Verb("skip", "skip [N] WHY", "leaves the step out"),
        Verb("abort", "abort [N] WHY", "ends the run; what is done stays done"),
        Verb("pause", "pause [N] WHY", "begins and raises nothing until somebody resumes"),
        Verb("resume", "resume [N]", "goes on after a pause"),
        Verb("back", "back [N]", "sets a rollout back at once"),
    ),
    "oncall": (
        Verb("who", "who [TIME]", "who is on call"),
        Verb("explain", "explain [TIME]", "why it is that person"),
        Verb("shifts", "shifts", "the coming shifts"),
        Verb("load", "load [WEEKS]", "pages, night pages and hours per person"),
        Verb("page", "page PERSON [N] [WHY]", "calls somebody now; with nothing open, WHY becomes the incident"),
        Verb(
            "override",
            "override PERSON [ROLE] FROM UNTIL [WHY]",
            "somebody stands in for a while; alone it asks by a form",
        ),
        Verb("swap", "swap [PERSON] [ROLE] [WHY]", "asks the channel to swap your next shift; alone you choose which"),
        Verb("take", "take [ROLE] [TIME] [WHY]", "you take the running shift now, to its end or for a while"),
        Verb("away", "away [PERSON] FROM UNTIL [WHY]", "asks the channel to take what you cannot serve"),
    ),
    "monitor": (
        Verb("now", "now", "the figures, by the last sample"),
        Verb("memory", "memory", "a day of the memory: peak, trend, distribution, and what to do"),
        Verb("rules", "rules", "every rule: fires, is pending, does not hold, or is left to others"),
        Verb("why", "why RULE", "why a rule fires, or does not"),
    ),
}
"""Every verb of every command. A handler serves them; `help` shows those the caller may use."""


def said(text: str) -> Message:
    """A plain answer. Backticks in it make code, as in all our own sentences; outside text in it stays text."""
    return message(unfenced(text), list(paragraphs(unfenced(text).split("\n"))))


def refused(text: str) -> Message:
    """Why it was not done. The text is a `UserError`'s: it says what was not lost and what to do."""
    return message(unfenced(text), list(paragraphs(f"🚫 {unfenced(text)}".split("\n"))))


def did_you_mean(word: str, candidates: Sequence[str], usage: str = "") -> Message:
    """An unknown word, the nearest known ones, and how to get help. Nothing was done."""
    text = f"“{inline(word, 60)}” is not known here. Nothing was done."
    near = spoken_list([code(each, 60) for each in candidates[:3]], "or")
    return message(text, [section(f"🤔 {text}", f"Did you mean {near}?" if near else "", unfenced(usage))])


def yours(incident: Incident, until: datetime | None = None, no_time: str = "") -> Message:
    """To whoever has just taken it: paging has stopped, and what else they may want to say at once. `no_time`: words of their note
    that look as if a time was meant."""
    clock = (
        f"You are on it until {when(until, TIME)}" if until else "No time limit: it stays yours until you say otherwise"
    )
    text = f"#{incident.number} is yours: paging has stopped."
    shown = [section(f"✅ {text} {clock}."), actions(*holding(Ref.of(incident)))]
    if no_time:
        hint = f"“{inline(no_time, 60)}” was taken as your note, not as a time. For a time:"
        shown.insert(1, context(f"{hint} `/incident ack {incident.number} 30m`."))
    return message(text, shown)


def started(number: int, card_url: str = "", unanswered: Ref | None = None) -> Message:
    """To whoever has begun a runbook: where it is, and what they may have forgotten. `unanswered`: it still calls people."""
    text = f"The runbook is started in the thread of #{number}."
    calls = (
        "Nobody has the incident yet: it goes on calling people until somebody acknowledges it." if unanswered else ""
    )
    buttons = [button("Acknowledge", INCIDENT_ACK, str(unanswered), style="primary")] if unanswered else []
    if opening := link_button("Open the incident", LINK_CARD, card_url):
        buttons.append(opening)
    return message(f"{text} {calls}".rstrip(), [section(text, calls), *([actions(*buttons)] if buttons else [])])


def show(facts: CardFacts, card_url: str = "") -> Message:
    """The card, for the asker alone, and where the real one is."""
    shown = card(facts)
    if not card_url:
        return shown
    return replace(shown, blocks=[*shown.blocks[:49], context(link(card_url, "Open it in the channel")).to_dict()])


def on_call(
    duties: Sequence[DutyFacts],
    next_up: Sequence[DutyFacts] = (),
    at: datetime | None = None,
    silences: Sequence[str] = (),
) -> Message:
    """Who is on call now (or at the instant asked for), until when, and who follows."""
    now = "; ".join(f"{inline(d.role, 40)}: {name_of(d.who)}" for d in duties) or "nobody"
    rows = [_duty(duty) for duty in duties] or ["Nobody is on call."]
    after = [f"{_role(duty)}: {name_of(duty.who)}{_from(duty)}" for duty in next_up]
    blocks: list[Block] = [section(f"☎️ *On call* {when(at)}" if at else "☎️ *On call now*", *rows)]
    if after:
        blocks.append(context("Next: " + " · ".join(after)))
    if silences:
        blocks.append(context("🔕 Silenced: " + " · ".join(inline(each, 200) for each in silences[:_LISTED])))
    return message(f"On call: {now}", blocks)


def _role(duty: DutyFacts) -> str:
    return inline(duty.role, 40)


def _from(duty: DutyFacts) -> str:
    return f" from {when(duty.since)}" if duty.since else ""


def _duty(duty: DutyFacts) -> str:
    until = f" until {when(duty.until)}" if duty.until else ""
    why = f" · {inline(duty.why, 200)}" if duty.why else ""
    if duty.who is None:
        return f"⚠️ *{_role(duty)}*: nobody{until}{why}"
    away = f" · ⚠️ away until {when(duty.away_until)}, and nobody has taken it" if duty.away_until else ""
    return f"*{_role(duty)}*: {name_of(duty.who)}{until}{away}{why}"


def explain(lines: Iterable[str], title: str = "Why") -> Message:
    """A reasoning, step by step, as the resolver gives it."""
    rows = [inline(line, 600) for line in lines]
    numbered = [f"{place}. {row}" for place, row in enumerate(rows, 1)]
    return message(f"{inline(title)}: {'; '.join(rows)}", [section(f"*{inline(title)}*"), *paragraphs(numbered)])


def runbook_shown(book: RunbookLine, steps: Sequence[tuple[str, str]], source: str = "") -> Message:
    """One runbook's steps as (title, what running it means), before it is started."""
    rows = [
        f"{place}. {inline(title)}" + (f" · _{inline(kind, 80)}_" if kind else "")
        for place, (title, kind) in enumerate(steps, 1)
    ]
    blocks: list[Block] = [section(f"📘 *{link(book.url, book.title)}*"), *paragraphs(rows)]
    if source:
        blocks.append(context(f"From {inline(source)}"))
    return message(f"Runbook {inline(book.title)}: {len(steps)} steps", blocks)
