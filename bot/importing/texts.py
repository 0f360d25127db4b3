"""The texts of our files: the rota as a new file, a ladder and people put into the files that are there.

What a person wrote around them stays as it is, comments included. Refuses to write to the disk: texts in, texts out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.configuration.document import Document
from bot.configuration.reader import read
from bot.importing.ladder import Ladder
from bot.importing.model import Somebody
from bot.importing.rotations import Override, Rotation
from oncall.words import written

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@+/-]*(?: [A-Za-z0-9_.@+/-]+)*", re.ASCII)
_WORDS = {"true", "false", "null", "y", "n", "yes", "no", "on", "off"}
_KEPT = ("last_resort", "remind_every", "remind_with")
"""What a ladder has that no other tool knows: it stays as it stands."""


def rota_text(
    heading: Iterable[str], timezone: str, rotations: Sequence[Rotation], overrides: Sequence[Override]
) -> str:
    """`oncall_schedule.yml`."""
    lines = [*(f"# {line}" for line in heading), "", f"timezone: {timezone}", ""]
    lines.append("rotations:   # where two fill a role at once, the later one in this list does")
    lines += [line for each in rotations for line in _rotation(each, timezone)]
    if overrides:
        lines += ["", "overrides:", *map(_override, overrides)]
    return "\n".join(lines) + "\n"


def ladder_text(text: str, severity: str, ladder: Ladder) -> str:
    """`escalation.yml` with this ladder in the place of the one it has for the severity."""
    document = read("escalation.yml", text)
    old = (document.data or {}).get(severity)
    kept: Mapping[str, Any] = old if isinstance(old, dict) else {}
    lines = [f"{severity}:   # from the policy {_one_line(ladder.policy)}"]
    lines.append(f"  respond_within: {kept.get('respond_within', '15m')}")
    lines.append("  levels:")
    via = _one_or_list(_via_of(kept))
    lines += [
        f"    - {{after: {written(level.after)}, notify: {_one_or_list(level.notify)}, via: {via}}}"
        for level in ladder.levels
    ]
    if ladder.round_length is not None:
        lines += [f"  rounds: {ladder.rounds}", f"  round_length: {written(ladder.round_length)}"]
    lines += [f"  {key}: {_flow(kept[key])}" for key in _KEPT if key in kept]
    return _with_block(text, document, severity, lines)


def people_text(text: str, people: Sequence[Somebody]) -> str:
    """`bot.yml` with these people added to its `people`; those who are there already stay as they are."""
    document = read("bot.yml", text)
    there = (document.data or {}).get("people")
    known: Mapping[str, Any] = there if isinstance(there, dict) else {}
    have = {email.lower() for email in known}
    new = [_person(each) for each in people if each.email.lower() not in have]
    if not new:
        return text
    begin, end = _block(text, document, "people")
    lines = text.splitlines()[begin:end]
    if not lines or len(lines) == 1:  # `people: {…}` in one line, or no such key
        lines = ["people:", *(f"  {_scalar(email)}: {_flow(value)}" for email, value in known.items())]
    return _with_block(text, document, "people", [*lines, *new])


def _rotation(each: Rotation, timezone: str) -> list[str]:
    lines = [f"  - name: {_scalar(each.name)}", f"    role: {each.role}"]
    if each.since is None and each.until is None:
        lines.append(f"    people: {_list(each.people)}")
    else:
        lines += ["    people:", *(f"      - {_member(person, each)}" for person in each.people)]
    lines += [f"    every: {each.every}", f"    starts: {each.starts.isoformat(timespec=_precise(each.starts))}"]
    if each.timezone != timezone:
        lines.append(f"    timezone: {each.timezone}")
    if each.hours:
        lines.append(f"    hours: [{', '.join(json.dumps(hours) for hours in each.hours)}]")
    return lines


def _member(person: str, rotation: Rotation) -> str:
    ends = (("from", rotation.since), ("until", rotation.until))
    bounds = "".join(f", {name}: {_stamp(at)}" for name, at in ends if at is not None)
    return f"{{person: {_scalar(person)}{bounds}}}"


def _override(each: Override) -> str:
    bounds = f"from: {_stamp(each.stretch.since)}, until: {_stamp(each.stretch.until)}"
    reason = f", reason: {_scalar(each.stretch.reason)}" if each.stretch.reason else ""
    return f"  - {{role: {each.role}, person: {_scalar(each.stretch.person)}, {bounds}{reason}}}"


def _person(each: Somebody) -> str:
    slack = f", slack: {each.slack}" if each.slack else ""
    mail = f", email_to: {_scalar(each.email_to)}" if each.email_to else ""
    return f"  {_scalar(each.email)}: {{name: {_scalar(each.name)}{slack}{mail}}}"


def _via_of(kept: Mapping[str, Any]) -> list[str]:
    """By which transports the first level calls so far."""
    levels = kept.get("levels")
    first = levels[0] if isinstance(levels, list) and levels and isinstance(levels[0], dict) else {}
    via = first.get("via", ["slack", "email"])
    return [via] if isinstance(via, str) else [str(word) for word in via]


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _precise(at: datetime) -> str:
    return "seconds" if at.second else "minutes"


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_scalar, words))}]"


def _one_or_list(words: Sequence[str]) -> str:
    return _scalar(words[0]) if len(words) == 1 else _list(words)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value) if isinstance(value, str) else json.dumps(value)


def _scalar(text: str) -> str:
    """Plain where YAML takes it so, else in quotes: JSON's are YAML's."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain or re.fullmatch(r"\d+[smhd]", text) else json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _block(text: str, document: Document, key: str) -> tuple[int, int]:
    """The lines of a key and of what belongs to it: first, and the one after the last. Comments before the next key are its."""
    lines = text.splitlines()
    if (key,) not in document.keys:
        return len(lines), len(lines)
    begin = document.keys[(key,)][0] - 1
    end = next((at for at in range(begin + 1, len(lines)) if lines[at][:1] not in ("", " ", "#")), len(lines))
    while end > begin + 1 and lines[end - 1][:1] in ("", "#"):
        end -= 1
    return begin, end


def _with_block(text: str, document: Document, key: str, block: Sequence[str]) -> str:
    begin, end = _block(text, document, key)
    lines = text.splitlines()
    return "\n".join([*lines[:begin], *block, *lines[end:]]) + "\n"
