"""The price list against published bills."""

import pytest

from grokgate.sandbox.prices import TOKEN_PRICES, text_cost_ticks


def cost(model: str, input_tokens: int, cached_tokens: int, output_tokens: int) -> int:
    return text_cost_ticks(
        TOKEN_PRICES[model],
        input_tokens=input_tokens,
        cached_tokens=cached_tokens,
        output_tokens=output_tokens,
    )


def test_a_captured_bill_with_cached_tokens_is_reproduced() -> None:
    # grok-4.5 in July 2026, when its rates were those that grok-4.6 still has.
    assert cost("grok-4.6", 208, 128, 42) == 80 * 20_000 + 128 * 5_000 + 42 * 60_000 == 4_760_000


def test_a_captured_priority_bill_is_twice_the_standard_one() -> None:
    ticks = text_cost_ticks(
        TOKEN_PRICES["grok-4.6"],
        input_tokens=1528,
        cached_tokens=0,
        output_tokens=182,
        priority=True,
    )
    assert ticks == (1528 * 20_000 + 182 * 60_000) * 2 == 82_960_000


def test_a_long_prompt_is_billed_wholly_at_the_long_rate() -> None:
    assert cost("grok-4.3", 219_131, 0, 10) == 219_131 * 25_000 + 10 * 50_000
    assert cost("grok-4.3", 219_131, 131_072, 10) == 88_059 * 25_000 + 131_072 * 4_000 + 500_000


@pytest.mark.parametrize(
    ("input_tokens", "rate"), [(199_999, 12_500), (200_000, 25_000), (200_001, 25_000)]
)
def test_the_long_rate_begins_at_the_threshold(input_tokens: int, rate: int) -> None:
    assert cost("grok-4.3", input_tokens, 0, 0) == input_tokens * rate


@pytest.mark.parametrize(
    ("model", "input_usd", "cached_usd", "output_usd"),
    [
        ("grok-4.3", 1.25, 0.20, 2.50),
        ("grok-4.20-0309-reasoning", 1.25, 0.20, 2.50),
        ("grok-4.20-0309-non-reasoning", 1.25, 0.20, 2.50),
        ("grok-4.20-multi-agent-0309", 1.25, 0.20, 2.50),
        ("grok-4.5", 2, 0.30, 6),
        ("grok-4.6", 2, 0.50, 6),
        ("grok-4.7", 2, 0.50, 6),
        ("grok-build-0.1", 1, 0.20, 2),
    ],
)
def test_rates_are_the_published_dollars_a_million_tokens(
    model: str, input_usd: float, cached_usd: float, output_usd: float
) -> None:
    standard, long = TOKEN_PRICES[model].standard, TOKEN_PRICES[model].long
    assert (standard.input, standard.cached, standard.output) == (
        input_usd * 10_000,
        cached_usd * 10_000,
        output_usd * 10_000,
    )
    assert (long.input, long.cached, long.output) == (
        input_usd * 20_000,
        cached_usd * 20_000,
        output_usd * 20_000,
    )
