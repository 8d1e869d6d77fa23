"""Scenarios of deadlines, cancellation and servers that stop; each tells what both ends saw."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from grokgate.api.billing.v1.billing_pb2 import (
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
    ExtendHoldRequest,
    ExtendHoldResponse,
    PlaceHoldRequest,
    PlaceHoldResponse,
)
from tests.chassis.conformance import Handler, Join, Witness, collected, ending, outcome, serving

REQUEST = PlaceHoldRequest(hold_id="hold")
RESPONSE = PlaceHoldResponse(account_id="account")
SHORT_S = 0.15


def endless(seen: Witness) -> Handler:
    """A unary servicer that never answers."""

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            await asyncio.Event().wait()

    return place_hold


async def a_deadline(join: Join) -> object:
    seen = Witness()

    async def place_hold(_request: Any, context: Any) -> Any:
        with seen.watching():
            seen.events.append(0 < context.time_remaining() <= 2 * SHORT_S)
            await asyncio.Event().wait()

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST, timeout=SHORT_S)
        remaining = 0 < call.time_remaining() <= 2 * SHORT_S
        answer = await outcome(call)
        await seen.ended.wait()
        return remaining, answer, await ending(call), call.time_remaining(), seen.events


async def a_deadline_that_is_kept(join: Join) -> object:
    async def place_hold(_request: Any, _context: Any) -> Any:
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        return await outcome(ends.billing.PlaceHold(REQUEST, timeout=30))


async def a_deadline_that_has_passed(join: Join) -> object:
    async with serving(join, PlaceHold=endless(Witness())) as ends:
        return [await outcome(ends.billing.PlaceHold(REQUEST, timeout=t)) for t in (0, -1)]


async def a_deadline_with_a_servicer_that_cleans_up(join: Join) -> object:
    seen = Witness()
    go_on = asyncio.Event()

    async def place_hold(_request: Any, context: Any) -> Any:
        with seen.watching():
            try:
                await asyncio.Event().wait()
            finally:
                await go_on.wait()
                seen.events.append((context.done(), context.cancelled(), context.time_remaining()))

    async with serving(join, PlaceHold=place_hold) as ends:
        answer = await outcome(ends.billing.PlaceHold(REQUEST, timeout=SHORT_S))
        still_there = not seen.ended.is_set()
        go_on.set()
        await seen.ended.wait()
        return answer, still_there, seen.events


async def a_deadline_in_a_stream(join: Join) -> object:
    seen = Witness()

    async def expand(_request: Any, _context: Any) -> AsyncIterator[Any]:
        with seen.watching():
            yield ExtendHoldResponse(expires_at_ms=1)
            await asyncio.Event().wait()

    async with serving(join, Expand=expand) as ends:
        call = ends.expand(ExtendHoldRequest(), timeout=SHORT_S)
        received: list[object] = []
        end = await outcome(collected(call, received))
        await seen.ended.wait()
        return end, received, seen.events


async def a_deadline_while_writing(join: Join) -> object:
    seen = Witness()

    async def collect(_stream: Any, _context: Any) -> Any:
        with seen.watching():
            await asyncio.Event().wait()

    async with serving(join, Collect=collect) as ends:
        call = ends.collect(timeout=SHORT_S)
        await call.write(ExtendHoldRequest(hold_id="a"))
        answer = await outcome(call)
        await seen.ended.wait()
        return answer, await outcome(call.write(ExtendHoldRequest())), seen.events


async def a_cancelled_call(join: Join) -> object:
    seen = Witness()
    async with serving(join, PlaceHold=endless(seen)) as ends:
        events: list[object] = []
        call = ends.billing.PlaceHold(REQUEST)
        call.add_done_callback(lambda done: events.append((done.done(), done.cancelled())))
        await seen.began.wait()
        events += [call.cancel(), call.cancel(), call.done(), await outcome(call)]
        await seen.ended.wait()
        return events, await ending(call), seen.events


async def a_call_cancelled_at_once(join: Join) -> object:
    seen = Witness()
    async with serving(join, PlaceHold=endless(seen)) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        return call.cancel(), await outcome(call), await ending(call), seen.events


async def a_cancelled_caller(join: Join) -> object:
    seen = Witness()

    async def wait() -> None:
        await call

    async with serving(join, PlaceHold=endless(seen)) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        caller = asyncio.ensure_future(wait())
        await seen.began.wait()
        caller.cancel()
        answer = await outcome(caller)
        await seen.ended.wait()
        return answer, await ending(call), seen.events


async def a_caller_cancelled_while_asking_for_the_code(join: Join) -> object:
    seen = Witness()
    async with serving(join, PlaceHold=endless(seen)) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        asking = asyncio.ensure_future(call.code())
        await seen.began.wait()
        asking.cancel()
        return await outcome(asking), call.done(), call.cancel()


async def a_cancelled_reader(join: Join) -> object:
    seen = Witness()

    async def expand(_request: Any, context: Any) -> None:
        with seen.watching():
            await context.write(ExtendHoldResponse(expires_at_ms=1))
            await asyncio.Event().wait()

    async with serving(join, Expand=expand) as ends:
        call = ends.expand(ExtendHoldRequest())
        first = await outcome(call.read())
        reader = asyncio.ensure_future(call.read())
        await asyncio.sleep(0)
        reader.cancel()
        answer = await outcome(reader)
        await seen.ended.wait()
        return first, answer, await ending(call), seen.events


async def a_stream_cancelled_while_its_servicer_reads(join: Join) -> object:
    seen = Witness()

    async def execute(stream: Any, _context: Any) -> AsyncIterator[Any]:
        with seen.watching():
            async for _ in stream:
                yield ExecuteCommandsResponse()

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        await call.write(ExecuteCommandsRequest())
        first = await outcome(call.read())
        events = [call.cancel(), await outcome(call.read()), await outcome(call.write(REQUEST))]
        await seen.ended.wait()
        return first, events, await ending(call), len(seen.events)


async def a_servicer_that_survives_its_cancellation(join: Join) -> object:
    seen = Witness()

    async def execute(_stream: Any, context: Any) -> None:
        with seen.watching():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                seen.events.append(await context.read() is grpc.aio.EOF)
            await context.write(ExecuteCommandsResponse())

    async with serving(join, ExecuteCommands=execute) as ends:
        call = ends.billing.ExecuteCommands()
        await seen.began.wait()
        call.cancel()
        await seen.ended.wait()
        return seen.events


async def a_servicer_that_answers_after_its_cancellation(join: Join) -> object:
    seen = Witness()

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                seen.events.append("cancelled")
            return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.began.wait()
        call.cancel()
        await seen.ended.wait()
        return seen.events, await outcome(call)


async def callbacks_of_a_cancelled_servicer(join: Join) -> object:
    seen = Witness()
    events: list[object] = []
    called = asyncio.Event()

    def note(context: Any) -> None:
        events.append((context.done(), context.cancelled(), context.code()))
        called.set()

    async def place_hold(_request: Any, context: Any) -> Any:
        with seen.watching():
            context.add_done_callback(note)
            await asyncio.Event().wait()

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.began.wait()
        call.cancel()
        await called.wait()
        return events


async def a_server_that_never_started(join: Join) -> object:
    async with serving(join, started=False) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        code = (await call.code()).name
        stream = ends.billing.ExecuteCommands()
        return code, call.done(), (await stream.code()).name


async def waiting_for_a_server_that_starts_later(join: Join) -> object:
    async def place_hold(_request: Any, _context: Any) -> Any:
        return RESPONSE

    async with serving(join, started=False, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST, wait_for_ready=True)
        await asyncio.sleep(0)
        await ends.server.start()
        return await outcome(call)


async def waiting_for_a_server_that_never_starts(join: Join) -> object:
    async with serving(join, started=False) as ends:
        call = ends.billing.PlaceHold(REQUEST, wait_for_ready=True, timeout=SHORT_S)
        return (await call.code()).name


async def a_server_that_has_stopped(join: Join) -> object:
    async def place_hold(_request: Any, _context: Any) -> Any:
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        answer = await outcome(ends.billing.PlaceHold(REQUEST))
        await ends.server.stop(None)
        await ends.server.stop(None)
        return answer, (await ends.billing.PlaceHold(REQUEST).code()).name


async def a_stop_that_lets_calls_end(join: Join) -> object:
    seen = Witness()
    go_on = asyncio.Event()

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            await go_on.wait()
            return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.began.wait()
        stopping = asyncio.ensure_future(ends.server.stop(10))
        await ends.channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
        code = await ends.billing.PlaceHold(REQUEST).code()
        pending = not stopping.done()
        go_on.set()
        answer = await outcome(call)
        await stopping
        return code.name, pending, answer, seen.events


async def _stopped(join: Join, grace_s: float | None) -> object:
    seen = Witness()

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                seen.events.append("cleaned up")

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.began.wait()
        await ends.server.stop(grace_s)
        await seen.ended.wait()
        return (await call.code()).name, seen.events, await ends.server.wait_for_termination(1)


async def a_stop_without_grace(join: Join) -> object:
    return await _stopped(join, None)


async def a_stop_whose_grace_runs_out(join: Join) -> object:
    return await _stopped(join, SHORT_S)


async def a_closed_channel(join: Join) -> object:
    seen = Witness()
    async with serving(join, PlaceHold=endless(seen)) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.began.wait()
        await ends.channel.close()
        answer = await outcome(call)
        await seen.ended.wait()
        try:
            ends.billing.PlaceHold(REQUEST)
        except grpc.aio.UsageError as error:
            return answer, await ending(call), seen.events, str(error)
    return "still open"


async def a_channel_closed_with_grace(join: Join) -> object:
    seen = Witness()
    go_on = asyncio.Event()

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            await go_on.wait()
            return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.began.wait()
        closing = asyncio.ensure_future(ends.channel.close(10))
        await asyncio.sleep(0)
        go_on.set()
        answer = await outcome(call)
        await closing
        return answer, seen.events


async def the_state_of_a_channel(join: Join) -> object:
    async with serving(join, started=False) as ends:
        ready = asyncio.ensure_future(ends.channel.channel_ready())
        await asyncio.sleep(0)
        before = ready.done()
        await ends.server.start()
        await ready
        state = ends.channel.get_state().name
        return before, state
