"""One time limit for each of many awaits, at the cost of one timer for all of them."""

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Patience:
    """Limits how long one task waits at a time.

    `asyncio.timeout` sets and clears a timer for each wait, which a stream of small events feels.
    Here the timer is set once, and looks, when it fires, since when the task has been waiting.

    It holds for a `with` block, which may be another task's. What the task waits for when the block
    ends is given up too.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None
        self._waiting_since_s: float | None = None
        self._lost = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._waiting_since_s is not None:
            self._give_up()

    async def wait_for(self, awaitable: Awaitable[T]) -> T:
        """What the awaitable gives; raises TimeoutError, and cancels it, when that takes too long.

        Always called in the same task.
        """
        task = self._task = self._task or _this_task()
        cancelling = task.cancelling()
        self._waiting_since_s = self._loop.time()
        if self._timer is None:
            self._look_after(self._limit_s)
        try:
            return await awaitable
        except asyncio.CancelledError as exc:
            lost, self._lost = self._lost, False
            # As in asyncio.timeout: somebody else's cancellation goes first.
            if lost and task.uncancel() <= cancelling:
                raise TimeoutError from exc
            raise
        finally:
            self._waiting_since_s = None

    def _look_after(self, delay_s: float) -> None:
        self._timer = self._loop.call_later(delay_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._waiting_since_s is None:
            return
        left_s = self._waiting_since_s + self._limit_s - self._loop.time()
        if left_s > 0:
            self._look_after(left_s)
        else:
            self._give_up()

    def _give_up(self) -> None:
        if self._task is not None:
            self._lost = True
            self._task.cancel()


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine runs in a task
    return task
