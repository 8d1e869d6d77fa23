"""What a call costs: exact, and rounded half up once, when it is charged.

1 USD = 10^10 ticks. A token price in ticks equals xAI's own figure, USD cents per 100 million
tokens (docs.x.ai, November 2026).
"""

import hashlib
from fractions import Fraction
from typing import Annotated

import msgspec

ONE_PPM = 1_000_000
_SECOND_US = 1_000_000
_HOUR_US = 3600 * _SECOND_US

# An exact cost before multipliers; a fraction where time is sold, a plain int everywhere else.
Ticks = int | Fraction

Positive = Annotated[int, msgspec.Meta(gt=0)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]


class TextPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ticks per token.

    The `long_` prices hold for the whole of a call whose prompt, cached tokens included, reaches
    the threshold; 0 is no threshold.
    """

    input: NotNegative
    cached_input: NotNegative
    output: NotNegative
    image_input: NotNegative = 0
    search: NotNegative = 0
    long_context_threshold: NotNegative = 0
    long_input: NotNegative = 0
    long_cached_input: NotNegative = 0
    long_output: NotNegative = 0

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


class ImagePrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ticks per image, sent or returned, at one quality and resolution."""

    quality: str = ""
    resolution: str
    usd_ticks: Positive


class VideoPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ticks per second of video, by resolution, and per image that one starts from."""

    second: dict[str, Positive]
    image_input: NotNegative = 0

    def cost(self, duration_us: int, resolution: str, images_in: int) -> Ticks | None:
        """Ticks of a video; None when the resolution has no price."""
        second = self.second.get(resolution)
        if second is None:
            return None
        return Fraction(duration_us * second, _SECOND_US) + images_in * self.image_input


class SpeechPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ticks per Unicode code point that is spoken."""

    character: Positive

    def cost(self, characters: int) -> int:
        """Ticks of a text."""
        return characters * self.character


class TranscriptionPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ticks per hour of audio."""

    hour: Positive

    def cost(self, duration_us: int) -> Ticks:
        """Ticks of some audio."""
        return Fraction(duration_us * self.hour, _HOUR_US)


class Prices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a hold needs to be settled by later, whatever the catalogue then says."""

    model: str
    multiplier_ppm: int = ONE_PPM
    violation_fee_usd_ticks: int = 0
    free: bool = False
    text: TextPrices | None = None
    images: tuple[ImagePrice, ...] = ()
    video: VideoPrices | None = None
    speech: SpeechPrices | None = None
    transcription: TranscriptionPrices | None = None

    def image_cost(self, images: int, quality: str, resolution: str) -> int | None:
        """Ticks of some images, sent and returned; None when they have no price."""
        for price in self.images:
            if (price.quality, price.resolution) == (quality, resolution):
                return images * price.usd_ticks
        return None

    def version(self) -> str:
        """A name for exactly these prices."""
        return hashlib.sha256(self.encode()).hexdigest()[:16]

    def encode(self) -> bytes:
        """As JSON, to be kept with the holds that were placed under it."""
        return msgspec.json.encode(self)


def decode_prices(document: bytes) -> Prices:
    """What `Prices.encode` made."""
    return msgspec.json.decode(document, type=Prices)


def charge(usd_ticks: Ticks, model_multiplier_ppm: int, account_multiplier_ppm: int) -> int:
    """What the caller pays for a cost: both multipliers, rounded half up once."""
    scale = ONE_PPM * ONE_PPM * usd_ticks.denominator
    product = usd_ticks.numerator * model_multiplier_ppm * account_multiplier_ppm
    return (2 * product + scale) // (2 * scale)
