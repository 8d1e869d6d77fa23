"""The media RPCs: images, and videos as resources."""
# ruff: noqa: N802  # the contract names the RPCs

from grokgate.api.media.v1 import media_pb2 as pb
from grokgate.api.media.v1.media_pb2_grpc import MediaServiceServicer
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.calls import read_call
from grokgate.chassis.ids import IdSource
from grokgate.chassis.refusals import invalid
from grokgate.chassis.rpc_types import Context
from grokgate.media.callers import Callers
from grokgate.media.images.images import Images
from grokgate.media.videos.answers import public_video
from grokgate.media.videos.asked import read_asked
from grokgate.media.videos.job import Job
from grokgate.media.videos.videos import Videos
from grokgate.xai.observing import Observer

_PAGE_ROWS = 20
_PAGE_CEILING = 100
_WAIT_CEILING_MS = 600_000


class MediaServicer(MediaServiceServicer):
    """Implements MediaService; see the contract for each RPC's errors."""

    def __init__(
        self,
        *,
        images: Images,
        videos: Videos,
        callers: Callers,
        catalog: LiveCatalog,
        observer: Observer,
        ids: IdSource,
    ) -> None:
        self._images = images
        self._videos = videos
        self._callers = callers
        self._catalog = catalog
        self._observer = observer
        self._ids = ids

    async def GenerateImages(
        self, request: pb.GenerateImagesRequest, context: Context
    ) -> pb.GenerateImagesResponse:
        """Draw from a prompt."""
        return await self._images.generate(request, context)

    async def EditImages(
        self, request: pb.EditImagesRequest, context: Context
    ) -> pb.EditImagesResponse:
        """Draw upon images."""
        return await self._images.edit(request, context)

    async def StartVideo(
        self, request: pb.StartVideoRequest, context: Context
    ) -> pb.StartVideoResponse:
        """Refuse, or make a resource; once it is stored it outlives its caller."""
        with self._observer.call("media") as observed:
            call = read_call(context.invocation_metadata(), self._ids)
            call.require_key()
            asked = read_asked(request, call, self._catalog.current)
            account_id = await self._callers.account_id(call)
            return await self._videos.start(asked, account_id, observed)

    async def GetVideo(self, request: pb.GetVideoRequest, context: Context) -> pb.GetVideoResponse:
        """Show a video of the caller's."""
        account_id = await self._account_id(context)
        job = await self._videos.reader.find(request.id, account_id)
        return pb.GetVideoResponse(video=self._shown(job))

    async def WaitForVideo(
        self, request: pb.WaitForVideoRequest, context: Context
    ) -> pb.WaitForVideoResponse:
        """Show a video of the caller's when it has ended, or the wait is over."""
        account_id = await self._account_id(context)
        if not 0 <= request.max_wait_ms <= _WAIT_CEILING_MS:
            raise invalid("max_wait_ms", f"use a whole number from 0 to {_WAIT_CEILING_MS}")
        wait_s = request.max_wait_ms / 1000
        job = await self._videos.reader.wait(request.id, account_id, wait_s)
        return pb.WaitForVideoResponse(video=self._shown(job))

    async def ListVideos(
        self, request: pb.ListVideosRequest, context: Context
    ) -> pb.ListVideosResponse:
        """List the caller's videos."""
        jobs, has_more = await self._videos.reader.page(
            limit=request.limit if request.HasField("limit") else None,
            default=_PAGE_ROWS,
            ceiling=_PAGE_CEILING,
            after=request.after,
            state=request.state,
            account_id=await self._account_id(context),
        )
        return pb.ListVideosResponse(videos=map(self._shown, jobs), has_more=has_more)

    async def StreamVideoContent(  # type: ignore[override]  # writes by itself
        self, request: pb.StreamVideoContentRequest, context: Context
    ) -> None:
        """Pass a video of the caller's through."""
        account_id = await self._account_id(context)
        job = await self._videos.reader.find(request.id, account_id)
        await self._videos.content.stream(job, request.range, context)

    def _shown(self, job: Job) -> pb.Video:
        return public_video(self._videos.reader.shown(job))

    async def _account_id(self, context: Context) -> str:
        call = read_call(context.invocation_metadata(), self._ids)
        return await self._callers.account_id(call)
