"""Checks the structure of a file: pydantic looks at the shape, the sentences and the places are ours.

It refuses nothing by itself: each of pydantic's findings becomes one fault, at the value or key that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.configuration.document import Document, Path, quoted
from bot.configuration.fields import OWN, Shape
from oncall.words import closest, did_you_mean

S = TypeVar("S", bound=Shape)

_SENTENCES = {
    "string_type": "must be text; put it in quotes if it is meant",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list: lines that begin with “- ”, or [one, two]",
    "dict_type": "must be a mapping: lines of the form “key: value”",
    "model_type": "must be a mapping: lines of the form “key: value”",
    "too_short": "must not be empty",
}


def checked(shape: type[S], document: Document, data: Any, path: Path = ()) -> S | None:
    """`data`, which stands at `path`, as a `shape`; `None` if it is not one, with every fault reported."""
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        misspelt = {_meant(shape, detail) for detail in details if detail["type"] == "extra_forbidden"}
        for detail in details:
            if detail["type"] != "missing" or detail["loc"] not in misspelt:
                _report(shape, document, path, detail)
    return None


def _meant(shape: type[Shape], detail: ErrorDetails) -> tuple[int | str, ...]:
    """The key that an unknown one was probably meant to be, so that it is not reported as missing as well."""
    *around, written = detail["loc"]
    return (*around, closest(str(written), list(_keys(_shape_at(shape, tuple(around))))) or "")


def _report(shape: type[Shape], document: Document, root: Path, detail: ErrorDetails) -> None:
    inner = tuple(part for part in detail["loc"] if part != "[key]")
    path = (*root, *inner)
    name = next((quoted(part) for part in reversed(path) if isinstance(part, str)), "this")
    if detail["type"] == "extra_forbidden":
        document.fault_at_key(path, f"unknown key {name}{_guess(shape, inner)}")
    elif detail["type"] == "missing":
        document.fault_at_key(path[:-1], f"{name} is missing{_around(path[:-1])}")
    elif "[key]" in detail["loc"]:
        document.fault_at_key(path, f"unknown key {_choice(detail)}" if _is_choice(detail) else _sentence(detail))
    else:
        document.fault(path, f"{name}: {_sentence(detail)}")


def _around(path: Path) -> str:
    return f" in {quoted(path[-1])}" if path and isinstance(path[-1], str) else ""


def _sentence(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if detail["input"] is None:
        return "has no value; write one (in quotes if it begins with #), or delete the line"
    if kind == OWN:
        return str(context["text"])
    if _is_choice(detail):
        return f"there is no {_choice(detail)}"
    return _SENTENCES.get(kind, detail["msg"])


def _is_choice(detail: ErrorDetails) -> bool:
    return detail["type"] == "literal_error"


def _choice(detail: ErrorDetails) -> str:
    """`“P4” (known: P0, P1, P2)`"""
    expected = str(detail.get("ctx", {})["expected"])
    known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
    written = detail["input"]
    guess = did_you_mean(written, known) if isinstance(written, str) else ""
    return quoted(written) + (guess or f" (known: {', '.join(known)})")


def _guess(shape: type[Shape], inner: Path) -> str:
    known = list(_keys(_shape_at(shape, inner[:-1])))
    return did_you_mean(str(inner[-1]), known) or f" (known: {', '.join(known)})"


def _keys(shape: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in shape.model_fields.items())


def _shape_at(shape: type[BaseModel], path: Path) -> type[BaseModel]:
    """The shape of the mapping at `path`. Each field leads to at most one shape, so lists and keys can be passed over."""
    for part in path:
        fields = {field.alias or name: field for name, field in shape.model_fields.items()}
        if part in fields:
            shape = next(_shapes_in(fields[str(part)].annotation), shape)
    return shape


def _shapes_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _shapes_in(inner)
