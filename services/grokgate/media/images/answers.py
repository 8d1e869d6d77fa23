"""What upstream answered about images, as the contract's messages: to the caller and to billing."""

from grokgate.api.billing.v1.billing_pb2 import SettleHoldRequest
from grokgate.api.media.v1.media_pb2 import Images
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.chassis.errors import GrokgateError
from grokgate.media.images.asked import AskedImages
from grokgate.xai.errors import UpstreamError
from grokgate.xai.images import ImagesAnswer
from grokgate.xai.usage import ProviderCost


def settlement(asked: AskedImages, answer: ImagesAnswer, hold_id: str) -> SettleHoldRequest:
    """What billing is told of an answer: what was returned counts, not what was asked for."""
    counted = asked.counted(len(answer.images))
    request = SettleHoldRequest(counted=counted, status="completed")
    return _with_cost(request, asked.believed(answer.cost), hold_id)


def billed_failure(asked: AskedImages, error: UpstreamError, hold_id: str) -> SettleHoldRequest:
    """What billing is told of a failure that upstream bills; any other is raised."""
    request = SettleHoldRequest(status="failed", content_violation=error.content_violation)
    _with_cost(request, asked.believed(error.cost), hold_id)
    if not (request.content_violation or request.HasField("provider_usd_ticks")):
        raise error.error from error
    return request


def cut_settlement(asked: AskedImages) -> SettleHoldRequest:
    """What billing is told of a call that was cut before its answer: all that was asked for.

    Upstream draws on without us and bills what it draws, so nothing less would be the truth.
    """
    counted = asked.counted(asked.options.count)
    return SettleHoldRequest(counted=counted, partial=True, status="incomplete")


def complete(images: Images, answer: ImagesAnswer) -> None:
    """Put what was returned into the response."""
    for returned in answer.images:
        image = images.images.add(mime_type=returned.mime_type)
        if returned.url:
            image.url = returned.url
        else:
            image.data = returned.data
        if returned.revised_prompt is not None:
            image.revised_prompt = returned.revised_prompt


def fail(images: Images, error: GrokgateError) -> None:
    """Put a failure into the response."""
    images.failure.CopyFrom(Failure(reason=error.reason, message=error.message, param=error.param))


def close(images: Images, charge: Charge | None, now_ms: int) -> None:
    """Put the charge, if billing has told one, and the time of the end into the response."""
    if charge is not None:
        images.charge.CopyFrom(charge)
    images.created_at = now_ms // 1000


def _with_cost(request: SettleHoldRequest, cost: ProviderCost, hold_id: str) -> SettleHoldRequest:
    """Add the provider's bill; the operator is told of one that is not believed."""
    if cost.usd_ticks is not None:
        request.provider_usd_ticks = cost.usd_ticks
    cost.alarm(hold_id)
    return request
