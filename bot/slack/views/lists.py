"""The lists a person asks for: incidents, shifts, who carried how much, runbooks. A table where Slack has one, else lines.

Both drawings say the same in the same order; a list is never the only place where something can be pressed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block

from bot.formatting import spoken
from bot.slack.manifest import command
from bot.slack.mrkdwn import DAY_TIME, bold, code, inline, link, utc_time, when
from bot.slack.views.card import mark
from bot.slack.views.facts import DutyFacts, ListLine, LoadFacts, Message, RunbookLine, Who
from bot.slack.views.head import until
from bot.slack.views.kit import context, message, name_of, paragraphs, section, with_native
from bot.slack.views.newer import Cell, Given, data_table
from oncall.values import replace

_LISTED = 25
_SHIFTS_LISTED = 60


def incident_list(lines: Sequence[ListLine], title: str = "Open incidents") -> Message:
    """Incidents, one line each, in the order given."""
    if not lines:
        text = f"{inline(title)}: none."
        return message(text, [section(f"✅ {text}")])
    shown = lines[:_LISTED]
    more = _more(len(lines) - len(shown))
    text = "; ".join(f"#{line.incident.number} {inline(line.incident.title, 80)}" for line in shown)
    head = section(f"*{inline(title)}* ({len(lines)})")
    classic = message(f"{inline(title)}: {text}", [head, *paragraphs(map(_list_line, shown)), *more])
    table = data_table(f"{title} ({len(lines)})", ("Incident", "Who has it", "Since"), map(_incident_row, shown))
    return with_native(classic, [table, *more])


def which_one(lines: Sequence[ListLine], typed: str) -> Message:
    """Several are open and none was named: the list, and what to type. `typed` is the command as far as it is clear."""
    listed = incident_list(lines, f"{len(lines)} incidents are open: which one? Nothing was done")
    number = lines[0].incident.number if lines else "N"
    example = context(f"Type the number with it, for example {code(f'{typed} {number}')}.").to_dict()
    native = [*listed.native, example] if listed.native else []
    return replace(listed, blocks=[*listed.blocks, example], native=native)


def _more(left: int) -> list[Block]:
    """Nothing is left out in silence."""
    return [context(f"and {left} more")] if left > 0 else []


def _incident_row(line: ListLine) -> tuple[Given, ...]:
    incident = line.incident
    drill = "🧪 " if incident.drill else ""
    title = f"{mark(incident)} {incident.severity} {drill}#{incident.number} {incident.title}"
    return Cell(title, url=line.card_url), _held(line), Cell(at=incident.opened_at)


def _held(line: ListLine) -> str:
    """Who has it and how far it is, in words that need no markup."""
    incident = line.incident
    if incident.held_until is not None:
        until_then = f" until {utc_time(incident.still_until)}" if incident.still_until else ""
        return f"{_plain_name(line.commander)}{_stands(line)}{until_then}"
    return "nobody yet" if incident.state == "triggered" else f"{_plain_name(line.commander)}{incident.state}"


def _stands(line: ListLine) -> str:
    """Why it keeps still."""
    return line.state if line.incident.snoozed or line.snoozed_too else "on it"


def _plain_name(who: Who | None) -> str:
    return f"{who.name or who.email}, " if who and (who.name or who.email) else ""


def _list_line(line: ListLine) -> str:
    incident = line.incident
    title = link(line.card_url, incident.title) if line.card_url else inline(incident.title, 150)
    holder = f" · {name_of(line.commander)}" if line.commander else ""
    drill = " · drill" if incident.drill else ""
    state: str = "nobody has it yet" if incident.state == "triggered" else incident.state
    if incident.held_until is not None:
        state = f"{_stands(line)}{until(incident.still_until)}"
    return (
        f"{mark(incident)} *#{incident.number}* {incident.severity} {title} · {state}{holder} · "
        f"{when(incident.opened_at)}{drill}"
    )


def shifts(rows: Sequence[DutyFacts], mine: Who | None = None) -> Message:
    """The coming shifts, one line each; the asker's own are bold."""
    head, shown = section("🗓️ *Shifts*"), rows[:_SHIFTS_LISTED]
    more = _more(len(rows) - len(shown))
    lines = [_shift(row, mine) for row in shown] or ["No shift in that time."]
    classic = message(f"{len(rows)} shifts", [head, *paragraphs(lines), *more])
    if not shown:
        return classic
    table = data_table("🗓️ Shifts", ("Role", "Who", "From", "Until"), (_shift_row(row, mine) for row in shown))
    return with_native(classic, [table, *more])


def _shift_row(row: DutyFacts, mine: Who | None) -> tuple[Given, ...]:
    who = Cell((row.who.name or row.who.email or "somebody") if row.who else "⚠️ nobody", bold=_is_own(row, mine))
    return row.role, who, Cell("–", at=row.since), Cell("–", at=row.until)


def _is_own(row: DutyFacts, mine: Who | None) -> bool:
    return mine is not None and row.who is not None and mine.email is not None and mine.email == row.who.email


def _shift(row: DutyFacts, mine: Who | None) -> str:
    own = row.who if _is_own(row, mine) else None
    who = bold(own.name or own.email or "", 80) if own else name_of(row.who, "⚠️ nobody")
    start = f"from {when(row.since, DAY_TIME)}" if row.since else ""
    until = f"until {when(row.until, DAY_TIME)}" if row.until else ""
    return f"{inline(row.role, 40)}: {who} {start} {until}".rstrip()


def load(rows: Sequence[LoadFacts], weeks: int) -> Message:
    """Who carried how much over the last weeks, those first who were woken most."""
    span = f"the last {weeks} weeks" if weeks > 1 else "the last week"
    first = f"{name_of(rows[0].who)}: {_load(rows[0])}" if rows else "nobody"
    head = section(f"⚖️ *On-call load, {span}*")
    small = context(
        "At night: 22:00 to 07:00 where they live, else in the rota’s zone. Hours: by the rota as it is now."
    )
    lines = paragraphs(f"*{name_of(row.who)}*: {_load(row)}" for row in rows)
    classic = message(f"On-call load, {span}: {first}", [head, *lines, small])
    if not rows:
        return classic
    roles = list(dict.fromkeys(role for row in rows for role in row.hours))
    columns = ("Who", "Pages", "At night", *(f"Hours {role}" for role in roles))
    table = data_table(f"⚖️ On-call load, {span}", columns, (_load_row(row, roles) for row in rows))
    return with_native(classic, [table, small])


def _load_row(row: LoadFacts, roles: Sequence[str]) -> tuple[Given, ...]:
    who = (row.who.name or row.who.email or "somebody") if row.who else "nobody"
    return who, row.pages, row.night_pages, *(row.hours.get(role, 0.0) for role in roles)


def _load(row: LoadFacts) -> str:
    pages = f"{row.pages} page{'' if row.pages == 1 else 's'}" if row.pages else "no page"
    night = f", {row.night_pages} at night" if row.night_pages else ""
    hours = ", ".join(f"{hours:,.0f} h {inline(role, 40)}" for role, hours in row.hours.items())
    return f"{pages}{night} · {hours or 'not on call'}"


def runbook_list(books: Sequence[RunbookLine], prefix: str = "") -> Message:
    """Every runbook, and how to start one."""
    head, how = section("📘 *Runbooks*"), context(f"Start one with `{command('runbook', prefix)} start NAME`.")
    text = f"Runbooks: {', '.join(inline(book.id, 80) for book in books) or 'none'}"
    classic = message(text, [head, *paragraphs(_books(books)), how])
    if not books:
        return classic
    return with_native(
        classic,
        [data_table("📘 Runbooks", ("Name", "What it is for", "Respond within"), map(_book_row, books)), how],
    )


def _book_row(book: RunbookLine) -> tuple[Given, ...]:
    title = Cell(book.title + (f" · {book.progress}" if book.progress else ""), url=book.url)
    return book.id, title, spoken(book.respond_within) if book.respond_within else "–"


def _books(books: Sequence[RunbookLine]) -> Iterator[str]:
    for book in books:
        within = f" · respond within {spoken(book.respond_within)}" if book.respond_within else ""
        progress = f" · {inline(book.progress, 120)}" if book.progress else ""
        yield f"{code(book.id, 80)} {link(book.url, book.title)}{within}{progress}"
    if not books:
        yield "None is configured: add one to `config/runbooks/`."
