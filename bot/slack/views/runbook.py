"""A runbook being worked through: the list of steps, the step to do now, what it asks, the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block, ButtonElement, InteractiveElement

from bot.incidents import name_of as number_of
from bot.runbooks.run import StepStatus
from bot.slack.mrkdwn import TIME, bare, bold, code_block, inline, link, prose, when
from bot.slack.views.actions import (
    INCIDENT_ACK,
    INCIDENT_ESCALATE,
    LINK_RUNBOOK,
    RUN_ABORT,
    RUN_PAUSE,
    RUN_RESUME,
    RUNBOOK_START,
    STEP_BACK,
    STEP_CHECK,
    STEP_CHOOSE,
    STEP_DONE,
    STEP_FAIL,
    STEP_LOOK,
    STEP_OUTPUT,
    STEP_OUTPUTS,
    STEP_RETRY,
    STEP_RUN,
    STEP_SKIP,
)
from bot.slack.views.facts import Message, RunbookLine
from bot.slack.views.kit import (
    actions,
    ask,
    button,
    call,
    context,
    link_button,
    menu,
    message,
    name_of,
    overflow,
    paragraphs,
    practice,
    progress_bar,
    section,
    spoken_list,
)
from bot.slack.views.questions import answers, asked_text, until, what_is_asked
from bot.slack.views.run_facts import (
    ConfirmationFacts,
    OutputLine,
    RunCall,
    RunFacts,
    StageFacts,
    StepFacts,
    WatchFacts,
)
from bot.slack.views.tokens import Ref
from bot.speech import spoken
from bot.watch.course import sparkline

MARKS: dict[StepStatus, str] = {
    "pending": "▫️",
    "waiting_confirmation": "❔",
    "confirmed": "⏳",
    "running": "⏳",
    "waiting": "⏳",
    "watching": "⏳",
    "done": "✅",
    "failed": "❌",
    "skipped": "⏩",
    "unknown": "❓",
}
_STEP_TEXT = 1_500
_STEP_CODE = 1_800


def run(facts: RunFacts) -> Message:
    """The run as it stands, with the buttons of the step to do now; what somebody was called for stands above it."""
    return message(_run_text(facts), _run_blocks(facts))


def moved_on(facts: RunFacts) -> Message:
    """What stands in the place of a run's message once it goes on further down: nothing is left to press."""
    text = f"📘 {inline(facts.title, 150)}{of_incident(facts)}: {counted(facts)}. It goes on below."
    return message(text, [context(text)])


def called_for(facts: RunFacts) -> Iterator[Block]:
    """What somebody was called for, and what can be done about it besides the step's own buttons."""
    asked = facts.call
    if asked is not None:
        yield section(_call_text(asked), asked.hint or None, button=_call_next(asked))


def _call_text(asked: RunCall) -> str:
    who = f"{call(asked.who)} " if asked.who else ""
    return f"{asked.mark} {who}{inline(asked.text, 2_500)}"


def _call_next(asked: RunCall) -> ButtonElement | None:
    if asked.helped or not asked.next_up or not asked.ref:
        return None
    return button(f"Call {bare(spoken_list(asked.next_up), 60)}", INCIDENT_ESCALATE, asked.ref)


def current(facts: RunFacts) -> StepFacts | None:
    """The step to do now."""
    if facts.state != "active":
        return None
    return next((step for step in facts.steps if step.number == facts.current), None)


def _run_text(facts: RunFacts) -> str:
    if facts.question is not None:
        return asked_text(facts.question)
    if facts.call is not None:
        return _call_text(facts.call)
    step = current(facts)
    title = f"Runbook {inline(facts.title)}{of_incident(facts)}"
    if step:
        return f"{title}: step {step.number} of {len(facts.steps)}, {inline(step.title)}"
    return f"{title}: {facts.state}"


def _run_blocks(facts: RunFacts) -> Iterator[Block]:
    yield from called_for(facts)
    progress = counted(facts) if facts.state == "active" else f"{ended(facts)} · {counted(facts)}"
    yield section(f"{practice(drill=facts.drill)}📘 {bold(facts.title)}{of_incident(facts)}", progress)
    step = current(facts)
    yield from paragraphs((_step_line(each, each is step) for each in facts.steps), 2_000)
    if step:
        yield from _step_blocks(facts, step)
    yield from at_the_end(facts)


def at_the_end(facts: RunFacts) -> Iterator[Block]:
    """What does not belong to the step: the answers in full, and the incident that nobody has."""
    if facts.outputs:
        yield actions(*_outputs(facts.outputs))
    if facts.unanswered:
        take = button("Acknowledge", INCIDENT_ACK, facts.unanswered, style="primary")
        yield section(f"⏳ Nobody has {number_of(facts.incident)} yet: it goes on calling people.", button=take)


def _outputs(lines: Sequence[OutputLine]) -> Iterator[InteractiveElement]:
    """The newest answer in one press, those before it behind a menu."""
    newest, *others = lines[:6]
    yield button(f"{'Show lines' if newest.logs else 'Full output'} of step {newest.step}", STEP_OUTPUT, newest.token)
    if others:
        yield overflow(STEP_OUTPUTS, [(f"Output of step {each.step}", each.token) for each in others])


def ended(facts: RunFacts) -> str:
    """Of a run that is over: how, by whom and why."""
    why = f": {inline(facts.why, 300)}" if facts.why else ""
    by = f" by {name_of(facts.by)}" if facts.by else ""
    return f"*{facts.state.capitalize()}*{by}{why}"


def of_incident(facts: RunFacts) -> str:
    return f" for {number_of(facts.incident)}" if facts.incident > 0 else f" · {number_of(facts.incident)}"


def counted(facts: RunFacts) -> str:
    """`2 of 8 steps done, 2 skipped`: what was left out was not done."""
    done, skipped = (sum(step.state == state for step in facts.steps) for state in ("done", "skipped"))
    return f"{done} of {len(facts.steps)} steps done" + (f", {skipped} skipped" if skipped else "")


def _step_line(step: StepFacts, is_current: bool) -> str:
    title = bold(step.title, 120) if is_current else inline(step.title, 120)
    mark = "👉" if is_current and step.state == "pending" else MARKS[step.state]
    outcome = f" · {inline(step.outcome, 160)}" if step.outcome else ""
    by = f" · {name_of(step.by)}" if step.by else ""
    at = f" {when(step.at, TIME)}" if step.at else ""
    return f"{mark} {step.number}. {title}{outcome}{by}{at}"


def _step_blocks(facts: RunFacts, step: StepFacts) -> Iterator[Block]:
    asked = facts.question is not None and not facts.paused
    yield section(bold(f"Step {step.number}: {step.title}"), *(() if asked else what_to_do(step)))
    yield from under_way(facts, step)


def what_to_do(step: StepFacts) -> Iterator[str]:
    """What a step says, in its writer's words."""
    if step.text.strip():
        yield prose(step.text, _STEP_TEXT)
    if step.code.strip():
        yield code_block(step.code, _STEP_CODE)


def under_way(facts: RunFacts, step: StepFacts) -> Iterator[Block]:
    """How far a step has come, and what can be pressed."""
    if step.stages:
        yield section(*map(_stage, step.stages))
    if step.watch:
        yield section(*_watched(step.watch))
    if facts.question is not None and not facts.paused:
        yield from _asked_here(facts, facts.question)
        return
    if facts.cleared:
        yield context(f"✅ Confirmed by {name_of(facts.cleared_by)}: {inline(facts.cleared, 400)}")
    hint = _hint(facts, step)
    if hint:
        yield context(hint)
    if facts.paused:
        yield context(f"⏸️ Paused: {inline(facts.paused, 400)}")
        yield actions(
            button("Resume", RUN_RESUME, facts.token, style="primary"),
            *_set_back(facts),
            button("Abort…", RUN_ABORT, facts.token),
        )
        return
    yield from _options(facts)
    yield from _items(facts)
    buttons = list(_step_buttons(facts, step))
    if buttons:
        yield actions(*buttons)


_STAGES = {"passed": "✅", "held": "⏳", "aimed": "👉", "coming": "▫️"}


def _stage(stage: StageFacts) -> str:
    return f"{_STAGES[stage.place]} {inline(stage.words, 120)}"


def _set_back(facts: RunFacts) -> Iterator[InteractiveElement]:
    """At once: what it does stands in Slack's own question, and the start was confirmed with it."""
    if "back" in facts.moves:
        once_more = ask("Set it back?", "It is set back at once, as its start was confirmed with.", yes="Set back")
        yield button("Set back", STEP_BACK, facts.token, style="danger", confirm=once_more)


def _watched(watch: WatchFacts) -> Iterator[str]:
    """A line for each figure, how far it has come, and what nobody knows at present."""
    for course in watch.courses:
        name = f"{inline(course.name, 60)}: " if course.name else ""
        yield f"{name}*{inline(course.words, 80)}* {sparkline(course.values)}".rstrip()
    yield f"{progress_bar(watch.share)} {inline(watch.standing, 200)}"
    if watch.gap:
        since = f" since {when(watch.blind_since, TIME)}" if watch.blind_since else ""
        yield f"⚠️ Not measured{since}: {inline(watch.gap, 300)}"


def _options(facts: RunFacts) -> Iterator[Block]:
    """A line and a button for each way on."""
    if "choose" in facts.moves:
        for place, label in enumerate(facts.options):
            yield section(f"➡️ {inline(label)}", button=button("Choose", STEP_CHOOSE, f"{facts.token}:{place}"))


def _items(facts: RunFacts) -> Iterator[Block]:
    """Each item of a checklist: with its button, or with the name of who ticked it."""
    for place, item in enumerate(facts.items):
        if item.by is not None:
            yield context(
                f"☑️ {inline(item.text, 300)} · {name_of(item.by)}{f' {when(item.at, TIME)}' if item.at else ''}"
            )
        elif "check" in facts.moves:
            yield section(f"☐ {inline(item.text, 300)}", button=button("Tick", STEP_CHECK, f"{facts.token}:{place}"))


_HINTS: dict[StepStatus, str] = {
    "failed": "It failed. Look at the outcome above, then run it again, mark it done or skip it.",
    "unknown": "No outcome of this step came, so it is not known whether it happened. Look first.",
    "waiting_confirmation": "It asked for a confirmation below. Nothing has been sent yet.",
    "confirmed": "Being sent. The outcome appears here.",
    "running": "Running. The outcome appears here.",
}


def _hint(facts: RunFacts, step: StepFacts) -> str:
    if step.state == "waiting" and step.due_at:
        return f"Waiting until {when(step.due_at, TIME)}. You are called here when it is over."
    if step.state == "waiting_confirmation" and step.expired:
        return "The confirmation ran out and nothing was sent. Press Run to be asked again."
    return _HINTS.get(step.state) or (inline(facts.hint, 300) if facts.hint else "")


def _asked_here(facts: RunFacts, question: ConfirmationFacts) -> Iterator[Block]:
    """The question in the place of the step's buttons: the hand stays where it is."""
    yield from what_is_asked(question)
    skip = [button("Skip…", STEP_SKIP, facts.token)] if "skip" in facts.moves else []
    yield actions(*answers(question), *_set_back(facts), *skip, button("Abort…", RUN_ABORT, facts.token))
    yield context(until(question))


def _step_buttons(facts: RunFacts, step: StepFacts) -> Iterator[InteractiveElement]:
    """One button per allowed move, and the way out. Running again what may have happened is never the bright button."""
    again = step.state in ("failed", "unknown")
    runs = "go" in facts.moves or "ask" in facts.moves
    if runs:
        label = "Run again" if again else "Run…" if "ask" in facts.moves else "Run"
        label = "Raise…" if step.state == "watching" else label
        style = None if step.state in ("unknown", "waiting_confirmation") else "primary"
        yield button(label, STEP_RETRY if again else STEP_RUN, facts.token, style=style)
    if "tick" in facts.moves:
        label = "Mark done" if again else "Done…" if step.state in ("waiting", "watching") else "Done"
        early = step.state == "watching"
        yield button(label, STEP_DONE, facts.token, style=None if runs or early else "primary")
    if "fail" in facts.moves:
        yield button("Mark failed…", STEP_FAIL, facts.token)
    if "pause" in facts.moves:
        yield button("Pause", RUN_PAUSE, facts.token)
    yield from _set_back(facts)
    if "look" in facts.moves:
        yield button("Check", STEP_LOOK, facts.token, style="primary")
    if "skip" in facts.moves:
        yield button("Skip…", STEP_SKIP, facts.token)
    yield button("Abort…", RUN_ABORT, facts.token)
    document = link_button("Read the document", LINK_RUNBOOK, facts.url)
    if document:
        yield document


def choose(ref: Ref, books: Sequence[RunbookLine], suggested: str | None = None) -> Message:
    """Which runbook to start for an incident: the one that its alert names, the other urgent ones, and the rest in a menu, so that
    what is wanted now stands on the first screen of a phone."""
    books = [book for book in books if len(book.id) <= _IN_A_MENU]
    urgent = [book for book in books if book.id == suggested or book.respond_within]
    rest = [book for book in books if book not in urgent]
    blocks: list[Block] = [section(f"*Runbooks for {number_of(ref.number)}*")]
    blocks += [
        _to_start(book, ref, suggested) for book in sorted(urgent, key=lambda book: book.id != suggested)[:_URGENT]
    ]
    if rest:
        options = [(bare(book.title, 60), f"{book.id} {ref}") for book in rest[:_OPTIONS]]
        blocks.append(actions(menu(RUNBOOK_START, "Start another…" if urgent else "Start…", options)))
    if (more := len(rest) - _OPTIONS) > 0:
        blocks.append(context(f"and {more} more: `/runbook list`"))
    if not books:
        blocks.append(section("No runbook is configured: add one to `config/runbooks/`."))
    return message(f"Runbooks for {number_of(ref.number)}: press Start", blocks)


_URGENT, _OPTIONS = 20, 50
_IN_A_MENU = 100
"""Characters of an id: with the incident's token, what a menu's option may carry."""


def _to_start(book: RunbookLine, ref: Ref, suggested: str | None) -> Block:
    hint = " · suggested by the alert" if book.id == suggested else ""
    start = button("Start", RUNBOOK_START, f"{book.id} {ref}", style="primary" if hint else None)
    within = f" · respond within {spoken(book.respond_within)}" if book.respond_within else ""
    return section(f"📘 {link(book.url, book.title)}{within}{hint}", button=start)
