"""A page as Slack shows it: the mention in the incident's thread, and the direct message, alone or several in one.

These call somebody: they are the only messages besides a reminder that notify.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.slack.mrkdwn import bold, inline, link, mention, prose, utc_time
from bot.slack.views.actions import INCIDENT_ACK, INCIDENT_TAKE, LINK_CARD, Ref
from bot.slack.views.card import near
from bot.slack.views.facts import Closing, Message, PageFacts
from bot.slack.views.holding import holding
from bot.slack.views.kit import actions, button, call, call_team, context, link_button, message, name_of, section
from bot.timeline import spoken
from oncall.page import DESCRIPTION


def _headline(facts: PageFacts) -> str:
    return inline(_title(facts), 250)


def _title(facts: PageFacts) -> str:
    """The headline as it came, for what escapes it by itself."""
    page = facts.page
    drill = "[Drill] " if facts.drill else ""
    return f"{drill}{page.severity} #{page.incident} {page.subject}"


def _reason(facts: PageFacts) -> str:
    """Why this person; and what raised it, if that is why it calls again."""
    page = facts.page
    return inline(f"{page.raised.rstrip('.')}. {page.text}" if page.raised else page.text, 300)


def _due(facts: PageFacts) -> str:
    """Until when somebody has to answer; how long nobody has, once that has gone by."""
    page = facts.page
    if page.respond_by is None or not _open(facts):
        return ""
    at = near(page.respond_by, page.opened_at)
    return f"Respond by {at}" if page.unanswered is None else f"Missed since {at}, {_nobody_for(page.unanswered)}"


def _due_plain(facts: PageFacts) -> str:
    """The same for a notification."""
    page = facts.page
    if page.respond_by is None or not _open(facts):
        return ""
    at = utc_time(page.respond_by)
    return f", respond by {at}" if page.unanswered is None else f", missed since {at}, {_nobody_for(page.unanswered)}"


def _nobody_for(unanswered: timedelta) -> str:
    return f"nobody has answered for {spoken(unanswered)}"


def page_mention(facts: PageFacts) -> Message:
    """The reply in the thread that calls the person by name: why, until when, what to press."""
    subject, mark = _called(facts), "📟"
    if news := _news(facts):
        mark, subject = _HEADS[news][0].split()[0], call(facts.who)
    reason = _reason(facts).rstrip(".")
    due = f" {due}." if (due := _due(facts)) else ""
    press = "👉 Press *Acknowledge* on the card above; that stops the paging." if _open(facts) else ""
    blocks: list[Block] = [
        section(f"{mark} {subject}{_for(facts)} {bold(_title(facts), 250)}", f"{reason}.{due}", press)
    ]
    what = " Press Acknowledge on the card." if press else ""
    return message(f"{subject}{_for(facts)} {_headline(facts)}: {reason}.{what}", blocks)


def _for(facts: PageFacts) -> str:
    return ":" if _news(facts) else " paged for"


def _open(facts: PageFacts) -> bool:
    """Whether an acknowledgement is what the page asks for. Somebody has the incident already if not."""
    return facts.page.state == "triggered"


def _called(facts: PageFacts) -> str:
    if facts.who is None:
        return f"{call_team(facts.team)}, you are"
    return f"{call(facts.who)}, you are" if mention(facts.who.slack) else f"{call(facts.who)} is"


def page_dm(facts: PageFacts) -> Message:
    """The page as a direct message, with its own Acknowledge."""
    due = _due_plain(facts)
    blocks = [*_dm_head(facts), *_buttons(facts)]
    return message(f"{_HEADS[_news(facts)][1]}: {_headline(facts)}{due}. {_reason(facts)}", blocks)


_HEADS = {
    "": ("📟 *You are paged*", "You are paged"),
    "holder": ("⏳ *Yours*", "Yours"),
    "offered": ("🤲 *Offered to you*", "Offered to you"),
}
"""What a direct message begins with, by its role: not everything that is told asks for an answer at once."""


def _news(facts: PageFacts) -> str:
    """Its role, where it tells somebody something about what is in hand; else it calls."""
    return "" if _open(facts) or facts.page.role not in _HEADS else facts.page.role


def _dm_head(facts: PageFacts) -> Iterator[Block]:
    page = facts.page
    yield section(f"{_HEADS[_news(facts)][0]} · {bold(_title(facts), 250)}", _reason(facts), _due(facts))
    if description := page.details.get(DESCRIPTION):
        yield section(prose(description, 600))
    named = [(name, value) for name, value in page.details.items() if name != DESCRIPTION]
    details = [f"{inline(name, 40)}: {inline(value, 120)}" for name, value in named[:6]]
    links = [link(url, text) for text, url in page.links[:3]]
    small = [*details, *links]
    if small:
        yield context(" · ".join(small))


def _buttons(facts: PageFacts) -> Iterator[Block]:
    elements: list[InteractiveElement] = [*_to_press(facts), *_to_card(facts)]
    if elements:
        yield actions(*elements)


def _to_press(facts: PageFacts) -> Iterator[InteractiveElement]:
    """What may be answered at once: by whoever is called, whoever has it, and whoever is offered it."""
    ref = Ref(facts.page.incident, facts.seen)
    if _open(facts):
        yield button("Acknowledge", INCIDENT_ACK, str(ref), style="primary")
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
    "acknowledged": "has it",
    "snoozed": "has snoozed it",
    "silenced": "has silenced it",
    "inhibited": "calls nobody for it: another incident is open",
    "mitigated": "has mitigated it",
    "resolved": "has resolved it",
    "escalated": "was called as well",
}


def page_dm_closed(facts: PageFacts, closing: Closing) -> Message:
    """The same direct message once nobody has to answer it any more: who took it, and nothing to press by mistake."""
    mine = _is_mine(facts, closing)
    end = f"You have it{_until(closing)}" if mine else end_of(closing)
    rest = "" if mine else " You need not answer."
    elements = [*(holding(Ref(facts.page.incident, facts.seen)) if mine else ()), *_to_card(facts)]
    at = near(closing.at, facts.page.opened_at)
    blocks: list[Block] = [section(bold(_title(facts), 250), f"✅ {end}, {at}.{rest}")]
    return message(f"{_headline(facts)}: {end}.{rest}", blocks + ([actions(*elements)] if elements else []))


def _is_mine(facts: PageFacts, closing: Closing) -> bool:
    """Whether whoever was called is who has it."""
    by, person = closing.by, facts.page.person
    if closing.state != "acknowledged" or by is None or person is None:
        return False
    return person in (by.email, f"slack:{by.slack}")


def _until(closing: Closing) -> str:
    return f" until {utc_time(closing.until)}" if closing.until else ""


def end_of(closing: Closing) -> str:
    """Who took it, in a few words."""
    if closing.unheard_since is not None:
        return f"Closed: not heard of since {utc_time(closing.unheard_since)}, nobody said that it is over"
    if closing.by is None:
        return "Resolved: every alert has cleared" if closing.state == "resolved" else f"It is {closing.state} now"
    return f"{name_of(closing.by)} {_CLOSED[closing.state]}{_until(closing)}"


def pages_dm(pages: Sequence[tuple[PageFacts, Closing | None]]) -> Message:
    """Several pages of one person as one direct message, because Slack would not take them singly; each with its own end."""
    heads = "; ".join(_headline(facts) for facts, _ in pages)
    title = f"You are paged for {len(pages)} incidents"
    blocks: list[Block] = [section(f"📟 *{title}*", "Slack asked me to slow down, so they come in one message.")]
    for facts, closing in pages:
        blocks += _one_of_several(facts, closing)
    return message(f"{title}: {heads}", blocks)


def _one_of_several(facts: PageFacts, closing: Closing | None) -> Iterator[Block]:
    page = facts.page
    if closing is not None:
        yield section(bold(_title(facts), 200), f"✅ {end_of(closing)}, {near(closing.at, page.opened_at)}.")
        return
    yield section(bold(_title(facts), 200), inline(page.text, 200), _due(facts))
    yield from _buttons(facts)
