"""Rows on their way into the store."""

import asyncio
from collections.abc import AsyncIterator, Collection

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.media.videos.job import Job
from grokgate.media.videos.store import Lease
from grokgate.media.videos.writes import VideoWrites
from tests.media.jobs import make_job
from tests.support.clock import FakeClock


class SlowStore:
    """Commits when it is let; keeps the batches. Fails with `failure`, or on a `broken` job."""

    def __init__(self) -> None:
        self.batches: list[list[Job]] = []
        self.lets = asyncio.Event()
        self.lets.set()
        self.failure: Exception | None = None
        self.broken = ""
        self.others: set[str] = set()

    async def write(self, jobs: Collection[Job], lease: Lease) -> set[str]:
        self.batches.append(list(jobs))
        await self.lets.wait()
        if self.failure is not None:
            raise self.failure
        if self.broken in {job.id for job in jobs}:
            raise ValueError(self.broken)
        assert lease == Lease("me", FakeClock().now_ms() + 20_000)
        return {job.id for job in jobs} - self.others


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
async def writes(store: SlowStore) -> AsyncIterator[VideoWrites]:
    writes = VideoWrites(store, "me", 20, FakeClock())  # type: ignore[arg-type]  # of it only `write` is used
    writes.start()
    yield writes
    await writes.stop()


async def test_what_gathers_during_a_commit_is_one_commit(
    store: SlowStore, writes: VideoWrites
) -> None:
    store.lets.clear()
    puts = [asyncio.create_task(writes.put(make_job())) for _ in range(2000)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    puts += [asyncio.create_task(writes.put(make_job())) for _ in range(2000)]
    await asyncio.sleep(0)
    store.lets.set()
    assert all(await asyncio.gather(*puts))
    assert len(store.batches) <= 3


async def test_the_latest_form_of_a_job_is_written_last(
    store: SlowStore, writes: VideoWrites
) -> None:
    job = make_job()
    forms = [job.change(progress=progress) for progress in range(5)]
    assert all(await asyncio.gather(*(writes.put(form) for form in forms)))
    assert store.batches[-1] == [forms[-1]]


async def test_a_lost_lease_is_told(store: SlowStore, writes: VideoWrites) -> None:
    lost, kept = make_job(), make_job()
    store.others = {lost.id}
    assert not await writes.put(lost)
    assert await writes.put(kept)
    assert await writes.put_all([lost, kept]) == {lost.id}
    assert await writes.put_all([]) == set()


async def test_a_failing_store_is_told_to_all_who_wait(
    store: SlowStore, writes: VideoWrites
) -> None:
    store.failure = GrokgateError(Reason.OVERLOADED, "The disk is full.")
    outcomes = await asyncio.gather(
        *(writes.put(make_job()) for _ in range(3)), return_exceptions=True
    )
    assert outcomes == [store.failure] * 3
    assert len(store.batches) == 1
    store.failure = None
    assert await writes.put(make_job())


async def test_one_broken_job_does_not_hold_the_others_up(
    store: SlowStore, writes: VideoWrites
) -> None:
    jobs = [make_job() for _ in range(3)]
    store.broken = jobs[1].id
    outcomes = await asyncio.gather(*map(writes.put, jobs), return_exceptions=True)
    assert [outcome is True for outcome in outcomes] == [True, False, True]
    assert isinstance(outcomes[1], ValueError)


async def test_whoever_stops_waiting_stops_no_write(store: SlowStore, writes: VideoWrites) -> None:
    store.lets.clear()
    job = make_job()
    put = asyncio.create_task(writes.put(job))
    await asyncio.sleep(0)
    put.cancel()
    store.lets.set()
    await asyncio.wait([put])
    assert await writes.put(make_job())
    assert [job] in [batch[:1] for batch in store.batches]


async def test_a_stop_writes_what_waits_and_then_no_more(store: SlowStore) -> None:
    writes = VideoWrites(store, "me", 20, FakeClock())  # type: ignore[arg-type]  # of it only `write` is used
    writes.start()
    put = asyncio.create_task(writes.put(make_job()))
    await asyncio.sleep(0)
    await writes.stop()
    assert await put
    with pytest.raises(GrokgateError):
        await writes.put(make_job())
