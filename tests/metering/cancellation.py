"""Cancels a coroutine where it waits."""

import asyncio
from collections.abc import Coroutine, Generator
from enum import Enum
from typing import Any


class Moment(Enum):
    """When the task is cancelled: while it waits, or when what it waits for has just come."""

    WAITING = "while it waits"
    ANSWERED = "as the answer comes"


class CancelledAt:
    """Awaits the work, and cancels the task that does so at the work's n-th suspension."""

    def __init__(self, work: Coroutine[Any, Any, object], suspension: int, moment: Moment) -> None:
        self._work = work
        self._suspension = suspension
        self._moment = moment

    def __await__(self) -> Generator[Any, None, object]:
        steps = self._work.__await__()
        resume = steps.__next__
        suspensions = 0
        while True:
            try:
                awaited = resume()
            except StopIteration as end:
                return end.value
            if suspensions == self._suspension:
                self._cancel(awaited)
            suspensions += 1
            try:
                yield awaited
                resume = steps.__next__
            except BaseException as exc:  # noqa: BLE001  # the work gets whatever comes
                resume = _throwing(steps, exc)

    def _cancel(self, awaited: asyncio.Future[Any] | None) -> None:
        task = asyncio.current_task()
        assert task is not None
        if awaited is None or self._moment is Moment.WAITING:
            task.cancel()
        else:
            awaited.add_done_callback(lambda _: task.cancel())


def _throwing(steps: Generator[Any, Any, Any], exc: BaseException) -> Any:
    return lambda: steps.throw(exc)
