"""How video jobs look in a table."""

from collections.abc import Iterable, Sequence

from grokgate.api.media.v1.admin_pb2 import VideoJob
from grokgate.api.media.v1.media_pb2 import VideoState
from grokgate.edge.money import usd
from grokgate.launch import moments
from grokgate.launch.plain import enum_word
from grokgate.launch.printing import Column, counted


def _shown_s(unix_s: int) -> str | None:
    return moments.shown(unix_s * 1000) if unix_s else None


def _shown_ms(unix_ms: int) -> str | None:
    return moments.shown(unix_ms) if unix_ms else None


def _length(job: VideoJob) -> str:
    """Seconds, exactly: `8 s`, `7.25 s`."""
    seconds, rest = divmod(job.video.duration_us, 1_000_000)
    return f"{seconds}.{rest:06d}".rstrip("0").rstrip(".") + " s"


def _charge(job: VideoJob) -> str | None:
    return usd(job.video.charge.usd_ticks) if job.video.HasField("charge") else None


def _provider(job: VideoJob) -> str | None:
    known = job.video.HasField("provider_usd_ticks")
    return usd(job.video.provider_usd_ticks) if known else None


def _failure(job: VideoJob) -> str | None:
    failure = job.video.failure
    return f"{failure.reason}: {failure.message}" if job.video.HasField("failure") else None


def unknown_first(jobs: Iterable[VideoJob]) -> list[VideoJob]:
    """Jobs to reconcile, those that xAI refused at once last, else in their order."""
    return sorted(jobs, key=_was_refused)


def _was_refused(job: VideoJob) -> bool:
    """Whether xAI answered the creation with an error, which it is not likely to have billed."""
    return job.inner_state == "failed" and not job.upstream_id


def _known(job: VideoJob) -> str:
    if _was_refused(job):
        return "creation refused, cost not told"
    if job.upstream_id:
        return "begun, end not told"
    return "sent, never answered"


_VIDEO: Column[VideoJob] = Column("video", lambda job: job.video.id)
_ACCOUNT: Column[VideoJob] = Column("account", lambda job: job.account_id)
_MODEL: Column[VideoJob] = Column("model", lambda job: job.video.model)
_INNER_STATE: Column[VideoJob] = Column("inside", lambda job: job.inner_state)
_HOLD: Column[VideoJob] = Column("hold", lambda job: job.hold_id)
_UPSTREAM: Column[VideoJob] = Column("upstream id", lambda job: job.upstream_id)
_ASKED: Column[VideoJob] = Column("asked for", lambda job: _shown_s(job.video.created_at))
_DEADLINE: Column[VideoJob] = Column("deadline", lambda job: _shown_ms(job.deadline_at_ms))
_LAST_ERROR: Column[VideoJob] = Column("last error", lambda job: job.last_error)

JOB_COLUMNS: Sequence[Column[VideoJob]] = (
    _VIDEO,
    _ACCOUNT,
    _MODEL,
    Column("state", lambda job: enum_word(VideoState.DESCRIPTOR, job.video.state)),
    Column("done", lambda job: f"{job.video.progress} %", right=True),
    Column("length", _length, right=True),
    Column("resolution", lambda job: job.video.resolution),
    Column("charged USD", _charge, right=True),
    _ASKED,
    _LAST_ERROR,
)
JOB_DETAILS: Sequence[Column[VideoJob]] = (
    *JOB_COLUMNS[:4],
    _INNER_STATE,
    *JOB_COLUMNS[4:7],
    Column("aspect ratio", lambda job: job.video.aspect_ratio),
    *JOB_COLUMNS[7:8],
    Column("provider USD", _provider),
    _ASKED,
    Column("ended", lambda job: _shown_s(job.video.finished_at)),
    _DEADLINE,
    Column("failure", _failure),
    _LAST_ERROR,
    Column("to reconcile", lambda job: "yes" if job.to_reconcile else "no"),
    _UPSTREAM,
    Column("asked upstream", lambda job: counted(job.polls, "time")),
    Column("next time", lambda job: _shown_ms(job.next_poll_at_ms)),
    _HOLD,
    Column("request", lambda job: job.video.request_id),
    Column("url", lambda job: job.video.url),
)
RECONCILE_COLUMNS: Sequence[Column[VideoJob]] = (
    _VIDEO,
    _ACCOUNT,
    _MODEL,
    _INNER_STATE,
    Column("known", _known),
    _HOLD,
    _UPSTREAM,
    _ASKED,
    _DEADLINE,
    _LAST_ERROR,
)
