"""How billing tells of a model: its entry of the catalogue, at what a caller pays."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from grokgate.api.billing.v1 import catalog_pb2
from grokgate.catalog.models import CANONICAL_PREFIX, Model
from grokgate.catalog.prices import TextPrices, charge
from grokgate.chassis.endpoints import NUMBERS

# From a price to what the caller pays.
Sold = Callable[[int], int]


def sold_model(model: Model, account_multiplier_ppm: int) -> catalog_pb2.Model:
    """The entry, at the model's multiplier and the account's, each price rounded half up."""

    def sold(usd_ticks: int) -> int:
        if model.free:
            return 0
        return charge(usd_ticks, model.multiplier_ppm, account_multiplier_ppm)

    return catalog_pb2.Model(
        id=model.id,
        aliases=_aliases(model),
        created=model.created,
        owned_by=model.owned_by,
        fingerprint=model.fingerprint,
        version=model.version,
        input_modalities=model.input_modalities,
        output_modalities=model.output_modalities,
        endpoints=[NUMBERS[word] for word in model.endpoints],
        context_tokens=model.context_tokens,
        reasoning_efforts=model.reasoning_efforts,
        default_reasoning_effort=model.default_reasoning_effort or "",
        violation_fee_usd_ticks=sold(model.violation_fee_usd_ticks),
        max_prompt_length=model.max_prompt_length,
        **_prices(model, sold),
    )


def _aliases(model: Model) -> list[str]:
    return [
        name for name in model.names() if name != model.id and not name.startswith(CANONICAL_PREFIX)
    ]


def _prices(model: Model, sold: Sold) -> dict[str, Any]:
    """The fields of the contract that hold prices, of those kinds that the model has."""
    fields: dict[str, Any] = {"image_prices": _image_prices(model, sold)}
    if model.text_prices:
        fields["text_prices"] = _text_prices(model.text_prices, sold)
    if model.video_prices:
        fields["video_prices"] = _video_prices(model.video_prices.second, sold)
        fields["video_image_input"] = sold(model.video_prices.image_input)
    if model.speech_prices:
        fields["speech_character"] = sold(model.speech_prices.character)
    if model.transcription_prices:
        fields["transcription_hour"] = sold(model.transcription_prices.hour)
    return fields


def _image_prices(model: Model, sold: Sold) -> list[catalog_pb2.ImagePrice]:
    return [
        catalog_pb2.ImagePrice(
            quality=price.quality, resolution=price.resolution, usd_ticks=sold(price.usd_ticks)
        )
        for price in sorted(model.image_prices, key=attrgetter("usd_ticks"))
    ]


def _video_prices(second: dict[str, int], sold: Sold) -> list[catalog_pb2.VideoPrice]:
    return [
        catalog_pb2.VideoPrice(resolution=resolution, usd_ticks_per_second=sold(second[resolution]))
        for resolution in sorted(second, key=second.__getitem__)
    ]


def _text_prices(prices: TextPrices, sold: Sold) -> catalog_pb2.TextPrices:
    return catalog_pb2.TextPrices(
        input=sold(prices.input),
        cached_input=sold(prices.cached_input),
        output=sold(prices.output),
        long_context_threshold=prices.long_context_threshold,
        long_input=sold(prices.long_input),
        long_cached_input=sold(prices.long_cached_input),
        long_output=sold(prices.long_output),
        image_input=sold(prices.image_input),
        search=sold(prices.search),
    )
