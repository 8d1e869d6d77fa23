"""How a video's hold ends: what billing is told of a verdict.

Made of nothing but the job's row, so that every repeat is the same to the letter.
"""

from grokgate.api.billing.v1.billing_pb2 import ReleaseHoldRequest, SettleHoldRequest
from grokgate.api.types.v1.usage_pb2 import Quantities, VideoQuantities
from grokgate.media.videos.job import Job
from grokgate.media.videos.states import State


def ending(job: Job) -> SettleHoldRequest | ReleaseHoldRequest:
    """A settlement of what is charged for, else a release.

    A video is charged by the provider's bill, else by its seconds. A failure is charged only a
    cost that the provider reported, or its fee for unsafe content.
    """
    if job.state is State.SUCCEEDED:
        settlement = _settlement(job, "completed")
        settlement.counted.CopyFrom(quantities(job))
        return settlement
    if job.provider_usd_ticks is not None or job.content_violation:
        return _settlement(job, "failed")
    return ReleaseHoldRequest(
        hold_id=job.hold_id,
        void_reason=job.failure_reason.lower(),
        reached_upstream=job.reached_upstream,
        latency_ms=_latency_ms(job),
    )


def quantities(job: Job) -> Quantities:
    """What the job uses, in the units that its model is priced by."""
    return Quantities(
        video=VideoQuantities(
            duration_us=job.duration_us, resolution=job.resolution, images_in=job.images_in
        )
    )


def _settlement(job: Job, status: str) -> SettleHoldRequest:
    settlement = SettleHoldRequest(
        hold_id=job.hold_id,
        account_id=job.account_id,
        content_violation=job.content_violation,
        status=status,
        upstream_id=job.upstream_id,
        latency_ms=_latency_ms(job),
        model=job.model,
        request_id=job.request_id,
    )
    if job.provider_usd_ticks is not None:
        settlement.provider_usd_ticks = job.provider_usd_ticks
    return settlement


def _latency_ms(job: Job) -> int:
    return max(0, job.finished_at_ms - job.created_at_ms)
