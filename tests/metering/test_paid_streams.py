"""Paid streams: their readers may leave, stall or break; the work goes on to its end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.metering.paid_calls import PaidCalls
from grokgate.metering.paid_streams import PaidStreams, Reader

Work = Callable[[Reader], Coroutine[Any, Any, None]]


class Caller:
    """Takes what is written, `room` messages of it; then it blocks, or breaks."""

    def __init__(self, room: int = 100, error: Exception | None = None) -> None:
        self.messages: list[int] = []
        self.is_full = asyncio.Event()
        self._room = room
        self._error = error

    async def write(self, message: int) -> None:
        await asyncio.sleep(0)
        if len(self.messages) == self._room:
            self.is_full.set()
            if self._error is not None:
                raise self._error
            await asyncio.Event().wait()
        self.messages.append(message)


class Counting:
    """Says the numbers below ten, and can be held up before any of them."""

    def __init__(self, stop_before: int = -1) -> None:
        self.said: list[int] = []
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ended = asyncio.Event()
        self._stop_before = stop_before

    async def run(self, reader: Reader) -> None:
        try:
            for number in range(10):
                if number == self._stop_before:
                    self.reached.set()
                    await self.go_on.wait()
                await reader.take(number)
                self.said.append(number)
        finally:
            self.ended.set()


def streams(paid_calls: PaidCalls | None = None, stall_timeout_s: float = 10) -> PaidStreams:
    return PaidStreams(paid_calls or PaidCalls(), stall_timeout_s=stall_timeout_s)


async def test_a_reader_that_stays_gets_everything_in_order() -> None:
    caller = Caller()
    await streams().run(caller.write, Counting().run, "caller")
    assert caller.messages == list(range(10))


async def test_a_failure_of_the_work_is_raised() -> None:
    async def fail(_: Reader) -> None:
        raise GrokgateError(Reason.PROVIDER_ERROR, "No.")

    with pytest.raises(GrokgateError, match=r"No\."):
        await streams().run(Caller().write, fail, "caller")


async def test_work_goes_on_without_a_reader_that_leaves() -> None:
    calls, caller, work = PaidCalls(), Caller(), Counting(stop_before=3)
    rpc = asyncio.create_task(streams(calls).run(caller.write, work.run, "caller"))
    await work.reached.wait()
    rpc.cancel()
    await asyncio.wait([rpc])
    assert rpc.cancelled()
    assert calls.drains == 1
    work.go_on.set()
    await work.ended.wait()
    assert (caller.messages, work.said) == ([0, 1, 2], list(range(10)))


async def test_a_reader_that_stalls_is_given_up_and_the_work_goes_on() -> None:
    calls, caller, work = PaidCalls(), Caller(room=2), Counting()
    with pytest.raises(GrokgateError) as caught:
        await streams(calls, stall_timeout_s=0.01).run(caller.write, work.run, "caller")
    assert caught.value.reason is Reason.TIMEOUT
    assert caught.value.upstream_started
    await work.ended.wait()
    assert (caller.messages, work.said) == ([0, 1], list(range(10)))


async def test_the_wait_for_upstream_is_not_a_stall_of_the_reader() -> None:
    caller, work = Caller(), Counting(stop_before=2)
    rpc = asyncio.create_task(streams(stall_timeout_s=0.01).run(caller.write, work.run, "caller"))
    await work.reached.wait()
    await asyncio.sleep(0.03)
    work.go_on.set()
    await rpc
    assert caller.messages == list(range(10))


async def test_a_write_that_fails_ends_the_rpc_and_not_the_work() -> None:
    caller, work = Caller(room=2, error=ZeroDivisionError("the wire")), Counting()
    with pytest.raises(ZeroDivisionError, match="the wire"):
        await streams().run(caller.write, work.run, "caller")
    await work.ended.wait()
    assert work.said == list(range(10))


async def test_a_reader_that_leaves_while_a_write_waits_does_not_keep_the_work() -> None:
    calls, caller, work = PaidCalls(), Caller(room=2), Counting()
    rpc = asyncio.create_task(streams(calls).run(caller.write, work.run, "caller"))
    await caller.is_full.wait()
    rpc.cancel()
    await asyncio.wait([rpc])
    await work.ended.wait()
    assert work.said == list(range(10))


async def test_a_drain_past_its_deadline_is_cut() -> None:
    calls, work = PaidCalls(drain_timeout_s=0.01), Counting(stop_before=3)
    rpc = asyncio.create_task(streams(calls).run(Caller().write, work.run, "caller"))
    await work.reached.wait()
    rpc.cancel()
    await work.ended.wait()
    assert work.said == [0, 1, 2]


async def has_last_words(reader: Reader) -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await reader.take_last(99)
        raise


async def test_work_that_is_cut_at_the_stop_may_have_the_last_word() -> None:
    calls, caller = PaidCalls(), Caller()
    rpc = asyncio.create_task(streams(calls).run(caller.write, has_last_words, "caller"))
    await asyncio.sleep(0)
    await calls.stop(0.01)
    await rpc
    assert caller.messages == [99]


async def test_work_that_is_cut_without_a_last_word_fails_its_rpc() -> None:
    calls, work = PaidCalls(), Counting(stop_before=0)
    rpc = asyncio.create_task(streams(calls).run(Caller().write, work.run, "caller"))
    await work.reached.wait()
    await calls.stop(0)
    with pytest.raises(GrokgateError) as caught:
        await rpc
    assert caught.value.reason is Reason.OVERLOADED
