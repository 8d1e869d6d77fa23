"""A request for a video that may be held for, with what was worked out about it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import msgspec

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest
from grokgate.api.media.v1.media_pb2 import StartVideoRequest
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.catalog.models import Catalog, Model
from grokgate.catalog.options import VideoOptions
from grokgate.catalog.selection import select_model_without_suffix
from grokgate.chassis.calls import Call
from grokgate.chassis.refusals import check_user, invalid, missing, not_one_of
from grokgate.media.images.inputs import check_input, upstream_json
from grokgate.media.videos.endings import quantities
from grokgate.media.videos.job import Job
from grokgate.media.videos.states import State
from grokgate.xai.observing import ObservedCall, UpstreamCall
from grokgate.xai.videos import PATH

_ENDPOINT = "video_generations"
# The most that an amount can be: every number that billing takes is below it.
_TOO_MANY_TICKS = 2**53


@dataclass(frozen=True, slots=True)
class AskedVideo:
    """What a caller asks, of which model. `aspect_ratio` is empty when it is left to the model."""

    call: Call
    request: StartVideoRequest
    model: Model
    duration_seconds: int
    resolution: str
    aspect_ratio: str

    def job(self, job_id: str, hold_id: str, account_id: str, now_ms: int, end_ms: int) -> Job:
        """The job, accepted now, with a hard deadline."""
        return Job(
            id=job_id,
            account_id=account_id,
            request_id=self.call.request_id,
            model=self.model.id,
            channel=self.model.channel,
            state=State.ACCEPTED,
            hold_id=hold_id,
            created_at_ms=now_ms,
            deadline_at_ms=end_ms,
            duration_us=self.duration_seconds * 1_000_000,
            resolution=self.resolution,
            aspect_ratio=self.aspect_ratio,
            images_in=int(self.request.HasField("image")),
        )

    def hold_request(self, job: Job, expires_in_ms: int) -> PlaceHoldRequest:
        """What the video will cost, for billing."""
        request = PlaceHoldRequest(
            hold_id=job.hold_id,
            api_key=self.call.api_key.reveal(),
            endpoint=Endpoint.ENDPOINT_VIDEO_GENERATIONS,
            model=self.model.id,
            worst_case=quantities(job),
            expires_in_ms=expires_in_ms,
            request_id=self.call.request_id,
            client_request_id=self.call.client_request_id,
            user=self.request.user,
        )
        if self.request.HasField("max_hold_usd_ticks"):
            request.max_hold_usd_ticks = self.request.max_hold_usd_ticks
        return request

    def observed(self, call: ObservedCall) -> AbstractContextManager[UpstreamCall]:
        """The length of asking upstream to create it."""
        return call.upstream(
            PATH,
            operation="video_generation",
            model=self.model.upstream_model,
            traceparent=self.call.traceparent,
        )

    async def upstream_body(self) -> bytes:
        """The request, for upstream.

        Length and resolution are always sent, so that what is made is what was held for.
        """
        body: dict[str, Any] = {
            "model": self.model.upstream_model,
            "duration": self.duration_seconds,
            "resolution": self.resolution,
        }
        if self.request.prompt:
            body["prompt"] = self.request.prompt
        if self.aspect_ratio:
            body["aspect_ratio"] = self.aspect_ratio
        if self.request.HasField("image"):
            body["image"] = await upstream_json(self.request.image)
        if self.request.user:
            body["user"] = self.request.user
        return msgspec.json.encode(body)


def read_asked(request: StartVideoRequest, call: Call, catalog: Catalog) -> AskedVideo:
    """The request, checked; upstream would answer any other with a refusal, or with a bill.

    Raises MISSING_PARAMETER, INVALID_VALUE, UNSUPPORTED_CAPABILITY, UNSUPPORTED_OPERATION,
    MODEL_NOT_FOUND, MODEL_RETIRED.
    """
    model = select_model_without_suffix(catalog, request.model, _ENDPOINT)
    has = _options(model)
    if request.HasField("image"):
        check_input(request.image, "image.url")
    _check_prompt(request, model.max_prompt_length)
    check_user(request.user)
    if not 0 <= request.max_hold_usd_ticks < _TOO_MANY_TICKS:
        raise invalid("max_budget_usd", "use an amount of at least 0 USD and below 900 000 USD")
    return AskedVideo(
        call=call,
        request=request,
        model=model,
        duration_seconds=_duration_seconds(request, has),
        resolution=_choice(request, "resolution", has.resolutions) or has.resolutions[0],
        aspect_ratio=_choice(request, "aspect_ratio", has.aspect_ratios),
    )


def _options(model: Model) -> VideoOptions:
    assert model.video is not None  # noqa: S101  # the catalogue refuses such an entry
    return model.video


def _check_prompt(request: StartVideoRequest, max_characters: int) -> None:
    if not (request.prompt.strip() or request.HasField("image")):
        raise missing("prompt", "say what to show, or send an image to start from")
    characters = len(request.prompt)
    if max_characters and characters > max_characters:
        raise invalid("prompt", f"it has {characters} characters; use at most {max_characters}")


def _duration_seconds(request: StartVideoRequest, has: VideoOptions) -> int:
    if not request.HasField("duration_seconds"):
        return has.default_duration_seconds
    shortest, longest = has.min_duration_seconds, has.max_duration_seconds
    if not shortest <= request.duration_seconds <= longest:
        raise invalid("duration_seconds", f"use a whole number from {shortest} to {longest}")
    return request.duration_seconds


def _choice(request: StartVideoRequest, name: str, choices: tuple[str, ...]) -> str:
    """The caller's word; empty when there is none."""
    if not request.HasField(name):  # type: ignore[arg-type]  # one of its optional fields
        return ""
    word: str = getattr(request, name)
    if word not in choices:
        raise not_one_of(name, word, choices)
    return word
