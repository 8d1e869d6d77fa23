"""When what is due, and how often upstream may be asked with one key."""

import heapq
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class Schedule(Generic[T]):
    """Things by the time at which something is to be done about them, in milliseconds."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._order = count()

    def put(self, thing: T, due_ms: float) -> bool:
        """Plan one; whether it is now the first of all."""
        heapq.heappush(self._heap, (due_ms, next(self._order), thing))
        return self._heap[0][2] is thing

    def take(self, now_ms: float) -> T | None:
        """The one that is due for longest; None when none is."""
        if self._heap and self._heap[0][0] <= now_ms:
            return heapq.heappop(self._heap)[2]
        return None

    @property
    def next_due_ms(self) -> float | None:
        """When the next one is due; None when none is planned."""
        return self._heap[0][0] if self._heap else None


class Pace:
    """Spreads questions so that no second sees more than a number of them."""

    def __init__(self, per_second: float) -> None:
        self._interval_ms = 1000 / per_second
        self._next_ms = 0.0

    def reserve(self, now_ms: float) -> float:
        """The time of the next free slot, which is taken by this."""
        slot_ms = max(self._next_ms, now_ms)
        self._next_ms = slot_ms + self._interval_ms
        return slot_ms

    def pause(self, until_ms: float) -> None:
        """Leave free all slots before a time: upstream asked for it."""
        self._next_ms = max(self._next_ms, until_ms)
