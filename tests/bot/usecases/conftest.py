from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bot.usecases.house import House, a_house


@pytest.fixture
def house(shared_url: str) -> Iterator[House]:
    """A house on each of the two engines."""
    with a_house(shared_url) as house:
        yield house
