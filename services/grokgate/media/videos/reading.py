"""Looking at videos: one, a page of them, or one until it has ended."""

import asyncio
import re
from contextlib import suppress

from grokgate.api.media.v1.media_pb2 import VideoState
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.refusals import invalid
from grokgate.media.videos.answers import inner_states
from grokgate.media.videos.board import VideoBoard
from grokgate.media.videos.job import Job
from grokgate.media.videos.store import Listing, VideoStore

# As they are given to new videos: `videogen_` and a UUID without dashes.
_ID = re.compile(r"videogen_[0-9a-f]{32}")


class VideoReader:
    """Sees the jobs of this process as they are now, and all others as they are stored.

    An end is shown with its charge, or without it `settle_wait_s` later. `stopping` ends every
    wait. Those who wait for another's job look every `look_every_s`.
    """

    def __init__(
        self,
        store: VideoStore,
        board: VideoBoard,
        stopping: asyncio.Event,
        clock: Clock,
        *,
        settle_wait_s: float,
        look_every_s: float,
    ) -> None:
        self._store = store
        self._board = board
        self._stopping = stopping
        self._clock = clock
        self._settle_wait_ms = int(settle_wait_s * 1000)
        self._look_every_s = look_every_s

    async def find(self, job_id: str, account_id: str | None = None) -> Job:
        """A job, of an account if one is named; NOT_FOUND for those of others."""
        job = self._now(await self._store.find(job_id))
        if job is None or account_id not in {None, job.account_id}:
            raise GrokgateError(Reason.NOT_FOUND, "There is no such video.", param="id")
        return job

    async def wait(self, job_id: str, account_id: str, wait_s: float) -> Job:
        """A job when it has ended, when the wait is over, or when the room stops."""
        job = await self.find(job_id, account_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not (self._stopping.is_set() or self.shown(job).has_verdict):
                    await self._until_it_may_have_ended(job_id)
                    job = await self.find(job_id, account_id)
        return await self.find(job_id, account_id)

    async def page(
        self,
        *,
        limit: int | None,
        default: int,
        ceiling: int,
        after: str,
        state: VideoState.ValueType,
        account_id: str = "",
        outcome_unknown: bool = False,
    ) -> tuple[list[Job], bool]:
        """A page of jobs, newest first, and whether more follow; else INVALID_VALUE."""
        rows = default if limit is None else limit
        if not 1 <= rows <= ceiling:
            raise invalid("limit", f"use a whole number from 1 to {ceiling}")
        if after and not _ID.fullmatch(after):
            raise invalid("after", "use a video's id, such as the last one of the page before")
        states = inner_states(state)
        if state and not states:
            raise invalid("state", "use one of the states of a video")
        listing = Listing(
            limit=rows + 1,
            after=after,
            account_id=account_id,
            states=states,
            outcome_unknown=outcome_unknown,
        )
        jobs = await self._store.page(listing)
        return [self._now(job) or job for job in jobs[:rows]], len(jobs) > rows

    def shown(self, job: Job) -> Job:
        """A job as its owner sees it: whoever sees its end may stop looking."""
        charge_may_come = self._clock.now_ms() < job.finished_at_ms + self._settle_wait_ms
        owed = job.has_verdict and not job.settled
        return job.before_its_end() if owed and charge_may_come else job

    def _now(self, job: Job | None) -> Job | None:
        """A stored job as it is now."""
        video = self._board.find(job.id) if job is not None else None
        return job if video is None else video.job

    async def _until_it_may_have_ended(self, job_id: str) -> None:
        video = self._board.find(job_id)
        if video is None or video.ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_every_s):
                    await self._stopping.wait()
            return
        waits = [asyncio.create_task(one.wait()) for one in (video.ended, self._stopping)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
