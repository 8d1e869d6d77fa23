"""What a client holds of an RPC in process: the calls that a stub returns."""

import asyncio
import enum
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterable
from typing import Any, Self

import grpc

from grokgate.chassis.inprocess_exchange import LOCALLY_CANCELLED, Exchange, FinalStatus

RequestIterator = AsyncIterable[Any] | Iterable[Any]

_DROPPED = FinalStatus(grpc.StatusCode.CANCELLED, "Cancelled upon garbage collection!")
_LOGGER = logging.getLogger(__name__)


class _Style(enum.Enum):
    """How an application takes part in a stream; it keeps to the first that it chose."""

    ITERATOR = enum.auto()
    READ_WRITE = enum.auto()


class _Call(grpc.aio.Call):
    """What calls of every shape do; they behave as those of grpc.aio."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __del__(self) -> None:
        exchange = self._exchange
        if exchange.status is None and not exchange.loop.is_closed():
            # The collector runs in any thread.
            exchange.loop.call_soon_threadsafe(exchange.interrupt, _DROPPED)

    def done(self) -> bool:
        """Whether the RPC has ended."""
        return self._exchange.status is not None

    def cancelled(self) -> bool:
        """Whether the RPC has ended with CANCELLED."""
        status = self._exchange.status
        return status is not None and status.code is grpc.StatusCode.CANCELLED

    def cancel(self) -> bool:
        """Ends the RPC and cancels its servicer; False if it had ended."""
        if self.done():
            return False
        self._exchange.interrupt(LOCALLY_CANCELLED)
        return True

    def add_done_callback(self, callback: Callable[[Self], None]) -> None:
        """Has a callback called when the RPC ends; at once if it has."""
        self._exchange.on_end(lambda: callback(self))

    def time_remaining(self) -> float | None:
        """Seconds until the deadline, or None."""
        return self._exchange.time_remaining_s()

    async def initial_metadata(self) -> grpc.aio.Metadata:
        """What the server sent ahead, once it has."""
        await self._exchange.metadata_sent.wait()
        return grpc.aio.Metadata(*self._exchange.initial_metadata)

    async def trailing_metadata(self) -> grpc.aio.Metadata:
        """What came with the final status, once there is one."""
        status = await self._exchange.final_status()
        return grpc.aio.Metadata(*status.trailing_metadata)

    async def code(self) -> grpc.StatusCode:
        """The final status' code, once there is one."""
        return (await self._exchange.final_status()).code

    async def details(self) -> str:
        """The final status' details, once there is one."""
        return (await self._exchange.final_status()).details

    async def wait_for_connection(self) -> None:
        """Waits until the server has taken the RPC; raises AioRpcError if it has failed."""
        await self._exchange.accepted.wait()
        if self._exchange.status is not None:
            self._raise_unless_ok(self._exchange.status)

    def _raise_unless_ok(self, status: FinalStatus) -> None:
        if status is LOCALLY_CANCELLED:
            raise asyncio.CancelledError
        if status.code is not grpc.StatusCode.OK:
            raise grpc.aio.AioRpcError(
                status.code,
                grpc.aio.Metadata(*self._exchange.initial_metadata),
                grpc.aio.Metadata(*status.trailing_metadata),
                status.details,
            )


class _ResponseCall(_Call):
    """A call with one response."""

    def __await__(self) -> Generator[Any, None, Any]:
        try:
            status = yield from self._exchange.final_status().__await__()
        except asyncio.CancelledError:
            self.cancel()
            raise
        self._raise_unless_ok(status)
        return self._exchange.response


class _ResponseStreamCall(_Call):
    """A call with a stream of responses."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._reading_style: _Style | None = None

    def __aiter__(self) -> Self:
        self._read_by(_Style.ITERATOR)
        return self

    async def __anext__(self) -> Any:
        response = await self._take()
        if response is grpc.aio.EOF:
            raise StopAsyncIteration
        return response

    async def read(self) -> Any:
        """The next response, or EOF; raises AioRpcError if the RPC failed."""
        if not self.done():
            self._read_by(_Style.READ_WRITE)
        return await self._take()

    async def _take(self) -> Any:
        try:
            response = await self._exchange.take_response()
        except asyncio.CancelledError:
            self.cancel()
            raise
        if response is grpc.aio.EOF:
            self._raise_unless_ok(await self._exchange.final_status())
        return response

    def _read_by(self, style: _Style) -> None:
        self._reading_style = self._reading_style or style
        _refuse_mixture(self._reading_style, style)


class _RequestStreamCall(_Call):
    """A call with a stream of requests, written by the application or taken from its iterator."""

    def __init__(self, exchange: Exchange, requests: RequestIterator | None) -> None:
        super().__init__(exchange)
        self._writing_style = _Style.READ_WRITE if requests is None else _Style.ITERATOR
        if requests is not None:
            sending = exchange.loop.create_task(_send_all(exchange, requests))
            exchange.on_end(sending.cancel)

    async def write(self, request: Any) -> None:
        """Sends a request once the servicer has room for it."""
        _refuse_mixture(self._writing_style, _Style.READ_WRITE)
        if self.done():
            raise asyncio.InvalidStateError("RPC already finished.")
        if self._exchange.requests.closed:
            raise asyncio.InvalidStateError('RPC is half closed after calling "done_writing".')
        try:
            await self._exchange.stream_request(request)
        except asyncio.CancelledError:
            self.cancel()
            raise

    async def done_writing(self) -> None:
        """Tells the servicer that no further request will come."""
        _refuse_mixture(self._writing_style, _Style.READ_WRITE)
        self._exchange.requests.close()


class InProcessUnaryUnaryCall(_ResponseCall, grpc.aio.UnaryUnaryCall[Any, Any]):
    """One request, one response."""

    async def wait_for_connection(self) -> None:
        """Waits for the end, as grpc.aio does; raises AioRpcError if the RPC has failed."""
        self._raise_unless_ok(await self._exchange.final_status())


class InProcessUnaryStreamCall(_ResponseStreamCall, grpc.aio.UnaryStreamCall[Any, Any]):
    """One request, a stream of responses."""


class InProcessStreamUnaryCall(
    _RequestStreamCall, _ResponseCall, grpc.aio.StreamUnaryCall[Any, Any]
):
    """A stream of requests, one response."""


class InProcessStreamStreamCall(
    _RequestStreamCall, _ResponseStreamCall, grpc.aio.StreamStreamCall[Any, Any]
):
    """Streams both ways."""


async def _send_all(exchange: Exchange, requests: RequestIterator) -> None:
    # Knows nothing of the call, so that a call which is dropped ends although this still waits.
    try:
        async for request in _each(requests):
            if exchange.status is not None:
                return
            await exchange.stream_request(request)
    except Exception:  # an application's iterator may raise anything
        _LOGGER.debug("The request iterator of %s broke", exchange.method, exc_info=True)
        exchange.interrupt(LOCALLY_CANCELLED)
    else:
        exchange.requests.close()


def _each(requests: RequestIterator) -> AsyncIterable[Any]:
    return requests if isinstance(requests, AsyncIterable) else _each_of_iterable(requests)


async def _each_of_iterable(requests: Iterable[Any]) -> AsyncIterator[Any]:
    for request in requests:
        yield request


def _refuse_mixture(chosen: _Style, style: _Style) -> None:
    if chosen is not style:
        raise grpc.aio.UsageError(
            "The iterator and read/write APIs may not be mixed on a single RPC."
        )
