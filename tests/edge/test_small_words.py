"""Money, durations and times as clients read and write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.account.usage_query import read_usage_query
from grokgate.edge.money import usd
from grokgate.edge.rate_limits import duration


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, "0.00"),
        (1, "0.0000000001"),
        (10**10, "1.00"),
        (-12_500_000_000, "-1.25"),
        (-1, "-0.0000000001"),
        (2**63 - 1, "922337203.6854775807"),
    ],
)
def test_dollars_are_exact(ticks: int, text: str) -> None:
    assert usd(ticks) == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_dollars_lose_nothing(ticks: int) -> None:
    whole, _, decimals = usd(ticks).lstrip("-").partition(".")
    back = int(whole) * 10**10 + int(decimals.ljust(10, "0"))
    assert (-back if usd(ticks).startswith("-") else back) == ticks


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0s"), (1, "1s"), (1000, "1s"), (59_001, "1m0s"), (360_000, "6m0s"), (361_500, "6m2s")],
)
def test_durations_are_written_as_openai_does(milliseconds: int, text: str) -> None:
    assert duration(milliseconds) == text


def test_times_come_as_seconds_or_rfc_3339() -> None:
    query = read_usage_query(
        QueryParams({"from": "1780000000", "to": "2026-05-28T20:26:40.5+00:00"})
    )
    assert (query.from_ms, query.to_ms) == (1_780_000_000_000, 1_780_000_000_500)
    exact = read_usage_query(QueryParams({"from": "2026-05-28T20:26:40.123456Z"}))
    assert exact.from_ms == 1_780_000_000_123
    shifted = read_usage_query(QueryParams({"from": "2026-05-28t22:26:40+02:00"}))
    assert shifted.from_ms == 1_780_000_000_000
    assert not shifted.HasField("to_ms")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "yesterday"),
        ("from", "2026-05-28"),
        ("from", "2026-05-28T20:26:40"),
        ("from", "2026-13-28T20:26:40Z"),
        ("from", "-1"),
        ("from", ""),
        ("to", "9" * 12),
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "ten"),
        ("limit", "٣"),
        ("status", "done"),
        ("model", "a\nb"),
        ("after", "x" * 257),
    ],
)
def test_a_wrong_parameter_is_named(name: str, value: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_usage_query(QueryParams({name: value}))
    assert (caught.value.reason, caught.value.param) == (Reason.INVALID_VALUE, name)


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(GrokgateError) as caught:
        read_usage_query(QueryParams({"form": "1"}))
    assert (caught.value.reason, caught.value.param) == (Reason.UNKNOWN_PARAMETER, "form")
