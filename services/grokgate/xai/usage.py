"""What an upstream answer says that it used and cost, read with suspicion.

`usage.cost_in_usd_ticks` is the whole bill of a call in ticks (docs.x.ai, November 2026). It may
be absent or null; on /v1/responses `output_tokens` includes reasoning.
"""

import logging
from dataclasses import dataclass
from typing import Any

import msgspec

_LOG = logging.getLogger(__name__)

# Beyond this no single call can cost: 2^53 ticks are some 900 000 USD.
COST_CEILING_USD_TICKS = 2**53
TOKENS_CEILING = 2**40


@dataclass(frozen=True, slots=True)
class ProviderCost:
    """The provider's bill. `usd_ticks` is None when it named none that makes sense."""

    usd_ticks: int | None = None
    senseless: bool = False

    def alarm(self, hold_id: str) -> None:
        """Tell the operator of a bill that is not believed."""
        if self.senseless:
            _LOG.error("upstream reported a cost that makes no sense", extra={"hold_id": hold_id})


@dataclass(frozen=True, slots=True)
class Tokens:
    """Counts of one answer; `output_tokens` includes `reasoning_tokens`."""

    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int


class _InputDetails(msgspec.Struct):
    cached_tokens: int | None = 0


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: int | None = 0


class _Usage(msgspec.Struct):
    input_tokens: int
    output_tokens: int
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


def read_cost(usage: Any) -> ProviderCost:
    """The cost in a `usage` object as parsed from JSON; anything else than an object has none."""
    ticks = usage.get("cost_in_usd_ticks") if isinstance(usage, dict) else None
    if ticks is None:
        return ProviderCost()
    if type(ticks) is int and 0 <= ticks <= COST_CEILING_USD_TICKS:
        return ProviderCost(ticks)
    return ProviderCost(senseless=True)


def read_tokens(usage: Any) -> Tokens | None:
    """The token counts in a `usage` object; None when they are absent or contradict each other."""
    try:
        counts = msgspec.convert(usage, _Usage)
    except msgspec.ValidationError:
        return None
    inputs = counts.input_tokens_details or _InputDetails()
    outputs = counts.output_tokens_details or _OutputDetails()
    tokens = Tokens(
        input_tokens=counts.input_tokens,
        cached_input_tokens=inputs.cached_tokens or 0,
        output_tokens=counts.output_tokens,
        reasoning_tokens=outputs.reasoning_tokens or 0,
    )
    whole = (
        0 <= tokens.cached_input_tokens <= tokens.input_tokens <= TOKENS_CEILING
        and 0 <= tokens.reasoning_tokens <= tokens.output_tokens <= TOKENS_CEILING
    )
    return tokens if whole else None
