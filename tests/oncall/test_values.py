"""Values are what dataclasses are to whoever writes them."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from oncall.values import asdict, dataclass, field, fields, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    name: str
    tags: list[str] = field(default_factory=list)

    @property
    def shout(self) -> str:
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class Secret:
    name: str
    token: str = field(repr=False)


@dataclass(slots=True)
class Count:
    of: Quick
    count: int = 0


EITHER = pytest.mark.parametrize("value", [Quick(name="a"), Secret("a", "xoxb")], ids=["quick", "standard"])


@EITHER
def test_a_frozen_value_refuses_to_be_changed(value: Any) -> None:
    with pytest.raises(AttributeError):
        value.name = "b"
    assert value.name == "a"


@EITHER
@pytest.mark.parametrize("change", [replace, dataclasses.replace], ids=["ours", "standard"])
def test_a_changed_copy_leaves_the_value_as_it_was(value: Any, change: Callable[..., Any]) -> None:
    other = change(value, name="b")
    assert (value.name, other.name, type(other)) == ("a", "b", type(value))
    assert other != value == change(other, name="a")


def test_the_standard_library_finds_its_fields_and_what_is_inside() -> None:
    count = Count(Quick(name="a", tags=["x"]))
    assert [each.name for each in fields(Count)] == ["of", "count"] == list(Count.__slots__)
    assert asdict(count) == {"of": {"name": "a", "tags": ["x"]}, "count": 0}


def test_a_default_is_not_shared() -> None:
    one = Quick(name="a")
    one.tags.append("x")
    assert Quick(name="a").tags == []


def test_what_may_change_changes_and_cannot_be_a_key() -> None:
    count = Count(Quick(name="a"))
    count.count += 1
    assert count == Count(Quick(name="a"), 1)
    with pytest.raises(TypeError):
        hash(count)


def test_its_text_names_its_fields_but_no_secret() -> None:
    assert repr(Count(Quick(name="a"))) == "Count(of=Quick(name='a', tags=[]), count=0)"
    assert "xoxb" not in repr(Secret("a", "xoxb"))


def test_a_value_is_what_it_was_in_another_process() -> None:
    assert pickle.loads(pickle.dumps(Count(Quick(name="a"), 2))) == Count(Quick(name="a"), 2)


def test_a_value_is_not_inherited_from() -> None:
    with pytest.raises(TypeError, match="inherit"):

        @dataclass(frozen=True)
        class More(Quick):
            more: str = ""
