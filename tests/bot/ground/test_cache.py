"""What was worked out lately is found again, and only so much of it is kept."""

from __future__ import annotations

from bot.ground.cache import BoundedCache


def test_what_was_kept_last_is_found_and_the_oldest_is_forgotten() -> None:
    recent: BoundedCache[int, str] = BoundedCache(1_000)
    for number in range(100):
        recent.put(number, f"value {number}", 50)
    known = [number for number in range(100) if recent.get(number) is not None]
    assert known == list(range(known[0], 100))
    assert 10 <= len(known) <= 20


def test_what_is_put_in_its_place_is_what_is_found() -> None:
    recent: BoundedCache[str, int] = BoundedCache(4)
    for value in (1, 2, 3):
        recent.put("key", value, 1)
    assert recent.get("key") == 3
