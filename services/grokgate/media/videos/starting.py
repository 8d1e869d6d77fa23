"""Starting a video: store, hold, store, ask once, store."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from grokgate.api.media.v1.media_pb2 import StartVideoResponse
from grokgate.api.types.v1.rate_limits_pb2 import RateLimits
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.media.videos import verdicts
from grokgate.media.videos.answers import public_video
from grokgate.media.videos.asked import AskedVideo
from grokgate.media.videos.board import VideoBoard
from grokgate.media.videos.job import Job
from grokgate.media.videos.limits import VideoLimits
from grokgate.media.videos.states import State
from grokgate.media.videos.store import VideoStore
from grokgate.media.videos.worker import VideoWorker
from grokgate.media.videos.writes import VideoWrites
from grokgate.metering.standing_holds import StandingHolds
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.observing import ObservedCall
from grokgate.xai.videos import PATH, read_created

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Reached:
    """Told by the client whether upstream may have begun."""

    reached_upstream: bool = False


class VideoStarter:
    """Begins jobs. What was sent upstream is never sent again, whatever becomes of the answer."""

    def __init__(
        self,
        *,
        store: VideoStore,
        owner: str,
        writes: VideoWrites,
        board: VideoBoard,
        worker: VideoWorker,
        holds: StandingHolds,
        upstreams: Mapping[str, XaiClient],
        limits: VideoLimits,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._owner = owner
        self._writes = writes
        self._board = board
        self._worker = worker
        self._holds = holds
        self._upstreams = upstreams
        self._limits = limits
        self._clock = clock
        self._ids = ids

    async def start(
        self, asked: AskedVideo, account_id: str, call: ObservedCall
    ) -> StartVideoResponse:
        """The new resource, once upstream has told its id or its answer is lost.

        Raises what billing or upstream refuses it with. A refusal that upstream bills is no error
        but a failed video with its charge.
        """
        if len(self._board) >= self._limits.open_ceiling:
            raise GrokgateError(
                Reason.OVERLOADED, "Too many videos are under way.", retry_after_ms=5000
            )
        job = self._accepted(asked, account_id)
        await self._writes.put(job)
        rate_limits = await self._held(job, asked)
        job = await self._announced(job)
        job = await self._submitted(job, asked, call)
        return StartVideoResponse(video=public_video(job), rate_limits=rate_limits)

    def _accepted(self, asked: AskedVideo, account_id: str) -> Job:
        now_ms = self._clock.now_ms()
        end_ms = now_ms + int(self._limits.hard_deadline_s * 1000)
        return asked.job(
            self._ids.prefixed("videogen"), self._ids.uuid(), account_id, now_ms, end_ms
        )

    async def _held(self, job: Job, asked: AskedVideo) -> RateLimits:
        """Place the hold; of a job that billing refuses nothing is left."""
        request = asked.hold_request(job, self._limits.hold_expiry_ms)
        try:
            placed = await self._holds.place(request)
        except GrokgateError:
            await self._forget(job)
            raise
        except BaseException:  # cut by the stop, or a defect
            self._worker.adopt(job)
            raise
        return placed.rate_limits

    async def _forget(self, job: Job) -> None:
        try:
            await self._store.delete(job.id, self._owner)
        except GrokgateError:
            self._worker.adopt(job)  # to be failed once the store works again

    async def _announced(self, accepted: Job) -> Job:
        """The job, after the store knows that upstream is about to be asked."""
        job = accepted.move(State.SUBMITTING, reached_upstream=True)
        try:
            stored = await self._writes.put(job)
        except GrokgateError:
            self._worker.adopt(accepted)
            raise
        if not stored:
            raise GrokgateError(Reason.OVERLOADED, "The gateway was too slow. Try again.")
        return job

    async def _submitted(self, job: Job, asked: AskedVideo, call: ObservedCall) -> Job:
        reached = _Reached()
        try:
            job = await self._created(job, asked, call, reached)
        except UpstreamError as error:
            if not (error.answer_lost and reached.reached_upstream):
                return await self._refused(job, error)
            job = verdicts.lost(job, error.alarm)
        except BaseException:  # cut by the stop, or a defect
            sent = reached.reached_upstream
            verdict = None if sent else verdicts.never_sent(job, self._clock.now_ms())
            self._worker.adopt(job, verdict=verdict)
            raise
        await self._remember(job)
        return job

    async def _created(
        self, job: Job, asked: AskedVideo, call: ObservedCall, reached: _Reached
    ) -> Job:
        """Ask upstream, once."""
        body = await asked.upstream_body()
        client = self._upstreams[job.channel]
        with asked.observed(call) as upstream:
            created = await client.create(PATH, body, reached, upstream.traceparent)
            upstream_id = read_created(created.body)
            upstream.answered(upstream_id)
        first_ms = self._clock.now_ms() + int(self._limits.poll_first_s * 1000)
        return job.move(
            State.POLLING,
            upstream_id=upstream_id,
            upstream_key=created.key_name,
            next_poll_at_ms=min(first_ms, job.deadline_at_ms),
        )

    async def _remember(self, job: Job) -> None:
        """Work on the job from now on; what the store does not take now it is given later."""
        delay_ms = job.next_poll_at_ms - self._clock.now_ms()
        video = self._worker.adopt(job, max(0, delay_ms / 1000))
        try:
            stored = await self._writes.put(job)
        except GrokgateError:
            video.unsaved = True
            return
        if not stored:
            _LOG.error(
                "another process took a video over before its id was known",
                extra={"video": job.id, "upstream_id": job.upstream_id},
            )
            self._board.drop(job.id)

    async def _refused(self, job: Job, error: UpstreamError) -> Job:
        """End a job that upstream refused; raises unless there is a charge to tell of."""
        failed = verdicts.refused(job, error, self._clock.now_ms())
        video = self._board.add(job)
        await self._worker.conclude(video, failed)
        if failed.provider_usd_ticks is None and not failed.content_violation:
            raise error.error from error
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.settle_wait_s):
                await video.ended.wait()
        return video.job if video.job.has_verdict else failed
