"""The grammar of queries reads what people write; what would take the process with it is refused before it is read."""

from __future__ import annotations

import pytest

from bot.configuration.answer import Answer, packed, unpacked
from bot.errors import UserError
from bot.watch.grammar import DEEPEST, parsed, read_as


def sums(count: int) -> str:
    return "+".join(["x"] * (count + 1))


def brackets(count: int) -> str:
    return "(" * count + "x" + ")" * count


@pytest.mark.parametrize("query", [sums(30_000), brackets(100_000), "-" * 100_000 + "x", " or ".join(["x"] * 200)])
def test_a_query_so_deep_that_reading_it_would_kill_the_process_is_refused(query: str) -> None:
    with pytest.raises(UserError, match=f"“.{{60}}…” holds more than {DEEPEST} brackets and operators"):
        parsed(query)


@pytest.mark.parametrize("query", [sums(DEEPEST), brackets(DEEPEST)])
def test_the_deepest_that_is_read_is_also_handed_from_one_process_to_another(query: str) -> None:
    answer = Answer(queries=read_as([query]))
    assert unpacked(packed(answer)) == answer
    assert parsed(query).metrics == ("x",)


def test_what_stands_in_strings_and_comments_is_no_level() -> None:
    many = "(-" * DEEPEST + ")" * DEEPEST
    assert parsed(f"""x{{a="{many}", b='\\'{many}', c=`{many}`}} # {many}\n > 1""").metrics == ("x",)
