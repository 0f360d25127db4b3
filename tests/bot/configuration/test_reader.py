"""What the YAML reader takes for what, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.configuration import reader
from bot.configuration.reader import DEEPEST, MOST_VALUES, read


def value(text: str) -> Any:
    document = read("a.yml", f"key: {text}\n")
    assert document.data is not None, document.faults
    assert document.faults == []
    return document.data["key"]


def fault(text: str) -> str:
    faults = read("a.yml", text).faults
    assert len(faults) == 1
    return str(faults[0])


@pytest.mark.parametrize(
    "text", ["on", "off", "yes", "No", "NO", "1:30", "2024-01-01", "1_000", "0b1", "=", "<<", "12e", "1.2.3"]
)
def test_what_only_yaml_1_1_takes_for_something_else_is_text(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("-3", -3),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'5'", "5"),
        ('"true"', "true"),
    ],
)
def test_the_scalars_are_those_of_the_1_2_core_schema(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_every_value_and_key_keeps_its_place() -> None:
    document = read("a.yml", "one:\n  - two: 2\n    three: [a, b]\n")
    assert document.values[("one", 0, "two")] == (2, 10)
    assert document.keys[("one", 0, "three")] == (3, 5)
    assert document.values[("one", 0, "three", 1)] == (3, 16)


def test_a_fault_of_what_is_not_there_stands_at_the_nearest_thing_around_it() -> None:
    document = read("a.yml", "one:\n  two: {}\n")
    document.fault(("one", "two", "three", 5), "wrong")
    assert str(document.faults[0]) == "a.yml:2:8: wrong"


def test_a_key_that_is_there_twice_names_both_lines() -> None:
    assert fault("a: 1\nb: 2\na: 3\n") == "a.yml:3:1: “a” is here twice; the first is in line 1"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("\ufeffa: 1\n", "byte order mark"),
        ("a: 1\nb: \x07\n", "a.yml:2:4: the character U+0007 cannot stand here"),
        ('a: "\\UFFFFFFFF"\n', "names a character that does not exist"),
        ('a: "\\ud800"\n', "half of a surrogate pair"),
        ('a: "\\0"\n', "NUL"),
        ("a: .nan\n", "not a number that can be worked with"),
        ("a: 1e999\n", "not a number that can be worked with"),
        (f"a: {'9' * 5000}\n", "not a number that can be worked with"),
        ("a: *b\n", "this alias (*name) has no anchor"),
        ("a: !custom 5\n", "tags such as “!custom” are not read"),
        ("? [a]\n: b\n", "a key must be text"),
        ("a: " + "[" * 1000 + "]" * 1000, f"nested more than {DEEPEST} deep"),
        ("[" * 1000, f"nested more than {DEEPEST} deep"),
        ("\n".join("  " * depth + "a:" for depth in range(1000)), f"nested more than {DEEPEST} deep"),
    ],
)
def test_what_cannot_be_read_is_one_clear_fault(text: str, part: str) -> None:
    assert part in fault(text)


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert f"more than {MOST_VALUES:,} values" in fault("\n".join(lines))


def test_an_alias_stands_for_what_it_names() -> None:
    document = read("a.yml", "one: &x [a, b]\ntwo: *x\n")
    assert document.data == {"one": ["a", "b"], "two": ["a", "b"]}


def test_no_tag_is_ever_executed() -> None:
    text = "a: !!python/object/apply:pathlib.Path.touch [/tmp/never]\n"
    assert "tags such as" in fault(text)


@pytest.mark.parametrize("name", ["alerts.yml", "bot.yml", "oncall_schedule.yml", "runbooks/high-memory.yml"])
def test_a_file_reads_the_same_value_for_value_and_place_for_place_where_there_is_no_libyaml(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path("config") / name).read_text()
    quick = read(name, text)
    monkeypatch.setattr(reader, "_QUICKEST", reader._Loader)
    assert read(name, text + "\n") == quick


def test_a_tab_is_refused_whatever_reads() -> None:
    assert "a tab stands here" in fault("a: one\tand two\n" * 2)


plain = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=20)
trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(plain, trees, max_size=5))
def test_what_is_json_is_read_back_as_it_was(data: dict[str, Any]) -> None:
    document = read("a.yml", json.dumps(data, ensure_ascii=False))
    assert document.faults == []
    assert document.data == data
