"""Starts what is due: some jobs at once, and no more questions than upstream's keys bear."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from grokgate.chassis.clock import Clock
from grokgate.media.videos.board import OpenVideo, VideoBoard
from grokgate.media.videos.job import Job
from grokgate.media.videos.limits import VideoLimits
from grokgate.media.videos.schedule import Pace, Schedule
from grokgate.media.videos.states import State


class VideoDispatch:
    """Takes each planned job's next step, each by a task of its own.

    A step plans its job again, or ends it; so no job is in two tasks.
    """

    def __init__(
        self,
        *,
        board: VideoBoard,
        step: Callable[[OpenVideo], Awaitable[None]],
        limits: VideoLimits,
        clock: Clock,
    ) -> None:
        self._board = board
        self._step = step
        self._polls_per_second = limits.polls_per_second
        self._clock = clock
        self._schedule = Schedule[OpenVideo]()
        self._paces: dict[tuple[str, str], Pace] = {}
        self._slots = asyncio.Semaphore(limits.poll_concurrency)
        self._planned_earlier = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to start what is due."""
        task = asyncio.create_task(self._dispatch_for_ever(), name="video-dispatch")
        self._tasks.add(task)

    async def stop(self) -> None:
        """Start nothing more, and end what was started."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def plan(self, video: OpenVideo, delay_s: float) -> None:
        """Take a job's next step after a delay."""
        if self._schedule.put(video, self._clock.monotonic_ms() + delay_s * 1000):
            self._planned_earlier.set()

    def pause(self, job: Job, wait_ms: int) -> None:
        """Ask nothing with a job's key for a while: upstream limits it."""
        self._pace(job).pause(self._clock.monotonic_ms() + wait_ms)

    async def _dispatch_for_ever(self) -> None:
        while True:
            self._planned_earlier.clear()
            now_ms = self._clock.monotonic_ms()
            while (video := self._schedule.take(now_ms)) is not None:
                still_ours = self._board.find(video.job.id) is video
                if still_ours and not self._put_off(video, now_ms):
                    await self._slots.acquire()
                    self._run(video)
            await self._next_due()

    async def _next_due(self) -> None:
        due_ms = self._schedule.next_due_ms
        wait_s = None if due_ms is None else (due_ms - self._clock.monotonic_ms()) / 1000
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._planned_earlier.wait()

    def _put_off(self, video: OpenVideo, now_ms: float) -> bool:
        """Whether a question has to wait for its place in the rate."""
        if video.job.state is not State.POLLING or video.has_slot:
            video.has_slot = False
            return False
        slot_ms = self._pace(video.job).reserve(now_ms)
        if slot_ms <= now_ms:
            return False
        video.has_slot = True
        self._schedule.put(video, slot_ms)
        return True

    def _pace(self, job: Job) -> Pace:
        key = job.channel, job.upstream_key
        if key not in self._paces:
            self._paces[key] = Pace(self._polls_per_second)
        return self._paces[key]

    def _run(self, video: OpenVideo) -> None:
        task = asyncio.ensure_future(self._step(video))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
