"""What an answer of upstream's makes of a video job; no clock, no database, no network."""

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.media.videos.job import Job
from grokgate.media.videos.states import State
from grokgate.xai.errors import UpstreamError
from grokgate.xai.usage import ProviderCost
from grokgate.xai.videos import Answer, Done, Failed, Pending, Unclear

# Answers in a row that say that there is no such video: the first may be too early to be true.
MISSING_CEILING = 10

_ERROR_CHARACTERS = 500


def answered(job: Job, answer: Answer, now_ms: int, missing: int) -> Job:
    """A polling job after an answer, the `missing`-th in a row that did not know it."""
    job = job.change(polls=job.polls + 1)
    match answer:
        case Done():
            return _succeeded(job, answer, now_ms)
        case Failed():
            return _failed(job, answer.error, answer.cost, answer.why, now_ms)
        case Pending():
            progress = job.progress if answer.progress is None else answer.progress
            return job.change(progress=progress, last_error="")
        case Unclear():
            return job.change(last_error=answer.why[:_ERROR_CHARACTERS])
        case _:
            return _missing(job, now_ms, missing)


def refused(job: Job, error: UpstreamError, now_ms: int) -> Job:
    """A job whose creation upstream answered with a refusal."""
    started = error.error.upstream_started
    return _failed(
        job.change(reached_upstream=started, content_violation=error.content_violation),
        error.error,
        error.cost,
        error.alarm or error.error.message,
        now_ms,
        to_reconcile=_without_verdict(error),
    )


def lost(job: Job, why: str) -> Job:
    """A job that upstream may have created, though it never told its id."""
    return job.move(
        State.OUTCOME_UNKNOWN, reached_upstream=True, last_error=why[:_ERROR_CHARACTERS]
    )


def never_sent(job: Job, now_ms: int) -> Job:
    """A job whose gateway stopped before it was given to upstream."""
    error = GrokgateError(
        Reason.OVERLOADED, "The gateway stopped before the video was begun. Start it again."
    )
    return job.fail(error, now_ms, reached_upstream=False)


def expired(job: Job, now_ms: int) -> Job:
    """A job past its hard deadline."""
    error = GrokgateError(
        Reason.TIMEOUT,
        "The provider did not say in time what became of the video. It was not charged.",
    )
    return job.expire(error, now_ms)


def _succeeded(job: Job, done: Done, now_ms: int) -> Job:
    return job.end(
        State.SUCCEEDED,
        now_ms,
        progress=100,
        url=done.url,
        duration_us=done.duration_us or job.duration_us,
        provider_usd_ticks=_believed(job, done.cost),
        last_error="",
    )


def _failed(
    job: Job,
    error: GrokgateError,
    cost: ProviderCost,
    why: str,
    now_ms: int,
    *,
    to_reconcile: bool = False,
) -> Job:
    return job.fail(
        error,
        now_ms,
        provider_usd_ticks=_believed(job, cost),
        last_error=why[:_ERROR_CHARACTERS],
        to_reconcile=to_reconcile,
    )


def _missing(job: Job, now_ms: int, missing: int) -> Job:
    why = "upstream does not know the video"
    if missing < MISSING_CEILING:
        return job.change(last_error=why)
    error = GrokgateError(Reason.PROVIDER_ERROR, "The provider does not know the video any more.")
    return _failed(job, error, ProviderCost(), why, now_ms, to_reconcile=True)


def _without_verdict(error: UpstreamError) -> bool:
    """Whether upstream may have begun and yet said nothing of the content or the cost."""
    told = error.cost.usd_ticks is not None or error.content_violation
    moderated = error.error.reason is Reason.CONTENT_MODERATED
    return error.error.upstream_started and not told and not moderated


def _believed(job: Job, cost: ProviderCost) -> int | None:
    cost.alarm(job.hold_id)
    return cost.usd_ticks
