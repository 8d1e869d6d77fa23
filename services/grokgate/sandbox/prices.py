"""xAI's price list of November 2026, and what a call costs by it.

1 USD is 10^10 ticks, so that $1.25 a million tokens is 12,500 ticks a token.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenRates:
    """Ticks a token. Reasoning tokens are output."""

    input: int
    cached: int
    output: int


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """A text model's rates. A prompt at or above the threshold is billed wholly at `long`."""

    standard: TokenRates
    long: TokenRates
    threshold_tokens: int = 200_000


@dataclass(frozen=True, slots=True)
class ImagePrice:
    """Ticks for one generated picture; `quality` is empty where the model has no such choice."""

    quality: str
    resolution: str
    ticks: int


@dataclass(frozen=True, slots=True)
class VideoPrices:
    """Ticks for a second of film by its resolution, and for a picture that it starts from."""

    seconds: Mapping[str, int]
    input_image: int


_GROK_4_3 = TokenPrices(TokenRates(12_500, 2_000, 25_000), TokenRates(25_000, 4_000, 50_000))
_GROK_4_5 = TokenPrices(TokenRates(20_000, 3_000, 60_000), TokenRates(40_000, 6_000, 120_000))
_GROK_4_6 = TokenPrices(TokenRates(20_000, 5_000, 60_000), TokenRates(40_000, 10_000, 120_000))
_GROK_BUILD = TokenPrices(TokenRates(10_000, 2_000, 20_000), TokenRates(20_000, 4_000, 40_000))

TOKEN_PRICES = {
    "grok-4.20-0309-non-reasoning": _GROK_4_3,
    "grok-4.20-0309-reasoning": _GROK_4_3,
    "grok-4.20-multi-agent-0309": _GROK_4_3,
    "grok-4.3": _GROK_4_3,
    "grok-4.5": _GROK_4_5,
    "grok-4.6": _GROK_4_6,
    "grok-4.7": _GROK_4_6,
    "grok-build-0.1": _GROK_BUILD,
}

IMAGE_PRICES = {
    "grok-imagine-image": (
        ImagePrice("", "1k", 200_000_000),
        ImagePrice("", "2k", 200_000_000),
    ),
    "grok-imagine-image-2.0": (
        ImagePrice("low", "1k", 400_000_000),
        ImagePrice("low", "1.5k", 500_000_000),
        ImagePrice("low", "2k", 600_000_000),
        ImagePrice("medium", "1k", 600_000_000),
        ImagePrice("medium", "1.5k", 700_000_000),
        ImagePrice("medium", "2k", 800_000_000),
    ),
}

# For each picture that an edit starts from.
INPUT_IMAGE_TICKS = {
    "grok-imagine-image": 20_000_000,
    "grok-imagine-image-2.0": 100_000_000,
}

# The lite model's price of an input picture is not published; taken to be that of 1.5.
VIDEO_PRICES = {
    "grok-imagine-video": VideoPrices({"480p": 500_000_000, "720p": 700_000_000}, 20_000_000),
    "grok-imagine-video-1.5": VideoPrices(
        {"480p": 800_000_000, "720p": 1_400_000_000, "1080p": 2_500_000_000}, 100_000_000
    ),
    "grok-imagine-video-1.5-lite": VideoPrices(
        {"480p": 200_000_000, "720p": 300_000_000, "1080p": 1_400_000_000}, 100_000_000
    ),
}

# A picture of the compatible channel: $0.08, less its discount of 45 %.
COMPATIBLE_IMAGE_TICKS = 440_000_000

# A code point that is spoken: $15 a million. An hour that is transcribed: $0.10. Neither is ever
# reported. Nobody publishes how an hour is rounded: to the millisecond, then half up.
SPEECH_TICKS = 150_000
TRANSCRIPT_HOUR_TICKS = 1_000_000_000

# Charged, though not reported, for a prompt that fails a safety check before any work.
VIOLATION_FEE_TICKS = 500_000_000


def text_cost_ticks(
    prices: TokenPrices,
    *,
    input_tokens: int,
    cached_tokens: int,
    output_tokens: int,
    priority: bool = False,
) -> int:
    """What one text call costs. `input_tokens` contains the cached; `priority` doubles it all."""
    rates = prices.long if input_tokens >= prices.threshold_tokens else prices.standard
    ticks = (
        (input_tokens - cached_tokens) * rates.input
        + cached_tokens * rates.cached
        + output_tokens * rates.output
    )
    return ticks * 2 if priority else ticks
