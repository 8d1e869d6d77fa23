"""What billing is told of a failure that upstream bills."""

from grokgate.api.billing.v1.billing_pb2 import SettleHoldRequest
from grokgate.xai.errors import UpstreamError


def billed_failure(error: UpstreamError, hold_id: str) -> SettleHoldRequest:
    """The settlement of a billed failure; any other is raised."""
    request = SettleHoldRequest(status="failed", content_violation=error.content_violation)
    if error.cost.usd_ticks is not None:
        request.provider_usd_ticks = error.cost.usd_ticks
    error.cost.alarm(hold_id)
    if not (request.content_violation or request.HasField("provider_usd_ticks")):
        raise error.error from error
    return request
