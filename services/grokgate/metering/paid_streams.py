"""Paid streams that outlive their readers.

The work writes to its reader by itself, so that nothing stands between an event and the wire. A
reader that leaves, or takes nothing for too long, turns the work into a drain of PaidCalls.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.patience import Patience
from grokgate.metering.paid_calls import PaidCalls

_LOG = logging.getLogger(__name__)

Write = Callable[[Any], Awaitable[None]]


class Reader:
    """Who reads a stream, as the work sees it."""

    def __init__(self, write: Write, stall_timeout_s: float) -> None:
        self.reads = True
        self.told_all = False
        self.loss: Exception | None = None
        self._write = write
        self._patience = Patience(stall_timeout_s)
        self._call = asyncio.timeout(None)

    async def take(self, message: Any) -> None:
        """Hand a message over, waiting while the reader is behind; drop it if nobody reads."""
        if not self.reads:
            return
        try:
            await self._patience.wait_for(self._write(message))
        except TimeoutError:
            self._lose(_stalled())
        except Exception as exc:  # noqa: BLE001  # no failure of a write may end the paid work
            self._lose(exc)

    async def take_last(self, message: Any) -> None:
        """Hand the last message over; the RPC then ends well, however the work does."""
        await self.take(message)
        self.told_all = self.reads

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """The length of the RPC; a loss ends the block at once, and silently."""
        try:
            with self._patience:
                async with self._call:
                    yield
        except TimeoutError:
            _LOG.info("a reader was lost", extra={"error": repr(self.loss)})
        finally:
            self.reads = False

    def _lose(self, loss: Exception) -> None:
        if self.reads:
            self.reads = False
            self.loss = loss
            self._call.reschedule(asyncio.get_running_loop().time())


class PaidStreams:
    """Runs paid work that answers in messages."""

    def __init__(self, paid_calls: PaidCalls, *, stall_timeout_s: float = 60) -> None:
        self._paid_calls = paid_calls
        self._stall_timeout_s = stall_timeout_s

    async def run(
        self, write: Write, work: Callable[[Reader], Coroutine[Any, Any, None]], owner: str
    ) -> None:
        """Return when the work has ended; `write` sends the RPC's caller one message.

        `owner` is as in `PaidCalls.run`. Cancelling leaves the work draining. Raises what the work
        raises, TIMEOUT when the reader stalled, or OVERLOADED when `PaidCalls.stop` cut work that
        had no last word.
        """
        reader = Reader(write, self._stall_timeout_s)
        try:
            async with reader.served():
                await self._paid_calls.run(work(reader), owner)
        except GrokgateError:
            if not reader.told_all:
                raise
        if reader.loss is not None:
            raise reader.loss


def _stalled() -> GrokgateError:
    return GrokgateError(
        Reason.TIMEOUT, "The answer was not read for too long.", upstream_started=True
    )
