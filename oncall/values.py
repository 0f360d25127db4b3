"""`from oncall.values import dataclass, …`: `dataclasses` for the type checker, and faster values at run time.

There are hundreds of values, and the standard library writes and compiles the methods of each at every start: a fifth of its time.
msgspec has them ready in C: a frozen value is also made and compared several times as fast, which counts in a storm of alerts. What
msgspec does not offer (a field left out of `repr`, comparison or `__init__`) still comes from the standard library, and `replace`,
`fields` and `asdict` take both kinds. Values cannot be inherited from: a class that needs that uses `dataclasses` itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import asdict, field, fields
from typing import TYPE_CHECKING, Any

from msgspec import Struct, StructMeta, structs
from msgspec import field as quick_field

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(cls: type | None = None, /, *, slots: bool = False, repr: bool = True, **options: Any) -> Any:  # noqa: A002
        def made(cls: type) -> type:
            if issubclass(cls, Struct):
                raise TypeError(f"{cls.__name__} may not inherit from a value")
            body = {name: each for name, each in vars(cls).items() if name not in _OF_A_PLAIN_CLASS}
            standard = dataclasses.dataclass(slots=slots, repr=repr, **options)
            fields = {name: each for name, each in body.items() if isinstance(each, dataclasses.Field)}
            if not all(map(_plain, fields.values())):
                return standard(cls)
            if not repr:
                body["__repr__"] = object.__repr__
            body |= {name: _quick(each) for name, each in fields.items()}
            body["__dataclass_fields__"] = _Fields(cls, standard)
            bases = tuple(base for base in cls.__bases__ if base is not object)
            value = StructMeta(cls.__name__, (Struct, *bases), body, dict=not slots, **options)
            value.__slots__ = value.__struct_fields__  # in the order in which they are written, as dataclasses have it
            return value

        return made if cls is None else made(cls)

    def replace(value: Any, /, **changes: Any) -> Any:
        return (structs if isinstance(value, Struct) else dataclasses).replace(value, **changes)


_OF_A_PLAIN_CLASS = {"__dict__", "__weakref__"}


def _plain(field: dataclasses.Field[Any]) -> bool:
    return field.init and field.repr and field.compare and field.hash is None


def _quick(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return quick_field(default_factory=field.default_factory)
    return quick_field() if field.default is dataclasses.MISSING else quick_field(default=field.default)


class _Fields:
    """What the standard library's functions look for in a value. Few values are asked for it, so it is made only then."""

    def __init__(self, cls: type, standard: Callable[[type], type]) -> None:
        self.cls, self.standard = cls, standard

    def __get__(self, value: object, owner: type) -> Any:
        if "__dataclass_fields__" not in vars(self.cls):
            self.standard(self.cls)
        return vars(self.cls)["__dataclass_fields__"]


__all__ = ["asdict", "dataclass", "field", "fields", "replace"]
