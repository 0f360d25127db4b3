"""Values that are made thousands of times a second.

`@quick(frozen=True, …)` is `dataclass` to whoever checks types: nobody may change such a value. At run time its attributes are set
the plain way, which costs a third of what a frozen dataclass costs to make: three microseconds for each alert of a storm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as quick
else:

    def quick(*, frozen: bool, **named: Any) -> Any:
        return dataclass(unsafe_hash=frozen, **named)


__all__ = ["quick"]
