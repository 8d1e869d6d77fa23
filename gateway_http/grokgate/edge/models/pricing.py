"""`GET /v1/pricing`: the price list, for everybody."""

from dataclasses import replace
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from grokgate.api.billing.v1.catalog_pb2 import Model, TextPrices
from grokgate.chassis.endpoints import PATHS, WORDS
from grokgate.chassis.secrets import Secret
from grokgate.edge.answers import json_answer
from grokgate.edge.middleware import call_of
from grokgate.edge.models.catalog import Catalog
from grokgate.edge.models.kinds import (
    makes_images,
    makes_text,
    makes_videos,
    speaks,
    transcribes,
)
from grokgate.edge.money import usd

_MILLION = 10**6


class TokenPrice(msgspec.Struct):
    """The price of a token in ticks, and of a million in exact dollars."""

    usd_ticks_per_token: int
    usd_per_million_tokens: str


class TokenPrices(msgspec.Struct):
    """Prices of prompt tokens, of those read from the cache, and of output with reasoning."""

    input: TokenPrice
    cached_input: TokenPrice
    output: TokenPrice


class LongContextPrices(TokenPrices):
    """Prices of the whole of a call whose prompt reaches a number of tokens."""

    threshold_tokens: int


class Fee(msgspec.Struct):
    """A fixed amount."""

    usd_ticks: int
    usd: str


class PricePerImage(msgspec.Struct):
    """The price of an image, sent or returned; `quality` is null where the model has none."""

    quality: str | None
    resolution: str
    usd_ticks: int
    usd: str


class PricePerSecond(msgspec.Struct):
    """The price of a second of video."""

    resolution: str
    usd_ticks_per_second: int
    usd_per_second: str


class VideoPrices(msgspec.Struct):
    """Prices of the seconds that are made, and of an image that a video starts from."""

    seconds: list[PricePerSecond]
    image_input: Fee


class SpeechPrice(msgspec.Struct):
    """The price of a Unicode code point that is spoken."""

    usd_ticks_per_character: int
    usd_per_million_characters: str


class TranscriptionPrice(msgspec.Struct):
    """The price of an hour of audio."""

    usd_ticks_per_hour: int
    usd_per_hour: str


class ModelPrices(msgspec.Struct, kw_only=True):
    """What a model costs on the paths that serve it; what it does not make is null.

    The violation fee is for a prompt that the provider refuses as unsafe.
    """

    model: str
    endpoints: list[str]
    text: TokenPrices | None
    long_context: LongContextPrices | None
    images: list[PricePerImage] | None
    video: VideoPrices | None
    speech: SpeechPrice | None
    transcription: TranscriptionPrice | None
    violation_fee: Fee


class PriceList(msgspec.Struct):
    """Every model at its list price; the version changes with anything in the catalogue."""

    catalog_version: str
    data: list[ModelPrices]
    object: Literal["price_list"] = "price_list"


class Pricing:
    """Serves the list price, whoever asks."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def price_list(self, request: Request) -> Response:
        """`GET /v1/pricing`; a key that comes along is not looked at."""
        nobody = replace(call_of(request), api_key=Secret(""))
        answer = await self._catalog.models(nobody)
        prices = [model_prices(model) for model in answer.models]
        return json_answer(PriceList(answer.catalog_version, prices))


def model_prices(model: Model) -> ModelPrices:
    """A row of the price list."""
    prices = model.text_prices
    return ModelPrices(
        model=model.id,
        endpoints=[PATHS[WORDS[endpoint]] for endpoint in model.endpoints],
        text=_standard(prices) if makes_text(model) else None,
        long_context=_long_context(prices) if prices.long_context_threshold else None,
        images=_images(model) if makes_images(model) else None,
        video=_video(model) if makes_videos(model) else None,
        speech=_speech(model.speech_character) if speaks(model) else None,
        transcription=_transcription(model.transcription_hour) if transcribes(model) else None,
        violation_fee=_fee(model.violation_fee_usd_ticks),
    )


def _standard(prices: TextPrices) -> TokenPrices:
    return TokenPrices(
        input=_token_price(prices.input),
        cached_input=_token_price(prices.cached_input),
        output=_token_price(prices.output),
    )


def _long_context(prices: TextPrices) -> LongContextPrices:
    return LongContextPrices(
        input=_token_price(prices.long_input),
        cached_input=_token_price(prices.long_cached_input),
        output=_token_price(prices.long_output),
        threshold_tokens=prices.long_context_threshold,
    )


def _token_price(usd_ticks: int) -> TokenPrice:
    return TokenPrice(usd_ticks, usd(usd_ticks * _MILLION))


def _images(model: Model) -> list[PricePerImage]:
    return [
        PricePerImage(
            price.quality or None, price.resolution, price.usd_ticks, usd(price.usd_ticks)
        )
        for price in model.image_prices
    ]


def _video(model: Model) -> VideoPrices:
    seconds = [
        PricePerSecond(
            price.resolution, price.usd_ticks_per_second, usd(price.usd_ticks_per_second)
        )
        for price in model.video_prices
    ]
    return VideoPrices(seconds, _fee(model.video_image_input))


def _speech(usd_ticks: int) -> SpeechPrice:
    return SpeechPrice(usd_ticks, usd(usd_ticks * _MILLION))


def _transcription(usd_ticks: int) -> TranscriptionPrice:
    return TranscriptionPrice(usd_ticks, usd(usd_ticks))


def _fee(usd_ticks: int) -> Fee:
    return Fee(usd_ticks, usd(usd_ticks))
