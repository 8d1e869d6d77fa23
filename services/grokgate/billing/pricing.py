"""What a call costs before multipliers: its worst case when held, its cost when settled."""

from dataclasses import dataclass

from grokgate.api.billing.v1.billing_pb2 import SettleHoldRequest
from grokgate.api.types.v1.usage_pb2 import Quantities
from grokgate.billing.commands import Basis
from grokgate.billing.fields import TOO_MANY
from grokgate.billing.refusals import invalid
from grokgate.catalog.prices import Prices, Ticks
from grokgate.chassis.errors import GrokgateError, Reason

_ODD_TIMES = 10


@dataclass(frozen=True, slots=True)
class Cost:
    """Ticks before any multiplier and rounding, and what they were computed from."""

    usd_ticks: Ticks
    basis: Basis


def list_price(prices: Prices, quantities: Quantities, param: str) -> Ticks:
    """The catalogue's price of what a call uses, in exact ticks; `param` names the quantities.

    Raises MODEL_PRICE_ERROR when the model is not sold by these units or with these options,
    INVALID_VALUE when the price is not below 2^53 ticks (900 000 USD).
    """
    if prices.free:
        return 0
    cost = _cost(prices, quantities)
    if cost is None:
        raise GrokgateError(
            Reason.MODEL_PRICE_ERROR,
            f"{prices.model} has no price for {_sold_as(quantities)}. Tell the operator.",
            param="model",
        )
    if cost >= TOO_MANY:
        raise invalid(param, "is more than one call can use.")
    return cost


def settlement_cost(prices: Prices | None, request: SettleHoldRequest) -> Cost:
    """What the provider reported, if sane; else the fee for refused content; else the price list.

    Nothing is charged where none of them applies: without prices, for an unknown hold of an
    unknown model, or without counted quantities. Raises as `list_price`.
    """
    if prices is not None and prices.free:
        return Cost(0, Basis.PRICE_LIST)
    if request.HasField("provider_usd_ticks") and _sane(request.provider_usd_ticks):
        return Cost(request.provider_usd_ticks, Basis.PROVIDER)
    if prices is None:
        return Cost(0, Basis.NONE)
    if request.content_violation:
        return Cost(prices.violation_fee_usd_ticks, Basis.PRICE_LIST)
    if not request.HasField("counted"):
        return Cost(0, Basis.NONE)
    basis = Basis.PARTIAL_ESTIMATE if request.partial else Basis.PRICE_LIST
    return Cost(list_price(prices, request.counted, "counted"), basis)


def oddity(prices: Prices | None, request: SettleHoldRequest, cost: Cost) -> str:
    """What an operator should look into about a settlement; empty when all is well."""
    if not _sane(request.provider_usd_ticks):
        return "the provider's cost makes no sense and was not charged"
    if cost.basis is Basis.NONE:
        return "neither a hold nor the provider tells the cost, so nothing was charged"
    if prices is not None and cost.basis is Basis.PROVIDER and request.HasField("counted"):
        expected = _cost(prices, request.counted)
        if expected is None:
            return "the provider charged for what has no price here"
        if 0 < expected * _ODD_TIMES < cost.usd_ticks:
            return "the provider's cost is far above the price list"
    return ""


def _sane(provider_usd_ticks: int) -> bool:
    """Whether it may be charged: not negative, and below 2^53 ticks."""
    return 0 <= provider_usd_ticks < TOO_MANY


def _cost(prices: Prices, quantities: Quantities) -> Ticks | None:
    """The price of what a call uses; None when it has none."""
    match quantities.WhichOneof("units"):
        case "text" if prices.text:
            text = quantities.text
            return prices.text.cost(text.input_tokens, text.cached_input_tokens, text.output_tokens)
        case "images":
            images = quantities.images
            count = images.images_in + images.images_out
            return prices.image_cost(count, images.quality, images.resolution)
        case "video" if prices.video:
            video = quantities.video
            return prices.video.cost(video.duration_us, video.resolution, video.images_in)
        case "speech" if prices.speech:
            return prices.speech.cost(quantities.speech.characters)
        case "transcription" if prices.transcription:
            return prices.transcription.cost(quantities.transcription.duration_us)
    return None


def _sold_as(quantities: Quantities) -> str:
    """What a price was looked for by, in words."""
    match quantities.WhichOneof("units"):
        case "images" if quantities.images.quality:
            images = quantities.images
            return f"quality `{images.quality}` at resolution `{images.resolution}`"
        case "images":
            return f"resolution `{quantities.images.resolution}`"
        case "video":
            return f"resolution `{quantities.video.resolution}`"
    return "this kind of call"
