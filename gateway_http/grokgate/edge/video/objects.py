"""How clients see their videos."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from grokgate.api.media.v1 import media_pb2
from grokgate.api.media.v1.media_pb2 import ListVideosResponse, Video, VideoState
from grokgate.edge.durations import seconds
from grokgate.edge.errors import public_words
from grokgate.edge.money import usd
from grokgate.edge.paid_endings import charged_usd_ticks, failure_of

STATUS_WORDS: dict[VideoState.ValueType, str] = {
    media_pb2.VIDEO_STATE_QUEUED: "queued",
    media_pb2.VIDEO_STATE_PROCESSING: "processing",
    media_pb2.VIDEO_STATE_SUCCEEDED: "succeeded",
    media_pb2.VIDEO_STATE_FAILED: "failed",
    media_pb2.VIDEO_STATE_EXPIRED: "expired",
}
_ENDED = frozenset(
    {
        media_pb2.VIDEO_STATE_SUCCEEDED,
        media_pb2.VIDEO_STATE_FAILED,
        media_pb2.VIDEO_STATE_EXPIRED,
    }
)

VideoStatus = Literal["queued", "processing", "succeeded", "failed", "expired"]


class VideoUsage(msgspec.Struct):
    """Seconds made, the charge in ticks, and what the provider says that it took of us, in USD.

    The charge is null until billing has taken it; the provider's cost if it told none.
    """

    seconds_generated: float
    cost_in_usd_ticks: int | None
    native_cost_usd: str | None


class VideoError(msgspec.Struct):
    """Why there is no video; the code is one of those of error answers."""

    code: str
    message: str


class VideoObject(msgspec.Struct, kw_only=True):
    """A video; times are Unix seconds, progress is percent.

    An ended one has `finished_at`, one that succeeded `url`, one that did not `error`, and one
    that succeeded or was charged `usage`.
    """

    object: Literal["video.generation"] = "video.generation"
    id: str
    status: VideoStatus
    model: str
    created_at: int
    progress: int
    duration_seconds: float
    resolution: str
    aspect_ratio: str | None
    request_id: str
    finished_at: int | UnsetType = UNSET
    url: str | UnsetType = UNSET
    error: VideoError | UnsetType = UNSET
    usage: VideoUsage | UnsetType = UNSET


class VideoPage(msgspec.Struct, kw_only=True):
    """Videos, newest first; `last_id` is the `after` of the next page."""

    object: Literal["list"] = "list"
    data: list[VideoObject]
    has_more: bool
    last_id: str | None


def has_ended(video: Video) -> bool:
    """Whether nothing more will happen to a video."""
    return video.state in _ENDED


def video_object(video: Video) -> VideoObject:
    """The answer of `GET /v1/video/generations/{id}`."""
    shown = VideoObject(
        id=video.id,
        status=STATUS_WORDS[video.state],  # type: ignore[arg-type]  # one of the words
        model=video.model,
        created_at=video.created_at,
        progress=video.progress,
        duration_seconds=seconds(video.duration_us),
        resolution=video.resolution,
        aspect_ratio=video.aspect_ratio or None,
        request_id=video.request_id,
    )
    succeeded = video.state == media_pb2.VIDEO_STATE_SUCCEEDED
    if has_ended(video):
        shown.finished_at = video.finished_at
    if succeeded:
        shown.url = video.url
    if video.HasField("failure"):
        code, message = public_words(failure_of(video))
        shown.error = VideoError(code, message)
    if succeeded or charged_usd_ticks(video):
        shown.usage = _usage(video, video.duration_us if succeeded else 0)
    return shown


def video_page(page: ListVideosResponse) -> VideoPage:
    """The answer of `GET /v1/video/generations`."""
    return VideoPage(
        data=[video_object(video) for video in page.videos],
        has_more=page.has_more,
        last_id=page.videos[-1].id if page.videos else None,
    )


def _usage(video: Video, made_us: int) -> VideoUsage:
    native = usd(video.provider_usd_ticks) if video.HasField("provider_usd_ticks") else None
    return VideoUsage(seconds(made_us), charged_usd_ticks(video), native)
