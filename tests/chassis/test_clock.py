"""The machine's clocks."""

import time

from grokgate.chassis.clock import SystemClock


def test_now_is_the_unix_time_in_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    now = SystemClock().now_ms()
    assert before <= now <= time.time_ns() // 1_000_000


def test_the_monotonic_clock_counts_milliseconds_and_never_goes_back() -> None:
    before = time.monotonic_ns() // 1_000_000
    first, second = SystemClock().monotonic_ms(), SystemClock().monotonic_ms()
    assert before <= first <= second <= time.monotonic_ns() // 1_000_000
