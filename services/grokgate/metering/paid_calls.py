"""Paid work that outlives its caller.

A caller that leaves ends the answer, never the upstream call or its settlement: the work goes on
as a drain, within limits on how many drain at once and for how long. Past them it is cancelled,
and settles by what it saw. Where there are too many, whoever has the most of them loses one: by
leaving, nobody can cut the calls of others.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar

from grokgate.chassis.errors import GrokgateError, Reason

_LOG = logging.getLogger(__name__)

T = TypeVar("T")


class PaidCalls:
    """Runs each paid call in a task that this object owns."""

    def __init__(self, *, drain_limit: int = 64, drain_timeout_s: float = 120) -> None:
        self._drain_limit = drain_limit
        self._drain_timeout_s = drain_timeout_s
        self._tasks: set[asyncio.Task[Any]] = set()
        # Who owns each, in the order in which their callers left.
        self._drains: dict[asyncio.Task[Any], str] = {}

    async def run(self, work: Coroutine[Any, Any, T], owner: str) -> T:
        """The result of the work; cancelling the caller leaves the work draining.

        `owner` is whose work it is: any name, the same for all of one caller's. Raises what the
        work raises, or OVERLOADED when `stop` cut it.
        """
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            self._drain(task, owner)
            raise
        if task.cancelled():
            raise GrokgateError(
                Reason.OVERLOADED,
                "The gateway stopped before the answer was complete.",
                upstream_started=True,
            )
        return task.result()

    async def stop(self, grace_s: float) -> None:
        """Wait for all work, cancel what is left after the grace, and wait for its endings."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        if late:
            _LOG.warning("cut %d paid calls at the stop", len(late))
            await asyncio.wait(late)

    @property
    def drains(self) -> int:
        """Calls that go on without a caller."""
        return len(self._drains)

    def _drain(self, task: asyncio.Task[Any], owner: str) -> None:
        self._drains[task] = owner
        deadline = asyncio.get_running_loop().call_later(self._drain_timeout_s, task.cancel)
        task.add_done_callback(lambda _: deadline.cancel())
        task.add_done_callback(self._drains.pop)
        task.add_done_callback(_note_outcome)
        if len(self._drains) > self._drain_limit:
            self._cut_one()

    def _cut_one(self) -> None:
        """Cut the latest drain of the owner that has the most of those that go on."""
        going_on = {task: owner for task, owner in self._drains.items() if not task.cancelling()}
        if len(going_on) <= self._drain_limit:
            return
        latest_first = [*reversed(going_on.items())]
        # Of owners with equally many, the one whose caller left last.
        [(most, _)] = Counter(owner for _, owner in latest_first).most_common(1)
        _LOG.warning("too many drains: a call without a caller is cut")
        next(task for task, owner in latest_first if owner == most).cancel()


def _note_outcome(task: asyncio.Task[Any]) -> None:
    """Nobody else looks at a drain's failure."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.info("a call without a caller failed", extra={"error": repr(error)})
