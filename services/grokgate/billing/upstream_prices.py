"""Where the catalogue's prices and those of upstream differ."""

from collections.abc import Iterator, Mapping

import msgspec

from grokgate.catalog.models import Catalog, Model
from grokgate.catalog.prices import TextPrices


def differences(
    catalog: Catalog, upstream: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[str, str]]:
    """Models of the catalogue, each with what upstream lists otherwise.

    `upstream` has, by upstream's model ids, the fields of TextPrices that are not 0.
    """
    for model in catalog.models.values():
        if model.text_prices is None or model.retired:
            continue
        theirs = upstream.get(model.upstream_model)
        if theirs is None:
            yield model.id, f"upstream does not list `{model.upstream_model}`"
        elif differing := list(_differing(model, model.text_prices, theirs)):
            yield model.id, "; ".join(differing)


def _differing(model: Model, prices: TextPrices, theirs: Mapping[str, int]) -> Iterator[str]:
    # Searches are not sold, and pictures only where the model reads them.
    ignored = {"search"} if "image" in model.input_modalities else {"search", "image_input"}
    for field, ours in msgspec.structs.asdict(prices).items():
        if field not in ignored and ours != theirs.get(field, 0):
            yield f"`{field}` is {ours} here and {theirs.get(field, 0)} upstream"
