"""A room of every kind of method that behaves as a test tells it, and ways to call it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
from google.protobuf.wrappers_pb2 import StringValue

from grokgate.chassis.channels import open_channel
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.inprocess_channel import InProcessChannel
from grokgate.chassis.inprocess_server import InProcessServer
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

_SERVER_CODEC = (StringValue.FromString, StringValue.SerializeToString)
_CLIENT_CODEC = (StringValue.SerializeToString, StringValue.FromString)


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
            "UnaryUnary": grpc.unary_unary_rpc_method_handler(self._unary_unary, *_SERVER_CODEC),
            "UnaryStream": grpc.unary_stream_rpc_method_handler(self._unary_stream, *_SERVER_CODEC),
            "StreamUnary": grpc.stream_unary_rpc_method_handler(self._stream_unary, *_SERVER_CODEC),
            "StreamStream": grpc.stream_stream_rpc_method_handler(
                self._stream_stream, *_SERVER_CODEC
            ),
            "Written": grpc.unary_stream_rpc_method_handler(self._written, *_SERVER_CODEC),
        }
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])

    async def start(self) -> None:
        pass

    async def stop(self, grace_s: float) -> None:
        pass

    async def _unary_unary(self, request: StringValue, context: Context) -> StringValue:
        await self.behave(context)
        return request

    async def _unary_stream(
        self, request: StringValue, context: Context
    ) -> AsyncIterator[StringValue]:
        try:
            yield request
            await self.behave(context)
        finally:
            self.closed_generators += 1

    async def _stream_unary(
        self, requests: AsyncIterator[StringValue], context: Context
    ) -> StringValue:
        await self.behave(context)
        return StringValue(value="".join([request.value async for request in requests]))

    async def _stream_stream(
        self, requests: AsyncIterator[StringValue], context: Context
    ) -> AsyncIterator[StringValue]:
        async for request in requests:
            yield request
            await self.behave(context)

    async def _written(self, request: StringValue, context: Context) -> None:
        await context.write(request)
        await self.behave(context)


def begin(channel: Any, method: str, text: str = "hello", **options: Any) -> Any:
    """A method's call, to which a text is sent."""
    path = f"/{SERVICE}/{method}"
    message = StringValue(value=text)
    match method:
        case "UnaryUnary":
            return channel.unary_unary(path, *_CLIENT_CODEC)(message, **options)
        case "StreamUnary":
            halves = [StringValue(value=text[:2]), StringValue(value=text[2:])]
            return channel.stream_unary(path, *_CLIENT_CODEC)(iter(halves), **options)
        case "StreamStream":
            return channel.stream_stream(path, *_CLIENT_CODEC)(iter([message]), **options)
        case _:
            return channel.unary_stream(path, *_CLIENT_CODEC)(message, **options)


async def ask(
    channel: grpc.aio.Channel, method: str, text: str = "hello", **options: Any
) -> list[str]:
    """Every text that a method answers."""
    call = begin(channel, method, text, **options)
    if method in UNARY_METHODS:
        return [(await call).value]
    return [message.value async for message in call]


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


@asynccontextmanager
async def in_process_channel_to(
    room: EchoRoom, metrics: Metrics | None = None
) -> AsyncIterator[grpc.aio.Channel]:
    """The same, without a wire."""
    interceptors = server_interceptors(metrics or Metrics(), SystemClock())
    server = InProcessServer(interceptors, prove_messages_untouched=True)
    room.register(server)
    await server.start()
    async with InProcessChannel(server) as channel:
        yield channel
    await server.stop(0)
