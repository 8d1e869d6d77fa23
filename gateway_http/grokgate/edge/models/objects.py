"""How clients see a model: the shapes of the OpenAI and xAI APIs.

Token prices are USD cents per 100 million tokens, which are ticks per token.
"""

from typing import Any, Literal

import msgspec

from grokgate.api.billing.v1.catalog_pb2 import Model
from grokgate.edge.models.kinds import makes_images, makes_text

_TICKS_PER_CENT = 10**8


class ListedModel(msgspec.Struct, kw_only=True):
    """A model with what the OpenAI API tells of it, and its other names."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str
    aliases: list[str]


class Capabilities(msgspec.Struct):
    """The reasoning efforts of a model, and the one in force when none is asked for."""

    reasoning_effort: list[str]
    default_reasoning_effort: str | None


class ListedTextModel(ListedModel, kw_only=True):
    """A text model with its prices in ticks per token, at the multiplier of the calling key.

    Calls whose prompt reaches `long_context_threshold` tokens cost the long-context prices
    throughout; 0 is no threshold.
    """

    context_length: int
    prompt_text_token_price: int
    cached_prompt_text_token_price: int
    prompt_image_token_price: int
    completion_text_token_price: int
    long_context_threshold: int
    prompt_text_token_price_long_context: int
    cached_prompt_text_token_price_long_context: int
    completion_text_token_price_long_context: int
    capabilities: Capabilities


class LanguageModel(ListedTextModel, kw_only=True):
    """A text model with full information."""

    fingerprint: str
    version: str
    input_modalities: list[str]
    output_modalities: list[str]
    search_price: int


class ImagePricing(msgspec.Struct, kw_only=True):
    """Ticks per image, sent or returned; `quality` is null where the model has none."""

    quality: str | None
    resolution: str
    price_per_image: int


class ListedImageModel(ListedModel, kw_only=True):
    """A model that makes images, at the multiplier of the calling key.

    `image_price` is the lowest price in USD cents, rounded up; `pricing` has all of them exactly.
    """

    image_price: int
    pricing: list[ImagePricing]


class ImageModel(ListedImageModel, kw_only=True):
    """A model that makes images, with full information; a `max_prompt_length` of 0 is no limit."""

    max_prompt_length: int
    fingerprint: str
    version: str
    input_modalities: list[str]
    output_modalities: list[str]


class VideoModel(ListedModel, kw_only=True):
    """A model that makes videos, with full information."""

    fingerprint: str
    version: str
    input_modalities: list[str]
    output_modalities: list[str]


def listed_model(model: Model) -> ListedModel:
    """An entry of `/v1/models`."""
    if makes_text(model):
        return ListedTextModel(**_identity(model), **_text(model))
    if makes_images(model):
        return ListedImageModel(**_identity(model), **_image_prices(model))
    return ListedModel(**_identity(model))


def language_model(model: Model) -> LanguageModel:
    """An entry of `/v1/language-models`."""
    return LanguageModel(
        **_identity(model),
        **_text(model),
        **_description(model),
        search_price=model.text_prices.search,
    )


def image_model(model: Model) -> ImageModel:
    """An entry of `/v1/image-generation-models`."""
    return ImageModel(
        **_identity(model),
        **_image_prices(model),
        **_description(model),
        max_prompt_length=model.max_prompt_length,
    )


def video_model(model: Model) -> VideoModel:
    """An entry of `/v1/video-generation-models`."""
    return VideoModel(**_identity(model), **_description(model))


def _identity(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "created": model.created,
        "owned_by": model.owned_by,
        "aliases": list(model.aliases),
    }


def _description(model: Model) -> dict[str, Any]:
    return {
        "fingerprint": model.fingerprint,
        "version": model.version,
        "input_modalities": list(model.input_modalities),
        "output_modalities": list(model.output_modalities),
    }


def _image_prices(model: Model) -> dict[str, Any]:
    """The lowest is 0 for a model without any: it is free."""
    lowest = min((price.usd_ticks for price in model.image_prices), default=0)
    return {
        "image_price": -(-lowest // _TICKS_PER_CENT),
        "pricing": [
            ImagePricing(
                quality=price.quality or None,
                resolution=price.resolution,
                price_per_image=price.usd_ticks,
            )
            for price in model.image_prices
        ],
    }


def _text(model: Model) -> dict[str, Any]:
    """Prices are 0 for a model without any: it is free."""
    prices = model.text_prices
    return {
        "context_length": model.context_tokens,
        "prompt_text_token_price": prices.input,
        "cached_prompt_text_token_price": prices.cached_input,
        "prompt_image_token_price": prices.image_input,
        "completion_text_token_price": prices.output,
        "long_context_threshold": prices.long_context_threshold,
        "prompt_text_token_price_long_context": prices.long_input,
        "cached_prompt_text_token_price_long_context": prices.long_cached_input,
        "completion_text_token_price_long_context": prices.long_output,
        "capabilities": Capabilities(
            list(model.reasoning_efforts), model.default_reasoning_effort or None
        ),
    }
