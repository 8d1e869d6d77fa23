"""Rows of jobs on their way into the store: what gathers while a commit runs is one commit."""

import asyncio
import logging
from collections.abc import Iterable, Iterator

from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.media.videos.job import Job
from grokgate.media.videos.store import Lease, VideoStore

_LOG = logging.getLogger(__name__)

_Outcome = asyncio.Future[bool]


class VideoWrites:
    """The one way by which a process writes its jobs, in the order in which they changed."""

    def __init__(self, store: VideoStore, owner: str, lease_s: float, clock: Clock) -> None:
        self._store = store
        self._owner = owner
        self._lease_ms = int(lease_s * 1000)
        self._clock = clock
        self._waiting: dict[str, tuple[Job, list[_Outcome]]] = {}
        self._something_waits = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin to write."""
        self._writing = asyncio.create_task(self._write_for_ever(), name="video-writes")

    async def stop(self) -> None:
        """Write what waits, and no more."""
        self._stopping = True
        self._something_waits.set()
        if self._writing is not None:
            await self._writing

    def lease(self) -> Lease:
        """A lease from now on."""
        return Lease(self._owner, self._clock.now_ms() + self._lease_ms)

    async def put(self, job: Job) -> bool:
        """Whether the job is durable; False when another process has the lease on it now.

        Raises OVERLOADED when the store failed. A cancelled wait ends the wait, not the write.
        """
        return await asyncio.shield(self._queue(job))

    async def put_all(self, jobs: Iterable[Job]) -> set[str]:
        """Write jobs; the answer is the ids of those that have another owner now. Raises as put."""
        outcomes = {job.id: self._queue(job) for job in jobs}
        if not outcomes:
            return set()
        await asyncio.wait(outcomes.values())
        return {job_id for job_id, outcome in outcomes.items() if not outcome.result()}

    def _queue(self, job: Job) -> _Outcome:
        if self._stopping:
            raise GrokgateError(Reason.OVERLOADED, "The gateway is stopping.")
        outcome: _Outcome = asyncio.get_running_loop().create_future()
        outcome.add_done_callback(_look_at)
        _, waiting = self._waiting.pop(job.id, (job, []))
        self._waiting[job.id] = job, [*waiting, outcome]
        self._something_waits.set()
        return outcome

    async def _write_for_ever(self) -> None:
        while self._waiting or not self._stopping:
            await self._something_waits.wait()
            self._something_waits.clear()
            batch, self._waiting = self._waiting, {}
            await self._write(list(batch.values()))

    async def _write(self, batch: list[tuple[Job, list[_Outcome]]]) -> None:
        """Write a batch; when it breaks other than by the store's failure, each job alone."""
        try:
            written = await self._store.write([job for job, _ in batch], self.lease())
        except Exception as exc:  # noqa: BLE001  # those who wait get it
            if len(batch) > 1 and not isinstance(exc, GrokgateError):
                for one in batch:
                    await self._write([one])
                return
            _LOG.exception("video jobs were not stored", extra={"jobs": len(batch)})
            for outcome in _outcomes(batch):
                outcome.set_exception(exc)
            return
        for job, outcomes in batch:
            for outcome in outcomes:
                outcome.set_result(job.id in written)


def _outcomes(batch: list[tuple[Job, list[_Outcome]]]) -> Iterator[_Outcome]:
    return (outcome for _, outcomes in batch for outcome in outcomes)


def _look_at(outcome: _Outcome) -> None:
    """Somebody may have stopped waiting for a failure."""
    if not outcome.cancelled():
        outcome.exception()
