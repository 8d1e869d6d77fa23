"""Prices against xAI's own captured bills, and the arithmetic of multipliers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.catalog.prices import ONE_PPM, Prices, TextPrices, charge, decode_prices
from grokgate.launch.catalog_files import load_catalog

CATALOG = load_catalog(None)
# The prices under which the captures were billed.
CAPTURED = TextPrices(
    input=20_000,
    cached_input=5_000,
    output=60_000,
    long_context_threshold=200_000,
    long_input=40_000,
    long_cached_input=10_000,
    long_output=120_000,
)


@pytest.mark.parametrize(
    ("input_tokens", "cached_tokens", "output_tokens", "usd_ticks"),
    [
        (208, 128, 42, 4_760_000),
        (1_528, 0, 182, 82_960_000 // 2),  # captured at priority, which doubles
        (219_131, 0, 10, 219_131 * 40_000 + 10 * 120_000),
    ],
)
def test_captured_bills_are_reproduced(
    input_tokens: int, cached_tokens: int, output_tokens: int, usd_ticks: int
) -> None:
    assert CAPTURED.cost(input_tokens, cached_tokens, output_tokens) == usd_ticks


@pytest.mark.parametrize(
    ("model", "per_token"),
    [
        ("xai/grok-4.3", (12_500, 2_000, 25_000, 25_000, 4_000, 50_000)),
        ("xai/grok-4.20-0309-reasoning", (12_500, 2_000, 25_000, 25_000, 4_000, 50_000)),
        ("xai/grok-4.20-0309-non-reasoning", (12_500, 2_000, 25_000, 25_000, 4_000, 50_000)),
        ("xai/grok-4.20-multi-agent", (12_500, 2_000, 25_000, 25_000, 4_000, 50_000)),
        ("xai/grok-4.5", (20_000, 3_000, 60_000, 40_000, 6_000, 120_000)),
        ("xai/grok-4.6", (20_000, 5_000, 60_000, 40_000, 10_000, 120_000)),
        ("xai/grok-4.7", (20_000, 5_000, 60_000, 40_000, 10_000, 120_000)),
        ("xai/grok-build-0.1", (10_000, 2_000, 20_000, 20_000, 4_000, 40_000)),
    ],
)
def test_the_price_list_of_november_2026(model: str, per_token: tuple[int, ...]) -> None:
    prices = CATALOG.models[model].text_prices
    assert prices is not None
    below = [prices.cost(1, 0, 0), prices.cost(1, 1, 0), prices.cost(0, 0, 1)]
    threshold = prices.long_context_threshold
    above = [
        prices.cost(threshold, 0, 0) // threshold,
        prices.cost(threshold, threshold, 0) // threshold,
        prices.cost(threshold, threshold, 1) - prices.cost(threshold, threshold, 0),
    ]
    assert (*below, *above) == per_token


def test_the_long_price_holds_from_the_threshold_on_cached_tokens_included() -> None:
    assert CAPTURED.cost(199_999, 0, 1) == 199_999 * 20_000 + 60_000
    assert CAPTURED.cost(200_000, 150_000, 1) == 50_000 * 40_000 + 150_000 * 10_000 + 120_000


@given(st.integers(0, 10**15), st.integers(1, 100 * ONE_PPM), st.integers(1, 100 * ONE_PPM))
def test_a_charge_is_rounded_half_up_once(usd_ticks: int, model: int, account: int) -> None:
    exact = Fraction(usd_ticks) * Fraction(model, ONE_PPM) * Fraction(account, ONE_PPM)
    result = charge(usd_ticks, model, account)
    assert type(result) is int
    assert Fraction(-1, 2) < result - exact <= Fraction(1, 2)


def test_a_multiplier_of_one_changes_nothing() -> None:
    assert charge(4_760_001, ONE_PPM, ONE_PPM) == 4_760_001


def test_a_half_is_rounded_up() -> None:
    assert charge(1, ONE_PPM // 2, ONE_PPM) == 1


def test_prices_survive_being_kept_and_their_version_names_exactly_them() -> None:
    prices = Prices(model="xai/grok-4.3", text=CAPTURED)
    assert decode_prices(prices.encode()) == prices
    assert Prices(model="xai/grok-4.3", text=CAPTURED).version() == prices.version()
    other = Prices(model="xai/grok-4.3", text=TextPrices(input=1, cached_input=1, output=1))
    assert other.version() != prices.version()
