"""One long-lived stream to billing, over which every command of this process travels in batches.

What queued up since the last send leaves as one message. When the stream breaks it is opened
again, and commands without a result are sent again under their own ids, in their first order:
billing answers a repeat as it answered the first.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from itertools import count, islice
from typing import Any

import grpc

from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    CommandResult,
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
    ExtendHoldRequest,
    PlaceHoldRequest,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.api.billing.v1.billing_pb2_grpc import BillingServiceStub
from grokgate.chassis.calls import Metadata
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import from_status

_LOG = logging.getLogger(__name__)

_BATCH_CEILING = 256
# Messages that may be without an answer. While two are, what queues up leaves as one: measured,
# a third less CPU than a message for nearly every command.
_AHEAD = 2
_CONNECT_TIMEOUT_S = 5.0
_BACKOFF_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
# While both start, billing may be the later one: so many failures, some ten seconds, are no news.
_FAILURES_OF_A_START = 10
_UNAVAILABLE: int = grpc.StatusCode.UNAVAILABLE.value[0]

_Request = PlaceHoldRequest | SettleHoldRequest | ReleaseHoldRequest | ExtendHoldRequest
_Stream = grpc.aio.StreamStreamCall[ExecuteCommandsRequest, ExecuteCommandsResponse]

_FIELDS = {
    PlaceHoldRequest: "place_hold",
    SettleHoldRequest: "settle_hold",
    ReleaseHoldRequest: "release_hold",
    ExtendHoldRequest: "extend_hold",
}


class Meter:
    """Sends commands to one billing address and hands their results back.

    A stream on which a command gets no answer within `answer_timeout_s` is hung up. While
    `backlog_ceiling` commands have no result, no further hold begins. `pause` waits out the
    seconds before the next stream.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        credentials: Metadata,
        *,
        answer_timeout_s: float = 10,
        backlog_ceiling: int = 10_000,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._stub = BillingServiceStub(channel)
        self._credentials = credentials
        self._answer_timeout_s = answer_timeout_s
        self._backlog_ceiling = backlog_ceiling
        self._pause = pause
        self._sequences = count(1)
        self._unsent: dict[int, Command] = {}
        self._sent: dict[int, Command] = {}
        self._results: dict[int, asyncio.Future[CommandResult]] = {}
        self._something_unsent = asyncio.Event()
        self._something_answered = asyncio.Event()
        self._nothing_pending = asyncio.Event()
        self._nothing_pending.set()
        self._failures = 0
        self._was_connected = False
        self._conversation: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect, and go on until stopped."""
        self._conversation = asyncio.create_task(self._converse_for_ever(), name="meter")

    async def stop(self, grace_s: float) -> None:
        """Wait until every command has its result, at most for the grace, and hang up."""
        try:
            async with asyncio.timeout(grace_s):
                await self._nothing_pending.wait()
        except TimeoutError:
            self._note_losses()
        if self._conversation is not None:
            self._conversation.cancel()
            await asyncio.wait([self._conversation])

    async def place(self, request: PlaceHoldRequest) -> CommandResult:
        """The result of a PlaceHold; when the wait is cancelled, the hold is taken back.

        Raises OVERLOADED when too many commands wait for billing.
        """
        if len(self._results) >= self._backlog_ceiling:
            raise GrokgateError(
                Reason.OVERLOADED, "Too many calls wait for billing.", retry_after_ms=1000
            )
        sequence = self._queue(request)
        try:
            return await self._results[sequence]
        except asyncio.CancelledError:
            self._take_back(sequence, request.hold_id)
            raise

    def send(
        self, request: SettleHoldRequest | ReleaseHoldRequest | ExtendHoldRequest
    ) -> asyncio.Future[CommandResult]:
        """Where the result will be; the command is delivered whether or not anybody waits."""
        return self._results[self._queue(request)]

    def _queue(self, request: _Request) -> int:
        sequence = next(self._sequences)
        command = Command(sequence=sequence)
        getattr(command, _FIELDS[type(request)]).CopyFrom(request)
        self._unsent[sequence] = command
        self._results[sequence] = asyncio.get_running_loop().create_future()
        self._something_unsent.set()
        self._nothing_pending.clear()
        return sequence

    def _take_back(self, sequence: int, hold_id: str) -> None:
        """Undo a place, which may have been answered while its caller was being cancelled."""
        if self._unsent.pop(sequence, None) is not None:
            self._forget(sequence)
        else:
            self.send(ReleaseHoldRequest(hold_id=hold_id, void_reason="cancelled"))

    def _forget(self, sequence: int) -> asyncio.Future[CommandResult]:
        result = self._results.pop(sequence)
        if not self._results:
            self._nothing_pending.set()
        return result

    async def _converse_for_ever(self) -> None:
        while True:
            try:
                await self._converse()
            except Exception as exc:  # noqa: BLE001  # whatever broke it, settlements must go on
                self._note_break(exc)
            backoff_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
            self._failures += 1
            await self._pause(backoff_s)

    async def _converse(self) -> None:
        """Open a stream, and send and take until it breaks."""
        stream = self._stub.ExecuteCommands(metadata=self._credentials)
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                await stream.wait_for_connection()
            self._was_connected = True
            await _until_one_ends(self._read(stream), self._write(stream), self._watch())
        finally:
            stream.cancel()

    async def _write(self, stream: _Stream) -> None:
        await self._write_again(stream)
        unanswered: list[int] = []  # the last command of each message that has no answer
        while True:
            await self._something_unsent.wait()
            while len(unanswered := [one for one in unanswered if one in self._sent]) >= _AHEAD:
                self._something_answered.clear()
                await self._something_answered.wait()
            batch = dict(islice(self._unsent.items(), _BATCH_CEILING))
            for sequence in batch:
                del self._unsent[sequence]
            self._sent |= batch
            if not self._unsent:
                self._something_unsent.clear()
            if batch:  # else what was queued has been taken back
                unanswered.append(next(reversed(batch)))
                await stream.write(ExecuteCommandsRequest(commands=batch.values()))

    async def _write_again(self, stream: _Stream) -> None:
        """What an earlier stream left without a result."""
        commands = iter(list(self._sent.values()))
        while batch := list(islice(commands, _BATCH_CEILING)):
            await stream.write(ExecuteCommandsRequest(commands=batch))

    async def _read(self, stream: _Stream) -> None:
        async for response in stream:
            self._take(response.results)

    def _take(self, results: Iterable[CommandResult]) -> None:
        """Hand results to those who wait; raises when billing put some commands off."""
        self._something_answered.set()
        put_off = None
        for result in results:
            if result.error.code == _UNAVAILABLE:
                put_off = result.error
            elif self._sent.pop(result.sequence, None) is not None:
                self._failures = 0
                waiting = self._forget(result.sequence)
                if not waiting.cancelled():
                    waiting.set_result(result)
        if put_off is not None:
            raise from_status(put_off)

    async def _watch(self) -> None:
        """End when billing leaves a command without an answer for too long."""
        while True:
            oldest = next(iter(self._sent), None)
            await asyncio.sleep(self._answer_timeout_s)
            if oldest in self._sent:
                raise TimeoutError(f"no answer within {self._answer_timeout_s} s")

    def _note_break(self, error: Exception) -> None:
        is_news = self._was_connected or self._failures >= _FAILURES_OF_A_START
        level = logging.WARNING if is_news else logging.DEBUG
        _LOG.log(level, "the stream to billing broke", extra={"cause": _cause(error)})

    def _note_losses(self) -> None:
        _LOG.error("billing did not take %d commands before the stop", len(self._results))
        for command in (self._sent | self._unsent).values():
            if command.HasField("settle_hold"):
                lost = str(command.settle_hold)
                _LOG.error("a settlement is lost", extra={"settlement": lost})


async def _until_one_ends(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all until the first ends, and end the others; raises the first failure in their order."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


def _cause(error: Exception) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name}: {error.details()}"
    return repr(error)
