"""Whatever is in a file: a configuration, or `ConfigError`, and never anything else."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.configuration import Config, load_texts
from bot.errors import ConfigError
from tests.bot.configuration.cases import shipped

FILES = shipped()
NAMES = sorted(FILES)


def outcome(files: dict[str, str]) -> Config | ConfigError:
    try:
        return load_texts(files)
    except ConfigError as error:
        assert error.faults
        assert all(fault.file in NAMES for fault in error.faults)
        str(error).encode()
        return error


@given(st.sampled_from(NAMES), st.text())
def test_any_text_is_good_or_refused(name: str, text: str) -> None:
    assert outcome(FILES | {name: text})


@given(st.sampled_from(NAMES), st.text(alphabet="ab:-[]{}&*!|>'\"%@`#?, \n\t\\0123456789.~", max_size=60))
def test_any_text_of_yamls_own_signs_is_good_or_refused(name: str, text: str) -> None:
    assert outcome(FILES | {name: text})


WORDS = [
    "",
    "~",
    "true",
    "5",
    "-1",
    "1e999",
    "''",
    "[]",
    "{}",
    "[[]]",
    "{a: b}",
    "5m",
    "50%",
    "99999999d",
    "2024-02-30",
]
WORDS += ["0001-01-01", "9999-12-31", '"#x"', "a@b", "*x", "&x 5", "'(?P<rule>'", "P0", "everyone", "../..", "\u0661m"]


@given(st.sampled_from(NAMES), st.data())
def test_any_value_in_the_place_of_another_is_good_or_refused(name: str, data: st.DataObject) -> None:
    lines = FILES[name].splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(lines) - 1))
        key, colon, _old = lines[number].partition(": ")
        lines[number] = f"{key}{colon}{data.draw(st.sampled_from(WORDS))}"
    assert outcome(FILES | {name: "\n".join(lines)})


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_short_or_with_lines_out_of_order_is_good_or_refused(name: str, seed: int) -> None:
    lines = FILES[name].splitlines()
    dice = random.Random(seed)
    assert outcome(FILES | {name: "\n".join(lines[: dice.randrange(len(lines))])})
    dice.shuffle(lines)
    assert outcome(FILES | {name: "\n".join(lines)})
