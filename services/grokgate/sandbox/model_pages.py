"""The listings: /v1/models and the three with full information."""

from collections.abc import Mapping
from typing import Any

from grokgate.sandbox.answers import Answer, Ask, Handler, json_answer
from grokgate.sandbox.errors import not_found
from grokgate.sandbox.models import (
    ALL_MODELS,
    IMAGE_MODELS,
    TEXT_MODELS,
    VIDEO_MODELS,
    ImageModel,
    Model,
    TextModel,
    VideoModel,
    find_model,
)

_Page = dict[str, Any]


def _identity(model: Model) -> _Page:
    return {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": "xai",
        "aliases": list(model.aliases),
    }


def _full_identity(model: Model) -> _Page:
    return {**_identity(model), "fingerprint": fingerprint(model), "version": "1.0"}


def fingerprint(model: Model) -> str:
    """Which configuration of xAI's system serves the model."""
    return f"fp_{model.created:010x}"


def _text_prices(model: TextModel) -> _Page:
    prices = model.prices
    return {
        "prompt_text_token_price": prices.standard.input,
        "cached_prompt_text_token_price": prices.standard.cached,
        "prompt_image_token_price": prices.standard.input,
        "completion_text_token_price": prices.standard.output,
        "prompt_text_token_price_long_context": prices.long.input,
        "cached_prompt_text_token_price_long_context": prices.long.cached,
        "completion_text_token_price_long_context": prices.long.output,
        "long_context_threshold": prices.threshold_tokens,
    }


def _text_extras(model: TextModel) -> _Page:
    capabilities: _Page = {"reasoning_effort": list(model.efforts)}
    if model.default_effort:
        capabilities["default_reasoning_effort"] = model.default_effort
    return {
        "context_length": model.context_tokens,
        **_text_prices(model),
        "capabilities": capabilities,
    }


def _image_extras(model: ImageModel) -> _Page:
    # Ticks: the schema says USD cents, but the published example is 200000000 for $0.02.
    pricing = [
        {
            **({"quality": price.quality} if price.quality else {}),
            "resolution": price.resolution,
            "price_per_image": price.ticks,
        }
        for price in model.prices
    ]
    return {"image_price": model.prices[0].ticks, "pricing": pricing}


def model_page(model: Model) -> _Page:
    """A model as /v1/models shows it."""
    match model:
        case TextModel():
            return {**_identity(model), **_text_extras(model)}
        case ImageModel():
            return {**_identity(model), **_image_extras(model)}
        case VideoModel():
            return _identity(model)


def _language_page(model: TextModel) -> _Page:
    return {
        **_full_identity(model),
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        **_text_extras(model),
        "search_price": 50_000_000,
    }


def _image_page(model: ImageModel) -> _Page:
    return {
        **_full_identity(model),
        "input_modalities": ["text", "image"],
        "output_modalities": ["image"],
        "max_prompt_length": 8_000,
        **_image_extras(model),
    }


def _video_page(model: VideoModel) -> _Page:
    return {
        **_full_identity(model),
        "input_modalities": ["text", "image", "video"],
        "output_modalities": ["video"],
    }


def _listing(key: str, pages: Mapping[str, _Page]) -> tuple[Handler, Handler]:
    """The handlers of a list and of one of its entries."""

    def listing(_: Ask) -> Answer:
        head = {"object": "list"} if key == "data" else {}
        return json_answer({**head, key: list(pages.values())})

    def entry(ask: Ask) -> Answer:
        model = find_model(ask.path_params["model_id"])
        if model is None or model.id not in pages:
            raise not_found("Model not found")
        return json_answer(pages[model.id])

    return listing, entry


def model_handlers() -> dict[str, Handler]:
    """Each path's handler."""
    listings = {
        "/v1/models": _listing("data", {m.id: model_page(m) for m in ALL_MODELS}),
        "/v1/language-models": _listing("models", {m.id: _language_page(m) for m in TEXT_MODELS}),
        "/v1/image-generation-models": _listing(
            "models", {m.id: _image_page(m) for m in IMAGE_MODELS}
        ),
        "/v1/video-generation-models": _listing(
            "models", {m.id: _video_page(m) for m in VIDEO_MODELS}
        ),
    }
    handlers: dict[str, Handler] = {}
    for path, (listing, entry) in listings.items():
        handlers[path] = listing
        handlers[path + "/{model_id}"] = entry
    return handlers
