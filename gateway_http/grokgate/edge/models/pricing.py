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


class ModelPrices(msgspec.Struct):
    """What a model costs on the paths that serve it; `text` is null when it makes none.

    The violation fee is for a prompt that the provider refuses as unsafe.
    """

    model: str
    endpoints: list[str]
    text: TokenPrices | None
    long_context: LongContextPrices | None
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
    makes_text = "text" in model.output_modalities
    fee = model.violation_fee_usd_ticks
    return ModelPrices(
        model=model.id,
        endpoints=[PATHS[WORDS[endpoint]] for endpoint in model.endpoints],
        text=_standard(prices) if makes_text else None,
        long_context=_long_context(prices) if prices.long_context_threshold else None,
        violation_fee=Fee(fee, usd(fee)),
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
