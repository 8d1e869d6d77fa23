"""Costs and counts are read with suspicion."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.xai.usage import COST_CEILING_USD_TICKS, ProviderCost, Tokens, read_cost, read_tokens

_CAPTURE = {
    "input_tokens": 208,
    "input_tokens_details": {"cached_tokens": 128},
    "output_tokens": 42,
    "output_tokens_details": {"reasoning_tokens": 33},
    "total_tokens": 250,
    "cost_in_usd_ticks": 4_760_000,
}


def test_a_captured_usage_is_read_whole() -> None:
    assert read_cost(_CAPTURE) == ProviderCost(4_760_000)
    assert read_tokens(_CAPTURE) == Tokens(208, 128, 42, 33)


@pytest.mark.parametrize("usage", [None, {}, {"cost_in_usd_ticks": None}, [], "x"])
def test_an_absent_cost_is_absent(usage: Any) -> None:
    assert read_cost(usage) == ProviderCost()


def test_a_cost_of_nothing_is_a_cost() -> None:
    assert read_cost({"cost_in_usd_ticks": 0}) == ProviderCost(0)


@pytest.mark.parametrize(
    "ticks", [-1, 1.0, 1.5, "4760000", True, [], {}, COST_CEILING_USD_TICKS + 1, 10**30]
)
def test_a_cost_that_makes_no_sense_is_refused_and_marked(ticks: Any) -> None:
    assert read_cost({"cost_in_usd_ticks": ticks}) == ProviderCost(senseless=True)


@pytest.mark.parametrize(
    "change",
    [
        {"input_tokens": -1},
        {"output_tokens": None},
        {"input_tokens_details": {"cached_tokens": 209}},
        {"output_tokens_details": {"reasoning_tokens": 43}},
        {"output_tokens": 2**41},
    ],
)
def test_counts_that_contradict_each_other_are_no_counts(change: dict[str, Any]) -> None:
    assert read_tokens({**_CAPTURE, **change}) is None


def test_counts_without_details_are_read() -> None:
    assert read_tokens({"input_tokens": 5, "output_tokens": 7}) == Tokens(5, 0, 7, 0)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(_CAPTURE)), inner),
)


@given(_JSON)
def test_no_usage_breaks_the_reading_and_no_cost_is_out_of_range(usage: Any) -> None:
    cost = read_cost(usage)
    assert cost.usd_ticks is None or 0 <= cost.usd_ticks <= COST_CEILING_USD_TICKS
    tokens = read_tokens(usage)
    assert tokens is None or 0 <= tokens.cached_input_tokens <= tokens.input_tokens
