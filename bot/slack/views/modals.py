"""The modals: few fields, our own words in every label, nothing in a title that could be too long for one.

What a modal is about travels in `private_metadata` as a token; the submission names what it was opened for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import (
    Block,
    DateTimePickerElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    OptionGroup,
    PlainTextInputElement,
    StaticSelectElement,
    UserSelectElement,
)
from slack_sdk.models.views import View as ViewModel

from bot.alerts import SEVERITIES, Severity
from bot.ground.outside import clean
from bot.incidents import Incident
from bot.retro.updates import LONGEST as LONGEST_UPDATE
from bot.runbooks.parts.parameters import LONGEST_VALUE, Parameter
from bot.slack.mrkdwn import bare, bold, clip, inline, mention, prose
from bot.slack.views.actions import (
    ABORT_MODAL,
    ASSIGN_MODAL,
    AWAY_MODAL,
    AWAY_SURE_MODAL,
    CALL_MODAL,
    ENTRY_MODAL,
    FAIL_MODAL,
    FIELD_AT,
    FIELD_ENTRY,
    FIELD_FROM,
    FIELD_GIVEN,
    FIELD_PERSON,
    FIELD_ROLE,
    FIELD_SEVERITY,
    FIELD_SHIFT,
    FIELD_SPAN,
    FIELD_TEXT,
    FIELD_TITLE,
    FIELD_UNTIL,
    GLASS_MODAL,
    MOMENT_MODAL,
    NOTE_MODAL,
    OBSERVE_MODAL,
    OPEN_MODAL,
    OVERRIDE_MODAL,
    OVERRIDE_SURE_MODAL,
    RESOLVE_MODAL,
    SEVERITY_MODAL,
    SKIP_MODAL,
    SNOOZE_MODAL,
    START_MODAL,
    SWAP_MODAL,
    TIMELINE_MODAL,
    TYPE_MODAL,
    UPDATE_MODAL,
    WAIVE_MODAL,
    Ref,
    Window,
)
from bot.slack.views.cover import ShiftFacts, previewed, to_be_taken
from bot.slack.views.facts import Message, View, Who
from bot.slack.views.kit import context, plain, section, weight
from bot.slack.views.newer import Drawn
from bot.speech import spoken
from bot.timeline.entries import Entry
from bot.timeline.moments import NAMES, WORDS, Name
from oncall.calendar import local
from oncall.rota import ROLES
from oncall.words import written

TITLE_LENGTH = 200
TEXT_LENGTH = 2_500
MOST_OPTIONS = 100
MOST_BLOCKS, MOST_TEXT = 100, 55_000
_OPTION_LENGTH = 75
_OPTION = re.compile(r"[\w .,:/%+-]{1,75}", re.ASCII)
"""What a menu holds; other choices are typed."""

SNOOZES = tuple(timedelta(minutes=minutes) for minutes in (10, 20, 30, 60, 120, 240))
MEANINGS: dict[Severity, str] = {
    "P0": "P0 · pages the on-call at once",
    "P1": "P1 · tells the team at once, pages if unanswered",
    "P2": "P2 · mails the team, pages if unanswered",
}


def open_incident(*, severity: Severity = "P1", title: str = "", metadata: str = "") -> View:
    """`/incident open` without arguments. `metadata` comes back with the submission (the channel, say)."""
    return _view(
        OPEN_MODAL,
        "Open an incident",
        "Open",
        metadata,
        _input("What is happening?", _text(FIELD_TITLE, title, limit=TITLE_LENGTH, focus=True), FIELD_TITLE),
        _input("How bad?", _severity(severity), FIELD_SEVERITY),
        _input("What is known so far?", _text(FIELD_TEXT, lines=True), FIELD_TEXT, optional=True),
    )


def assign(incident: Incident, current: Who | None = None) -> View:
    """Who takes the lead."""
    initial = current.slack if current and mention(current.slack) else None
    chooser = UserSelectElement(action_id=FIELD_PERSON, initial_user=initial, focus_on_load=True)
    return _about(incident, ASSIGN_MODAL, "Assign", "Assign", _input("Who takes the lead?", chooser, FIELD_PERSON))


def severity(incident: Incident) -> View:
    """Another severity, and why."""
    return _about(
        incident,
        SEVERITY_MODAL,
        "Change severity",
        "Change",
        _input("How bad is it really?", _severity(incident.severity), FIELD_SEVERITY),
        _input("Why?", _text(FIELD_TEXT), FIELD_TEXT, optional=True),
    )


def note(incident: Incident) -> View:
    """A remark for the timeline."""
    field = _text(FIELD_TEXT, lines=True, focus=True)
    hint = "It goes into the thread and the timeline."
    return _about(
        incident, NOTE_MODAL, "Add a note", "Add", _input("What did you see or do?", field, FIELD_TEXT, hint=hint)
    )


def update(incident: Incident) -> View:
    """The one line for those who wait outside."""
    field = _text(FIELD_TEXT, lines=True, focus=True, limit=LONGEST_UPDATE)
    hint = "What is broken for whom, what is being done, when you will say more. It stands on the card."
    return _about(
        incident, UPDATE_MODAL, "Update", "Say it", _input("What should others know?", field, FIELD_TEXT, hint=hint)
    )


def waive(incident: Incident) -> View:
    """Why there is no postmortem."""
    return _about(
        incident,
        WAIVE_MODAL,
        "No postmortem",
        "None needed",
        _input("Why?", _text(FIELD_TEXT, focus=True), FIELD_TEXT, hint="It goes into the thread and the timeline."),
    )


ENTRIES_SHOWN = 500
"""Entries to choose from, the newest: a form has to stay one."""


def timeline_entries(incident: Incident, entries: Sequence[Entry], zone: str) -> View:
    """Which entry, or which moment, is set right."""
    moments = [Option(text=plain(WORDS[name]), value=name) for name in NAMES]
    groups = [OptionGroup(label=plain("Moments"), options=moments)]
    shown = [Option(text=plain(_entry_words(each, zone)), value=str(each.seq)) for each in entries[-ENTRIES_SHOWN:]]
    for first in range(0, len(shown), MOST_OPTIONS):
        some = shown[first : first + MOST_OPTIONS]
        groups.append(OptionGroup(label=plain("Entries" if not first else "Later entries"), options=some))
    chooser = StaticSelectElement(action_id=FIELD_ENTRY, option_groups=groups)
    return _about(incident, TIMELINE_MODAL, "Correct the timeline", "Next", _input("What?", chooser, FIELD_ENTRY))


def _entry_words(entry: Entry, zone: str) -> str:
    return bare(f"{local(entry.at, zone, '%d %b %H:%M')} {entry.text}", _OPTION_LENGTH)


def timeline_entry(incident: Incident, entry: Entry) -> View:
    """The text and the time of one entry."""
    ref = Ref(incident.number, incident.last_seq)
    return _view(
        ENTRY_MODAL,
        "Correct the timeline",
        "Correct",
        f"{ref} {entry.seq}",
        section(_subject(incident)),
        _input("When?", _instant(FIELD_AT, entry.at), FIELD_AT),
        _input("What happened?", _text(FIELD_TEXT, entry.text, lines=True, focus=True), FIELD_TEXT, hint=_STAYS),
    )


_STAYS = "The timeline shows that it was corrected, and by whom; the record keeps what it said before."


def timeline_moment(incident: Incident, name: Name, at: datetime) -> View:
    """When one of the five moments was."""
    ref = Ref(incident.number, incident.last_seq)
    return _view(
        MOMENT_MODAL,
        "Set a moment",
        "Set",
        f"{ref} {name}",
        section(_subject(incident), f"*{WORDS[name]}*"),
        _input("When?", _instant(FIELD_AT, at), FIELD_AT, hint=_STAYS),
    )


def _instant(field: str, at: datetime) -> DateTimePickerElement:
    return DateTimePickerElement(action_id=field, initial_date_time=int(at.timestamp()) // 60 * 60)


def snooze(incident: Incident, longest: timedelta) -> View:
    """How long it keeps still, and why."""
    spans = {
        written(span): Option(text=plain(spoken(span)), value=written(span)) for span in SNOOZES if span <= longest
    }
    chooser = StaticSelectElement(
        action_id=FIELD_SPAN, options=list(spans.values()), initial_option=list(spans.values())[-1]
    )
    return _about(
        incident,
        SNOOZE_MODAL,
        "Snooze",
        "Snooze",
        section("Nobody is called meanwhile; a higher severity ends it. At its end it calls from the first level on."),
        _input("For how long?", chooser, FIELD_SPAN),
        _input("Why?", _text(FIELD_TEXT, focus=True), FIELD_TEXT, hint="It goes into the thread and the timeline."),
    )


def resolve(incident: Incident, still_changed: str = "") -> View:
    """The end, with a word about it; where changes stand, why they stay has to be said."""
    if still_changed:
        return _about(
            incident,
            RESOLVE_MODAL,
            "Resolve",
            "Resolve",
            section(f"*Still changed:* {inline(still_changed, 1_000)}"),
            _input("Why does it stay?", _text(FIELD_TEXT, lines=True, focus=True), FIELD_TEXT),
        )
    field = _text(FIELD_TEXT, lines=True, focus=True)
    return _about(
        incident,
        RESOLVE_MODAL,
        "Resolve",
        "Resolve",
        _input("What fixed it?", field, FIELD_TEXT, optional=True, hint="It goes into the timeline."),
    )


def reading(title: str, message: Message | None = None) -> View:
    """A window to read in, which is sent nowhere: a long answer, or that it is being looked up. `title` is in our own words."""
    shown = message or Message("Looking…", [])
    blocks = shown.blocks or [section(shown.text).to_dict()]
    # By hand: the library drops the blocks of which it has no class.
    words = {"title": plain(title).to_dict(), "close": plain("Close").to_dict()}
    return {"type": "modal", **words, "blocks": _as_many_as_fit(blocks)}


def _as_many_as_fit(blocks: Sequence[Drawn]) -> list[Drawn]:
    """What a window holds: a hundred blocks, and a quarter of a megabyte, of which a character may take four bytes."""
    kept: list[Drawn] = []
    for block in blocks:
        if len(kept) == MOST_BLOCKS - 1 or weight(kept) + weight(block) > MOST_TEXT:
            return [
                *kept,
                context("There is more than fits into a window: `incident-bot timeline N` has all of it.").to_dict(),
            ]
        kept.append(block)
    return kept


def call_somebody(incident: Incident, people: Sequence[tuple[str, str]]) -> View:
    """The ladder is at its end: whom to call instead. `people` as (email, name)."""
    options = [
        Option(text=plain(bare(name, 75).replace("&", "+")), value=email) for email, name in people[:MOST_OPTIONS]
    ]
    chooser = StaticSelectElement(action_id=FIELD_PERSON, options=options, focus_on_load=True)
    return _about(
        incident,
        CALL_MODAL,
        "Call somebody",
        "Call now",
        section("Its whole ladder has been called. Whom else? They are called at once, by every way they have."),
        _input("Who?", chooser, FIELD_PERSON),
        _input("What should they know?", _text(FIELD_TEXT), FIELD_TEXT, optional=True),
    )


def parameters(about: str, title: str, wanted: Sequence[Parameter], typed: Mapping[str, str]) -> View:
    """What a runbook has to be told before it begins, a field each. `about` comes back with the submission."""
    fields = (block for one in wanted for block in _parameter(one, typed.get(one.name) or one.default))
    return _view(START_MODAL, "Start a runbook", "Start", about, section(bold(title)), *fields)


def _parameter(one: Parameter, value: str) -> Iterator[Block]:
    """What it is stands above its field: in a field's own label there are no words of a file."""
    menu = bool(one.values) and len(one.values) <= MOST_OPTIONS and all(map(_OPTION.fullmatch, one.values))
    choices = "" if menu or not one.values else f"One of {', '.join(one.values)}"
    yield section(bold(one.label), prose(one.description, 500), inline(choices, 800))
    field = f"{FIELD_GIVEN}{one.name}"
    element: InputInteractiveElement = _text(field, value, limit=LONGEST_VALUE)
    if menu:
        options = {each: Option(text=plain(each), value=each) for each in one.values}
        element = StaticSelectElement(
            action_id=field, options=list(options.values()), initial_option=options.get(value)
        )
    yield _input(one.name, element, field, optional=not one.required)


def override(me: Who | None, at: datetime) -> View:
    """Who stands in, in which role, from when until when."""
    initial = me.slack if me and mention(me.slack) else None
    return _view(
        OVERRIDE_MODAL,
        "Override a shift",
        "Show who moves",
        "",
        _input("Who stands in?", UserSelectElement(action_id=FIELD_PERSON, initial_user=initial), FIELD_PERSON),
        _input("As what?", _roles(), FIELD_ROLE),
        *_window(at),
    )


def override_sure(window: Window, moves: Sequence[ShiftFacts], *, alone: bool) -> View:
    """Who would serve instead of whom; nothing is done before this is sent."""
    return _view(OVERRIDE_SURE_MODAL, "Who moves", "Do it", str(window), *previewed(moves, alone=alone), _reason())


def away(at: datetime) -> View:
    """From when until when somebody cannot be called."""
    return _view(AWAY_MODAL, "Be away", "Show my shifts", "", *_window(at))


def away_sure(window: Window, wanted: Sequence[ShiftFacts]) -> View:
    """What the channel would be asked to take."""
    return _view(
        AWAY_SURE_MODAL, "What has to be taken", "Ask the channel", str(window), *to_be_taken(wanted), _reason()
    )


def swap(coming: Sequence[ShiftFacts], timezone: str) -> View:
    """Which of one's own shifts somebody else should have."""
    options = [
        Option(text=plain(_shift_words(shift, timezone)), value=_shift_value(shift)) for shift in coming[:MOST_OPTIONS]
    ]
    chooser = StaticSelectElement(action_id=FIELD_SHIFT, options=options, initial_option=options[0])
    return _view(
        SWAP_MODAL,
        "Swap a shift",
        "Ask the channel",
        "",
        section(
            "Whoever takes it gives you their own next one in that role, or just takes it. Until then it stays yours."
        ),
        _input("Which one?", chooser, FIELD_SHIFT),
        _input("Why?", _text(FIELD_TEXT), FIELD_TEXT, optional=True),
    )


def _shift_words(shift: ShiftFacts, timezone: str) -> str:
    form = "%a %d %b %H:%M"
    return f"{shift.role}, {local(shift.since, timezone, form)} – {local(shift.until, timezone, form)}"


def _shift_value(shift: ShiftFacts) -> str:
    return f"{shift.role} {int(shift.since.timestamp())} {int(shift.until.timestamp())}"


def _window(at: datetime) -> Iterator[Block]:
    soon = int(at.timestamp()) // 3600 * 3600 + 3600
    yield _input("From", DateTimePickerElement(action_id=FIELD_FROM, initial_date_time=soon), FIELD_FROM)
    yield _input("Until", DateTimePickerElement(action_id=FIELD_UNTIL, initial_date_time=soon + 86_400), FIELD_UNTIL)


def _reason() -> InputBlock:
    return _input("Why?", _text(FIELD_TEXT, focus=True), FIELD_TEXT, optional=True, hint="The channel reads it.")


def _roles() -> StaticSelectElement:
    options = [Option(text=plain(role), value=role) for role in ROLES]
    return StaticSelectElement(action_id=FIELD_ROLE, options=options, initial_option=options[0])


def skip_step(token: str, step: str) -> View:
    """Why a step is left out. `step` is its title."""
    return _why(
        SKIP_MODAL, "Skip this step", "Skip", token, f"Skip {bold(step)}. The next step becomes the current one."
    )


def observe(token: str, step: str) -> View:
    """What a person saw, where a step asks for that. `step` is its title."""
    field = _text(FIELD_TEXT, lines=True, focus=True)
    return _view(
        OBSERVE_MODAL,
        "What did you see?",
        "Done",
        token,
        section(bold(step)),
        _input("What did you see?", field, FIELD_TEXT, hint="It goes into the timeline."),
    )


def fail_step(token: str, step: str) -> View:
    """How somebody saw that a step did not work. `step` is its title."""
    return _why(
        FAIL_MODAL, "Mark as failed", "Mark failed", token, f"{bold(step)} did not take effect.", "How did you see it?"
    )


def abort_run(token: str, runbook: str) -> View:
    """Why a run ends early. `runbook` is its title."""
    text = f"Abort {bold(runbook)}. Steps already done stay done; nothing is undone."
    return _why(ABORT_MODAL, "Abort the runbook", "Abort", token, text)


def type_to_confirm(token: str, step: str, word: str) -> View:
    """The word that shows that somebody has read what they confirm. `step` is its title."""
    text = f"{bold(step)}\nType {bold(word)} to send it. Nothing has been sent yet."
    return _why(TYPE_MODAL, "Type to confirm", "Confirm and send", token, text, "The word", "It is sent at once.")


def break_glass(token: str, step: str) -> View:
    """Why something is sent without the approval it needs. `step` is its title."""
    text = f"Send {bold(step)} without approval. Only whoever is on call first may. The team reads your reason."
    return _why(GLASS_MODAL, "Break the glass", "Send it", token, text)


def _why(
    callback: str,
    title: str,
    submit: str,
    token: str,
    text: str,
    question: str = "Why?",
    hint: str = "It goes into the timeline.",
) -> View:
    field = _input(question, _text(FIELD_TEXT, focus=True), FIELD_TEXT, hint=hint)
    return _view(callback, title, submit, token, section(text), field)


def _about(incident: Incident, callback: str, title: str, submit: str, *blocks: Block) -> View:
    ref = str(Ref(incident.number, incident.last_seq))
    return _view(callback, title, submit, ref, section(_subject(incident)), *blocks)


def _subject(incident: Incident) -> str:
    return f"{bold(f'{incident.severity} #{incident.number}')} {inline(incident.title, 300)}"


def _view(callback: str, title: str, submit: str, metadata: str, *blocks: Block) -> View:
    view: View = ViewModel(
        type="modal",
        callback_id=callback,
        title=plain(title),
        submit=plain(submit),
        close=plain("Cancel"),
        private_metadata=metadata,
        blocks=list(blocks),
    ).to_dict()
    return view


def _input(
    label: str, element: InputInteractiveElement, field: str, *, optional: bool = False, hint: str | None = None
) -> InputBlock:
    return InputBlock(
        label=plain(label),
        element=element,
        block_id=field,
        optional=optional,
        hint=plain(hint) if hint else None,
    )


def _text(
    field: str, initial: str = "", *, lines: bool = False, focus: bool = False, limit: int = TEXT_LENGTH
) -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=field,
        multiline=lines,
        max_length=limit,
        initial_value=clip(clean(initial), limit) or None,
        focus_on_load=focus,
    )


def _severity(initial: Severity) -> StaticSelectElement:
    options = {each: Option(text=plain(MEANINGS[each]), value=each) for each in SEVERITIES}
    return StaticSelectElement(
        action_id=FIELD_SEVERITY, options=list(options.values()), initial_option=options[initial]
    )
