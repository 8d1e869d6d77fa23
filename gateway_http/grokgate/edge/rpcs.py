"""How the edge asks a service, and what its failures mean."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import grpc
import grpc.aio

from grokgate.chassis.calls import Call
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import from_rpc_error
from grokgate.edge.errors import answer_lost

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")
_ErrorOf = Callable[[grpc.aio.AioRpcError], GrokgateError]

# What a client is told of a failure that no service described.
_WORDS = {
    Reason.OVERLOADED: "The gateway cannot answer this at the moment. Try again soon.",
    Reason.TIMEOUT: "The answer took longer than the gateway waits for it.",
    Reason.BODY_TOO_LARGE: "The request or its answer is larger than the gateway passes on.",
    Reason.UNSUPPORTED_OPERATION: "This gateway does not serve this operation.",
}

_STATUS_DETAILS = "grpc-status-details-bin"
# How the details begin of a call that never left this process: gRPC's words where no replica is
# connected and healthy, where there is one address, and where the name leads nowhere; and those of
# the channel within a process. Any other call may have reached its service.
_NEVER_LEFT = (
    "connections to all backends failing",
    "failed to connect to all addresses",
    "errors resolving",
    "The server of this process is not serving.",
)


async def ask(
    rpc: grpc.aio.UnaryUnaryMultiCallable[Asked, Answered],
    request: Asked,
    call: Call,
    timeout_s: float,
) -> Answered:
    """Ask a service that may make a paid call; raises GrokgateError.

    A failure that the service did not describe itself may have come after the provider began, so
    it says so.
    """
    with _told_as(_paid_error):
        return await rpc(request, metadata=call.metadata(), timeout=timeout_s)


async def ask_by_stream(
    rpc: grpc.aio.StreamUnaryMultiCallable[Asked, Answered],
    requests: AsyncIterator[Asked],
    call: Call,
    timeout_s: float,
) -> Answered:
    """Ask like `ask`, with the question in pieces."""
    with _told_as(_paid_error):
        return await rpc(requests, metadata=call.metadata(), timeout=timeout_s)


def ask_in_stream(
    rpc: grpc.aio.UnaryStreamMultiCallable[Asked, Answered],
    request: Asked,
    call: Call,
    timeout_s: float,
) -> AsyncGenerator[Answered]:
    """Ask like `ask` for an answer in pieces; the call ends when the generator is closed."""
    return _pieces(rpc, request, call, timeout_s, _paid_error)


async def ask_about(
    rpc: grpc.aio.UnaryUnaryMultiCallable[Asked, Answered],
    request: Asked,
    call: Call,
    timeout_s: float,
) -> Answered:
    """Ask a service about what is there, which never costs; raises GrokgateError."""
    with _told_as(_error):
        return await rpc(request, metadata=call.metadata(), timeout=timeout_s)


def ask_about_in_stream(
    rpc: grpc.aio.UnaryStreamMultiCallable[Asked, Answered],
    request: Asked,
    call: Call,
    timeout_s: float,
) -> AsyncGenerator[Answered]:
    """Ask like `ask_about` for an answer in pieces, and like `ask_in_stream`."""
    return _pieces(rpc, request, call, timeout_s, from_rpc_error)


async def ask_billing(
    rpc: grpc.aio.UnaryUnaryMultiCallable[Asked, Answered],
    request: Asked,
    call: Call,
    timeout_s: float,
) -> Answered:
    """Ask billing about the caller; raises GrokgateError, BILLING_UNAVAILABLE when it is silent."""
    with _told_as(_billing_error):
        return await rpc(request, metadata=call.metadata(), timeout=timeout_s)


@contextmanager
def _told_as(error_of: _ErrorOf) -> Iterator[None]:
    """What a stub raises becomes ours, as `error_of` reads it."""
    try:
        yield
    except grpc.aio.AioRpcError as exc:
        raise error_of(exc) from exc


def _billing_error(exc: grpc.aio.AioRpcError) -> GrokgateError:
    error = from_rpc_error(exc)
    if error.reason in {Reason.OVERLOADED, Reason.TIMEOUT}:
        return GrokgateError(Reason.BILLING_UNAVAILABLE, "Billing does not answer. Try again soon.")
    return error


def _error(exc: grpc.aio.AioRpcError) -> GrokgateError:
    error = from_rpc_error(exc)
    if not _described(exc):
        error.message = _WORDS.get(error.reason, error.message)
    return error


async def _pieces(
    rpc: grpc.aio.UnaryStreamMultiCallable[Asked, Answered],
    request: Asked,
    call: Call,
    timeout_s: float,
    error_of: _ErrorOf,
) -> AsyncGenerator[Answered]:
    """Begin the call when the first piece is asked for, so that there is none to forget."""
    answers = rpc(request, metadata=call.metadata(), timeout=timeout_s)
    try:
        with _told_as(error_of):
            async for answer in answers:
                yield answer
    finally:
        answers.cancel()


def _paid_error(exc: grpc.aio.AioRpcError) -> GrokgateError:
    error = _error(exc)
    if _described(exc) or (exc.details() or "").startswith(_NEVER_LEFT):
        return error
    if error.reason is Reason.OVERLOADED:
        return answer_lost()
    error.upstream_started = True
    return error


def _described(exc: grpc.aio.AioRpcError) -> bool:
    return any(name == _STATUS_DETAILS for name, _ in exc.trailing_metadata() or ())
