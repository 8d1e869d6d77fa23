"""Works on the jobs of this process: asks upstream, stores the verdict, tells billing."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping

from grokgate.chassis.clock import Clock
from grokgate.media.videos import verdicts
from grokgate.media.videos.board import OpenVideo, VideoBoard
from grokgate.media.videos.dispatch import VideoDispatch
from grokgate.media.videos.endings import ending
from grokgate.media.videos.job import Job
from grokgate.media.videos.limits import VideoLimits
from grokgate.media.videos.metrics import VideoMetrics
from grokgate.media.videos.states import State
from grokgate.media.videos.writes import VideoWrites
from grokgate.metering.standing_holds import StandingHolds
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.videos import Answer, Missing, Unclear, read_answer, video_path

_LOG = logging.getLogger(__name__)

# Not the shared generator, which others seed.
_RANDOM = random.SystemRandom()

# What a wait is varied by, so that jobs which began together are not asked about together.
_JITTER = 0.2
# After a failure of the store.
_STORE_RETRY_S = 1.0
# Before an ending that was not taken is first sent again.
_RETRY_FIRST_S = 0.5
# How often the operator is told of the same trouble, which may concern every job.
_ALARM_EVERY_MS = 60_000
# How long upstream is left alone that limits the rate without saying for how long.
_LIMITED_MS = 1000


class VideoWorker:
    """Does what is due, each job by one task at a time, and never without its lease.

    `leased` tells whether this process may ask upstream. A verdict is durable before billing is
    told of it, and is owed to billing until it was taken.
    """

    def __init__(
        self,
        *,
        board: VideoBoard,
        writes: VideoWrites,
        holds: StandingHolds,
        upstreams: Mapping[str, XaiClient],
        leased: Callable[[], bool],
        limits: VideoLimits,
        metrics: VideoMetrics,
        clock: Clock,
        jitter: Callable[[], float] = _RANDOM.random,
    ) -> None:
        self._board = board
        self._writes = writes
        self._holds = holds
        self._upstreams = upstreams
        self._leased = leased
        self._limits = limits
        self._metrics = metrics
        self._clock = clock
        self._jitter = jitter
        self._dispatch = VideoDispatch(board=board, step=self._step, limits=limits, clock=clock)
        self._deliveries: set[asyncio.Task[None]] = set()
        self._alarmed_at_ms: dict[str, int] = {}

    def start(self) -> None:
        """Begin to work."""
        self._dispatch.start()

    async def stop(self, grace_s: float) -> None:
        """Ask no more; give billing the grace to take the endings that it was told of."""
        await self._dispatch.stop()
        if self._deliveries:
            await asyncio.wait(self._deliveries, timeout=grace_s)
        for late in list(self._deliveries):
            late.cancel()
            await asyncio.wait([late])

    def adopt(self, job: Job, delay_s: float = 0, verdict: Job | None = None) -> OpenVideo:
        """Work on a job from now on, first after a delay; its verdict may be known already."""
        video = self._board.add(job)
        video.verdict = verdict
        self._dispatch.plan(video, delay_s)
        return video

    async def conclude(self, video: OpenVideo, verdict: Job) -> None:
        """Store a verdict and begin to tell billing; or plan another try."""
        video.verdict = verdict
        try:
            if not await self._writes.put(verdict):
                self._board.drop(verdict.id)
                return
        except Exception:  # noqa: BLE001  # a verdict is not given up
            _LOG.exception("a video's verdict was not stored", extra={"video": verdict.id})
            self._dispatch.plan(video, _STORE_RETRY_S)
            return
        self._metrics.ends.labels(verdict.state).inc()
        _LOG.info("a video ended", extra={"video": verdict.id, "state": verdict.state})
        video.job = verdict
        self.deliver(video)

    def deliver(self, video: OpenVideo) -> None:
        """Begin to tell billing of a stored verdict."""
        delivery = asyncio.create_task(self._deliver(video))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)

    async def _step(self, video: OpenVideo) -> None:
        """What a job's state asks for; it is planned again, or has ended."""
        job, now_ms = video.job, self._clock.now_ms()
        try:
            if job.has_verdict:
                self.deliver(video)
            elif video.verdict is not None:
                await self.conclude(video, video.verdict)
            elif job.state is State.POLLING:
                await self._poll(video)
            elif job.state is State.ACCEPTED:
                await self.conclude(video, verdicts.never_sent(job, now_ms))
            elif job.state is State.SUBMITTING:
                await self._lose(video)
            elif now_ms >= job.deadline_at_ms:
                await self.conclude(video, verdicts.expired(job, now_ms))
            else:
                self._dispatch.plan(video, (job.deadline_at_ms - now_ms) / 1000)
        except Exception:  # noqa: BLE001  # one job's defect must not stop the others
            _LOG.exception("a step of a video job broke", extra={"video": job.id})
            self._dispatch.plan(video, self._limits.poll_ceiling_s)

    async def _lose(self, video: OpenVideo) -> None:
        """A job of a process that died while it asked upstream to create it."""
        job = verdicts.lost(video.job, "the gateway stopped while it asked upstream")
        if await self._writes.put(job):
            video.job = job
            self._dispatch.plan(video, 0)
        else:
            self._board.drop(job.id)

    async def _poll(self, video: OpenVideo) -> None:
        if not self._leased():
            self._dispatch.plan(video, self._limits.renew_s)
            return
        answer = await self._ask(video.job)
        now_ms = self._clock.now_ms()
        video.missing = video.missing + 1 if isinstance(answer, Missing) else 0
        job = verdicts.answered(video.job, answer, now_ms, video.missing)
        if not job.has_verdict and now_ms >= job.deadline_at_ms:
            job = verdicts.expired(job, now_ms)
        self._metrics.polls.labels(type(answer).__name__.lower()).inc()
        if job.has_verdict:
            await self.conclude(video, job)
        else:
            self._ask_later(video, job, answer)

    async def _ask(self, job: Job) -> Answer:
        client = self._upstreams.get(job.channel)
        if client is None:
            return self._trouble(f"no upstream is configured for the channel {job.channel}")
        try:
            fetched = await client.get(
                video_path(job.upstream_id),
                key_name=job.upstream_key,
                timeout_s=self._limits.poll_timeout_s,
            )
        except UpstreamError as error:
            return self._trouble(error.alarm or error.error.message)
        answer = read_answer(fetched)
        if isinstance(answer, Unclear) and answer.limited:
            wait_ms = _LIMITED_MS if answer.retry_after_ms is None else answer.retry_after_ms
            self._dispatch.pause(job, wait_ms)
        return answer

    def _ask_later(self, video: OpenVideo, job: Job, answer: Answer) -> None:
        before = video.job
        video.unsaved |= (job.progress, job.last_error) != (before.progress, before.last_error)
        wait_s = self._next_wait_s(video)
        if isinstance(answer, Unclear) and answer.retry_after_ms:
            wait_s = max(wait_s, answer.retry_after_ms / 1000)
        left_s = (job.deadline_at_ms - self._clock.now_ms()) / 1000
        wait_s = max(0, min(wait_s, left_s))
        video.job = job.change(next_poll_at_ms=self._clock.now_ms() + int(wait_s * 1000))
        self._dispatch.plan(video, wait_s)

    def _next_wait_s(self, video: OpenVideo) -> float:
        limits = self._limits
        longer_s = max(video.interval_s * limits.poll_growth, limits.poll_first_s)
        video.interval_s = min(longer_s, limits.poll_ceiling_s)
        return video.interval_s * (1 - _JITTER * self._jitter())

    async def _deliver(self, video: OpenVideo) -> None:
        """Send the ending of a stored verdict until billing has taken it, and remember that."""
        delivery = asyncio.create_task(self._holds.end(ending(video.job)))
        try:
            await asyncio.wait([delivery], timeout=self._limits.settle_wait_s)
            if not delivery.done():
                video.ended.set()  # those who wait get the video without its charge
            charge = await delivery
            job = video.job.change(
                settled=True, charge_usd_ticks=charge.usd_ticks, charge_basis=charge.basis
            )
            await self._writes.put(job)
        except Exception as error:  # noqa: BLE001  # an ending is owed until it was taken
            self._deliver_later(video, error)
        else:
            video.job = job
            self._board.drop(job.id)
        finally:
            delivery.cancel()

    def _deliver_later(self, video: OpenVideo, error: Exception) -> None:
        """Billing refused the ending, which an operator may mend, or the store failed."""
        video.ended.set()
        wait_s = max(_RETRY_FIRST_S, min(2 * video.retry_s, self._limits.retry_ceiling_s))
        video.retry_s = wait_s
        _LOG.error(
            "a video's ending was not taken",
            extra={"video": video.job.id, "hold_id": video.job.hold_id, "error": repr(error)},
        )
        self._dispatch.plan(video, wait_s)

    def _trouble(self, why: str) -> Unclear:
        """No answer; tell the operator once in a while."""
        now_ms = self._clock.monotonic_ms()
        if now_ms >= self._alarmed_at_ms.get(why, now_ms - _ALARM_EVERY_MS) + _ALARM_EVERY_MS:
            self._alarmed_at_ms[why] = now_ms
            _LOG.error("upstream cannot be asked about videos: %s", why)
        return Unclear(why)
