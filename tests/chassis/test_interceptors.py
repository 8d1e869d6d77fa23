"""What a caller and an operator learn of each call, over a wire and in process."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import grpc
import grpc.aio
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from grokgate.chassis.calls import Call
from grokgate.chassis.errors import WITHHELD_MESSAGE, GrokgateError, Reason
from grokgate.chassis.guards import GuardInterceptor
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.rpc_types import Context, Handler
from grokgate.chassis.secrets import Secret
from grokgate.chassis.statuses import from_rpc_error
from tests.chassis.echo_room import (
    METHODS,
    SERVICE,
    STREAM_METHODS,
    EchoRoom,
    ask,
    begin,
    channel_to,
    in_process_channel_to,
)

CALL = Call(Secret("llmtr-very-secret-key"), request_id="req_7")
LOGGER = "grokgate.chassis.interceptors"


OpenTo = Callable[..., AbstractAsyncContextManager[grpc.aio.Channel]]

WAYS: dict[str, OpenTo] = {"wire": channel_to, "process": in_process_channel_to}


@pytest.fixture(params=WAYS)
def open_to(request: pytest.FixtureRequest) -> OpenTo:
    """Opens a channel to a room; the two kinds may not be told apart."""
    return WAYS[request.param]


class CallDetails(grpc.HandlerCallDetails):
    method = "/a/B"
    invocation_metadata = ()


def counted(metrics: Metrics, method: str, code: str) -> float:
    """How many calls of a method ended with a code."""
    labels = {"rpc": f"{SERVICE}/{method}", "code": code}
    return metrics.registry.get_sample_value("grokgate_rpc_seconds_count", labels) or 0


def logged(caplog: pytest.LogCaptureFixture, level: int) -> list[logging.LogRecord]:
    """What the interceptors logged at a level or above."""
    return [r for r in caplog.records if r.name == LOGGER and r.levelno >= level]


@pytest.mark.parametrize("method", METHODS)
async def test_an_answer_passes_unchanged(open_to: OpenTo, method: str) -> None:
    metrics = Metrics()
    async with open_to(EchoRoom(), metrics=metrics) as channel:
        assert await ask(channel, method) == ["hello"]
    assert counted(metrics, method, "OK") == 1


@pytest.mark.parametrize("method", METHODS)
async def test_our_error_reaches_the_caller_whole(open_to: OpenTo, method: str) -> None:
    error = GrokgateError(Reason.KEY_BUDGET_EXCEEDED, "Used up.", details={"used": 7})

    async def refuse(_context: Context) -> None:
        raise error

    metrics = Metrics()
    async with open_to(EchoRoom(refuse), metrics=metrics) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(channel, method)
    assert vars(from_rpc_error(caught.value)) == vars(error)
    assert counted(metrics, method, "FAILED_PRECONDITION") == 1


@pytest.mark.parametrize("method", METHODS)
async def test_an_unexpected_error_is_withheld_and_logged_with_its_traceback(
    open_to: OpenTo, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def break_down(_context: Context) -> None:
        raise KeyError("inner workings")

    metrics = Metrics()
    async with open_to(EchoRoom(break_down), metrics=metrics) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(channel, method, metadata=CALL.metadata())
    error = from_rpc_error(caught.value)
    assert (error.reason, error.message) == (Reason.INTERNAL_ERROR, WITHHELD_MESSAGE)
    assert "inner workings" not in str(caught.value)
    assert counted(metrics, method, "INTERNAL") == 1
    (record,) = logged(caplog, logging.ERROR)
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError
    assert vars(record)["request_id"] == "req_7"


async def test_what_a_stream_sent_before_it_failed_arrives(open_to: OpenTo) -> None:
    async def refuse(_context: Context) -> None:
        raise GrokgateError(Reason.TIMEOUT, "Too slow.")

    async with open_to(EchoRoom(refuse)) as channel:
        stream = begin(channel, "UnaryStream")
        assert await stream.read() == StringValue(value="hello")
        with pytest.raises(grpc.aio.AioRpcError):
            await stream.read()
        assert await stream.code() is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("method", METHODS)
async def test_a_servicers_own_abort_is_left_alone(open_to: OpenTo, method: str) -> None:
    async def abort(context: Context) -> None:
        await context.abort(grpc.StatusCode.ABORTED, "mine")

    metrics = Metrics()
    async with open_to(EchoRoom(abort), metrics=metrics) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="mine") as caught:
            await ask(channel, method)
        # The caller has its status before the servicer's `abort` returns.
        while not counted(metrics, method, "ABORTED"):  # noqa: ASYNC110  # nothing tells of a count
            await asyncio.sleep(0)
    assert caught.value.code() is grpc.StatusCode.ABORTED
    assert counted(metrics, method, "ABORTED") == 1


async def test_a_status_set_without_raising_is_counted(open_to: OpenTo) -> None:
    async def decline(context: Context) -> None:
        context.set_code(grpc.StatusCode.NOT_FOUND)

    metrics = Metrics()
    async with open_to(EchoRoom(decline), metrics=metrics) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await ask(channel, "UnaryUnary")
    assert counted(metrics, "UnaryUnary", "NOT_FOUND") == 1


class Stalling:
    """A behaviour that waits for ever, and tells when it began and when it was cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def __call__(self, _context: Context) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


@pytest.mark.parametrize("method", METHODS)
async def test_a_caller_that_leaves_cancels_the_method(
    open_to: OpenTo, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    stalling, metrics = Stalling(), Metrics()
    async with open_to(EchoRoom(stalling), metrics=metrics) as channel:
        call = begin(channel, method)
        await stalling.begun.wait()
        call.cancel()
        await stalling.cancelled.wait()
    assert counted(metrics, method, "CANCELLED") == 1
    assert not logged(caplog, logging.WARNING)


async def test_a_deadline_is_counted_as_one(open_to: OpenTo) -> None:
    stalling, metrics = Stalling(), Metrics()
    async with open_to(EchoRoom(stalling), metrics=metrics) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(channel, "UnaryUnary", timeout=0.2)
        await stalling.cancelled.wait()
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert counted(metrics, "UnaryUnary", "DEADLINE_EXCEEDED") == 1


async def test_a_generator_is_closed_when_its_caller_leaves(open_to: OpenTo) -> None:
    stalling = Stalling()
    room = EchoRoom(stalling)
    async with open_to(room) as channel:
        call = begin(channel, "UnaryStream")
        await stalling.begun.wait()
        call.cancel()
        await stalling.cancelled.wait()
    assert room.closed_generators == 1


@pytest.mark.parametrize("method", STREAM_METHODS)
async def test_a_reader_gone_mid_stream_is_no_error_of_ours(
    open_to: OpenTo, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def flood(context: Context) -> None:
        begun.set()
        try:
            while True:
                await context.write(StringValue(value="x" * 10_000))
        finally:
            ended.set()

    metrics = Metrics()
    async with open_to(EchoRoom(flood), metrics=metrics) as channel:
        call = begin(channel, method)
        await begun.wait()
        call.cancel()
        await ended.wait()
    assert counted(metrics, method, "CANCELLED") == 1
    assert not logged(caplog, logging.WARNING)


async def test_an_unknown_method_is_unimplemented(open_to: OpenTo) -> None:
    async with open_to(EchoRoom()) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(channel, "Nothing")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("reason", "code", "level"),
    [
        (Reason.INVALID_API_KEY, "UNAUTHENTICATED", logging.INFO),
        (Reason.BILLING_UNAVAILABLE, "UNAVAILABLE", logging.WARNING),
    ],
)
async def test_a_refusal_is_logged_by_whose_fault_it_is(
    open_to: OpenTo, reason: Reason, code: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(_context: Context) -> None:
        raise GrokgateError(reason, "No.")

    caplog.set_level(logging.INFO, LOGGER)
    async with open_to(EchoRoom(refuse)) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await ask(channel, "UnaryUnary", metadata=CALL.metadata())
    (record,) = logged(caplog, logging.INFO)
    fields = vars(record)
    assert (record.levelno, fields["code"], fields["reason"]) == (level, code, reason)
    assert fields["request_id"] == "req_7"
    assert fields["rpc"] == f"/{SERVICE}/UnaryUnary"
    assert fields["duration_ms"] >= 0


async def test_no_key_and_no_message_is_logged_at_any_level(
    open_to: OpenTo, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_to(EchoRoom()) as channel:
        await ask(channel, "UnaryUnary", metadata=CALL.metadata())
    assert f"/{SERVICE}/UnaryUnary" in [vars(r)["rpc"] for r in logged(caplog, logging.DEBUG)]
    everything = json.dumps([vars(record) for record in caplog.records], default=repr)
    assert "very-secret" not in everything
    assert "hello" not in everything


async def test_a_method_is_wrapped_once_and_anew_for_another_servers_handler() -> None:
    async def behaviour(request: bytes, _context: Context) -> bytes:
        return request

    interceptor = GuardInterceptor(lambda _method: lambda _context: nullcontext())
    wrapped = []
    first: Handler = grpc.unary_unary_rpc_method_handler(behaviour)
    second: Handler = grpc.unary_unary_rpc_method_handler(behaviour)
    for handler in (first, first, second):

        async def continuation(_details: object, found: Handler = handler) -> Handler:
            return found

        wrapped.append(await interceptor.intercept_service(continuation, CallDetails()))
    assert wrapped[0] is wrapped[1]
    assert wrapped[2] is not wrapped[0]
