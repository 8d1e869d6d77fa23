"""What stands around every RPC that we serve, in one order."""

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any

import grpc
import grpc.aio
from grpc_status import rpc_status

from grokgate.chassis.calls import REQUEST_ID
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import WITHHELD_MESSAGE, GrokgateError, Reason
from grokgate.chassis.guards import GuardInterceptor
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.statuses import STATUS_CODES, to_status

_logger = logging.getLogger(__name__)

_CODE = grpc.StatusCode
_UNREMARKABLE = frozenset({_CODE.OK, _CODE.CANCELLED})
_OUR_FAULT = frozenset({_CODE.INTERNAL, _CODE.UNKNOWN, _CODE.UNAVAILABLE, _CODE.DATA_LOSS})


def server_interceptors(metrics: Metrics, clock: Clock) -> list[grpc.aio.ServerInterceptor]:
    """The interceptors of one server, outermost first; each server needs its own list."""
    return [
        GuardInterceptor(lambda method: lambda context: _ErrorBorder(method, context)),
        GuardInterceptor(lambda method: _record(method, metrics, clock)),
    ]


class _ErrorBorder:
    """Turns what a method raises into a status; tells nothing of an unexpected exception."""

    __slots__ = ("_context", "_method")

    def __init__(self, method: str, context: Context) -> None:
        self._method = method
        self._context = context

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # gRPC's own exceptions say that the RPC is over already; cancellation is not an Exception.
        if not isinstance(error, Exception) or isinstance(error, grpc.aio.BaseError):
            return
        if not isinstance(error, GrokgateError):
            _logger.error(
                "unexpected error in %s",
                self._method,
                exc_info=error,
                extra={"request_id": _request_id(self._context)},
            )
            error = GrokgateError(Reason.INTERNAL_ERROR, WITHHELD_MESSAGE)
        await self._context.abort_with_status(rpc_status.to_status(to_status(error)))


def _record(method: str, metrics: Metrics, clock: Clock) -> Callable[[Context], "_CallRecord"]:
    observe = metrics.rpc_observer(method.removeprefix("/"))
    return lambda context: _CallRecord(method, context, observe, clock)


class _CallRecord:
    """Counts and logs a call: its method, code, reason and time; never its content."""

    __slots__ = ("_clock", "_context", "_method", "_observe", "_started_ms")

    def __init__(
        self, method: str, context: Context, observe: Callable[[str, float], None], clock: Clock
    ) -> None:
        self._method = method
        self._context = context
        self._observe = observe
        self._clock = clock
        self._started_ms = 0

    async def __aenter__(self) -> None:
        self._started_ms = self._clock.monotonic_ms()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        duration_ms = self._clock.monotonic_ms() - self._started_ms
        code = _code(error, self._context)
        self._observe(code.name, duration_ms / 1000)
        level = _level(code)
        if _logger.isEnabledFor(level):
            extra = {
                "rpc": self._method,
                "code": code.name,
                "reason": error.reason if isinstance(error, GrokgateError) else "",
                "duration_ms": duration_ms,
                "request_id": _request_id(self._context),
            }
            _logger.log(level, "rpc", extra=extra)


def _code(error: BaseException | None, context: Context) -> grpc.StatusCode:
    """The status that a call ends with."""
    if isinstance(error, GrokgateError):
        return STATUS_CODES[error.reason]
    if error is None or isinstance(error, grpc.aio.AbortError):
        code: grpc.StatusCode | None = context.code()  # None while nothing has set it
        return code or _CODE.OK
    if isinstance(error, asyncio.CancelledError | grpc.aio.BaseError):
        return _CODE.DEADLINE_EXCEEDED if context.time_remaining() == 0 else _CODE.CANCELLED
    return _CODE.INTERNAL


def _level(code: grpc.StatusCode) -> int:
    if code in _UNREMARKABLE:
        return logging.DEBUG
    return logging.WARNING if code in _OUR_FAULT else logging.INFO


def _request_id(context: Context) -> Any:
    return dict(context.invocation_metadata() or ()).get(REQUEST_ID, "")
