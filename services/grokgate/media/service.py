"""The media room, wired: settings in, registered servicers out."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import grpc
import httpx

from grokgate.api.media.v1 import admin_pb2, media_pb2
from grokgate.api.media.v1.admin_pb2_grpc import add_VideoAdminServiceServicer_to_server
from grokgate.api.media.v1.media_pb2_grpc import add_MediaServiceServicer_to_server
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.clock import Clock
from grokgate.chassis.ids import IdSource
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.secrets import Secret
from grokgate.media.admin_servicer import VideoAdminServicer
from grokgate.media.callers import Callers
from grokgate.media.images.images import Images
from grokgate.media.servicer import MediaServicer
from grokgate.media.videos.limits import VideoLimits
from grokgate.media.videos.sqlite_store import SqliteVideoStore
from grokgate.media.videos.videos import Videos
from grokgate.metering.paid_work import PaidWork
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import Observer

_DEFAULT_LIMITS = VideoLimits()


class MediaRoom:
    """Serves MediaService and VideoAdminService.

    `upstreams` are by the catalogue's word for a channel. `content` fetches finished videos.
    `billing` is asked whose key came with a call. `database` is the file of the video jobs.
    """

    name = "media"
    service_names = (
        media_pb2.DESCRIPTOR.services_by_name["MediaService"].full_name,
        admin_pb2.DESCRIPTOR.services_by_name["VideoAdminService"].full_name,
    )

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        billing: grpc.aio.Channel,
        paid_work: PaidWork,
        upstreams: Mapping[str, XaiClient],
        content: httpx.AsyncBaseTransport,
        database: Path,
        admin_token: Secret,
        observer: Observer,
        clock: Clock,
        ids: IdSource,
        metrics: Metrics,
        video_limits: VideoLimits = _DEFAULT_LIMITS,
    ) -> None:
        self._paid_work = paid_work
        self._upstreams = upstreams
        self._content = content
        self.videos = Videos(
            store=SqliteVideoStore(database),
            holds=paid_work.standing_holds,
            upstreams=upstreams,
            content=content,
            limits=video_limits,
            clock=clock,
            ids=ids,
            registry=metrics.registry,
        )
        images = Images(
            catalog=catalog,
            paid_work=paid_work,
            upstreams=upstreams,
            observer=observer,
            clock=clock,
            ids=ids,
        )
        self._servicer = MediaServicer(
            images=images,
            videos=self.videos,
            callers=Callers(billing, clock),
            catalog=catalog,
            observer=observer,
            ids=ids,
        )
        self._admin = VideoAdminServicer(self.videos.reader, admin_token)

    def register(self, server: grpc.aio.Server) -> None:
        """Add both servicers."""
        add_MediaServiceServicer_to_server(self._servicer, server)
        add_VideoAdminServiceServicer_to_server(self._admin, server)

    async def start(self) -> None:
        """Open the jobs, connect to billing in the background; raises StartupError."""
        await self.videos.open()
        await self._paid_work.start()

    async def stop(self, grace_s: float) -> None:
        """Finish paid calls within the grace, deliver their endings, hang up, close."""
        await asyncio.gather(self.videos.stop(grace_s), self._paid_work.calls.stop(grace_s))
        await self._paid_work.stop(0)
        await self.videos.close()
        for upstream in self._upstreams.values():
            await upstream.aclose()
        await self._content.aclose()
