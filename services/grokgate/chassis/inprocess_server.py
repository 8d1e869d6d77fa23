"""A gRPC server for clients in the same process: no sockets, no serialisation."""

import asyncio
import contextvars
import enum
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Never

import grpc

from grokgate.chassis.inprocess_context import InProcessContext
from grokgate.chassis.inprocess_exchange import Exchange, FinalStatus, NobodyReadsError
from grokgate.chassis.inprocess_messages import MessageGate, ProvingGate
from grokgate.chassis.inprocess_metadata import Pairs
from grokgate.chassis.rpc_types import Handler

# What grpc takes when it is not told otherwise.
DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024

_Resolve = Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]

_METHOD_UNKNOWN = FinalStatus(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
_NOT_SERVING = FinalStatus(
    grpc.StatusCode.UNAVAILABLE, "The server of this process is not serving."
)
_STOPPED = FinalStatus(grpc.StatusCode.UNAVAILABLE, "The server of this process has stopped.")
_SERVICER_CANCELLED = FinalStatus(grpc.StatusCode.CANCELLED, "The servicer was cancelled.")

_SHAPES = {
    (False, False): "unary_unary",
    (False, True): "unary_stream",
    (True, False): "stream_unary",
    (True, True): "stream_stream",
}

_LOGGER = logging.getLogger(__name__)


class _Phase(enum.Enum):
    NEW = enum.auto()
    SERVING = enum.auto()
    STOPPING = enum.auto()
    STOPPED = enum.auto()


@dataclass(slots=True)
class _CallDetails:
    """What interceptors are told, as grpc.HandlerCallDetails."""

    method: str
    invocation_metadata: Pairs


class InProcessServer(grpc.aio.Server):
    """Serves what an InProcessChannel asks; stands in for a grpc.aio server.

    Servicers and interceptors are those of a server on a wire, as long as they are asynchronous.
    No message may be larger than `max_message_bytes`. With `prove_messages_untouched`, each
    message is serialised when it is sent and again later; MessageChangedError comes out of a later
    send, or of `stop`, when one end changed it.
    """

    def __init__(
        self,
        interceptors: Sequence[grpc.aio.ServerInterceptor] = (),
        *,
        max_message_bytes: int = DEFAULT_MAX_MESSAGE_BYTES,
        prove_messages_untouched: bool = False,
    ) -> None:
        self.gate = (ProvingGate if prove_messages_untouched else MessageGate)(max_message_bytes)
        self._phase = _Phase.NEW
        self._changed = asyncio.Event()
        self._generic_handlers: list[grpc.GenericRpcHandler] = []
        self._registered_handlers: dict[str, Handler] = {}
        self._resolve = _chain(interceptors, self._find_handler)
        self._context = contextvars.Context()
        self._waiting: list[Exchange] = []
        self._running: dict[asyncio.Task[None], Exchange] = {}

    def add_generic_rpc_handlers(
        self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]
    ) -> None:
        """Adds handlers that find methods by themselves."""
        self._generic_handlers.extend(generic_rpc_handlers)

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, Handler]
    ) -> None:
        """Adds a service's handlers by the names of its methods; they come before generic ones."""
        for name, handler in method_handlers.items():
            self._registered_handlers[f"/{service_name}/{name}"] = handler

    def add_insecure_port(self, address: str) -> Never:
        """Raises UsageError."""
        raise grpc.aio.UsageError(f"A server in process cannot listen on {address}.")

    def add_secure_port(self, address: str, server_credentials: grpc.ServerCredentials) -> Never:
        """Raises UsageError."""
        del server_credentials
        self.add_insecure_port(address)

    @property
    def is_serving(self) -> bool:
        """Whether new RPCs are taken."""
        return self._phase is _Phase.SERVING

    async def start(self) -> None:
        """Serves from now on; servicers see the context variables of this moment."""
        if self._phase is _Phase.SERVING:
            return
        if self._phase is not _Phase.NEW:
            raise grpc.aio.UsageError("A server in process starts only once.")
        self._context = contextvars.copy_context()
        self._phase = _Phase.SERVING
        self.announce_change()
        for exchange in self._waiting:
            self.accept(exchange, wait_for_ready=False)
        self._waiting.clear()

    async def stop(self, grace: float | None) -> None:
        """Takes no new RPCs, cancels those left after `grace` seconds, and awaits their end.

        Does nothing before the start. Raises MessageChangedError when all is over, if one is due.
        """
        if self._phase in {_Phase.NEW, _Phase.STOPPED}:
            return
        self._phase = _Phase.STOPPING
        self.announce_change()
        if self._running and grace is not None:
            await asyncio.wait(self._running, timeout=grace)
        for exchange in list(self._running.values()):
            exchange.interrupt(_STOPPED)
        if self._running:
            await asyncio.wait(self._running)
        self._phase = _Phase.STOPPED
        self.announce_change()
        self.gate.prove()

    async def wait_for_termination(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109  # grpc's signature
        """Waits until the server has stopped; True if that took longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while self._phase is not _Phase.STOPPED:
                    await self.wait_for_change()
        except TimeoutError:
            return True
        return False

    async def wait_for_change(self) -> None:
        """Waits until the server starts or stops, or a channel to it is closed."""
        await self._changed.wait()

    def announce_change(self) -> None:
        """Wakes those who wait for a change."""
        self._changed.set()
        self._changed.clear()

    def accept(self, exchange: Exchange, *, wait_for_ready: bool) -> None:
        """Begins to serve an RPC, or ends it with UNAVAILABLE."""
        if exchange.status is not None:
            return
        if self._phase is _Phase.SERVING:
            serving = self._serve(exchange)
            servant = exchange.loop.create_task(serving, context=self._context.copy())
            exchange.servant = servant
            exchange.accepted.set()
            self._running[servant] = exchange
            servant.add_done_callback(self._running.pop)
        elif self._phase is _Phase.NEW and wait_for_ready:
            self._waiting.append(exchange)
        else:
            exchange.end(_NOT_SERVING)

    async def _find_handler(self, details: grpc.HandlerCallDetails) -> Handler | None:
        handler = self._registered_handlers.get(details.method)
        if handler is not None:
            return handler
        found = (generic.service(details) for generic in self._generic_handlers)
        return next((handler for handler in found if handler is not None), None)

    async def _serve(self, exchange: Exchange) -> None:
        context = InProcessContext(exchange)
        try:
            details = _CallDetails(exchange.method, exchange.invocation_metadata)
            handler = await self._resolve(details)
            if handler is None:
                exchange.send_status(_METHOD_UNKNOWN)
            else:
                await _answer(handler, exchange, context)
        except asyncio.CancelledError:
            if exchange.status is None:
                # Nobody cancelled it but itself; over a wire the client would wait for ever.
                exchange.send_status(_SERVICER_CANCELLED)
            raise
        except (grpc.aio.AbortError, NobodyReadsError) as error:
            _LOGGER.debug("%s ended early: %s", exchange.method, error)
            context.fail(error)
        except Exception as error:  # a servicer may raise anything
            _LOGGER.exception("%s raised %s", exchange.method, type(error).__name__)
            context.fail(error)


def _chain(interceptors: Sequence[grpc.aio.ServerInterceptor], resolve: _Resolve) -> _Resolve:
    for interceptor in reversed(interceptors):
        resolve = partial(interceptor.intercept_service, resolve)
    return resolve


async def _answer(handler: Handler, exchange: Exchange, context: InProcessContext) -> None:
    shape = _SHAPES[handler.request_streaming, handler.response_streaming]
    asked = context.requests() if handler.request_streaming else exchange.request
    answering = getattr(handler, shape)(asked, context)
    if not handler.response_streaming:
        context.finish(await answering)
        return
    if inspect.isasyncgen(answering):
        async with aclosing(answering):
            async for response in answering:
                await context.write(response)
    else:
        await answering
    context.finish_stream()
