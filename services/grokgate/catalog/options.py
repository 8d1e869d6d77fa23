"""What a call may ask of a model that makes images, videos or speech, or that transcribes.

A tuple lists what a caller may send; an empty one means that the model takes no such field.
"""

from collections.abc import Collection, Iterator
from typing import Annotated

import msgspec

from grokgate.catalog.prices import ImagePrice, NotNegative, Positive, VideoPrices

# The quality by which a model chooses one itself.
AUTO = "auto"
EDITS = "images_edits"

Words = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
Numbers = Annotated[tuple[Positive, ...], msgspec.Meta(min_length=1)]


class ImageOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of a model that makes images; the first resolution is in force when none is asked for."""

    aspect_ratios: tuple[str, ...]
    resolutions: Words
    qualities: tuple[str, ...] = ()
    default_quality: str = ""
    auto_quality: dict[str, str] = {}
    max_images: Positive
    max_input_images: NotNegative = 0

    def quality_in_force(self, asked: str, endpoint: str) -> str:
        """The quality that a call is held for; empty for a model without qualities.

        `asked` is one of `qualities`, or empty when the caller does not say.
        """
        quality = asked or self.default_quality
        return self.auto_quality[endpoint] if quality == AUTO else quality

    def problems(self, endpoints: Collection[str], prices: Collection[ImagePrice]) -> Iterator[str]:
        """What could be sold wrongly, each as the end of a sentence about the model."""
        served = set(self.qualities) - {AUTO} or {""}
        if self.default_quality not in (self.qualities or ("",)):
            yield "lacks image.default_quality among its image.qualities"
        if AUTO in self.qualities and not all(
            self.auto_quality.get(endpoint) in served for endpoint in endpoints
        ):
            yield "needs image.auto_quality for each of its endpoints, among its image.qualities"
        if (EDITS in endpoints) != (self.max_input_images > 0):
            yield f"needs image.max_input_images above 0 to serve {EDITS}, and 0 otherwise"
        priced = [(price.quality, price.resolution) for price in prices]
        for quality, resolution in priced:
            if quality not in served or resolution not in self.resolutions:
                yield f"has a price for quality `{quality}` at `{resolution}`, which it lacks"
        if len(set(priced)) < len(priced):
            yield "has two image_prices for the same quality and resolution"


class VideoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of a model that makes videos; the first resolution is in force when none is asked for."""

    aspect_ratios: tuple[str, ...]
    resolutions: Words
    min_duration_seconds: Positive
    max_duration_seconds: Positive
    default_duration_seconds: Positive

    def problems(self, prices: VideoPrices | None) -> Iterator[str]:
        """What could be sold wrongly, each as the end of a sentence about the model."""
        longest = self.max_duration_seconds
        if not self.min_duration_seconds <= self.default_duration_seconds <= longest:
            yield "needs video.default_duration_seconds between the shortest and the longest"
        for resolution in prices.second if prices else ():
            if resolution not in self.resolutions:
                yield f"has a price at `{resolution}`, which it lacks"


class SpeechOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of a model that speaks; the first audio format is in force when none is asked for.

    Sample rates are Hz, bit rates (of MP3 only) bits per second, speeds times the usual one.
    """

    voices: Words
    default_voice: str
    audio_formats: Words
    sample_rates: Numbers
    default_sample_rate: int
    bit_rates: Numbers
    default_bit_rate: int
    min_speed: float
    max_speed: float

    def problems(self) -> Iterator[str]:
        """What could be sold wrongly, each as the end of a sentence about the model."""
        if self.default_voice not in self.voices:
            yield "lacks speech.default_voice among its speech.voices"
        if self.default_sample_rate not in self.sample_rates:
            yield "lacks speech.default_sample_rate among its speech.sample_rates"
        if self.default_bit_rate not in self.bit_rates:
            yield "lacks speech.default_bit_rate among its speech.bit_rates"
        if not 0 < self.min_speed <= 1 <= self.max_speed:
            yield "needs a speed of 1 between speech.min_speed and speech.max_speed"


class TranscriptionOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of a model that transcribes; `hold_seconds` is held for audio whose length nobody states."""

    audio_formats: Words
    hold_seconds: Positive
