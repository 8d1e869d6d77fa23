"""A room of every kind of method, on bytes, that behaves as a test tells it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio

from grokgate.chassis.channels import open_channel
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.interceptors import server_interceptors
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.rpc_types import Context, Handler
from grokgate.chassis.serving import WireServer

Behaviour = Callable[[Context], Awaitable[None]]

SERVICE = "grokgate.tests.Echo"
MESSAGE_CAP_BYTES = 1 << 20

UNARY_METHODS = ("UnaryUnary", "StreamUnary")
STREAM_METHODS = ("UnaryStream", "StreamStream", "Written")
METHODS = (*UNARY_METHODS, *STREAM_METHODS)


async def behave_well(_context: Context) -> None:
    pass


class EchoRoom:
    """Sends back what comes; streams send one message before they `behave`."""

    name = "echo"
    service_names = (SERVICE,)

    def __init__(self, behave: Behaviour = behave_well) -> None:
        self.behave = behave
        self.closed_generators = 0

    def register(self, server: grpc.aio.Server) -> None:
        handlers: dict[str, Handler] = {
            "UnaryUnary": grpc.unary_unary_rpc_method_handler(self._unary_unary),
            "UnaryStream": grpc.unary_stream_rpc_method_handler(self._unary_stream),
            "StreamUnary": grpc.stream_unary_rpc_method_handler(self._stream_unary),
            "StreamStream": grpc.stream_stream_rpc_method_handler(self._stream_stream),
            "Written": grpc.unary_stream_rpc_method_handler(self._written),
        }
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])

    async def start(self) -> None:
        pass

    async def stop(self, grace_s: float) -> None:
        pass

    async def _unary_unary(self, request: bytes, context: Context) -> bytes:
        await self.behave(context)
        return request

    async def _unary_stream(self, request: bytes, context: Context) -> AsyncIterator[bytes]:
        try:
            yield request
            await self.behave(context)
        finally:
            self.closed_generators += 1

    async def _stream_unary(self, requests: AsyncIterator[bytes], context: Context) -> bytes:
        await self.behave(context)
        return b"".join([request async for request in requests])

    async def _stream_stream(
        self, requests: AsyncIterator[bytes], context: Context
    ) -> AsyncIterator[bytes]:
        async for request in requests:
            yield request
            await self.behave(context)

    async def _written(self, request: bytes, context: Context) -> None:
        await context.write(request)
        await self.behave(context)


def begin(channel: Any, method: str, **options: Any) -> Any:
    """A method's call, to which `hello` is sent."""
    path = f"/{SERVICE}/{method}"
    match method:
        case "UnaryUnary":
            return channel.unary_unary(path)(b"hello", **options)
        case "StreamUnary":
            return channel.stream_unary(path)(iter([b"hel", b"lo"]), **options)
        case "StreamStream":
            return channel.stream_stream(path)(iter([b"hello"]), **options)
        case _:
            return channel.unary_stream(path)(b"hello", **options)


async def ask(channel: grpc.aio.Channel, method: str, **options: Any) -> list[bytes]:
    """Every message that a method answers to `hello`."""
    call = begin(channel, method, **options)
    if method in UNARY_METHODS:
        return [await call]
    return [message async for message in call]


@asynccontextmanager
async def serving(
    room: EchoRoom, address: str = "127.0.0.1:0", metrics: Metrics | None = None, **options: Any
) -> AsyncIterator[tuple[WireServer, str]]:
    """A started server that says SERVING, and where it listens."""
    server = WireServer(
        address,
        [room],
        interceptors=server_interceptors(metrics or Metrics(), SystemClock()),
        message_cap_bytes=MESSAGE_CAP_BYTES,
        **options,
    )
    bound = await server.start()
    await server.set_serving(True)
    try:
        yield server, bound
    finally:
        await server.stop(0)


@asynccontextmanager
async def channel_to(room: EchoRoom, **options: Any) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server of its own."""
    async with (
        serving(room, **options) as (_, address),
        open_channel(address, message_cap_bytes=MESSAGE_CAP_BYTES) as channel,
    ):
        yield channel
