"""How the edge asks a service, and what its failures mean."""

from collections.abc import AsyncGenerator
from typing import TypeVar

import grpc
import grpc.aio

from grokgate.chassis.calls import Call
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import from_rpc_error

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

_STATUS_DETAILS = "grpc-status-details-bin"
# gRPC's words for a call that never left this process; anything else may have reached a service.
_NEVER_CONNECTED = "failed to connect to all addresses"


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
    try:
        return await rpc(request, metadata=call.metadata(), timeout=timeout_s)
    except grpc.aio.AioRpcError as exc:
        raise _paid_error(exc) from exc


async def ask_in_stream(
    rpc: grpc.aio.UnaryStreamMultiCallable[Asked, Answered],
    request: Asked,
    call: Call,
    timeout_s: float,
) -> AsyncGenerator[Answered]:
    """Ask like `ask` for an answer in pieces; the call ends when the generator is closed."""
    answers = rpc(request, metadata=call.metadata(), timeout=timeout_s)
    try:
        async for answer in answers:
            yield answer
    except grpc.aio.AioRpcError as exc:
        raise _paid_error(exc) from exc
    finally:
        answers.cancel()


async def ask_billing(
    rpc: grpc.aio.UnaryUnaryMultiCallable[Asked, Answered],
    request: Asked,
    call: Call,
    timeout_s: float,
) -> Answered:
    """Ask billing about the caller; raises GrokgateError, BILLING_UNAVAILABLE when it is silent."""
    try:
        return await rpc(request, metadata=call.metadata(), timeout=timeout_s)
    except grpc.aio.AioRpcError as exc:
        error = from_rpc_error(exc)
        if error.reason in {Reason.OVERLOADED, Reason.TIMEOUT}:
            error = GrokgateError(
                Reason.BILLING_UNAVAILABLE, "Billing does not answer. Try again soon."
            )
        raise error from exc


def _paid_error(exc: grpc.aio.AioRpcError) -> GrokgateError:
    error = from_rpc_error(exc)
    if not _described(exc) and not (exc.details() or "").startswith(_NEVER_CONNECTED):
        error.upstream_started = True
    return error


def _described(exc: grpc.aio.AioRpcError) -> bool:
    return any(name == _STATUS_DETAILS for name, _ in exc.trailing_metadata() or ())
