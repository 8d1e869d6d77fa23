"""Stores and billing that fail in the midst of a job, and callers that are cut anywhere."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from grokgate.api.media.v1.media_pb2 import StartVideoRequest
from grokgate.chassis.errors import GrokgateError, Reason
from tests.media.fake_videos import FakeVideos, done
from tests.media.running import (
    FAILED,
    SUCCEEDED,
    House,
    OneRoom,
    expect_refusal,
    running_house,
)
from tests.metering.cancellation import CancelledAt, Moment

DISK_FULL = GrokgateError(Reason.OVERLOADED, "The disk is full.")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path) as house:
        yield house


@pytest.fixture
def upstream() -> FakeVideos:
    return FakeVideos()


@pytest.fixture
async def room(house: House, upstream: FakeVideos) -> OneRoom:
    return await house.add_room(upstream)


class Failing:
    """Takes a method's place; fails for the next `times` calls, then is the method again."""

    def __init__(self, owner: Any, name: str, failure: Exception, times: int = 1) -> None:
        self.left = times
        self._failure = failure
        self._method = getattr(owner, name)
        setattr(owner, name, self)

    async def __call__(self, *arguments: Any) -> Any:
        if self.left:
            self.left -= 1
            raise self._failure
        return await self._method(*arguments)


async def test_without_a_store_nothing_is_started(
    house: House, upstream: FakeVideos, room: OneRoom
) -> None:
    for _ in range(2):
        Failing(room.room.videos._store, "write", DISK_FULL)
        await expect_refusal(Reason.OVERLOADED, house.start())
    assert upstream.creations == []
    assert await house.usage() == []


async def test_what_cannot_be_announced_is_not_sent_and_its_hold_released(
    house: House, upstream: FakeVideos, room: OneRoom
) -> None:
    writes = room.room.videos._writes
    put, calls = writes.put, 0

    async def fail_second(job: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise DISK_FULL
        return await put(job)

    writes.put = fail_second  # type: ignore[method-assign]  # for this test
    await expect_refusal(Reason.OVERLOADED, house.start())
    [job] = await house.jobs()
    assert (await house.settled(job.video.id)).state == FAILED
    [row] = await house.usage()
    assert (row.status, upstream.creations) == ("released", [])
    assert await house.to_reconcile() == []


async def test_an_id_that_cannot_be_stored_is_not_forgotten(
    house: House, upstream: FakeVideos, room: OneRoom
) -> None:
    store = room.room.videos._store

    def creation() -> httpx.Response:
        Failing(store, "write", DISK_FULL)
        return httpx.Response(200, content=b'{"request_id":"up-1"}')

    upstream.creation = creation
    video = await house.start_video()
    job = await store.find(video.id)
    async with asyncio.timeout(5):
        while job is not None and not job.upstream_id:
            await asyncio.sleep(0.01)  # the row can only be looked at
            job = await store.find(video.id)
    upstream.polled = lambda _: done()
    assert (await house.settled(video.id)).state == SUCCEEDED


@pytest.mark.parametrize("failure", [DISK_FULL, RuntimeError("a defect")])
async def test_a_verdict_is_kept_until_the_store_takes_it(
    house: House,
    upstream: FakeVideos,
    room: OneRoom,
    failure: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("grokgate.media.videos.worker._STORE_RETRY_S", 0.01)
    video = await house.start_video()

    def polled(_: str) -> httpx.Response:
        Failing(room.room.videos._store, "write", failure, times=3)
        upstream.polled = lambda _: done(1, url="")  # what it would say if it were asked again
        return done()

    upstream.polled = polled
    assert (await house.settled(video.id)).state == SUCCEEDED
    [row] = await house.usage()
    assert row.charge.usd_ticks == 2_500_000_000


@pytest.mark.parametrize("failure", [DISK_FULL, RuntimeError("a defect")])
async def test_an_ending_is_owed_until_billing_took_it(
    house: House,
    upstream: FakeVideos,
    room: OneRoom,
    failure: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("grokgate.media.videos.worker._RETRY_FIRST_S", 0.01)
    Failing(room.room._paid_work.standing_holds, "end", failure, times=3)
    upstream.polled = lambda _: done()
    video = await house.start_video()
    assert (await house.settled(video.id)).charge.usd_ticks == 2_500_000_000
    assert len(await house.usage()) == 1


async def test_a_failing_round_is_made_again(
    house: House, upstream: FakeVideos, room: OneRoom, caplog: pytest.LogCaptureFixture
) -> None:
    renew = Failing(room.room.videos._store, "renew", DISK_FULL)
    take = Failing(room.room.videos._store, "take", RuntimeError("a defect"))
    async with asyncio.timeout(5):
        while renew.left or take.left:  # noqa: ASYNC110  # time alone changes it
            await asyncio.sleep(0.01)
    upstream.polled = lambda _: done()
    assert (await house.ended((await house.start_video()).id)).state == SUCCEEDED
    assert "a round of the video leases failed" in caplog.text
    assert "a round of the video leases broke" in caplog.text


@pytest.mark.parametrize("moment", Moment)
async def test_wherever_its_caller_is_cut_a_start_is_whole_or_was_never_begun(
    house: House, upstream: FakeVideos, room: OneRoom, moment: Moment
) -> None:
    upstream.polled = lambda _: done()
    request = StartVideoRequest(model="grok-imagine-video", prompt="a cat", duration_seconds=5)
    suspension, cut = 0, True
    while cut:
        start = room.room._servicer.StartVideo(request, _Context(house.key))  # type: ignore[arg-type]  # all that is asked of it
        cut = await _is_cut(CancelledAt(start, suspension, moment))
        suspension += 1
    await room.room.videos._creations.stop(5)
    jobs = await house.jobs()
    for job in jobs:
        assert (await house.settled(job.video.id)).state == SUCCEEDED
    assert len(upstream.creations) == len(jobs) >= 1
    assert [row.charge.usd_ticks for row in await house.usage()] == [2_500_000_000] * len(jobs)


class _Context:
    """A call's metadata."""

    def __init__(self, key: tuple[tuple[str, str], ...]) -> None:
        self._key = key

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return self._key


async def _is_cut(work: CancelledAt) -> bool:
    async def awaited() -> None:
        await work

    task = asyncio.create_task(awaited())
    await asyncio.wait([task])
    if task.cancelled():
        return True
    error = task.exception()
    assert error is None or isinstance(error, grpc.RpcError), error
    return False
