"""Two ends of an RPC joined by the wire or in process, and what a scenario notes about them."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
from google.protobuf.message import Message

from grokgate.api.billing.v1.billing_pb2 import ExtendHoldRequest, ExtendHoldResponse
from grokgate.api.billing.v1.billing_pb2_grpc import (
    BillingServiceServicer,
    BillingServiceStub,
    add_BillingServiceServicer_to_server,
)
from grokgate.chassis.inprocess_channel import InProcessChannel
from grokgate.chassis.inprocess_server import InProcessServer

SERVICE = "conformance.v1.StreamService"
MAX_MESSAGE_BYTES = 512 * 1024
PATIENCE_S = 10

Handler = Callable[[Any, Any], Any]
Interceptors = Sequence[grpc.aio.ServerInterceptor]


@dataclass
class Ends:
    """A server, a channel to it, and the stubs of every shape of RPC.

    Billing has a unary RPC and one that streams both ways; `expand` streams the responses only,
    `collect` the requests only.
    """

    server: grpc.aio.Server
    channel: Any
    billing: Any = field(init=False)
    expand: Any = field(init=False)
    collect: Any = field(init=False)

    def __post_init__(self) -> None:
        self.billing = BillingServiceStub(self.channel)
        codec = {
            "request_serializer": ExtendHoldRequest.SerializeToString,
            "response_deserializer": ExtendHoldResponse.FromString,
        }
        self.expand = self.channel.unary_stream(f"/{SERVICE}/Expand", **codec)
        self.collect = self.channel.stream_unary(f"/{SERVICE}/Collect", **codec)


class Join(Protocol):
    """How a server and a channel to it come about."""

    def __call__(self, interceptors: Interceptors) -> Any:
        """A context that gives the two, not yet started."""


@asynccontextmanager
async def wire(interceptors: Interceptors) -> AsyncIterator[Ends]:
    """Two ends over a socket on loopback."""
    caps = [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.initial_reconnect_backoff_ms", 50),
        ("grpc.min_reconnect_backoff_ms", 50),
        ("grpc.enable_http_proxy", 0),
    ]
    server = grpc.aio.server(
        interceptors=list(interceptors), options=[*caps, ("grpc.so_reuseport", 0)]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=caps) as channel:
        try:
            yield Ends(server, channel)
        finally:
            await server.stop(None)


@asynccontextmanager
async def in_process(interceptors: Interceptors) -> AsyncIterator[Ends]:
    """Two ends in one process."""
    server = InProcessServer(
        interceptors=interceptors,
        max_message_bytes=MAX_MESSAGE_BYTES,
        prove_messages_untouched=True,
    )
    async with InProcessChannel(server) as channel:
        try:
            yield Ends(server, channel)
        finally:
            await server.stop(None)


@asynccontextmanager
async def serving(
    join: Join, *, started: bool = True, interceptors: Interceptors = (), **handlers: Handler
) -> AsyncIterator[Ends]:
    """Ends whose RPCs are answered by the handlers of their names."""
    async with join(interceptors) as ends:
        billing: Any = BillingServiceServicer()  # type: ignore[abstract]  # RPCs are attributes
        for name in ("PlaceHold", "ExecuteCommands"):
            if name in handlers:
                setattr(billing, name, handlers[name])
        add_BillingServiceServicer_to_server(billing, ends.server)
        ends.server.add_generic_rpc_handlers([_streams(handlers)])
        if started:
            await ends.server.start()
        async with asyncio.timeout(PATIENCE_S):
            yield ends


def _streams(handlers: dict[str, Handler]) -> grpc.GenericRpcHandler:
    codec: dict[str, Any] = {
        "request_deserializer": ExtendHoldRequest.FromString,
        "response_serializer": ExtendHoldResponse.SerializeToString,
    }
    shapes = {
        "Expand": grpc.unary_stream_rpc_method_handler,
        "Collect": grpc.stream_unary_rpc_method_handler,
    }
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            name: shape(handlers[name], **codec)
            for name, shape in shapes.items()
            if name in handlers
        },
    )


@dataclass
class Witness:
    """What a servicer saw, and whether it has ended."""

    events: list[object] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.began.set()
        try:
            yield
        except BaseException as error:
            internal = isinstance(error, grpc.aio.InternalError)
            self.events.append("InternalError" if internal else type(error).__name__)
            raise
        else:
            self.events.append("returned")
        finally:
            self.ended.set()


async def outcome(awaitable: Awaitable[Any]) -> object:
    """What awaiting gave, as plain data."""
    try:
        answer = await awaitable
    except grpc.aio.AioRpcError as error:
        initial, trailing = plain(error.initial_metadata()), plain(error.trailing_metadata())
        return ("failed", error.code().name, unwrapped(error.details()), initial, trailing)
    except asyncio.CancelledError:
        return "cancelled"
    except (grpc.aio.UsageError, asyncio.InvalidStateError) as error:
        return (type(error).__name__, str(error))
    except grpc.aio.InternalError:
        return "InternalError"
    return str(answer) if isinstance(answer, Message) else answer


async def ending(call: Any) -> object:
    """How a call ended, as its methods tell."""
    return (
        (await call.code()).name,
        unwrapped(await call.details()),
        plain(await call.initial_metadata()),
        plain(await call.trailing_metadata()),
        call.done(),
        call.cancelled(),
    )


def unwrapped(details: str | None) -> str | None:
    """Details without the words that a wire puts around them when it notices its end first."""
    wrapped = re.fullmatch(r"Stream removed \((.*)\)", details or "")
    return wrapped[1] if wrapped else details


def plain(metadata: Any) -> list[tuple[str, object]]:
    """Metadata without what only a wire adds."""
    return [(key, value) for key, value in metadata or () if key != "user-agent"]


async def collected(stream: Any, into: list[object]) -> None:
    """Puts the messages of a stream into a list."""
    async for message in stream:
        into.append(str(message))  # noqa: PERF401  # what came before a failure counts
