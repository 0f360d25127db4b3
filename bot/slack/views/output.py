"""All that a step answered, for the one person who asked for it: in the message where it fits, else as a file, else its beginning.

It is masked already. Refuses to look whole where it is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import Block

from bot.incidents import name_of
from bot.slack.mrkdwn import code, code_block, escape, inline
from bot.slack.views.facts import Message
from bot.slack.views.kit import context, message, section
from oncall.values import dataclass

_PART = 2_700
"""Characters of one code block, as Slack counts them."""
_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFacts:
    """What a step answered at one attempt."""

    log: int
    """The number of the incident, or of the run's own log."""
    run: int
    step: str
    title: str
    attempt: int
    text: str

    @property
    def file(self) -> str:
        """What it is called as a file."""
        return f"run-{self.run}-{self.step}-{self.attempt}.txt"


def fits(facts: OutputFacts) -> bool:
    """Whether it can be shown whole."""
    return len(list(_parts(facts.text))) <= _PARTS


def output(facts: OutputFacts, why: str = "") -> Message:
    """All of it; of what is longer its beginning, and `why` it is not there as a file."""
    head = f"{name_of(facts.log)} {inline(facts.title, 120)}: what it answered"
    parts = list(_parts(facts.text))
    blocks: list[Block] = [section(f"*{head}*"), *(section(code_block(part, 2_950)) for part in parts[:_PARTS])]
    if len(parts) > _PARTS:
        shown = sum(map(len, parts[:_PARTS]))
        call = code(f"incident-bot output {name_of(facts.log).lstrip('#')} {facts.step}")
        blocks.append(
            context(f"The first {shown:,} of {len(facts.text):,} characters. {inline(why, 300)} All of it: {call}")
        )
    return message(head, blocks)


def sent(facts: OutputFacts) -> Message:
    """It is a file in the person's direct messages."""
    text = f"{inline(facts.title, 120)}: all it answered is in our direct messages, as {inline(facts.file, 120)}."
    return message(text, [section(text)])


def _parts(text: str) -> Iterator[str]:
    """Whole lines, as many together as one block holds; a line that is longer than that alone is parted."""
    held: list[str] = []
    weight = 0
    for line in _lines(text):
        size = len(escape(line)) + 1
        if held and weight + size > _PART:
            yield "\n".join(held)
            held, weight = [], 0
        held.append(line)
        weight += size
    if held:
        yield "\n".join(held)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        # Escaped, a sign takes up to five characters.
        yield from (line[at : at + _PART // 5] for at in range(0, len(line) or 1, _PART // 5))
