"""A page as Slack shows it: the mention in the incident's thread, and the direct message, alone or several in one.

These call somebody: they are the only messages besides a reminder that notify. What is wrong comes first, then until when; why it
comes to this person is small print.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.formatting import spoken
from bot.slack.mrkdwn import bold, inline, link, prose, utc_time
from bot.slack.views.actions import INCIDENT_ACK, INCIDENT_DECLINE, INCIDENT_TAKE, LINK_CARD
from bot.slack.views.facts import Closing, Message, PageFacts
from bot.slack.views.head import head, near, plain
from bot.slack.views.holder_buttons import holding
from bot.slack.views.kit import (
    actions,
    button,
    call,
    call_team,
    context,
    link_button,
    message,
    name_of,
    section,
    spoken_list,
)
from bot.slack.views.tokens import Ref
from oncall.headline import whose
from oncall.page import DESCRIPTION

_HEADS = {"": "", "holder": "⏳ *Yours* · ", "offered": "🤲 *Offered to you* · "}
"""What a direct message begins with, by its role: not everything that is told asks for an answer at once."""
_WORDS = {"": "", "holder": "Yours: ", "offered": "Offered to you: "}
_IN_THE_HEAD = frozenset(
    {"rule", "value", "threshold", "alerts", "alertname", "severity", "procedure", "runbook", DESCRIPTION}
)
"""Details that the headline says, or that have a place of their own."""
_LABELS_SHOWN = 6
TELLING = timedelta(minutes=1)
"""From when on it is worth a word that nobody has answered."""


def _news(facts: PageFacts) -> str:
    """Its role, where it tells somebody something about what is in hand; else it calls."""
    return "" if _open(facts) or facts.page.role not in _HEADS else facts.page.role


def _open(facts: PageFacts) -> bool:
    """Whether an acknowledgement is what the page asks for. Somebody has the incident already if not."""
    return facts.page.state == "triggered"


def _reason(facts: PageFacts) -> str:
    """Why it comes to them, where that is no matter of course."""
    page = facts.page
    return inline(page.text, 300) if _news(facts) or not whose(page.role) else ""


def _told_first(facts: PageFacts) -> str:
    """The same for one person alone: also why they are called although somebody has it."""
    return _reason(facts) or ("" if _open(facts) else inline(facts.page.text, 300))


def _raised(facts: PageFacts) -> str:
    """What raised it, if that is why it calls again."""
    return inline(facts.page.raised.rstrip("."), 200) if facts.page.raised else ""


def _due(facts: PageFacts) -> str:
    """Until when somebody has to answer; how long nobody has, once that has gone by."""
    page = facts.page
    if page.respond_by is None or not _open(facts):
        return ""
    at = near(page.respond_by, page.opened_at)
    return f"respond by {at}" if page.unanswered is None else f"{_nobody_for(facts)}, it was due at {at}"


def _due_plain(facts: PageFacts) -> str:
    """The same for a notification."""
    page = facts.page
    if page.unanswered is not None:
        return _nobody_for(facts)
    return f"respond by {utc_time(page.respond_by)}" if page.respond_by is not None and _open(facts) else ""


def _nobody_for(facts: PageFacts) -> str:
    waiting = facts.page.unanswered or facts.page.waiting
    return f"nobody has answered for {spoken(waiting)}" if waiting and waiting >= TELLING else ""


def _sentence(parts: Sequence[str], between: str = " · ") -> str:
    said = between.join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def page_mention(facts: PageFacts) -> Message:
    """The reply in the thread that calls everybody of a level by name: what, how bad, until when, and what to press."""
    news, who = _news(facts), _called(facts)
    first = f"{_HEADS[news].split()[0]} {who}:" if news else f"{who} –"
    stage = inline(facts.page.stage, 300) if facts.page.stage else ""
    waited = _nobody_for(facts) if stage and facts.page.unanswered is None and _open(facts) else ""
    more = _sentence([stage, _raised(facts), _reason(facts), waited, _due(facts)])
    told = [_raised(facts), _reason(facts), waited or _due_plain(facts)]
    text = f"{who} – {plain(facts.page.line)}" + "".join(f". {_sentence([part])}" for part in told if part)
    blocks: list[Block] = [section(f"{first} {head(facts.page.line)}", more)]
    return message(text, blocks + ([actions(_acknowledge(facts))] if _open(facts) else []))


def mention_closed(facts: PageFacts, closing: Closing) -> Message:
    """The same once nobody is called by it any more: small print, with nothing to press by mistake."""
    names = spoken_list([name_of(who) for who in facts.called]) if facts.page.person else "the team"
    stage = f"{inline(facts.page.stage, 200)} · " if facts.page.stage else ""
    text = f"✅ {stage}called {names} · {end_of(closing)}"
    return message(text, [context(text)])


def _called(facts: PageFacts) -> str:
    if facts.page.person is None:
        return call_team(facts.team)
    return " ".join(dict.fromkeys(call(who) for who in facts.called))


def page_dm(facts: PageFacts) -> Message:
    """The page as a direct message, with its own Acknowledge."""
    page = facts.page
    why = "" if _news(facts) else _raised(facts)
    said = ", ".join(filter(None, [why or _told_first(facts) or whose(page.role), _due_plain(facts)]))
    blocks = [*_dm_head(facts), *_buttons(facts), *_small(facts)]
    return message(f"{_WORDS[_news(facts)]}{plain(page.line)}{' – ' if said else ''}{said}", blocks)


def _dm_head(facts: PageFacts) -> Iterator[Block]:
    page = facts.page
    said = [_given_away(facts)] if facts.declined_at else [_raised(facts), _told_first(facts), _due(facts)]
    yield section(f"{_HEADS[_news(facts)]}{head(page.line)}", _sentence(said))
    description = page.details.get(DESCRIPTION, "")
    if description and description != page.line.what:
        yield section(prose(description, 600))


def _given_away(facts: PageFacts) -> str:
    """To whoever cannot, once they have said so."""
    at = near(facts.declined_at or facts.page.opened_at, facts.page.opened_at)
    return f"↪️ You said at {at} that you cannot: the next is called. If you can after all, press *Acknowledge*"


def _small(facts: PageFacts) -> Iterator[Block]:
    """Why it is you, the labels, and what else there is to read."""
    page = facts.page
    why = f"Why you: {inline(page.text, 300)}" if page.text and not _told_first(facts) else ""
    labels = [
        f"{inline(name, 40)}: {inline(value, 80)}" for name, value in page.details.items() if name not in _IN_THE_HEAD
    ]
    links = [link(url, text) for text, url in page.links[:3]]
    if url := page.details.get("runbook"):
        links.append(link(url, "Runbook page"))
    small = [why, " · ".join([*labels[:_LABELS_SHOWN], *links])]
    if any(small):
        yield context("\n".join(filter(None, small)))


def _buttons(facts: PageFacts) -> Iterator[Block]:
    elements: list[InteractiveElement] = [*_to_press(facts), *_to_card(facts)]
    if elements:
        yield actions(*elements)


def _acknowledge(facts: PageFacts) -> InteractiveElement:
    return button("Acknowledge", INCIDENT_ACK, str(Ref(facts.page.incident, facts.seen)), style="primary")


def _to_press(facts: PageFacts) -> Iterator[InteractiveElement]:
    """What may be answered at once: by whoever is called, whoever has it, and whoever is offered it."""
    ref = Ref(facts.page.incident, facts.seen)
    if _open(facts):
        yield _acknowledge(facts)
        if facts.page.person is not None and facts.declined_at is None:
            yield button("Can't – call the next", INCIDENT_DECLINE, str(ref))
    elif facts.page.role == "offered":
        yield button("I take it", INCIDENT_TAKE, str(ref), style="primary")
    elif facts.page.role == "holder" and facts.page.state == "acknowledged":
        yield from holding(ref)


def _to_card(facts: PageFacts) -> list[InteractiveElement]:
    opening = link_button("Open the incident", LINK_CARD, facts.card_url)
    return [opening] if opening else []


def word(subject: str, text: str) -> Message:
    """Something about the bot itself, to one person: the channel cannot carry it."""
    more = inline(text, 1_000)
    return message(f"⚠️ {inline(subject, 300)}. {more}", [section(f"⚠️ {bold(subject, 300)}", more)])


_CLOSED = {
    "acknowledged": ("has it", "have it"),
    "snoozed": ("has snoozed it", "have snoozed it"),
    "silenced": ("has silenced it", "have silenced it"),
    "inhibited": ("calls nobody for it: another incident is open",) * 2,
    "mitigated": ("has mitigated it", "have mitigated it"),
    "resolved": ("has resolved it", "have resolved it"),
    "escalated": ("was called as well", "were called as well"),
}


def page_dm_closed(facts: PageFacts, closing: Closing) -> Message:
    """The same direct message once nobody has to answer it any more: who took it, and nothing to press by mistake."""
    end, mine = _end(facts, closing), _is_mine(facts, closing)
    if facts.called_again:  # the newest has what can be pressed
        return message(f"{plain(facts.page.line)}: {end}", [context(f"{head(facts.page.line, mark='')} · ✅ {end}")])
    holds = mine and closing.state == "acknowledged"
    elements = [*(holding(Ref(facts.page.incident, facts.seen)) if holds else ()), *_to_card(facts)]
    blocks: list[Block] = [section(head(facts.page.line, mark=""), f"✅ {end}")]
    return message(f"{plain(facts.page.line)}: {end}", blocks + ([actions(*elements)] if elements else []))


def _end(facts: PageFacts, closing: Closing) -> str:
    """Who has it, to whoever was called; nobody is told about themselves as of somebody else."""
    mine = _is_mine(facts, closing)
    at = near(closing.at, facts.page.opened_at)
    since = f"{' since' if closing.state == 'acknowledged' else ','} {at}"
    return f"{end_of(closing, mine=mine, since=since)}." + ("" if mine else " You need not answer.")


def _is_mine(facts: PageFacts, closing: Closing) -> bool:
    """Whether whoever was called is who did it."""
    by, person = closing.by, facts.page.person
    return by is not None and person is not None and person in (by.email, f"slack:{by.slack}")


def end_of(closing: Closing, *, mine: bool = False, since: str = "") -> str:
    """Who took it, in a few words."""
    until = f" until {utc_time(closing.until)}" if closing.until else ""
    behind = f"{since}, and it is snoozed{until}" if closing.snoozed_too else f"{until}{since}"
    return _who_took_it(closing, mine=mine) + behind


def _who_took_it(closing: Closing, *, mine: bool) -> str:
    if closing.unheard_since is not None:
        return f"Closed: not heard of since {utc_time(closing.unheard_since)}, nobody said that it is over"
    if closing.by is None:
        return "Resolved: every alert has cleared" if closing.state == "resolved" else f"It is {closing.state} now"
    theirs, yours = _CLOSED[closing.state]
    return f"You {yours}" if mine else f"{name_of(closing.by)} {theirs}"


def pages_dm(pages: Sequence[tuple[PageFacts, Closing | None]]) -> Message:
    """Several pages of one person as one direct message, because Slack would not take them singly; each with its own end."""
    heads = "; ".join(plain(facts.page.line) for facts, _ in pages)
    title = f"You are paged for {len(pages)} incidents"
    blocks: list[Block] = [section(f"📟 *{title}*", "Slack asked me to slow down, so they come in one message.")]
    for facts, closing in pages:
        blocks += _one_of_several(facts, closing)
    return message(f"{title}: {heads}", blocks)


def _one_of_several(facts: PageFacts, closing: Closing | None) -> Iterator[Block]:
    if closing is not None:
        yield section(head(facts.page.line, mark=""), f"✅ {_end(facts, closing)}")
        return
    yield section(head(facts.page.line), _sentence([_raised(facts), _told_first(facts), _due(facts)]))
    yield from _buttons(facts)
