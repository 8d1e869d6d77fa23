"""A model's prices on one line, by what it makes."""

from collections.abc import Iterator

from grokgate.api.billing.v1.catalog_pb2 import Model
from grokgate.edge.money import usd

_MILLION = 1_000_000


def shown_price(model: Model) -> str:
    """Such as `$1.25 in, $0.20 cached, $2.50 out / M tokens`; `free` when nothing costs."""
    return " + ".join(_prices(model)) or "free"


def shown_long_price(model: Model) -> str | None:
    """The price of the whole of a call whose prompt is long; None when none is."""
    prices = model.text_prices
    if not prices.long_context_threshold:
        return None
    long = _tokens(prices.long_input, prices.long_cached_input, prices.long_output)
    return f"from {prices.long_context_threshold:,}: {long}"


def _prices(model: Model) -> Iterator[str]:
    if model.HasField("text_prices"):
        prices = model.text_prices
        yield f"{_tokens(prices.input, prices.cached_input, prices.output)} / M tokens"
    if model.image_prices:
        yield f"{_range([price.usd_ticks for price in model.image_prices])} / image"
    if model.video_prices:
        yield f"{_range([price.usd_ticks_per_second for price in model.video_prices])} / s"
    if model.video_image_input:
        yield f"${usd(model.video_image_input)} / image"
    if model.speech_character:
        yield f"${usd(model.speech_character * _MILLION)} / M characters"
    if model.transcription_hour:
        yield f"${usd(model.transcription_hour)} / h"


def _tokens(prompt: int, cached: int, output: int) -> str:
    shown = (usd(price * _MILLION) for price in (prompt, cached, output))
    return "${} in, ${} cached, ${} out".format(*shown)


def _range(usd_ticks: list[int]) -> str:
    low, high = min(usd_ticks), max(usd_ticks)
    return f"${usd(low)}" if low == high else f"${usd(low)}\N{EN DASH}{usd(high)}"
