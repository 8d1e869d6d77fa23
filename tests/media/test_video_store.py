"""What every store of video jobs does, whatever database is behind it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.media.videos.job import Job
from grokgate.media.videos.sqlite_store import SqliteVideoStore
from grokgate.media.videos.states import State
from grokgate.media.videos.store import Lease, Listing, VideoStore
from tests.media.jobs import make_job

OURS, THEIRS = Lease("ours", 2_000), Lease("theirs", 2_000)


@pytest.fixture(params=[SqliteVideoStore])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VideoStore]:
    store: VideoStore = request.param(tmp_path / "media.sqlite3")
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def test_a_job_comes_back_as_it_was_written(store: VideoStore) -> None:
    jobs = [
        make_job(),
        make_job(
            state=State.FAILED,
            settled=True,
            to_reconcile=True,
            provider_usd_ticks=0,
            failure_message="naïve \N{SNOWMAN}",
            charge_usd_ticks=2**52,
            charge_basis=3,
        ),
    ]
    assert await store.write(jobs, OURS) == {job.id for job in jobs}
    for job in jobs:
        assert await store.find(job.id) == job
    assert await store.find("videogen_none") is None


async def test_a_written_job_is_replaced(store: VideoStore) -> None:
    job = make_job()
    await store.write([job], OURS)
    moved = job.move(State.SUBMITTING)
    assert await store.write([moved], OURS) == {job.id}
    assert await store.find(job.id) == moved


async def test_whoever_lost_the_lease_writes_no_more(store: VideoStore) -> None:
    job, own = make_job(), make_job()
    await store.write([job], OURS)
    assert await store.take(Lease("theirs", 9_000), 2_000) == [job]
    moved = job.move(State.FAILED)
    assert await store.write([moved, own], OURS) == {own.id}
    assert await store.find(job.id) == job
    assert await store.renew(OURS) == {own.id}


async def test_a_living_lease_is_not_taken(store: VideoStore) -> None:
    await store.write([make_job()], OURS)
    assert await store.take(THEIRS, 1_999) == []
    assert await store.renew(Lease("ours", 3_000))
    assert await store.take(THEIRS, 2_500) == []
    assert len(await store.take(THEIRS, 3_000)) == 1


async def test_nobody_takes_what_is_their_own(store: VideoStore) -> None:
    await store.write([make_job()], OURS)
    assert await store.take(Lease("ours", 9_000), 5_000) == []


async def test_of_many_takers_one_gets_a_job(store: VideoStore) -> None:
    jobs = [make_job() for _ in range(20)]
    await store.write(jobs, OURS)
    leases = [Lease(f"taker {number}", 9_000) for number in range(10)]
    taken = await asyncio.gather(*(store.take(lease, 5_000) for lease in leases))
    assert sorted(job.id for some in taken for job in some) == sorted(job.id for job in jobs)


async def test_leases_that_are_given_back_are_free_at_once(store: VideoStore) -> None:
    job = make_job()
    await store.write([job], OURS)
    await store.give_back("ours")
    assert await store.take(THEIRS, 0) == [job]


async def test_what_is_settled_is_not_worked_on(store: VideoStore) -> None:
    job = make_job(state=State.SUCCEEDED, settled=True)
    await store.write([job], OURS)
    assert await store.renew(OURS) == set()
    assert await store.take(THEIRS, 5_000) == []


async def test_only_the_owner_deletes(store: VideoStore) -> None:
    job = make_job()
    await store.write([job], OURS)
    await store.delete(job.id, "theirs")
    assert await store.find(job.id) == job
    await store.delete(job.id, "ours")
    assert await store.find(job.id) is None


async def test_a_broken_row_writes_nothing_of_its_batch(store: VideoStore) -> None:
    good = make_job()
    broken = make_job(hold_id=good.hold_id)
    with pytest.raises(sqlite3.IntegrityError):
        await store.write([good, broken], OURS)
    assert await store.find(good.id) is None
    assert await store.write([good], OURS) == {good.id}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [3, 2, 1, 0]),
        ({"limit": 2}, [3, 2]),
        ({"after": 2}, [1, 0]),
        ({"account_id": "a"}, [2, 0]),
        ({"states": (State.POLLING, State.EXPIRED)}, [3, 1]),
        ({"outcome_unknown": True}, [3, 2]),
        ({"outcome_unknown": True, "account_id": "a", "after": 3, "limit": 1}, [2]),
    ],
)
async def test_a_page_is_filtered_and_newest_first(
    store: VideoStore, filters: dict[str, Any], expected: list[int]
) -> None:
    jobs: list[Job] = [
        make_job(),
        make_job(account_id="b", state=State.POLLING),
        make_job(state=State.OUTCOME_UNKNOWN),
        make_job(account_id="b", state=State.EXPIRED, to_reconcile=True),
    ]
    await store.write(jobs, OURS)
    if "after" in filters:
        filters = filters | {"after": jobs[filters["after"]].id}
    page = await store.page(Listing(**{"limit": 10, **filters}))
    assert page == [jobs[index] for index in expected]


async def test_two_processes_share_a_file(tmp_path: Path) -> None:
    stores = [SqliteVideoStore(tmp_path / "media.sqlite3") for _ in range(2)]
    for store in stores:
        await store.open()
    try:
        jobs = [make_job() for _ in range(50)]
        await asyncio.gather(*(stores[i % 2].write([job], OURS) for i, job in enumerate(jobs)))
        assert await stores[0].renew(OURS) == {job.id for job in jobs}
    finally:
        for store in stores:
            await store.close()


async def test_a_failing_database_is_overload(tmp_path: Path) -> None:
    store = SqliteVideoStore(tmp_path / "media.sqlite3")
    await store.open()
    try:
        with sqlite3.connect(tmp_path / "media.sqlite3") as other:
            other.execute("DROP TABLE video_jobs")
        other.close()
        with pytest.raises(GrokgateError) as failure:
            await store.write([make_job()], OURS)
        assert failure.value.reason is Reason.OVERLOADED
        with pytest.raises(GrokgateError):
            await store.find("videogen_1")
    finally:
        await store.close()
