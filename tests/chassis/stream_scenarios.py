"""Scenarios of streams, one way and both ways; each tells what both ends saw."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc

from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    CommandResult,
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
    ExtendHoldRequest,
    ExtendHoldResponse,
)
from tests.chassis.conformance import Join, Witness, collected, ending, outcome, plain, serving

EOF = grpc.aio.EOF
# Large, since a wire takes in megabytes before it holds a writer back.
CHUNK = 500_000


def request(sequence: int) -> ExecuteCommandsRequest:
    return ExecuteCommandsRequest(commands=[Command(sequence=sequence)])


def response(sequence: int) -> ExecuteCommandsResponse:
    return ExecuteCommandsResponse(results=[CommandResult(sequence=sequence)])


def large_request(size: int) -> ExecuteCommandsRequest:
    command = Command()
    command.release_hold.hold_id = "x" * size
    return ExecuteCommandsRequest(commands=[command])


def large_response(size: int) -> ExecuteCommandsResponse:
    result = CommandResult()
    result.error.message = "x" * size
    return ExecuteCommandsResponse(results=[result])


async def requests(count: int) -> AsyncIterator[ExecuteCommandsRequest]:
    for sequence in range(count):
        yield request(sequence)


async def echo(stream: Any, _context: Any) -> AsyncIterator[Any]:
    async for message in stream:
        yield response(message.commands[0].sequence)


async def iterators_both_ways(join: Join) -> object:
    async with serving(join, ExecuteCommands=echo) as ends:
        call = ends.billing.ExecuteCommands(requests(5), metadata=(("one", "1"),))
        received: list[object] = []
        await collected(call, received)
        return received, await ending(call)


async def reads_and_writes_both_ways(join: Join) -> object:
    seen = Witness()

    async def execute(_stream: Any, context: Any) -> None:
        with seen.watching():
            await context.send_initial_metadata((("first", "1"),))
            while (message := await context.read()) is not EOF:
                seen.events.append(str(message))
                await context.write(response(message.commands[0].sequence))
            context.set_trailing_metadata((("last", "2"),))

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        await call.wait_for_connection()
        events: list[object] = [plain(await call.initial_metadata())]
        for sequence in range(3):
            await call.write(request(sequence))
            events.append(str(await call.read()))
        await call.done_writing()
        events += [await outcome(call.read()) is EOF, await outcome(call.read()) is EOF]
        return events, await ending(call), seen.events


async def a_half_close(join: Join) -> object:
    async def execute(stream: Any, context: Any) -> None:
        count = 0
        async for _ in stream:
            count += 1
        await context.write(response(count))
        await context.write(response(count + 1))

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        await call.write(request(1))
        await call.done_writing()
        await call.done_writing()
        refused = await outcome(call.write(request(2)))
        received = [await outcome(call.read()) for _ in range(2)]
        last = await outcome(call.read()) is EOF
        return refused, received, last, await outcome(call.write(request(3)))


async def a_server_that_ends_first(join: Join) -> object:
    async def execute(_stream: Any, context: Any) -> None:
        await context.read()
        await context.write(response(1))

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        await call.write(request(1))
        events = [await outcome(call.read()), await outcome(call.read()) is EOF]
        return events, await ending(call), await outcome(call.write(request(2)))


async def an_abort_after_messages(join: Join) -> object:
    async def expand(_request: Any, context: Any) -> AsyncIterator[Any]:
        for state in (1, 2, 3):
            yield ExtendHoldResponse(expires_at_ms=state)
        await context.abort(grpc.StatusCode.ABORTED, "enough", (("why", "because"),))

    async with serving(join, Expand=expand) as ends:
        call = ends.expand(ExtendHoldRequest())
        received: list[object] = []
        end = await outcome(collected(call, received))
        return end, received, await ending(call)


async def a_stray_exception_after_messages(join: Join) -> object:
    async def expand(_request: Any, _context: Any) -> AsyncIterator[Any]:
        yield ExtendHoldResponse(expires_at_ms=1)
        raise ZeroDivisionError("nothing is left")

    async with serving(join, Expand=expand) as ends:
        received: list[object] = []
        end = await outcome(collected(ends.expand(ExtendHoldRequest()), received))
        return end, received


async def a_status_behind_unread_messages(join: Join) -> object:
    seen = Witness()

    async def expand(_request: Any, context: Any) -> None:
        with seen.watching():
            await context.write(ExtendHoldResponse(expires_at_ms=1))
            await context.write(ExtendHoldResponse(expires_at_ms=2))

    async with serving(join, Expand=expand) as ends:
        call = ends.expand(ExtendHoldRequest())
        await seen.ended.wait()
        first = str(await call.read())
        unread = call.done()
        second = str(await call.read())
        return first, unread, second, (await call.code()).name, await outcome(call.read()) is EOF


async def a_read_after_a_failure(join: Join) -> object:
    async def expand(_request: Any, context: Any) -> None:
        await context.write(ExtendHoldResponse(expires_at_ms=1))
        await context.abort(grpc.StatusCode.ABORTED, "enough")

    async with serving(join, Expand=expand) as ends:
        call = ends.expand(ExtendHoldRequest())
        return [await outcome(call.read()) for _ in range(3)]


async def a_code_set_after_messages(join: Join) -> object:
    async def expand(_request: Any, context: Any) -> AsyncIterator[Any]:
        yield ExtendHoldResponse(expires_at_ms=1)
        context.set_code(grpc.StatusCode.DATA_LOSS)
        context.set_details("half of it")

    async with serving(join, Expand=expand) as ends:
        received: list[object] = []
        end = await outcome(collected(ends.expand(ExtendHoldRequest()), received))
        return end, received


async def requests_from_an_async_iterator(join: Join) -> object:
    return await _collected_requests(join, _async_holds())


async def requests_from_an_iterator(join: Join) -> object:
    return await _collected_requests(join, iter(list(_holds())))


def _holds() -> Iterator[ExtendHoldRequest]:
    for name in "abc":
        yield ExtendHoldRequest(hold_id=name)


async def _async_holds() -> AsyncIterator[ExtendHoldRequest]:
    for hold in _holds():
        yield hold


async def _collect(stream: Any, context: Any) -> Any:
    names = [hold.hold_id async for hold in stream]
    context.set_trailing_metadata((("names", ",".join(names)),))
    return ExtendHoldResponse(expires_at_ms=1)


async def _collected_requests(join: Join, stream: object) -> object:
    async with serving(join, Collect=_collect) as ends:
        call = ends.collect(stream)
        return await outcome(call), await ending(call)


async def requests_written_one_by_one(join: Join) -> object:
    async with serving(join, Collect=_collect) as ends:
        call = ends.collect()
        for hold in _holds():
            await call.write(hold)
        await call.done_writing()
        return await outcome(call), await ending(call)


async def a_request_iterator_that_breaks(join: Join) -> object:
    seen = Witness()
    read = asyncio.Event()

    async def broken() -> AsyncIterator[ExtendHoldRequest]:
        yield ExtendHoldRequest(hold_id="a")
        await read.wait()
        raise ZeroDivisionError("no more")

    async def collect(stream: Any, _context: Any) -> Any:
        with seen.watching():
            async for hold in stream:
                seen.events.append(hold.hold_id)
                read.set()
            return ExtendHoldResponse()

    async with serving(join, Collect=collect) as ends:
        call = ends.collect(broken())
        answer = await outcome(call)
        await seen.ended.wait()
        # Over a wire, the servicer may take the end of the cancelled stream for its regular end.
        return answer, await ending(call), seen.events[0]


async def mixed_styles(join: Join) -> object:
    async with serving(join, ExecuteCommands=echo) as ends:
        reader = ends.billing.ExecuteCommands(requests(1))
        events = [await outcome(reader.write(request(1))), await outcome(reader.done_writing())]
        events.append(await outcome(reader.read()))
        try:
            reader.__aiter__()
        except grpc.aio.UsageError as error:
            events.append(str(error))
        return events


async def initial_metadata_sent_twice(join: Join) -> object:
    events: list[object] = []

    async def expand(_request: Any, context: Any) -> None:
        await context.write(ExtendHoldResponse(expires_at_ms=1))
        events.append(await outcome(context.send_initial_metadata((("late", "1"),))))

    async with serving(join, Expand=expand) as ends:
        call = ends.expand(ExtendHoldRequest())
        received: list[object] = []
        await collected(call, received)
        return received, events, await ending(call)


async def a_response_over_the_cap_in_a_stream(join: Join) -> object:
    seen = Witness()

    async def execute(_stream: Any, context: Any) -> None:
        with seen.watching():
            await context.write(response(1))
            await context.write(large_response(600_000))
            while await context.read() is not EOF:
                pass

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        events = [await outcome(call.read()), await outcome(call.read())]
        await seen.ended.wait()
        return events, await ending(call)


async def a_request_over_the_cap_in_a_stream(join: Join) -> object:
    seen = Witness()

    async def execute(stream: Any, _context: Any) -> AsyncIterator[Any]:
        with seen.watching():
            async for message in stream:
                seen.events.append(len(message.commands))
                yield response(1)

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        await call.write(request(1))
        events = [await outcome(call.read())]
        await call.write(large_request(600_000))
        events.append(await outcome(call.read()))
        await seen.ended.wait()
        return events, await ending(call), seen.events[0]


async def responses_that_nobody_reads_yet(join: Join) -> object:
    count = 100
    written = 0
    waits = asyncio.Event()

    async def execute(_stream: Any, context: Any) -> None:
        nonlocal written
        for _ in range(count):
            await context.write(large_response(CHUNK))
            written += 1
        waits.set()

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        await call.initial_metadata()
        held_back = not await _comes(waits)
        received = 0
        while await call.read() is not EOF:
            received += 1
        return held_back, written, received, (await call.code()).name


async def requests_that_nobody_reads_yet(join: Join) -> object:
    count = 100
    received = 0
    go_on = asyncio.Event()
    written = asyncio.Event()

    async def execute(stream: Any, context: Any) -> None:
        nonlocal received
        await go_on.wait()
        async for _ in stream:
            received += 1

    async def write() -> None:
        for _ in range(count):
            await call.write(large_request(CHUNK))
        written.set()
        await call.done_writing()

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        writing = asyncio.ensure_future(write())
        held_back = not await _comes(written)
        go_on.set()
        await writing
        return held_back, await outcome(call.read()) is EOF, received, (await call.code()).name


async def a_cancelled_writer(join: Join) -> object:
    seen = Witness()

    async def collect(_stream: Any, _context: Any) -> Any:
        with seen.watching():
            await asyncio.Event().wait()

    async with serving(join, Collect=collect) as ends:
        call = ends.collect()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                while True:
                    await call.write(ExtendHoldRequest(hold_id="x" * CHUNK))
        await seen.ended.wait()
        return await ending(call), seen.events


async def _comes(event: asyncio.Event) -> bool:
    """Whether an event comes that must not: the one thing that can only be waited for."""
    try:
        async with asyncio.timeout(0.3):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def small_messages_before_anybody_reads(join: Join) -> object:
    async def execute(stream: Any, context: Any) -> None:
        for sequence in range(50):
            await context.write(response(sequence))
        async for message in stream:
            await context.write(response(100 + message.commands[0].sequence))

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        for sequence in range(50):
            await call.write(request(sequence))
        await call.done_writing()
        received: list[object] = []
        while (message := await call.read()) is not EOF:
            received.append(message.results[0].sequence)
        return received
