"""What a call costs: exact integers, rounded half up once.

1 USD = 10^10 ticks. A token price in ticks equals xAI's own figure, USD cents per 100 million
tokens (docs.x.ai, November 2026).
"""

import hashlib

import msgspec

ONE_PPM = 1_000_000


class TextPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ticks per token.

    The `long_` prices hold for the whole of a call whose prompt, cached tokens included, reaches
    the threshold; 0 is no threshold.
    """

    input: int
    cached_input: int
    output: int
    image_input: int = 0
    search: int = 0
    long_context_threshold: int = 0
    long_input: int = 0
    long_cached_input: int = 0
    long_output: int = 0

    def cost(self, input_tokens: int, cached_input_tokens: int, output_tokens: int) -> int:
        """Ticks of a call; `output_tokens` includes reasoning."""
        uncached_tokens = input_tokens - cached_input_tokens
        if self.long_context_threshold and input_tokens >= self.long_context_threshold:
            return (
                uncached_tokens * self.long_input
                + cached_input_tokens * self.long_cached_input
                + output_tokens * self.long_output
            )
        return (
            uncached_tokens * self.input
            + cached_input_tokens * self.cached_input
            + output_tokens * self.output
        )


class Prices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a hold needs to be settled by later, whatever the catalogue then says."""

    model: str
    multiplier_ppm: int = ONE_PPM
    violation_fee_usd_ticks: int = 0
    free: bool = False
    text: TextPrices | None = None

    def sane(self) -> bool:
        """Whether no price or fee is negative."""
        text = () if self.text is None else msgspec.structs.astuple(self.text)
        return self.violation_fee_usd_ticks >= 0 and all(price >= 0 for price in text)

    def version(self) -> str:
        """A name for exactly these prices."""
        return hashlib.sha256(self.encode()).hexdigest()[:16]

    def encode(self) -> bytes:
        """As JSON, to be kept with the holds that were placed under it."""
        return msgspec.json.encode(self)


def decode_prices(document: bytes) -> Prices:
    """What `Prices.encode` made."""
    return msgspec.json.decode(document, type=Prices)


def charge(usd_ticks: int, model_multiplier_ppm: int, account_multiplier_ppm: int) -> int:
    """What the caller pays for a cost: both multipliers, rounded half up once."""
    scale = ONE_PPM * ONE_PPM
    return (2 * usd_ticks * model_multiplier_ppm * account_multiplier_ppm + scale) // (2 * scale)
