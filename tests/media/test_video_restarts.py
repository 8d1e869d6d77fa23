"""Rooms that crash, stop, or share a file: every job goes on, once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grokgate.api.billing.v1.billing_pb2 import HoldState
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.ids import IdSource
from grokgate.media.videos.job import Job
from grokgate.media.videos.sqlite_store import SqliteVideoStore
from grokgate.media.videos.states import State
from grokgate.media.videos.store import Lease
from tests.media.fake_videos import FakeVideos, done
from tests.media.jobs import make_job
from tests.media.running import (
    EXPIRED,
    FAILED,
    PROCESSING,
    SUCCEEDED,
    House,
    OneRoom,
    running_house,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path) as house:
        yield house


@pytest.fixture
def upstream() -> FakeVideos:
    """Shared by all rooms of a test, as xAI is."""
    return FakeVideos()


async def test_after_a_crash_the_polling_goes_on(house: House, upstream: FakeVideos) -> None:
    first = await house.add_room(upstream)
    video = await house.start_video()
    await first.crash()
    asked = len(upstream.polls)
    upstream.polled = lambda _: done()
    await house.add_room(upstream)
    assert (await house.get(video.id)).state == PROCESSING
    video = await house.ended(video.id)
    assert (video.state, video.charge.usd_ticks) == (SUCCEEDED, 2_500_000_000)
    assert len(upstream.creations) == 1
    assert len(upstream.polls) == asked + 1
    assert len(await house.usage()) == 1


async def test_after_a_crash_while_upstream_was_asked_nothing_is_asked_again(
    house: House, upstream: FakeVideos
) -> None:
    upstream.creation = lambda: None
    first = await house.add_room(upstream)
    caller = asyncio.create_task(house.start_video())
    await upstream.until(lambda: upstream.creations)
    [job] = await house.jobs()
    assert job.inner_state == "submitting"
    await crash_hard(first, caller)
    await house.add_room(upstream, hard_deadline_s=0.5)
    video_id = job.video.id
    job = await house.until_inner(video_id, "outcome_unknown")
    assert len(await house.open_holds()) == 1
    assert (len(upstream.creations), upstream.polls) == (1, [])


async def crash_hard(room: OneRoom, caller: "asyncio.Task[Any]") -> None:
    """Crash in the midst of a creation, which then has no time to say how it ended."""
    starter = room.room.videos._starter
    starter._worker.adopt = lambda *_, **__: None  # type: ignore[method-assign, assignment]  # no last word
    await room.crash()
    await asyncio.wait([caller])


async def test_a_job_that_was_only_accepted_fails_and_its_hold_is_released(
    house: House, upstream: FakeVideos
) -> None:
    await house.add_room(upstream)
    job = await orphan(house, State.ACCEPTED)
    await house.add_room(upstream)
    video = await house.ended(job.id)
    assert (video.state, video.failure.reason, video.charge.usd_ticks) == (FAILED, "OVERLOADED", 0)
    assert await house.usage() == []  # nothing was ever placed
    assert upstream.creations == []
    assert await house.jobs(outcome_unknown=True) == []


@pytest.mark.parametrize(
    ("state", "fields", "outcome"),
    [
        (State.SUBMITTING, {}, EXPIRED),
        (State.OUTCOME_UNKNOWN, {}, EXPIRED),
        (State.POLLING, {"upstream_id": "up-9"}, SUCCEEDED),
    ],
)
async def test_every_open_state_is_resumed(
    house: House, upstream: FakeVideos, state: State, fields: dict[str, Any], outcome: int
) -> None:
    upstream.polled = lambda _: done()
    job = await orphan(house, state, reached_upstream=True, **fields)
    await house.add_room(upstream)
    assert (await house.ended(job.id)).state == outcome
    assert upstream.creations == []


@pytest.mark.parametrize(
    ("state", "ending"),
    [
        (State.SUCCEEDED, HoldState.HOLD_STATE_POSTED),
        (State.FAILED, HoldState.HOLD_STATE_VOIDED),
        (State.EXPIRED, HoldState.HOLD_STATE_VOIDED),
    ],
)
async def test_a_verdict_that_billing_was_not_told_is_told_after_a_restart(
    house: House, upstream: FakeVideos, state: State, ending: int
) -> None:
    first = await house.add_room(upstream)
    upstream.polled = lambda _: None
    video = await house.start_video()
    await first.crash()
    store = SqliteVideoStore(house.folder / "media.sqlite3")
    await store.open()
    job = await store.find(video.id)
    assert job is not None
    told = {"failure_reason": "TIMEOUT"} if state is not State.SUCCEEDED else {}
    await store.take(Lease("dead", 1), 2**60)
    assert await store.write([job.end(state, job.created_at_ms + 5, **told)], Lease("dead", 1))
    await store.close()
    await house.add_room(upstream)
    charge = (await house.settled(video.id)).charge.usd_ticks
    [row] = await house.usage()
    assert row.state == ending
    assert charge == row.charge.usd_ticks == (2_500_000_000 if state is State.SUCCEEDED else 0)


async def test_a_settlement_that_is_sent_again_charges_once(
    house: House, upstream: FakeVideos
) -> None:
    first = await house.add_room(upstream)
    upstream.polled = lambda _: done()
    video = await house.ended((await house.start_video()).id)
    await house.usage()
    await first.stop()
    store = SqliteVideoStore(house.folder / "media.sqlite3")
    await store.open()
    job = await store.find(video.id)
    assert job is not None
    assert job.settled
    await store.write([job.change(settled=False, charge_usd_ticks=0)], lease_of(house))
    await store.close()
    await house.add_room(upstream)
    assert (await house.settled(video.id)).charge.usd_ticks == 2_500_000_000
    [row] = await house.usage()
    assert (row.charge.usd_ticks, row.late) == (2_500_000_000, False)


async def test_a_stop_gives_the_leases_back_at_once(house: House, upstream: FakeVideos) -> None:
    first = await house.add_room(upstream, lease_s=60, renew_s=30)
    video = await house.start_video()
    await first.stop()
    upstream.polled = lambda _: done()
    await house.add_room(upstream, lease_s=60, renew_s=30)
    assert (await house.ended(video.id)).state == SUCCEEDED
    assert len(await house.usage()) == 1


async def test_a_stop_lets_a_creation_end_within_the_grace(
    house: House, upstream: FakeVideos
) -> None:
    asked, go = asyncio.Event(), asyncio.Event()
    handle = upstream.handle_async_request

    async def slow(request: Any) -> Any:
        if request.method == "POST":
            asked.set()
            await go.wait()
        return await handle(request)

    upstream.handle_async_request = slow  # type: ignore[method-assign]  # for this test
    first = await house.add_room(upstream)
    caller = asyncio.create_task(house.start_video())
    await asked.wait()
    stop = asyncio.create_task(first.stop())
    await asyncio.sleep(0)
    go.set()
    video = await caller
    await stop
    upstream.polled = lambda _: done()
    await house.add_room(upstream)
    assert (await house.ended(video.id)).state == SUCCEEDED


async def test_a_stop_ends_every_wait(house: House, upstream: FakeVideos) -> None:
    room = await house.add_room(upstream)
    video = await house.start_video()
    wait = asyncio.create_task(house.get_after(video.id, 600_000))
    await upstream.until(lambda: len(upstream.polls) >= 2)
    await room.stop()
    assert (await wait).state == PROCESSING


async def test_two_rooms_never_ask_about_one_job_at_once(
    house: House, upstream: FakeVideos
) -> None:
    rooms = [await house.add_room(upstream) for _ in range(2)]
    videos = []
    for number in range(10):
        house.one = rooms[number % 2]
        videos.append(await house.start_video())
    per_room = [{video.job.id for video in one.room.videos.worker._board} for one in rooms]
    assert [len(ids) for ids in per_room] == [5, 5]
    await upstream.until(lambda: len(upstream.polls) >= 40)
    assert [{video.job.id for video in one.room.videos.worker._board} for one in rooms] == per_room
    upstream.polled = lambda _: done()
    for video in videos:  # each room also shows, and waits for, what the other works on
        assert (await house.ended(video.id)).state == SUCCEEDED
    assert len(await house.usage()) == 10


async def test_what_a_room_lost_it_leaves_to_the_other(house: House, upstream: FakeVideos) -> None:
    first = await house.add_room(upstream, renew_s=60, lease_s=100)
    await upstream_is_asked(house, upstream)
    [job] = await house.jobs()
    store = SqliteVideoStore(house.folder / "media.sqlite3")
    await store.open()
    now_ms = SystemClock().now_ms()
    assert await store.take(Lease("another", now_ms + 600_000), now_ms + 200_000)
    await first.room.videos._leases.round(first.room.videos.worker)
    assert len(first.room.videos.worker._board) == 0
    stored = await store.find(job.video.id)
    await store.close()
    assert stored is not None
    assert stored.state is State.POLLING


async def test_a_room_whose_store_fails_asks_no_more_once_its_lease_is_over(
    house: House, upstream: FakeVideos
) -> None:
    room = await house.add_room(upstream, lease_s=0.6, poll_timeout_s=0.3)
    await house.start_video()
    await upstream.until(lambda: upstream.polls)
    leases = room.room.videos._leases
    assert leases.good()
    await leases.stop()
    async with asyncio.timeout(5):
        while leases.good():  # noqa: ASYNC110  # time alone changes it
            await asyncio.sleep(0.01)
    asked = len(upstream.polls)
    await asyncio.sleep(0.1)
    assert len(upstream.polls) <= asked + 1


async def test_the_hold_of_a_long_job_is_extended_and_marked(
    house: House, upstream: FakeVideos
) -> None:
    await house.add_room(upstream, hold_expiry_s=1.2)
    await house.start_video()
    await asyncio.sleep(1.5)  # longer than the hold would live by itself
    assert len(await house.open_holds()) == 1


async def test_a_hold_that_ran_out_while_nobody_worked_is_charged_late(
    house: House, upstream: FakeVideos
) -> None:
    first = await house.add_room(upstream, hold_expiry_s=1)
    video = await house.start_video()
    await first.crash()
    async with asyncio.timeout(5):
        while await house.open_holds():  # noqa: ASYNC110  # the ledger can only be asked
            await asyncio.sleep(0.05)
    upstream.polled = lambda _: done()
    await house.add_room(upstream)
    assert (await house.ended(video.id)).charge.usd_ticks == 2_500_000_000
    [row] = await house.usage()
    assert (row.late, row.charge.usd_ticks) == (True, 2_500_000_000)


async def test_a_verdict_is_kept_while_billing_is_away(
    house: House, upstream: FakeVideos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokgate.metering.paid_work._METER_GRACE_S", 0)
    await house.add_room(upstream, settle_wait_s=0.05)
    video = await house.start_video()
    await house.billing_server.stop(None)
    upstream.polled = lambda _: done()
    video = await house.ended(video.id)
    assert video.state == SUCCEEDED
    assert not video.HasField("charge")
    await house.one.stop(0)


async def upstream_is_asked(house: House, upstream: FakeVideos) -> None:
    await house.start_video()
    await upstream.until(lambda: upstream.polls)


def lease_of(house: House) -> Lease:
    """The lease that the last owner of the only job left in its row: settled jobs keep none."""
    with closing(sqlite3.connect(house.folder / "media.sqlite3")) as connection:
        [(owner,)] = connection.execute("SELECT lease_owner FROM video_jobs")
    return Lease(owner, 0)


async def orphan(house: House, state: State, **fields: Any) -> Job:
    """A job that a dead process left, past its deadline."""
    now_ms = SystemClock().now_ms()
    store = SqliteVideoStore(house.folder / "media.sqlite3")
    await store.open()
    job = make_job(
        state=state,
        created_at_ms=now_ms - 2000,
        deadline_at_ms=now_ms + 200,
        hold_id=IdSource().uuid(),
        **fields,
    )
    await store.write([job], Lease("dead", now_ms - 1))
    await store.close()
    return job
