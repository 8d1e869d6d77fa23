"""Patience: a time limit for each wait, with one timer for all."""

import asyncio

import pytest

from grokgate.chassis.patience import Patience


async def test_what_comes_in_time_is_given() -> None:
    with Patience(10) as patience:
        assert await patience.wait_for(asyncio.sleep(0, "it")) == "it"


async def test_a_failure_in_time_is_raised() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with Patience(10) as patience, pytest.raises(ZeroDivisionError):
        await patience.wait_for(fail())


async def test_a_wait_past_the_limit_is_cancelled_and_the_task_goes_on() -> None:
    never = asyncio.get_running_loop().create_future()
    with Patience(0.01) as patience:
        with pytest.raises(TimeoutError):
            await patience.wait_for(never)
        assert never.cancelled()
        assert await patience.wait_for(asyncio.sleep(0, "next")) == "next"
        with pytest.raises(TimeoutError):
            await patience.wait_for(asyncio.Event().wait())
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_each_wait_has_the_whole_limit() -> None:
    with Patience(0.06) as patience:
        for _ in range(8):
            await patience.wait_for(asyncio.sleep(0.02))
        assert await patience.wait_for(asyncio.sleep(0, "it")) == "it"


async def test_what_happens_between_waits_is_not_waiting() -> None:
    with Patience(0.01) as patience:
        await patience.wait_for(asyncio.sleep(0))
        await asyncio.sleep(0.05)
        assert await patience.wait_for(asyncio.sleep(0, "it")) == "it"


async def test_somebody_elses_cancellation_is_passed_on() -> None:
    async def wait() -> None:
        with Patience(10) as patience:
            await patience.wait_for(asyncio.Event().wait())

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_together_with_the_limit_goes_first() -> None:
    async def wait() -> None:
        task = asyncio.current_task()
        assert task is not None
        patience = Patience(3600)
        with patience:
            asyncio.get_running_loop().call_soon(patience.__exit__, None, None, None)
            asyncio.get_running_loop().call_soon(task.cancel)
            await patience.wait_for(asyncio.Event().wait())

    task = asyncio.create_task(wait())
    await asyncio.wait([task])
    assert task.cancelled()


async def test_what_is_waited_for_when_the_block_ends_is_given_up() -> None:
    patience = Patience(3600)
    with patience:
        waiting = asyncio.create_task(patience.wait_for(asyncio.Event().wait()))
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await waiting
