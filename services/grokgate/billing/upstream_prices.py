"""Where the catalogue's prices and those of upstream differ."""

from collections.abc import Iterator, Mapping

import msgspec

from grokgate.catalog.models import Catalog, Channel, Model
from grokgate.catalog.prices import TextPrices

# By quality, empty where a model has none, and resolution.
ImagePrices = Mapping[tuple[str, str], int]

# Names that xAI serves by another model at one quality, since 2026-11-02. They take no quality.
_SERVED_BY = {"grok-imagine-image-quality": ("grok-imagine-image-2.0", "low")}


def text_differences(
    catalog: Catalog, upstream: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[str, str]]:
    """Text models of the catalogue, each with what upstream lists otherwise.

    `upstream` has, by upstream's model ids, the fields of TextPrices that are not 0.
    """
    for model in _sold(catalog):
        if model.text_prices is None:
            continue
        theirs = upstream.get(model.upstream_model)
        if theirs is None:
            yield model.id, f"upstream does not list `{model.upstream_model}`"
        elif differing := list(_differing(model, model.text_prices, theirs)):
            yield model.id, "; ".join(differing)


def image_differences(
    catalog: Catalog, upstream: Mapping[str, ImagePrices]
) -> Iterator[tuple[str, str]]:
    """Image models of the catalogue, each with what upstream lists otherwise.

    `upstream` has ticks per image by upstream's model ids. What an image that is sent costs is not
    listed there, and what upstream sells beside the catalogue's qualities does not matter.
    """
    for model in _sold(catalog):
        if not model.image_prices:
            continue
        theirs = _image_prices_of(model.upstream_model, upstream)
        if theirs is None:
            yield model.id, f"upstream does not list `{model.upstream_model}`"
        elif differing := list(_differing_images(model, theirs)):
            yield model.id, "; ".join(differing)


def _sold(catalog: Catalog) -> Iterator[Model]:
    """What xAI serves; another upstream's prices are not to be had."""
    for model in catalog.models.values():
        if model.channel is Channel.XAI and not model.retired:
            yield model


def _differing(model: Model, prices: TextPrices, theirs: Mapping[str, int]) -> Iterator[str]:
    # Searches are not sold, and pictures only where the model reads them.
    ignored = {"search"} if "image" in model.input_modalities else {"search", "image_input"}
    for field, ours in msgspec.structs.asdict(prices).items():
        if field not in ignored and ours != theirs.get(field, 0):
            yield f"`{field}` is {ours} here and {theirs.get(field, 0)} upstream"


def _image_prices_of(name: str, upstream: Mapping[str, ImagePrices]) -> ImagePrices | None:
    served_by, quality = _SERVED_BY.get(name, (name, ""))
    listed = upstream.get(name, upstream.get(served_by))
    if listed is None or not quality:
        return listed
    return {
        ("", resolution): usd_ticks
        for (one, resolution), usd_ticks in listed.items()
        if one in {"", quality}
    }


def _differing_images(model: Model, theirs: ImagePrices) -> Iterator[str]:
    for price in model.image_prices:
        word = " ".join(filter(None, (price.quality, price.resolution)))
        listed = theirs.get((price.quality, price.resolution))
        if listed is None:
            yield f"upstream lists no price of `{word}`"
        elif price.usd_ticks != listed:
            yield f"an image at `{word}` is {price.usd_ticks} here and {listed} upstream"
