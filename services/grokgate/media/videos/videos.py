"""Video jobs as a whole: started, worked on, looked at, and left to others at the stop."""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import suppress

import httpx
from prometheus_client import CollectorRegistry

from grokgate.api.media.v1.media_pb2 import StartVideoResponse
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.media.videos.asked import AskedVideo
from grokgate.media.videos.board import VideoBoard
from grokgate.media.videos.content import VideoContent
from grokgate.media.videos.leases import VideoLeases
from grokgate.media.videos.limits import VideoLimits
from grokgate.media.videos.metrics import VideoMetrics
from grokgate.media.videos.reading import VideoReader
from grokgate.media.videos.starting import VideoStarter
from grokgate.media.videos.store import VideoStore
from grokgate.media.videos.worker import VideoWorker
from grokgate.media.videos.writes import VideoWrites
from grokgate.metering.paid_calls import PaidCalls
from grokgate.metering.standing_holds import StandingHolds
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import ObservedCall


class Videos:
    """One process's share of the jobs in a store, under a name of its own for its leases."""

    def __init__(
        self,
        *,
        store: VideoStore,
        holds: StandingHolds,
        upstreams: Mapping[str, XaiClient],
        content: httpx.AsyncBaseTransport,
        limits: VideoLimits,
        clock: Clock,
        ids: IdSource,
        registry: CollectorRegistry,
    ) -> None:
        self._store = store
        self._owner = ids.uuid()
        self._stopping = asyncio.Event()
        board = VideoBoard()
        # Nothing but the stop may cut a creation: whether its caller waits makes no difference.
        self._creations = PaidCalls(drain_limit=sys.maxsize, drain_timeout_s=limits.hard_deadline_s)
        self._writes = VideoWrites(store, self._owner, limits.lease_s, clock)
        self._leases = VideoLeases(
            store=store, writes=self._writes, board=board, holds=holds, limits=limits, clock=clock
        )
        self.worker = VideoWorker(
            board=board,
            writes=self._writes,
            holds=holds,
            upstreams=upstreams,
            leased=self._leases.good,
            limits=limits,
            metrics=VideoMetrics(registry, board.__len__),
            clock=clock,
        )
        self._starter = VideoStarter(
            store=store,
            owner=self._owner,
            writes=self._writes,
            board=board,
            worker=self.worker,
            holds=holds,
            upstreams=upstreams,
            limits=limits,
            clock=clock,
            ids=ids,
        )
        self.reader = VideoReader(
            store,
            board,
            self._stopping,
            clock,
            settle_wait_s=limits.settle_wait_s,
            look_every_s=limits.look_every_s,
        )
        self.content = VideoContent(
            content,
            idle_timeout_s=limits.content_idle_s,
            stall_timeout_s=limits.content_stall_s,
        )

    async def open(self) -> None:
        """Open the store and begin to work; raises StartupError."""
        await self._store.open()
        self._writes.start()
        self.worker.start()
        self._leases.start(self.worker)

    async def start(
        self, asked: AskedVideo, account_id: str, call: ObservedCall
    ) -> StartVideoResponse:
        """Make a new resource; cancelling the caller changes nothing. See VideoStarter."""
        if self._stopping.is_set():
            raise GrokgateError(Reason.OVERLOADED, "The gateway is stopping. Try again soon.")
        return await self._creations.run(self._starter.start(asked, account_id, call), account_id)

    async def stop(self, grace_s: float) -> None:
        """End all waits and questions, let creations end within the grace, leave jobs to others."""
        self._stopping.set()
        await self._creations.stop(grace_s)
        await self._leases.stop()
        await self.worker.stop(grace_s)
        await self._writes.stop()
        with suppress(GrokgateError):  # leases that are not given back run out
            await self._store.give_back(self._owner)

    async def close(self) -> None:
        """Close the store."""
        await self._store.close()
