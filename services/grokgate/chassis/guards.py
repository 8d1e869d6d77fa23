"""Puts something around every call of a method, whatever its kind."""

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any

import grpc
import grpc.aio

from grokgate.chassis.rpc_types import Context, Handler

# What stands around one call.
Guard = Callable[[Context], AbstractAsyncContextManager[None]]

# By (request_streaming, response_streaming): the handler's field, and what builds such a handler.
_KINDS: dict[tuple[bool, bool], tuple[str, Callable[..., Handler]]] = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


class GuardInterceptor(grpc.aio.ServerInterceptor):
    """Wraps each method once, with the guard that `guard_for` makes for its name.

    Methods are coroutines or async generators; synchronous ones are not served here.
    """

    def __init__(self, guard_for: Callable[[str], Guard]) -> None:
        self._guard_for = guard_for
        self._guarded: dict[str, tuple[Handler, Handler]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """The wrapped handler; None for a method that nobody serves."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        method = handler_call_details.method
        known = self._guarded.get(method)
        if known is None or known[0] is not handler:
            known = handler, guarded(handler, self._guard_for(method))
            self._guarded[method] = known
        return known[1]


def guarded(handler: Handler, guard: Guard) -> Handler:
    """The same method with `guard` around each call."""
    kind, build = _KINDS[handler.request_streaming, handler.response_streaming]
    behaviour = getattr(handler, kind)
    surround = _around_generator if inspect.isasyncgenfunction(behaviour) else _around_coroutine
    return build(
        surround(behaviour, guard),
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )


def _around_coroutine(behaviour: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    async def answer(request: Any, context: Context) -> Any:
        async with guard(context):
            return await behaviour(request, context)

    return answer


def _around_generator(behaviour: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    # gRPC drops a generator whose reader has gone and leaves its `finally` to the garbage
    # collector. Writing its messages ourselves closes it at once, inside the guard.
    async def answer(request: Any, context: Context) -> None:
        async with guard(context), aclosing(behaviour(request, context)) as messages:
            async for message in messages:
                await context.write(message)

    return answer
