"""A gRPC channel to a server in the same process."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

import grpc

from grokgate.chassis.inprocess_calls import (
    InProcessStreamStreamCall,
    InProcessStreamUnaryCall,
    InProcessUnaryStreamCall,
    InProcessUnaryUnaryCall,
    RequestIterator,
)
from grokgate.chassis.inprocess_exchange import LOCALLY_CANCELLED, Exchange
from grokgate.chassis.inprocess_messages import NO_STREAM, MessageGate, MessageQueue
from grokgate.chassis.inprocess_metadata import MetadataLike, legal_pairs
from grokgate.chassis.inprocess_server import InProcessServer


class InProcessChannel(grpc.aio.Channel):
    """Carries what stubs ask to an InProcessServer; stands in for a grpc.aio channel.

    Behaves as a channel over a wire to the same servicers does, except that a message is handed
    over as it is: once it was sent, neither end changes it.
    """

    def __init__(self, server: InProcessServer) -> None:
        self._server = server
        self._closed = False
        self._open: set[Exchange] = set()

    def unary_unary(self, method: str, *_codec: Any, **_options: Any) -> Any:
        """What a stub calls for one request and one response."""
        return _RequestMultiCallable(self, method, InProcessUnaryUnaryCall, _no_stream)

    def unary_stream(self, method: str, *_codec: Any, **_options: Any) -> Any:
        """What a stub calls for one request and a stream of responses."""
        return _RequestMultiCallable(self, method, InProcessUnaryStreamCall, MessageQueue)

    def stream_unary(self, method: str, *_codec: Any, **_options: Any) -> Any:
        """What a stub calls for a stream of requests and one response."""
        return _RequestStreamMultiCallable(self, method, InProcessStreamUnaryCall, _no_stream)

    def stream_stream(self, method: str, *_codec: Any, **_options: Any) -> Any:
        """What a stub calls for streams both ways."""
        return _RequestStreamMultiCallable(self, method, InProcessStreamStreamCall, MessageQueue)

    @property
    def gate(self) -> MessageGate:
        """What weighs the messages of both ends."""
        return self._server.gate

    def carry(
        self, exchange: Exchange, timeout_s: float | None, *, wait_for_ready: bool | None
    ) -> None:
        """Begins an RPC; raises UsageError if the channel is closed."""
        if self._closed:
            raise grpc.aio.UsageError("Channel is closed.")
        self._open.add(exchange)
        exchange.on_end(partial(self._open.discard, exchange))
        exchange.set_deadline(timeout_s)
        self._server.accept(exchange, wait_for_ready=bool(wait_for_ready))

    async def close(self, grace: float | None = None) -> None:
        """Takes no new RPCs and cancels the others after `grace` seconds."""
        self._closed = True
        self._server.announce_change()
        if grace:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    for exchange in list(self._open):
                        await exchange.final_status()
        for exchange in list(self._open):
            exchange.interrupt(LOCALLY_CANCELLED)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.close()

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:  # noqa: FBT001, FBT002  # grpc's signature
        """READY while the server takes RPCs."""
        del try_to_connect
        if self._closed:
            return grpc.ChannelConnectivity.SHUTDOWN
        if self._server.is_serving:
            return grpc.ChannelConnectivity.READY
        return grpc.ChannelConnectivity.IDLE

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits until the state is another one."""
        while self.get_state() is last_observed_state:
            await self._server.wait_for_change()

    async def channel_ready(self) -> None:
        """Waits until the server takes RPCs."""
        while self.get_state() is not grpc.ChannelConnectivity.READY:
            await self._server.wait_for_change()


class _MultiCallable:
    """Calls one method; `call` makes what the caller gets, `responses` the stream if any."""

    def __init__(
        self,
        channel: InProcessChannel,
        method: str,
        call: Callable[..., Any],
        responses: Callable[[], MessageQueue],
    ) -> None:
        self._channel = channel
        self._method = method
        self._call = call
        self._responses = responses

    def _exchange(self, metadata: MetadataLike | None, requests: MessageQueue) -> Exchange:
        return Exchange(
            self._method,
            legal_pairs(metadata),
            self._channel.gate,
            requests=requests,
            responses=self._responses(),
        )


class _RequestMultiCallable(_MultiCallable):
    """Calls a method with one request."""

    def __call__(
        self,
        request: Any,
        *,
        timeout: float | None = None,
        metadata: MetadataLike | None = None,
        wait_for_ready: bool | None = None,
        **_wire_options: Any,
    ) -> Any:
        exchange = self._exchange(metadata, NO_STREAM)
        exchange.send_request(request)
        self._channel.carry(exchange, timeout, wait_for_ready=wait_for_ready)
        return self._call(exchange)


class _RequestStreamMultiCallable(_MultiCallable):
    """Calls a method with a stream of requests."""

    def __call__(
        self,
        request_iterator: RequestIterator | None = None,
        *,
        timeout: float | None = None,
        metadata: MetadataLike | None = None,
        wait_for_ready: bool | None = None,
        **_wire_options: Any,
    ) -> Any:
        exchange = self._exchange(metadata, MessageQueue())
        self._channel.carry(exchange, timeout, wait_for_ready=wait_for_ready)
        return self._call(exchange, request_iterator)


def _no_stream() -> MessageQueue:
    return NO_STREAM
