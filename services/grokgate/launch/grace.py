"""The time that a stopping process gives to the calls under way."""

from grokgate.chassis.clock import Clock


class Grace:
    """One span for all steps of a stop; it begins when the first of them asks."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._span_ms = int(seconds * 1000)
        self._clock = clock
        self._ends_at_ms: int | None = None

    def shorten(self, seconds: float) -> None:
        """Give at most so many seconds; called before the stop begins."""
        self._span_ms = min(self._span_ms, int(seconds * 1000))

    def left_s(self) -> float:
        """Seconds that are left, 0 when it is over."""
        now_ms = self._clock.monotonic_ms()
        if self._ends_at_ms is None:
            self._ends_at_ms = now_ms + self._span_ms
        return max(0, self._ends_at_ms - now_ms) / 1000
