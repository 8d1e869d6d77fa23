"""What the in-process channel promises beyond being like a wire."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest

from grokgate.api.billing.v1.billing_pb2 import (
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
    ExtendHoldRequest,
    ExtendHoldResponse,
    PlaceHoldRequest,
    PlaceHoldResponse,
)
from grokgate.chassis.inprocess_messages import MessageChangedError
from grokgate.chassis.inprocess_server import InProcessServer
from tests.chassis.conformance import Witness, in_process, serving

REQUEST = PlaceHoldRequest(hold_id="hold")


async def answering(_request: Any, _context: Any) -> PlaceHoldResponse:
    return PlaceHoldResponse(account_id="account")


async def test_messages_are_handed_over_as_they_are() -> None:
    seen = []

    async def place_hold(request: Any, _context: Any) -> Any:
        seen.append(request)
        return response

    response = PlaceHoldResponse(account_id="account")
    async with serving(in_process, PlaceHold=place_hold) as ends:
        assert await ends.billing.PlaceHold(REQUEST) is response
    assert seen[0] is REQUEST


async def test_a_request_changed_after_it_was_sent_is_found_at_the_next_send() -> None:
    async with serving(in_process, PlaceHold=answering) as ends:
        request = PlaceHoldRequest(hold_id="hold")
        await ends.billing.PlaceHold(request)
        request.hold_id = "another"
        with pytest.raises(MessageChangedError, match="PlaceHoldRequest was changed"):
            ends.billing.PlaceHold(request)


async def test_a_response_changed_by_its_reader_is_found_when_the_server_stops() -> None:
    async with serving(in_process, PlaceHold=answering) as ends:
        response = await ends.billing.PlaceHold(REQUEST)
        response.held_usd_ticks = 5
        with pytest.raises(MessageChangedError, match="PlaceHoldResponse was changed"):
            await ends.server.stop(None)


async def test_a_response_written_twice_with_a_change_between_fails_the_rpc() -> None:
    async def expand(_request: Any, _context: Any) -> AsyncIterator[Any]:
        response = ExtendHoldResponse(expires_at_ms=1)
        yield response
        response.expires_at_ms = 2
        yield response

    async with serving(in_process, Expand=expand) as ends:
        call = ends.expand(ExtendHoldRequest())
        assert await call.read()
        with pytest.raises(grpc.aio.AioRpcError, match="ExtendHoldResponse was changed"):
            await call.read()


async def test_a_servicer_learns_that_its_client_is_in_process() -> None:
    async def place_hold(_request: Any, context: Any) -> Any:
        assert context.auth_context() == {}
        return PlaceHoldResponse(account_id=context.peer())

    async with serving(in_process, PlaceHold=place_hold) as ends:
        assert (await ends.billing.PlaceHold(REQUEST)).account_id == "inprocess:"


async def test_a_servicer_that_cancels_itself_ends_the_rpc() -> None:
    async def place_hold(_request: Any, _context: Any) -> Any:
        raise asyncio.CancelledError

    async with serving(in_process, PlaceHold=place_hold) as ends:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await ends.billing.PlaceHold(REQUEST)
    assert raised.value.code() is grpc.StatusCode.CANCELLED


async def test_a_call_that_is_dropped_cancels_its_servicer() -> None:
    seen = Witness()

    async def execute(_stream: Any, context: Any) -> None:
        with seen.watching():
            await context.write(ExecuteCommandsResponse())
            await asyncio.Event().wait()

    async def requests() -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield ExecuteCommandsRequest()

    async with serving(in_process, ExecuteCommands=execute) as ends:
        async for _ in ends.billing.ExecuteCommands(requests()):
            break
        await seen.ended.wait()
    assert seen.events == ["CancelledError"]


async def test_a_request_iterator_ends_with_its_rpc() -> None:
    seen = Witness()

    async def collect(_stream: Any, _context: Any) -> Any:
        await seen.began.wait()
        return ExtendHoldResponse()

    async def requests() -> AsyncIterator[Any]:
        with seen.watching():
            await asyncio.Event().wait()
            yield ExtendHoldRequest()

    async with serving(in_process, Collect=collect) as ends:
        await ends.collect(requests())
        await seen.ended.wait()
    assert seen.events == ["CancelledError"]


async def test_an_endless_iterator_that_never_waits_ends_with_its_rpc() -> None:
    sent = 0

    async def collect(stream: Any, _context: Any) -> Any:
        await anext(stream)
        return ExtendHoldResponse()

    def requests() -> Iterator[Any]:
        nonlocal sent
        while True:
            sent += 1
            yield ExtendHoldRequest()

    async with serving(in_process, Collect=collect) as ends:
        await ends.collect(requests())
    assert sent > 1


async def test_a_write_where_one_response_is_due_fails_the_rpc() -> None:
    async def place_hold(_request: Any, context: Any) -> Any:
        await context.write(PlaceHoldResponse())

    async with serving(in_process, PlaceHold=place_hold) as ends:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await ends.billing.PlaceHold(REQUEST)
    assert raised.value.code() is grpc.StatusCode.UNKNOWN


async def test_a_generator_is_closed_when_the_client_goes_between_its_messages() -> None:
    closed = asyncio.Event()

    async def expand(_request: Any, _context: Any) -> AsyncIterator[Any]:
        try:
            while True:
                yield ExtendHoldResponse(expires_at_ms=1)
        finally:
            closed.set()

    async with serving(in_process, Expand=expand) as ends:
        call = ends.expand(ExtendHoldRequest())
        await call.read()
        call.cancel()
        await closed.wait()
    assert call.cancelled()


async def test_several_writers_share_a_window() -> None:
    count = 40
    go_on = asyncio.Event()

    async def collect(stream: Any, _context: Any) -> Any:
        await go_on.wait()
        names = {hold.hold_id async for hold in stream}
        return ExtendHoldResponse(expires_at_ms=len(names))

    async with serving(in_process, Collect=collect) as ends:
        call = ends.collect()
        holds = [ExtendHoldRequest(hold_id=f"{name:010000}") for name in range(count)]
        writers = [asyncio.ensure_future(call.write(hold)) for hold in holds]
        await asyncio.sleep(0)
        written = sum(writer.done() for writer in writers)
        go_on.set()
        await asyncio.gather(*writers)
        await call.done_writing()
        assert (await call).expires_at_ms == count
    assert written == 7


async def test_stop_awaits_what_servicers_do_when_they_are_cancelled() -> None:
    seen = Witness()

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)
                seen.events.append("cleaned up")

    async with serving(in_process, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.began.wait()
        await ends.server.stop(None)
        assert seen.events == ["cleaned up", "CancelledError"]
        assert await call.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_second_stop_cuts_the_grace_of_the_first() -> None:
    seen = Witness()

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            await asyncio.Event().wait()

    async with serving(in_process, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.began.wait()
        patient = asyncio.ensure_future(ends.server.stop(1000))
        await asyncio.sleep(0)
        await ends.server.stop(None)
        await patient
        assert await call.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_server_starts_only_once() -> None:
    server = InProcessServer()
    await server.stop(None)
    await server.start()
    await server.start()
    await server.stop(None)
    with pytest.raises(grpc.aio.UsageError, match="only once"):
        await server.start()


async def test_waiting_for_termination_ends_with_the_stop_or_the_time() -> None:
    server = InProcessServer()
    await server.start()
    assert await server.wait_for_termination(0.01)
    waiting = asyncio.ensure_future(server.wait_for_termination())
    await asyncio.sleep(0)
    await server.stop(None)
    assert not await waiting


def test_a_server_in_process_has_no_ports() -> None:
    with pytest.raises(grpc.aio.UsageError, match="cannot listen"):
        InProcessServer().add_insecure_port("127.0.0.1:0")


async def test_a_call_tells_when_a_server_that_starts_later_has_taken_it() -> None:
    async with serving(in_process, started=False, ExecuteCommands=answering) as ends:
        call = ends.billing.ExecuteCommands(wait_for_ready=True)
        connecting = asyncio.ensure_future(call.wait_for_connection())
        await asyncio.sleep(0)
        assert not connecting.done()
        await ends.server.start()
        await connecting


async def test_the_state_of_a_channel_follows_its_server_and_its_close() -> None:
    states = []
    async with serving(in_process, started=False) as ends:
        for change in (ends.server.start, lambda: ends.server.stop(None), ends.channel.close):
            states.append(ends.channel.get_state())
            waiting = asyncio.ensure_future(ends.channel.wait_for_state_change(states[-1]))
            await asyncio.sleep(0)
            await change()
            await waiting
        states.append(ends.channel.get_state())
    assert [state.name for state in states] == ["IDLE", "READY", "IDLE", "SHUTDOWN"]


async def test_a_stray_exception_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def place_hold(_request: Any, _context: Any) -> Any:
        raise ZeroDivisionError("nothing is left")

    async with serving(in_process, PlaceHold=place_hold) as ends:
        with pytest.raises(grpc.aio.AioRpcError):
            await ends.billing.PlaceHold(REQUEST)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage().endswith("/PlaceHold raised ZeroDivisionError")
    assert record.exc_info
