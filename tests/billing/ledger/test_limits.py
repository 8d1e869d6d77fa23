"""The arithmetic of rate limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.billing import limits
from grokgate.billing.commands import RateLimit
from grokgate.chassis.errors import GrokgateError, Reason

NOW_MS = 1_780_000_000_000
PER_MINUTE = st.integers(1, 200_000)


def _take(per_minute: int | None, until_ns: int, amount: int = 1, now_ms: int = NOW_MS) -> int:
    return limits.take(Reason.REQUESTS_LIMITED, per_minute, until_ns, amount, now_ms)


def test_without_a_limit_nothing_is_counted() -> None:
    assert _take(None, 5) == 5
    assert limits.correct(None, 5, 1, 100, NOW_MS) == 5
    assert limits.rate(None, 5, NOW_MS) is None


@given(st.integers(1, 300))
def test_a_burst_of_exactly_the_limit_fits(per_minute: int) -> None:
    until_ns = 0
    for taken in range(1, per_minute + 1):
        until_ns = _take(per_minute, until_ns)
        state = limits.rate(per_minute, until_ns, NOW_MS)
        assert state is not None
        assert state.remaining == per_minute - taken
    with pytest.raises(GrokgateError) as caught:
        _take(per_minute, until_ns)
    assert caught.value.retry_after_ms is not None
    assert _take(per_minute, until_ns, now_ms=NOW_MS + caught.value.retry_after_ms) > until_ns


@given(PER_MINUTE, st.lists(st.integers(0, 5_000), max_size=50))
def test_no_minute_admits_more_than_twice_the_limit(per_minute: int, pauses: list[int]) -> None:
    until_ns, now_ms, admitted = 0, NOW_MS, 0
    amount = -(-per_minute // 7)
    for pause_ms in pauses:
        now_ms += pause_ms
        try:
            until_ns = _take(per_minute, until_ns, amount, now_ms)
        except GrokgateError:
            continue
        admitted += amount
    minutes = (now_ms - NOW_MS) / 60_000
    assert admitted <= per_minute * (1 + minutes) + amount


@given(PER_MINUTE, st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_correction_leaves_what_the_true_amount_would_have_left(
    per_minute: int, taken: int, used: int
) -> None:
    estimated_ns = NOW_MS * 1_000_000 + taken * limits.WINDOW_NS // per_minute
    corrected_ns = limits.correct(per_minute, estimated_ns, taken, used, NOW_MS)
    exact_ns = NOW_MS * 1_000_000 + used * limits.WINDOW_NS // per_minute
    assert abs(corrected_ns - exact_ns) <= 1


def test_what_has_drained_is_whole_again() -> None:
    until_ns = _take(60, 0, 30)
    assert limits.rate(60, until_ns, NOW_MS) == RateLimit(60, 30, 30_000)
    assert limits.rate(60, until_ns, NOW_MS + 29_999) == RateLimit(60, 59, 1)
    assert limits.rate(60, until_ns, NOW_MS + 30_000) == RateLimit(60, 60, 0)


def test_a_limit_overdrawn_by_a_correction_has_nothing_left() -> None:
    until_ns = limits.correct(60, _take(60, 0, 60), 60, 120, NOW_MS)
    assert limits.rate(60, until_ns, NOW_MS) == RateLimit(60, 0, 120_000)
