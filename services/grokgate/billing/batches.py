"""Group commit: whatever waits is executed as one batch, while the next one gathers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from grokgate.billing.commands import Command, Result
from grokgate.chassis.errors import GrokgateError, Reason

Outcome = Result | GrokgateError
Run = Callable[[list[Command]], Awaitable[list[Outcome]]]


class Batches:
    """A queue of command groups and the one worker that empties it.

    `run` executes a batch; it answers each command and never raises. A group is never split, so
    its commands are committed together. What was submitted is executed, also when nobody waits
    for the answer any more.
    """

    def __init__(
        self, run: Run, *, most_batch_commands: int = 512, most_waiting_groups: int = 16_384
    ) -> None:
        self._run = run
        self._most_batch_commands = most_batch_commands
        self._most_waiting_groups = most_waiting_groups
        self._waiting: deque[tuple[Sequence[Command], asyncio.Future[list[Outcome]]]] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._worker = asyncio.create_task(self._work(), name="ledger-batches")

    def submit(self, commands: Sequence[Command]) -> asyncio.Future[list[Outcome]]:
        """The outcomes of the commands, in order, once they are committed.

        Raises BILLING_UNAVAILABLE when too much waits already, and after `close`.
        """
        if self._closing or len(self._waiting) >= self._most_waiting_groups:
            raise GrokgateError(
                Reason.BILLING_UNAVAILABLE, "Billing is busy. Try again.", retry_after_ms=1000
            )
        answer: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self._waiting.append((commands, answer))
        self._wake.set()
        return answer

    async def close(self) -> None:
        """Execute what waits, then stop."""
        self._closing = True
        self._wake.set()
        await self._worker

    async def _work(self) -> None:
        while self._waiting or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._execute(self._next_groups())

    def _next_groups(self) -> list[tuple[Sequence[Command], asyncio.Future[list[Outcome]]]]:
        groups = [self._waiting.popleft()]
        size = len(groups[0][0])
        while self._waiting and size + len(self._waiting[0][0]) <= self._most_batch_commands:
            groups.append(self._waiting.popleft())
            size += len(groups[-1][0])
        return groups

    async def _execute(
        self, groups: list[tuple[Sequence[Command], asyncio.Future[list[Outcome]]]]
    ) -> None:
        outcomes = iter(await self._run([command for group, _ in groups for command in group]))
        for group, answer in groups:
            own = [next(outcomes) for _ in group]
            if not answer.done():
                answer.set_result(own)
