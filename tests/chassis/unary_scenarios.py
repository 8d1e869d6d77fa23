"""Scenarios of one request and one response; each tells what both ends saw."""

import asyncio
import contextvars
from typing import Any

import grpc
from grpc_status import rpc_status

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest, PlaceHoldResponse
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import from_rpc_error, to_status
from tests.chassis.conformance import Join, Witness, ending, outcome, plain, serving

REQUEST = PlaceHoldRequest(hold_id="hold", model="grok-4")
RESPONSE = PlaceHoldResponse(account_id="account", held_usd_ticks=7)
CALLER = contextvars.ContextVar("CALLER", default="nobody")


async def the_answer_and_its_metadata(join: Join) -> object:
    seen = Witness()

    async def place_hold(request: Any, context: Any) -> Any:
        with seen.watching():
            seen.events += [str(request), plain(context.invocation_metadata())]
            seen.events += [context.code(), context.details(), context.time_remaining()]
            await context.send_initial_metadata((("first", "1"), ("twice", "a"), ("twice", "b")))
            context.set_trailing_metadata((("last", "2"), ("raw-bin", b"\x00\xff")))
            seen.events += [context.done(), context.cancelled()]
            return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        metadata = (
            ("x-request-id", "req"),
            ("blob-bin", b"\x00\x01"),
            ("twice", "1"),
            ("twice", "2"),
        )
        call = ends.billing.PlaceHold(REQUEST, metadata=metadata)
        before = (call.done(), call.cancelled(), call.time_remaining())
        answers = [await outcome(call), await outcome(call), await ending(call), call.cancel()]
        return before, answers, seen.events


async def metadata_of_the_metadata_class(join: Join) -> object:
    seen = []

    async def place_hold(_request: Any, context: Any) -> Any:
        seen.extend(plain(context.invocation_metadata()))
        await context.send_initial_metadata(grpc.aio.Metadata(("first", "1")))
        context.set_trailing_metadata(grpc.aio.Metadata(("last", "2")))
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST, metadata=grpc.aio.Metadata(("one", "1")))
        return await outcome(call), await ending(call), seen


async def metadata_that_is_not_legal(join: Join) -> object:
    async def place_hold(_request: Any, _context: Any) -> Any:
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:

        async def call(key: str, value: str) -> object:
            return await ends.billing.PlaceHold(REQUEST, metadata=((key, value),))

        pairs = [("Upper", "1"), ("a b", "1"), ("name", "é"), ("name", "a\nb")]
        return [await outcome(call(key, value)) for key, value in pairs]


async def initial_metadata_ahead_of_the_answer(join: Join) -> object:
    go_on = asyncio.Event()

    async def place_hold(_request: Any, context: Any) -> Any:
        await context.send_initial_metadata((("first", "1"),))
        await go_on.wait()
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        waiting = asyncio.ensure_future(call.initial_metadata())
        go_on.set()
        return plain(await waiting), await outcome(call)


async def an_abort(join: Join) -> object:
    seen = Witness()

    async def place_hold(_request: Any, context: Any) -> Any:
        with seen.watching():
            context.set_trailing_metadata((("replaced", "1"),))
            await context.abort(grpc.StatusCode.ABORTED, "not now", (("why", "because"),))

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        return await outcome(call), await outcome(call), await ending(call), seen.events


async def an_abort_that_keeps_what_was_set(join: Join) -> object:
    async def place_hold(_request: Any, context: Any) -> Any:
        context.set_details("set before")
        context.set_trailing_metadata((("kept", "1"),))
        await context.send_initial_metadata((("first", "1"),))
        await context.abort(grpc.StatusCode.NOT_FOUND)

    async with serving(join, PlaceHold=place_hold) as ends:
        return await outcome(ends.billing.PlaceHold(REQUEST))


async def an_abort_that_is_suppressed(join: Join) -> object:
    seen = Witness()

    async def place_hold(_request: Any, context: Any) -> Any:
        with seen.watching():
            try:
                await context.abort(grpc.StatusCode.ABORTED, "not now")
            except grpc.aio.AbortError as error:
                seen.events.append(str(error))
            seen.events += [context.done(), context.code(), context.details()]
            seen.events.append(await outcome(context.abort(grpc.StatusCode.INTERNAL, "twice")))
            return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        answer = await outcome(ends.billing.PlaceHold(REQUEST))
        await seen.ended.wait()
        return answer, seen.events


async def a_rich_status(join: Join) -> object:
    refusal = GrokgateError(
        Reason.REQUESTS_LIMITED,
        "Slow down.",
        param="model",
        details={"limit": 3},
        retry_after_ms=1500,
    )

    async def place_hold(_request: Any, context: Any) -> Any:
        await context.abort_with_status(rpc_status.to_status(to_status(refusal)))

    async with serving(join, PlaceHold=place_hold) as ends:
        try:
            await ends.billing.PlaceHold(REQUEST)
        except grpc.aio.AioRpcError as error:
            found = from_rpc_error(error)
            return error.code(), repr(found), found.details, found.retry_after_ms
    return "answered"


async def a_code_set_beside_an_answer(join: Join) -> object:
    async def place_hold(_request: Any, context: Any) -> Any:
        context.set_code(grpc.StatusCode.DATA_LOSS)
        context.set_details("half of it")
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        return await outcome(ends.billing.PlaceHold(REQUEST))


async def details_set_beside_an_answer(join: Join) -> object:
    async def place_hold(_request: Any, context: Any) -> Any:
        context.set_details("all of it")
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        return await outcome(call), await ending(call)


async def a_stray_exception(join: Join) -> object:
    async def place_hold(_request: Any, context: Any) -> Any:
        context.set_trailing_metadata((("kept", "1"),))
        raise ZeroDivisionError("nothing is left")

    async with serving(join, PlaceHold=place_hold) as ends:
        return await outcome(ends.billing.PlaceHold(REQUEST))


async def a_stray_exception_after_a_code(join: Join) -> object:
    async def place_hold(_request: Any, context: Any) -> Any:
        context.set_code(grpc.StatusCode.UNAVAILABLE)
        raise ZeroDivisionError("nothing is left")

    async with serving(join, PlaceHold=place_hold) as ends:
        return await outcome(ends.billing.PlaceHold(REQUEST))


async def a_method_nobody_wrote(join: Join) -> object:
    async with serving(join) as ends:
        return await outcome(ends.billing.PlaceHold(REQUEST))


async def a_method_nobody_knows(join: Join) -> object:
    async with serving(join) as ends:
        unknown = ends.channel.unary_unary(
            "/conformance.v1.NoService/Nothing",
            request_serializer=PlaceHoldRequest.SerializeToString,
            response_deserializer=PlaceHoldResponse.FromString,
        )
        return await outcome(unknown(REQUEST))


async def a_request_over_the_cap(join: Join) -> object:
    seen = Witness()

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        large = PlaceHoldRequest(hold_id="x" * 600_000)
        return await outcome(ends.billing.PlaceHold(large)), seen.events


async def a_response_over_the_cap(join: Join) -> object:
    async def place_hold(_request: Any, context: Any) -> Any:
        await context.send_initial_metadata((("first", "1"),))
        return PlaceHoldResponse(account_id="x" * 600_000)

    async with serving(join, PlaceHold=place_hold) as ends:
        return await outcome(ends.billing.PlaceHold(REQUEST))


async def the_callers_context_variables(join: Join) -> object:
    async def place_hold(_request: Any, _context: Any) -> Any:
        seen = CALLER.get()
        CALLER.set("servicer")
        return PlaceHoldResponse(account_id=seen)

    async with serving(join, PlaceHold=place_hold) as ends:
        before = CALLER.set("client")
        answers = [await outcome(ends.billing.PlaceHold(REQUEST)) for _ in range(2)]
        after = CALLER.get()
        CALLER.reset(before)
        return answers, after


async def two_calls_at_once(join: Join) -> object:
    both = asyncio.Barrier(2)

    async def place_hold(request: Any, _context: Any) -> Any:
        await both.wait()
        return PlaceHoldResponse(account_id=request.hold_id)

    async with serving(join, PlaceHold=place_hold) as ends:
        calls = [ends.billing.PlaceHold(PlaceHoldRequest(hold_id=name)) for name in "ab"]
        return [str(answer) for answer in await asyncio.gather(*calls)]


async def a_call_that_starts_unawaited(join: Join) -> object:
    seen = Witness()

    async def place_hold(_request: Any, _context: Any) -> Any:
        with seen.watching():
            return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        call = ends.billing.PlaceHold(REQUEST)
        await seen.ended.wait()
        return await ending(call), await outcome(call), await outcome(call.wait_for_connection())


async def callbacks_when_a_call_is_done(join: Join) -> object:
    async def place_hold(_request: Any, _context: Any) -> Any:
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        events: list[object] = []
        call = ends.billing.PlaceHold(REQUEST)
        call.add_done_callback(lambda done: events.append((done is call, done.done())))
        await call
        call.add_done_callback(lambda done: events.append((done is call, "late")))
        return events


async def callbacks_of_the_servicer(join: Join) -> object:
    events: list[object] = []
    called = asyncio.Event()

    def note(context: Any) -> None:
        events.append((context.done(), context.cancelled(), context.code()))
        called.set()

    async def place_hold(_request: Any, context: Any) -> Any:
        context.add_done_callback(note)
        return RESPONSE

    async with serving(join, PlaceHold=place_hold) as ends:
        await ends.billing.PlaceHold(REQUEST)
        await called.wait()
        return events


class Noting(grpc.aio.ServerInterceptor):
    """Notes what passes, and may refuse it, break, or wrap the handler."""

    def __init__(self, name: str, events: list[object], action: str = "") -> None:
        self._name = name
        self._events = events
        self._action = action

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        metadata = plain(handler_call_details.invocation_metadata)
        self._events.append((self._name, handler_call_details.method, metadata))
        if self._action == "break":
            raise ZeroDivisionError("broken")
        if self._action == "hide":
            return None
        handler = await continuation(handler_call_details)
        self._events.append((self._name, handler is not None))
        if self._action != "refuse":
            return handler
        return grpc.unary_unary_rpc_method_handler(
            self._refuse,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    async def _refuse(self, _request: Any, context: Any) -> Any:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, self._name)


async def _intercepted(join: Join, action: str, method: str) -> object:
    events: list[object] = []

    async def place_hold(_request: Any, _context: Any) -> Any:
        events.append("served")
        return RESPONSE

    chain = [Noting("outer", events), Noting("middle", events, action), Noting("inner", events)]
    async with serving(join, interceptors=chain, PlaceHold=place_hold) as ends:
        call = getattr(ends.billing, method)(REQUEST, metadata=(("one", "1"),))
        return await outcome(call), events


async def interceptors_in_order(join: Join) -> object:
    return await _intercepted(join, "", "PlaceHold")


async def an_interceptor_that_refuses(join: Join) -> object:
    return await _intercepted(join, "refuse", "PlaceHold")


async def an_interceptor_that_breaks(join: Join) -> object:
    return await _intercepted(join, "break", "PlaceHold")


async def an_interceptor_that_hides_a_method(join: Join) -> object:
    return await _intercepted(join, "hide", "PlaceHold")
