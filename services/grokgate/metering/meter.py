"""One long-lived stream to billing, over which every command of this process travels in batches.

What queued up since the last send leaves as one message. When the stream breaks it is opened
again, and commands without a result are sent again under their own ids: billing answers a repeat
as it answered the first.
"""

import asyncio
import logging
from itertools import count, islice

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

_LOG = logging.getLogger(__name__)

_BATCH_CEILING = 256
_BACKLOG_CEILING = 10_000
_CONNECT_TIMEOUT_S = 5.0
_BACKOFF_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

Request = PlaceHoldRequest | SettleHoldRequest | ReleaseHoldRequest | ExtendHoldRequest
_Stream = grpc.aio.StreamStreamCall[ExecuteCommandsRequest, ExecuteCommandsResponse]

_FIELDS = {
    PlaceHoldRequest: "place_hold",
    SettleHoldRequest: "settle_hold",
    ReleaseHoldRequest: "release_hold",
    ExtendHoldRequest: "extend_hold",
}


class Meter:
    """Sends commands to one billing address and hands their results back."""

    def __init__(self, channel: grpc.aio.Channel, credentials: Metadata) -> None:
        self._stub = BillingServiceStub(channel)
        self._credentials = credentials
        self._sequences = count(1)
        self._unsent: dict[int, Command] = {}
        self._sent: dict[int, Command] = {}
        self._results: dict[int, asyncio.Future[CommandResult]] = {}
        self._something_unsent = asyncio.Event()
        self._nothing_pending = asyncio.Event()
        self._nothing_pending.set()
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
            _LOG.error("billing did not take %d commands before the stop", len(self._results))
        if self._conversation is not None:
            self._conversation.cancel()
            await asyncio.wait([self._conversation])

    def send(self, request: Request) -> asyncio.Future[CommandResult]:
        """Queue a command and answer with where its result will be.

        A PlaceHold whose future is cancelled before it was sent is dropped; every other command
        is delivered whether or not anybody waits. Raises OVERLOADED when too many commands wait
        and this one would begin another hold.
        """
        if len(self._results) >= _BACKLOG_CEILING and isinstance(request, PlaceHoldRequest):
            raise GrokgateError(
                Reason.OVERLOADED, "Too many calls wait for billing.", retry_after_ms=1000
            )
        sequence = next(self._sequences)
        command = Command(sequence=sequence, **{_FIELDS[type(request)]: request})  # type: ignore[arg-type]  # one field of the oneof
        result = asyncio.get_running_loop().create_future()
        self._unsent[sequence] = command
        self._results[sequence] = result
        self._something_unsent.set()
        self._nothing_pending.clear()
        return result

    async def _converse_for_ever(self) -> None:
        failures = 0
        while True:
            try:
                await self._converse()
            except (grpc.RpcError, TimeoutError) as exc:
                cause = exc.code().name if isinstance(exc, grpc.aio.AioRpcError) else repr(exc)
                _LOG.warning("the stream to billing broke", extra={"cause": cause})
            self._unsent = self._sent | self._unsent
            failures = 0 if self._sent else failures + 1
            self._sent = {}
            await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])

    async def _converse(self) -> None:
        """Open a stream, and send and take until it breaks."""
        stream = self._stub.ExecuteCommands(metadata=self._credentials)
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            await stream.wait_for_connection()
        both = [asyncio.create_task(self._write(stream)), asyncio.create_task(self._read(stream))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stream.cancel()
            for task in both:
                task.cancel()
            outcomes = await asyncio.gather(*both, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _write(self, stream: _Stream) -> None:
        while True:
            await self._something_unsent.wait()
            batch = list(islice(self._unsent.items(), _BATCH_CEILING))
            for sequence, command in batch:
                del self._unsent[sequence]
                if self._results[sequence].cancelled():
                    self._forget(sequence)  # a hold that nobody waits for any more
                else:
                    self._sent[sequence] = command
            if not self._unsent:
                self._something_unsent.clear()
            commands = [command for sequence, command in batch if sequence in self._sent]
            if commands:
                await stream.write(ExecuteCommandsRequest(commands=commands))

    async def _read(self, stream: _Stream) -> None:
        async for response in stream:
            for result in response.results:
                if self._sent.pop(result.sequence, None) is None:
                    continue
                future = self._results[result.sequence]
                self._forget(result.sequence)
                if not future.cancelled():
                    future.set_result(result)

    def _forget(self, sequence: int) -> None:
        del self._results[sequence]
        if not self._results:
            self._nothing_pending.set()
