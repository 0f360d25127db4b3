"""The seals over the log: a chain of digests, one entry for each event, so that what is changed behind the bot's back shows.

Who did it, what it says and its data go in as digests of their own, each under a salt of its own. To let go of one of them its
salt gives way to its digest: the link stays, and nobody can find out by trying what stood there. What stands there instead is
sealed again, under the erasure that says who did that and why.

It refuses to promise more than it can: whoever can write to the database can seal a forged log anew. A head that was kept
elsewhere shows that, and nothing else does. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from typing import Literal, get_args

from bot.errors import UserError
from bot.incidents import name_of
from oncall.values import dataclass

Field = Literal["actor", "text", "data"]
FIELDS: tuple[Field, ...] = get_args(Field)
"""What of an event may have to go."""
SALT, DIGEST = 16, 32
"""How many bytes a seal keeps of a field: the salt while the field is there, the digest once it is gone."""
BEGINNING = bytes(DIGEST)
"""What the first link follows."""
ERASURES = 0
"""The number under which erasures are sealed: no incident has it, and no run."""
_NUMBERS = Struct(">qqqqqqi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event, to the byte as the database holds it; `at` in microseconds."""

    incident: int
    seq: int
    at: int
    kind: str
    actor: str
    text: str
    data: str

    @property
    def name(self) -> str:
        if self.incident == ERASURES:
            return f"erasure {self.seq}"
        return f"event {self.seq} of {name_of(self.incident)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A link of the chain. `erasure`: the one that made this event read as it was sealed here; 0 for the first seal of an event."""

    place: int
    incident: int
    seq: int
    sealed_at: int
    erasure: int
    actor: bytes
    text: bytes
    data: bytes
    link: bytes

    def kept(self, field: Field) -> bytes:
        found: bytes = getattr(self, field)
        return found


@dataclass(frozen=True, slots=True)
class Head:
    """The last link, to be written down elsewhere: who has it can prove what stood before it."""

    place: int
    link: bytes

    def __str__(self) -> str:
        return f"{self.place}:{self.link.hex()}"


NO_HEAD = Head(0, BEGINNING)


def head_from(text: str) -> Head:
    """The inverse of `str(head)`. Raises `UserError`."""
    place, _, link = text.strip().partition(":")
    if not (place.isascii() and place.isdigit()) or len(link) != 2 * DIGEST:
        raise UserError(
            f"“{text[:80]}” is not a head of the chain: it is a number, a colon and {2 * DIGEST} hexadecimal digits."
        )
    try:
        return Head(int(place), bytes.fromhex(link))
    except ValueError:
        raise UserError(
            f"“{text[:80]}” is not a head of the chain: what follows the colon is not hexadecimal."
        ) from None


def sealed(entry: Entry, after: Head, at: int, salts: bytes, erasure: int = 0) -> Seal:
    """The next link. `salts`: random bytes, as many as `FIELDS` times `SALT`."""
    actor, text, data = (salts[n * SALT : (n + 1) * SALT] for n in range(len(FIELDS)))
    place = after.place + 1
    digests = digest(actor, entry.actor), digest(text, entry.text), digest(data, entry.data)
    return Seal(
        place=place,
        incident=entry.incident,
        seq=entry.seq,
        sealed_at=at,
        erasure=erasure,
        actor=actor,
        text=text,
        data=data,
        link=linked(after.link, entry, place, at, erasure, digests),
    )


def digest(salt: bytes, value: str) -> bytes:
    return sha256(salt + value.encode("utf-8", "surrogatepass")).digest()


def linked(before: bytes, entry: Entry, place: int, at: int, erasure: int, digests: tuple[bytes, ...]) -> bytes:
    kind = entry.kind.encode()
    numbers = _NUMBERS.pack(place, entry.incident, entry.seq, entry.at, at, erasure, len(kind))
    return sha256(b"".join((before, numbers, kind, *digests))).digest()


def without(seal: Seal, field: Field, value: str) -> bytes:
    """What a seal keeps of a field whose value goes."""
    kept = seal.kept(field)
    return kept if len(kept) == DIGEST else digest(kept, value)


Fault = Literal["changed", "missing", "unlinked", "unsealed", "unknown head"]


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that is not as it was sealed, and what that means."""

    place: int
    """Where in the chain; 0 where it is not in it."""
    fault: Fault
    text: str


class Following:
    """Goes along the chain, entry by entry, and tells where it breaks."""

    def __init__(self) -> None:
        self.head = NO_HEAD
        self.entries = 0
        self._erasures: set[int] = set()

    def follow(self, seal: Seal, entry: Entry | None, last: int) -> Iterator[Break]:
        """`last`: the place at which this event was sealed the last time."""
        before, self.head = self.head, Head(seal.place, seal.link)
        self.entries += 1
        if entry is None:
            yield Break(seal.place, "missing", _missing(seal))
            return
        if seal.incident == ERASURES:
            self._erasures.add(seal.seq)
        if seal.erasure and seal.erasure not in self._erasures:
            yield Break(seal.place, "changed", f"{entry.name} was sealed anew, and no erasure says why.")
        wrong = [field for field in FIELDS if not _fits(seal, field, getattr(entry, field), last)]
        if wrong:
            yield Break(seal.place, "changed", _changed(seal, entry, wrong))
        digests = tuple(
            kept if len(kept := seal.kept(field)) == DIGEST else digest(kept, getattr(entry, field)) for field in FIELDS
        )
        follows = linked(before.link, entry, seal.place, seal.sealed_at, seal.erasure, digests)
        if seal.place != before.place + 1:
            yield Break(seal.place, "unlinked", _gap(before.place, seal.place))
        elif follows != seal.link:
            yield Break(seal.place, "unlinked", _unlinked(seal, entry))


def _fits(seal: Seal, field: Field, value: str, last: int) -> bool:
    """Whether this may stand there: a value that went has to have been sealed again as it reads now."""
    return len(seal.kept(field)) == SALT or seal.place < last


def _missing(seal: Seal) -> str:
    what = f"erasure {seal.seq}" if seal.incident == ERASURES else f"event {seal.seq} of {name_of(seal.incident)}"
    return f"{what} was sealed {_when(seal.sealed_at)} and is gone. The bot deletes no event: something else did."


def _changed(seal: Seal, entry: Entry, fields: list[Field]) -> str:
    return (
        f"{entry.name}: its {' and '.join(fields)} went, and what stands there now was not sealed. Retention and `forget` seal what"
        " they leave: something else wrote that."
    )


def _unlinked(seal: Seal, entry: Entry) -> str:
    return (
        f"{entry.name} ({entry.kind}, {_when(entry.at)}) does not read as it was sealed {_when(seal.sealed_at)}, or the entry"
        " before it was replaced. The bot changes no event: something else wrote to the database. What stands before this place is"
        " as it was."
    )


def _gap(before: int, place: int) -> str:
    return (
        f"the entries {before + 1} to {place - 1} are gone: nobody can tell any more what was sealed there. What stands before them"
        " is as it was."
    )


def uncounted(incident: int, said: int, there: int) -> Break:
    """An incident that counts more or fewer events than there are."""
    text = f"{name_of(incident)} counts {said} events, and {there} are there: some were taken out or put in behind the bot's back."
    return Break(0, "missing" if there < said else "unsealed", text)


def unsealed(incident: int, said: int, there: int) -> Break:
    """An incident whose events are said to be sealed, and are not."""
    counts = f"{said} of its events are said to be sealed, and the chain has {there}"
    text = f"{name_of(incident)}: {counts}: entries were taken out of it."
    return Break(0, "unsealed", text)


def against(kept: Head, found: bytes | None, head: Head) -> Break | None:
    """Whether a head that somebody kept is in the chain. `found`: the link at its place."""
    if found == kept.link:
        return None
    if found is None:
        text = (
            f"the chain ends at {head.place}, before the kept head at {kept.place}: what was sealed in between is lost. After"
            " a restored backup that is so; else somebody cut it off."
        )
    else:
        text = (
            f"at {kept.place} stands another link than the kept one: the log was sealed anew since, from there or from an earlier"
            " place on, or this is the chain of another database."
        )
    return Break(kept.place, "unknown head", text)


def _when(micros: int) -> str:
    return f"{datetime.fromtimestamp(micros // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"
