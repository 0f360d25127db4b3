"""What has to be given when a run starts: `parameters: [{name: version, required: true}]`, used in a step as `${version}`.

A value is checked once, here: its type, its choices, its pattern. Secrets are not supported: what is typed into Slack is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from bot.errors import UserError
from bot.runbooks.fields import Fields
from oncall.values import dataclass

Type = Literal["text", "number", "choice"]
LONGEST_VALUE = 200
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_USED = re.compile(r"\$\{([a-z][a-z0-9_]*)\}")
RESERVED = ("before",)
"""Names that mean something else in a body."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value that is given at the start."""

    name: str
    label: str
    type: Type = "text"
    description: str = ""
    default: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    regex: str = ""


def parse_parameters(fields: Fields) -> tuple[Parameter, ...]:
    found: dict[str, Parameter] = {}
    for index, _ in enumerate(fields.items("parameters")):
        inner = fields.inner("parameters", index)
        if inner is None:
            continue
        one = _parameter(inner)
        if one.name in found:
            inner.wrong("name", f"“{one.name}” is a parameter already.")
        found.setdefault(one.name, one)
    return tuple(found.values())


def _parameter(fields: Fields) -> Parameter:
    fields.only(("name", "label", "type", "description", "default", "required", "values", "regex"), "a parameter")
    name = fields.text("name", required=True)
    if name and (not _NAME.fullmatch(name) or name in RESERVED):
        fields.wrong(
            "name", f"“{name}” cannot be a name: use lower-case letters, digits and _ (and not {RESERVED[0]})."
        )
    values = fields.texts("values")
    kind = fields.text("type") or ("choice" if values else "text")
    if kind not in get_args(Type):
        fields.wrong("type", f"“{kind}” is not a type of parameter. It is one of {', '.join(get_args(Type))}.")
        kind = "text"
    if (kind == "choice") != bool(values):
        fields.wrong("values", "“values” belongs to a parameter of type choice, and that needs it.")
    known: Type = "number" if kind == "number" else "choice" if kind == "choice" else "text"
    one = Parameter(
        name,
        fields.text("label") or name,
        known,
        fields.text("description"),
        _default(fields),
        bool(fields.flag("required")),
        values,
        _regex(fields),
    )
    if one.default and (trouble := trouble_with(one, one.default)):
        fields.wrong("default", trouble)
    return one


def _default(fields: Fields) -> str:
    value = fields.data.get("default")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return fields.text("default")


def _regex(fields: Fields) -> str:
    pattern = fields.text("regex")
    try:
        re.compile(pattern)
    except re.error as error:
        fields.wrong("regex", f"“{pattern}” is not a regular expression: {error}.")
        return ""
    return pattern


def trouble_with(parameter: Parameter, value: str) -> str:
    """Why a value cannot be accepted; empty if it can."""
    if len(value) > LONGEST_VALUE or not value.isprintable():
        return f"{parameter.label} is one line of at most {LONGEST_VALUE} characters."
    if parameter.type == "number" and not re.fullmatch(r"-?\d+(?:\.\d+)?", value):
        return f"{parameter.label} is a number; “{value}” is none."
    if parameter.values and value not in parameter.values:
        return f"{parameter.label} is one of {', '.join(parameter.values)}; “{value}” is none of them."
    if parameter.regex and not re.fullmatch(parameter.regex, value):
        return f"{parameter.label} has to look like {parameter.regex}; “{value}” does not."
    return ""


def asks(parameters: tuple[Parameter, ...], typed: Mapping[str, str]) -> bool:
    """Whether a required value is missing: then the person is asked for it, not refused."""
    return any(one.required and not one.default and not typed.get(one.name, "").strip() for one in parameters)


def troubles(parameters: tuple[Parameter, ...], typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by the name of the parameter."""
    said = {one: typed.get(one.name, "").strip() or one.default for one in parameters}
    found = {one.name: trouble_with(one, value) if value else _missing(one) for one, value in said.items()}
    return {name: trouble for name, trouble in found.items() if trouble}


def given(parameters: tuple[Parameter, ...], typed: Mapping[str, str]) -> dict[str, str]:
    """The values that a run starts with. Raises `UserError` with everything that is wrong."""
    known = {parameter.name for parameter in parameters}
    wrong = [f"there is no parameter “{name}”" for name in typed if name not in known]
    wrong += [trouble.rstrip(".") for trouble in troubles(parameters, typed).values()]
    if wrong:
        raise UserError(f"{'; '.join(wrong)}. Nothing was started.")
    said = {one.name: typed.get(one.name, "").strip() or one.default for one in parameters}
    return {name: value for name, value in said.items() if value}


def _missing(parameter: Parameter) -> str:
    return f"{parameter.label} is missing: say {parameter.name}=…" if parameter.required else ""


def names_in(value: Any) -> set[str]:
    """Every parameter that is used in a text, or in a list or mapping of texts."""
    if isinstance(value, str):
        return set(_USED.findall(value)) - set(RESERVED)
    if isinstance(value, Mapping):
        return {name for inner in value.values() for name in names_in(inner)}
    return {name for inner in value for name in names_in(inner)} if isinstance(value, list | tuple) else set()


def examples(parameters: tuple[Parameter, ...]) -> dict[str, str]:
    """An example for each parameter: its default, its first choice, else its name in angle brackets."""
    return {one.name: one.default or _example(one) for one in parameters}


def _example(one: Parameter) -> str:
    return one.values[0] if one.values else "1" if one.type == "number" else f"<{one.name}>"


def example(texts: Iterable[str], parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    """The texts, filled in with such examples."""
    return tuple(filled(text, examples(parameters)) for text in texts)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its parameters filled in."""
    return _USED.sub(lambda found: values.get(found[1], found[0]), text)


def missing(used: Any, values: Mapping[str, str]) -> str:
    """Why a text, or a list or mapping of texts, cannot be filled in; empty if it can. `${version}` itself is never meant."""
    lacking = sorted(names_in(used) - set(values))
    return f"{', '.join(lacking)} was not given when this run was started. Nothing was sent." if lacking else ""


def filled_body(body: str, parameters: tuple[Parameter, ...], values: Mapping[str, str]) -> str:
    """A body with its parameters filled in. In JSON, a string that consists only of a number's parameter becomes that number."""
    numbers = {one.name for one in parameters if one.type == "number"}

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [fill(inner) for inner in value]
        if not isinstance(value, str):
            return value
        whole = _USED.fullmatch(value)
        text = filled(value, values)
        return json.loads(text) if whole and whole[1] in numbers and whole[1] in values else text

    if not names_in(body):
        return body
    try:
        whole = json.loads(body)
    except ValueError:
        return filled(body, values)
    return json.dumps(fill(whole), ensure_ascii=False)
