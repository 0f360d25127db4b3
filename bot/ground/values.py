"""Values that are made thousands of times a second.

`@quick(frozen=True, …)` is `dataclass` to whoever checks types: nobody may change such a value. At run time its attributes are set
the plain way, which costs a third of what a frozen dataclass costs to make: three microseconds for each alert of a storm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import dataclass as quick
else:

    def quick(*, frozen: bool, **named: Any) -> Any:
        return dataclass(unsafe_hash=frozen, **named)


T = TypeVar("T")


def altered(value: T, **changes: Any) -> T:
    """The same value but for these attributes: what `replace` does, at a fifth of its price. For quick ones without slots."""
    new = object.__new__(type(value))
    new.__dict__ = value.__dict__ | changes
    return new


__all__ = ["altered", "quick"]
