"""Jobs in the words of the contract: to their owners, and to operators."""

from grokgate.api.media.v1.admin_pb2 import VideoJob
from grokgate.api.media.v1.media_pb2 import Video, VideoState
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.media.videos.job import Job
from grokgate.media.videos.states import State

PUBLIC_STATES: dict[State, VideoState.ValueType] = {
    State.ACCEPTED: VideoState.VIDEO_STATE_QUEUED,
    State.SUBMITTING: VideoState.VIDEO_STATE_PROCESSING,
    State.POLLING: VideoState.VIDEO_STATE_PROCESSING,
    State.OUTCOME_UNKNOWN: VideoState.VIDEO_STATE_PROCESSING,
    State.SUCCEEDED: VideoState.VIDEO_STATE_SUCCEEDED,
    State.FAILED: VideoState.VIDEO_STATE_FAILED,
    State.EXPIRED: VideoState.VIDEO_STATE_EXPIRED,
}


def inner_states(public: VideoState.ValueType) -> tuple[State, ...]:
    """The states that look so from outside; none for `UNSPECIFIED`."""
    return tuple(state for state, seen in PUBLIC_STATES.items() if seen == public)


def public_video(job: Job) -> Video:
    """A job as its owner sees it."""
    video = Video(
        id=job.id,
        model=job.model,
        state=PUBLIC_STATES[job.state],
        progress=job.progress,
        created_at=job.created_at_ms // 1000,
        finished_at=job.finished_at_ms // 1000,
        duration_us=job.duration_us,
        resolution=job.resolution,
        aspect_ratio=job.aspect_ratio,
        url=job.url,
        request_id=job.request_id,
    )
    if job.failure_reason:
        failure = Failure(
            reason=job.failure_reason, message=job.failure_message, param=job.failure_param
        )
        video.failure.CopyFrom(failure)
    if job.settled:
        basis = ChargeBasis.ValueType(job.charge_basis)
        video.charge.CopyFrom(Charge(usd_ticks=job.charge_usd_ticks, basis=basis))
    if job.provider_usd_ticks is not None:
        video.provider_usd_ticks = job.provider_usd_ticks
    return video


def operators_job(job: Job) -> VideoJob:
    """A job as operators see it."""
    return VideoJob(
        video=public_video(job),
        account_id=job.account_id,
        inner_state=job.state,
        upstream_id=job.upstream_id,
        hold_id=job.hold_id,
        polls=job.polls,
        next_poll_at_ms=job.next_poll_at_ms,
        deadline_at_ms=job.deadline_at_ms,
        last_error=job.last_error,
        to_reconcile=job.to_reconcile,
    )
