"""A media service that does what a test told it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import grpc.aio
from google.protobuf.message import Message

from grokgate.api.media.v1 import media_pb2, media_pb2_grpc
from grokgate.api.media.v1.media_pb2 import (
    EditImagesRequest,
    EditImagesResponse,
    GenerateImagesRequest,
    GenerateImagesResponse,
    GetVideoRequest,
    GetVideoResponse,
    Image,
    Images,
    ListVideosRequest,
    ListVideosResponse,
    StartVideoRequest,
    StartVideoResponse,
    StreamVideoContentRequest,
    StreamVideoContentResponse,
    Video,
    VideoContentInfo,
    WaitForVideoRequest,
    WaitForVideoResponse,
)
from grokgate.api.types.v1 import money_pb2
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.rate_limits_pb2 import RateLimit, RateLimits
from grokgate.chassis.errors import GrokgateError
from tests.edge.aborting import abort

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "

LIMITS = RateLimits(requests=RateLimit(limit=60, remaining=59, reset_ms=1000))

Asked = TypeVar("Asked", bound=Message)
Contents = Callable[[StreamVideoContentRequest], AsyncIterator[StreamVideoContentResponse]]


def drawn(**fields: Any) -> Images:
    """What an image call gives."""
    known: dict[str, Any] = {
        "created_at": 1_780_000_000,
        "model": "xai/grok-imagine-image",
        "images": [
            Image(url="https://imgen.x.ai/1.jpeg", mime_type="image/jpeg", revised_prompt="A lamp.")
        ],
        "charge": Charge(usd_ticks=200_000_000, basis=money_pb2.CHARGE_BASIS_PROVIDER),
        "rate_limits": LIMITS,
    }
    return Images(**known | fields)


def processing(**fields: Any) -> Video:
    """A video that is being made."""
    known: dict[str, Any] = {
        "id": "videogen_1",
        "model": "xai/grok-imagine-video",
        "state": media_pb2.VIDEO_STATE_PROCESSING,
        "progress": 42,
        "created_at": 1_780_000_000,
        "duration_us": 5_000_000,
        "resolution": "480p",
        "request_id": "req_1",
    }
    return Video(**known | fields)


def succeeded(**fields: Any) -> Video:
    """A video that is done."""
    known: dict[str, Any] = {
        "state": media_pb2.VIDEO_STATE_SUCCEEDED,
        "progress": 100,
        "finished_at": 1_780_000_060,
        "url": "https://vidgen.x.ai/1.mp4",
        "charge": Charge(usd_ticks=2_500_000_000, basis=money_pb2.CHARGE_BASIS_PROVIDER),
        "provider_usd_ticks": 2_500_000_000,
    }
    return processing(**known | fields)


def failed(**fields: Any) -> Video:
    """A video that the provider refused, and took money for."""
    failure = Failure(reason="CONTENT_MODERATED", message="Rejected by content moderation.")
    charge = Charge(usd_ticks=500_000_000, basis=money_pb2.CHARGE_BASIS_PROVIDER)
    known: dict[str, Any] = {
        "state": media_pb2.VIDEO_STATE_FAILED,
        "finished_at": 1_780_000_060,
        "failure": failure,
        "charge": charge,
    }
    return processing(**known | fields)


async def small_content(request: StreamVideoContentRequest) -> AsyncIterator[Any]:
    """Ten bytes, or a part of them if a range is asked for."""
    if request.range:
        info = VideoContentInfo(content_type="video/mp4", length=2, content_range="bytes 1-2/10")
        yield StreamVideoContentResponse(info=info)
        yield StreamVideoContentResponse(data=b"12")
        return
    info = VideoContentInfo(content_type="video/mp4", length=10)
    yield StreamVideoContentResponse(info=info)
    yield StreamVideoContentResponse(data=b"01234")
    yield StreamVideoContentResponse(data=b"56789")


class FakeMediaService(media_pb2_grpc.MediaServiceServicer):
    """Draws `images`; a video starts as `started` and is `video` afterwards.

    With `error` every call fails. `requests` has what it was asked.
    """

    def __init__(self) -> None:
        self.images = drawn()
        self.started = processing()
        self.video = succeeded()
        self.videos = ListVideosResponse(videos=[processing(), succeeded()])
        self.contents: Contents = small_content
        self.error: GrokgateError | None = None
        self.wait_ends: asyncio.Event | None = None
        self.is_waited_for = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.requests: list[Message] = []

    def only(self, kind: type[Asked]) -> Asked:
        """The one request that came, of the kind that is expected."""
        [request] = self.requests
        assert isinstance(request, kind)
        return request

    async def GenerateImages(  # noqa: N802  # gRPC's name
        self, request: GenerateImagesRequest, context: Any
    ) -> GenerateImagesResponse:
        await self._receive(request, context)
        return GenerateImagesResponse(images=self.images)

    async def EditImages(  # noqa: N802  # gRPC's name
        self, request: EditImagesRequest, context: Any
    ) -> EditImagesResponse:
        await self._receive(request, context)
        return EditImagesResponse(images=self.images)

    async def StartVideo(  # noqa: N802  # gRPC's name
        self, request: StartVideoRequest, context: Any
    ) -> StartVideoResponse:
        await self._receive(request, context)
        return StartVideoResponse(video=self.started, rate_limits=LIMITS)

    async def GetVideo(self, request: GetVideoRequest, context: Any) -> GetVideoResponse:  # noqa: N802  # gRPC's name
        await self._receive(request, context)
        return GetVideoResponse(video=self.video)

    async def WaitForVideo(  # noqa: N802  # gRPC's name
        self, request: WaitForVideoRequest, context: Any
    ) -> WaitForVideoResponse:
        self.requests.append(request)
        self.is_waited_for.set()
        if self.wait_ends is not None:
            try:
                await self.wait_ends.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        if self.error is not None:
            await abort(context, self.error)
        return WaitForVideoResponse(video=self.video)

    async def ListVideos(self, request: ListVideosRequest, context: Any) -> ListVideosResponse:  # noqa: N802  # gRPC's name
        await self._receive(request, context)
        return self.videos

    async def StreamVideoContent(  # type: ignore[override]  # noqa: N802  # gRPC's name; written by hand
        self, request: StreamVideoContentRequest, context: Any
    ) -> None:
        await self._receive(request, context)
        try:
            async for piece in self.contents(request):
                await context.write(piece)
        except GrokgateError as error:
            await abort(context, error)
        except (asyncio.CancelledError, grpc.aio.BaseError):  # the latter for a write
            self.cancelled.set()
            raise

    async def _receive(self, request: Message, context: Any) -> None:
        self.requests.append(request)
        if self.error is not None:
            await abort(context, self.error)
