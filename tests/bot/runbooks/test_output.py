"""What is kept of an output, and that no half of a secret is."""

from __future__ import annotations

import pytest

from bot.runbooks.output import LONGEST, SEAM, Kept, capped, plain

SECRET = "s3cret-of-openvine"


def mask(text: str) -> str:
    return text.replace(SECRET, "••••")


def kept(*pieces: bytes) -> str:
    made = Kept(head=1_000, tail=1_000)
    for piece in pieces:
        made.add(piece)
    return made.text(mask)


def test_a_short_output_is_kept_whole() -> None:
    assert kept(b"one\n", b"t", b"wo\n") == "one\ntwo"
    assert kept() == ""
    assert kept(f"key {SECRET[:5]}".encode(), SECRET[5:].encode()) == "key ••••"


def test_of_a_long_output_head_and_tail_are_kept_and_the_gap_is_measured() -> None:
    lines = [b"line %06d\n" % number for number in range(20_000)]
    text = kept(*lines)
    head, gap, tail = text.partition("… ")[0], text.split("… ")[1].split(" …")[0], text.rpartition("…\n")[2]
    assert head.startswith("line 000000\n") and tail.endswith("line 019999")
    assert 900 <= len(head) <= 1_000 and 900 <= len(tail) <= 1_000
    missing = int(gap.removesuffix(" bytes left out").replace(",", ""))
    assert abs(missing - (12 * 20_000 - len(head) - len(tail))) <= 24


@pytest.mark.parametrize("place", [*range(1_000 - 20, 1_000 + 2), *range(1_000 + SEAM - 20, 1_000 + SEAM + 2), 3_000])
def test_a_secret_on_the_seam_is_not_shown_in_halves(place: int) -> None:
    around = b"x" * place + SECRET.encode() + b"x" * 50_000
    for text in (kept(around), kept(around[::-1].replace(SECRET[::-1].encode(), SECRET.encode()))):
        assert not any(part in text for part in (SECRET[:4], SECRET[-4:], SECRET[5:10]))


def test_an_output_without_end_takes_little_memory() -> None:
    made = Kept()
    for _ in range(2_000):
        made.add(b"y\n" * 32_768)
    assert made.size == 2_000 * 65_536
    assert len(made.text(mask)) < 70_000
    assert len(made._tail) < 200_000


def test_text_is_what_a_person_reads_of_it() -> None:
    assert (
        plain(b"\x1b[1;32mok\x1b[0m\r\n10%\r20%\x00\x07 \xc3\xa9\xff\ta")
        == "ok\n10%\n20% é\N{REPLACEMENT CHARACTER}\ta"
    )
    assert plain(b"s3cr\x1b[Ket") == "s3cret"


def test_what_is_kept_in_all_is_cut_at_a_line_and_says_how_much_is_missing() -> None:
    lines = [f"line {number:06}" for number in range(40_000)]
    text = "\n".join(lines)
    head, tail, known = capped(text), capped(text, end=True), set(lines)
    assert capped("\n".join(lines[:9])) == "\n".join(lines[:9])
    assert head.startswith(f"{lines[0]}\n") and "bytes left out" in head.splitlines()[-1]
    assert tail.endswith(f"\n{lines[-1]}") and "bytes left out" in tail.splitlines()[0]
    for cut in (head, tail):
        kept = [line for line in cut.splitlines() if line in known]
        missing = len(text.encode()) - len("\n".join(kept).encode())
        assert len(kept) == len(cut.splitlines()) - 1, "no line is kept in part"
        assert len(cut.encode()) <= LONGEST + 100
        assert f"{missing:,} bytes" in cut
