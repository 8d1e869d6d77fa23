"""Keeps the jobs of this process its own, and takes over those of processes that are gone."""

import asyncio
import logging

from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError
from grokgate.media.videos.board import OpenVideo, VideoBoard
from grokgate.media.videos.limits import VideoLimits
from grokgate.media.videos.store import VideoStore
from grokgate.media.videos.worker import VideoWorker
from grokgate.media.videos.writes import VideoWrites
from grokgate.metering.standing_holds import StandingHolds

_LOG = logging.getLogger(__name__)

# How many times a hold is extended in the time that it would live without it.
_EXTENSIONS = 3


class VideoLeases:
    """Makes its rounds: renews, stores progress, extends holds, and takes what is orphaned."""

    def __init__(
        self,
        *,
        store: VideoStore,
        writes: VideoWrites,
        board: VideoBoard,
        holds: StandingHolds,
        limits: VideoLimits,
        clock: Clock,
    ) -> None:
        self._store = store
        self._writes = writes
        self._board = board
        self._holds = holds
        self._limits = limits
        self._clock = clock
        self._until_ms = 0.0
        self._rounds: asyncio.Task[None] | None = None

    def good(self) -> bool:
        """Whether no other process can get our jobs before a question asked now has ended."""
        asked_until_ms = self._clock.monotonic_ms() + self._limits.poll_timeout_s * 1000
        return asked_until_ms < self._until_ms

    def start(self, worker: VideoWorker) -> None:
        """Begin the rounds, which bring the worker its jobs."""
        self._rounds = asyncio.create_task(self._round_for_ever(worker), name="video-leases")

    async def stop(self) -> None:
        """Make no more rounds."""
        if self._rounds is not None:
            self._rounds.cancel()
            await asyncio.wait([self._rounds])

    async def _round_for_ever(self, worker: VideoWorker) -> None:
        while True:
            try:
                await self.round(worker)
            except GrokgateError as error:
                _LOG.warning("a round of the video leases failed", extra={"error": repr(error)})
            except Exception:  # noqa: BLE001  # the next round may go better
                _LOG.exception("a round of the video leases broke")
            await asyncio.sleep(self._limits.renew_s)

    async def round(self, worker: VideoWorker) -> None:
        """Make one round; raises OVERLOADED when the store fails."""
        known = [video.job.id for video in self._board]
        until_ms = self._clock.monotonic_ms() + self._limits.lease_s * 1000
        kept = await self._store.renew(self._writes.lease())
        self._until_ms = until_ms
        for job_id in known:
            if job_id not in kept:
                self._board.drop(job_id)
        self._extend_holds()
        await self._save_progress()
        for job in await self._store.take(self._writes.lease(), self._clock.now_ms()):
            _LOG.info("took a video over", extra={"video": job.id, "state": job.state})
            worker.adopt(job)

    def _extend_holds(self) -> None:
        now_ms = self._clock.monotonic_ms()
        for video in self._board:
            if not video.job.has_verdict and self._is_due(video, now_ms):
                video.extended_at_ms = now_ms
                self._holds.extend(
                    video.job.hold_id,
                    self._limits.hold_expiry_ms,
                    reached_upstream=video.job.reached_upstream,
                )

    def _is_due(self, video: OpenVideo, now_ms: int) -> bool:
        extended_at_ms = video.extended_at_ms
        every_ms = self._limits.hold_expiry_ms // _EXTENSIONS
        return extended_at_ms is None or now_ms - extended_at_ms >= every_ms

    async def _save_progress(self) -> None:
        unsaved = [video for video in self._board if video.unsaved and video.verdict is None]
        for video in unsaved:
            video.unsaved = False
        try:
            lost = await self._writes.put_all(video.job for video in unsaved)
        except GrokgateError:
            for video in unsaved:
                video.unsaved = True
            raise
        for job_id in lost:
            self._board.drop(job_id)
