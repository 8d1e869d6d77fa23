"""Paid calls go on without their callers, within limits, and fail without noise."""

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.metering.paid_calls import PaidCalls


class Work:
    """Waits until it may finish, and notes how it ended."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun = asyncio.Event()
        self.may_finish = asyncio.Event()
        self.ended = asyncio.Event()
        self.endings: list[str] = []
        self._error = error

    async def run(self) -> Self:
        self.begun.set()
        try:
            await self.may_finish.wait()
            self.endings.append("finished")
            if self._error is not None:
                raise self._error
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # a cut call still settles
            self.endings.append("cut")
            raise
        finally:
            self.ended.set()
        return self


@pytest.fixture(autouse=True)
async def _nothing_unseen() -> AsyncIterator[None]:
    """No task or future keeps a failure that nobody looked at."""
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    yield
    gc.collect()
    await asyncio.sleep(0)
    assert unseen == []


async def abandoned(calls: PaidCalls, work: Work, owner: str = "caller") -> None:
    """The work, begun for a caller that has left."""
    caller = asyncio.create_task(calls.run(work.run(), owner))
    await work.begun.wait()
    caller.cancel()
    await asyncio.wait([caller])
    assert caller.cancelled()


async def test_a_caller_that_stays_gets_the_result() -> None:
    work = Work()
    work.may_finish.set()
    assert await PaidCalls().run(work.run(), "caller") is work


async def test_a_caller_that_stays_gets_the_failure() -> None:
    work = Work(GrokgateError(Reason.PROVIDER_ERROR, "No."))
    work.may_finish.set()
    with pytest.raises(GrokgateError, match=r"No\."):
        await PaidCalls().run(work.run(), "caller")


async def test_work_goes_on_when_its_caller_leaves() -> None:
    calls, work = PaidCalls(), Work()
    await abandoned(calls, work)
    assert calls.drains == 1
    work.may_finish.set()
    await work.ended.wait()
    await asyncio.sleep(0)
    assert work.endings == ["finished"]
    assert calls.drains == 0


async def test_work_begins_even_if_its_caller_leaves_at_once() -> None:
    calls, work = PaidCalls(), Work()
    caller = asyncio.create_task(calls.run(work.run(), "caller"))
    await asyncio.sleep(0)
    caller.cancel()
    work.may_finish.set()
    await work.ended.wait()
    assert work.endings == ["finished"]
    assert caller.cancelled()


async def test_a_caller_without_room_to_drain_is_cut_and_the_others_are_not() -> None:
    calls, first, second = PaidCalls(drain_limit=1), Work(), Work()
    await abandoned(calls, first)
    await abandoned(calls, second)
    await second.ended.wait()
    first.may_finish.set()
    await first.ended.wait()
    assert (first.endings, second.endings) == (["finished"], ["cut"])


async def test_whoever_has_the_most_drains_loses_one_when_another_leaves() -> None:
    calls, greedy, modest = PaidCalls(drain_limit=2), [Work(), Work()], [Work(), Work()]
    for work in greedy:
        await abandoned(calls, work, "greedy")
    await abandoned(calls, modest[0], "modest")
    await greedy[1].ended.wait()
    await abandoned(calls, modest[1], "modest")
    await modest[1].ended.wait()
    for work in (greedy[0], modest[0]):
        work.may_finish.set()
        await work.ended.wait()
    assert [work.endings for work in greedy] == [["finished"], ["cut"]]
    assert [work.endings for work in modest] == [["finished"], ["cut"]]


async def test_of_equals_the_last_to_leave_is_cut() -> None:
    calls, works = PaidCalls(drain_limit=2), {name: Work() for name in ("a", "b", "c")}
    for name, work in works.items():
        await abandoned(calls, work, name)
    await works["c"].ended.wait()
    await calls.stop(0)
    assert works["c"].endings == ["cut"]


async def test_a_drain_that_is_ending_takes_no_room_from_others() -> None:
    calls, works = PaidCalls(drain_limit=1), [Work(), Work(), Work()]
    for work in works:
        await abandoned(calls, work)
    works[0].may_finish.set()
    await calls.stop(10)
    assert [work.endings for work in works] == [["finished"], ["cut"], ["cut"]]


async def test_room_to_drain_comes_back_when_a_drain_ends() -> None:
    calls, first, second = PaidCalls(drain_limit=1), Work(), Work()
    await abandoned(calls, first)
    first.may_finish.set()
    await calls.stop(10)
    await abandoned(calls, second)
    second.may_finish.set()
    await calls.stop(10)
    assert second.endings == ["finished"]


async def test_a_drain_is_cut_at_its_deadline() -> None:
    calls, work = PaidCalls(drain_timeout_s=0.01), Work()
    await abandoned(calls, work)
    await work.ended.wait()
    assert work.endings == ["cut"]


async def test_a_caller_that_stays_is_not_cut_at_the_drain_deadline() -> None:
    calls, stays, leaves = PaidCalls(drain_timeout_s=0.01), Work(), Work()
    caller = asyncio.create_task(calls.run(stays.run(), "caller"))
    await abandoned(calls, leaves)
    await leaves.ended.wait()
    stays.may_finish.set()
    assert await caller is stays


async def test_a_drain_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    calls, work = PaidCalls(), Work(ZeroDivisionError("a defect"))
    with caplog.at_level(logging.INFO):
        await abandoned(calls, work)
        work.may_finish.set()
        await calls.stop(10)
        await asyncio.sleep(0)
    assert "a defect" in str([vars(record) for record in caplog.records])


async def test_a_failure_that_comes_as_the_caller_leaves_is_seen() -> None:
    calls, work = PaidCalls(), Work(ZeroDivisionError("a defect"))
    caller = asyncio.create_task(calls.run(work.run(), "caller"))
    await work.begun.wait()
    work.may_finish.set()
    await work.ended.wait()
    caller.cancel()
    await asyncio.wait([caller])
    assert caller.cancelled()


async def test_stop_waits_for_work_with_and_without_a_caller() -> None:
    calls, stays, leaves = PaidCalls(), Work(), Work()
    caller = asyncio.create_task(calls.run(stays.run(), "caller"))
    await abandoned(calls, leaves)
    stopping = asyncio.create_task(calls.stop(10))
    await asyncio.sleep(0)
    assert not stopping.done()
    stays.may_finish.set()
    leaves.may_finish.set()
    await stopping
    assert await caller is stays
    assert leaves.endings == ["finished"]


async def test_stop_cuts_what_is_left_after_the_grace_and_waits_for_its_ending() -> None:
    calls, stays, leaves = PaidCalls(), Work(), Work()
    caller = asyncio.create_task(calls.run(stays.run(), "caller"))
    await abandoned(calls, leaves)
    await calls.stop(0)
    assert (stays.endings, leaves.endings) == (["cut"], ["cut"])
    with pytest.raises(GrokgateError) as refusal:
        await caller
    assert refusal.value.reason == Reason.OVERLOADED
    assert refusal.value.upstream_started


async def test_stop_without_work_returns() -> None:
    calls = PaidCalls()
    await calls.stop(0)
    assert calls.drains == 0


async def test_nothing_is_kept_of_a_call_after_its_end() -> None:
    calls, stays, leaves = PaidCalls(), Work(), Work()
    stays.may_finish.set()
    await calls.run(stays.run(), "caller")
    await abandoned(calls, leaves)
    leaves.may_finish.set()
    await calls.stop(10)
    kept = [weakref.ref(stays), weakref.ref(leaves)]
    del stays, leaves
    await asyncio.sleep(0)  # the event loop lets go of what it just called
    gc.collect()
    assert [work() for work in kept] == [None, None]
