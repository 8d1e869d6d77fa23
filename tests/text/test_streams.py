"""Streams: whole, prompt, and paid for to the tick whoever reads them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import msgspec
import pytest

from grokgate.api.text.v1.text_pb2 import (
    FunctionTool,
    GenerationEvent,
    GenerationStatus,
    PartKind,
    StreamGenerateRequest,
    StreamGenerateResponse,
    ToolChoice,
)
from grokgate.api.types.v1.money_pb2 import ChargeBasis
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import from_rpc_error
from tests.text.requests import request
from tests.text.running import (
    House,
    Stream,
    events,
    finished,
    kinds,
    messages,
    running_house,
    text_of,
)
from tests.xai.fake_transport import FakeTransport, Pieces

PROVIDER = ChargeBasis.CHARGE_BASIS_PROVIDER
PRICE_LIST = ChargeBasis.CHARGE_BASIS_PRICE_LIST
PARTIAL = ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE
NONE = ChargeBasis.CHARGE_BASIS_NONE

COMPLETED = GenerationStatus.GENERATION_STATUS_COMPLETED
INCOMPLETE = GenerationStatus.GENERATION_STATUS_INCOMPLETE
FAILED = GenerationStatus.GENERATION_STATUS_FAILED


@pytest.fixture(params=[False, True], ids=["in_process", "wire"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path, wire=request.param) as running:
        yield running


async def refusal(stream: Stream) -> GrokgateError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await messages(stream)
    return from_rpc_error(caught.value)


async def begun(stream: Stream, count: int = 10) -> list[GenerationEvent]:
    """The events of the first messages."""
    said: list[GenerationEvent] = []
    async with asyncio.timeout(10):
        for _ in range(count):
            said += read_message(await stream.read()).events
    return said


async def events_left(stream: Stream) -> list[GenerationEvent]:
    """The events after `begun`; a stream is read in one way only."""
    said: list[GenerationEvent] = []
    async with asyncio.timeout(10):
        while (message := await stream.read()) is not grpc.aio.EOF:
            said += read_message(message).events
    return said


def read_message(message: Any) -> StreamGenerateResponse:
    assert isinstance(message, StreamGenerateResponse), "the stream has ended"
    return message


async def test_a_stream_says_all_that_upstream_said_and_ends_with_the_charge(house: House) -> None:
    said = await events(house.ask("How much?"))
    words = kinds(said)
    assert words[:2] == ["started", "item_started"]
    end = finished(said)
    assert (end.status, end.charge.basis) == (COMPLETED, PROVIDER)
    assert end.charge.usd_ticks == house.received.cost_usd_ticks
    items = [msgspec.json.decode(e.item_done.item_json) for e in said if e.HasField("item_done")]
    assert [item["type"] for item in items] == ["reasoning", "message"]
    assert text_of(said) == items[1]["content"][0]["text"]
    assert text_of(said, PartKind.PART_KIND_REASONING_SUMMARY) == items[0]["summary"][0]["text"]
    [row] = await house.usage()
    assert (row.status, row.charge) == ("completed", end.charge)
    started = said[0].started
    assert (started.model, started.reasoning_effort) == ("xai/grok-4.3", "low")
    assert started.id.startswith("resp_")


async def test_an_answer_that_is_cut_short_by_upstream_says_why(house: House) -> None:
    end = finished(await events(house.ask("[sandbox:words=50]", max_output_tokens=5)))
    assert (end.status, end.incomplete_reason) == (INCOMPLETE, "max_output_tokens")
    assert end.charge.basis == PROVIDER


async def test_a_function_call_streams_its_arguments(house: House) -> None:
    said = await events(
        house.ask(
            tools=[FunctionTool(name="f", parameters_json='{"type":"object"}')],
            tool_choice=ToolChoice(function_name="f"),
        )
    )
    [call] = [e.item_started for e in said if e.item_started.type == "function_call"]
    assert (call.name, bool(call.call_id)) == ("f", True)
    assert msgspec.json.decode(text_of(said, PartKind.PART_KIND_ARGUMENTS)) == {}


async def test_what_upstream_has_said_does_not_wait_for_what_it_will_say(tmp_path: Path) -> None:
    async with running_house(tmp_path, wire=True, drain_timeout_s=0) as house:
        stream = house.ask("[sandbox:stall=60]")
        seen = await begun(stream)
        assert kinds(seen)[:2] == ["started", "item_started"]
        assert house.received.outcome != "answered"
        stream.cancel()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("500", Reason.PROVIDER_ERROR),
        ("503", Reason.PROVIDER_UNAVAILABLE),
        ("html", Reason.PROVIDER_UNAVAILABLE),
        ("429-retry-after=600", Reason.UPSTREAM_LIMITED),
        ("bad-key", Reason.PROVIDER_UNAVAILABLE),
        ("not-json", Reason.PROVIDER_ERROR),
        ("error-in-200", Reason.PROVIDER_ERROR),
        ("reset-before-answer", Reason.PROVIDER_ERROR),
    ],
)
async def test_a_failure_before_the_first_event_is_the_rpcs_own_and_free(
    house: House, fault: str, reason: Reason
) -> None:
    error = await refusal(house.ask(f"[sandbox:{fault}]"))
    assert error.reason is reason
    [row] = await house.usage()
    assert (row.void_reason, row.charge.basis) == (reason.lower(), NONE)


async def test_what_is_not_valid_is_refused_before_any_hold(house: House) -> None:
    assert (await refusal(house.ask(model="grok-99"))).reason is Reason.MODEL_NOT_FOUND
    assert (await refusal(house.ask(temperature=9.0))).reason is Reason.INVALID_VALUE
    nobody = house.text.StreamGenerate(StreamGenerateRequest(generation=request()))
    assert (await refusal(nobody)).reason is Reason.MISSING_API_KEY
    assert await house.usage() == []
    assert house.sandbox.requests == []


@pytest.mark.parametrize(
    ("fault", "reason", "basis"),
    [
        ("error-event", Reason.PROVIDER_UNAVAILABLE, PARTIAL),
        ("eof-before-terminal", Reason.PROVIDER_ERROR, PARTIAL),
        ("reset-mid-body", Reason.PROVIDER_ERROR, PARTIAL),
        ("truncated-body", Reason.PROVIDER_ERROR, PARTIAL),
        ("failed", Reason.PROVIDER_ERROR, PROVIDER),
        ("safety", Reason.CONTENT_VIOLATION, PRICE_LIST),
        ("moderated-cost=77", Reason.CONTENT_MODERATED, PROVIDER),
    ],
)
async def test_a_failure_that_costs_is_told_with_its_charge(
    house: House, fault: str, reason: Reason, basis: int
) -> None:
    end = finished(await events(house.ask(f"Hello [sandbox:{fault}]")))
    assert (end.status, end.failure.reason, end.charge.basis) == (FAILED, reason, basis)
    assert end.charge.usd_ticks > 0
    [row] = await house.usage()
    assert (row.status, row.charge) == ("failed", end.charge)


async def test_a_failure_after_the_first_event_and_before_any_text_is_free(house: House) -> None:
    said = await events(house.ask("[sandbox:error-event-nested] [sandbox:delay=0.05]"))
    assert kinds(said) == ["started", "finished"]
    assert finished(said).failure.reason == Reason.PROVIDER_ERROR
    [row] = await house.usage()
    assert (row.void_reason, row.charge.usd_ticks) == ("provider_error", 0)


@pytest.mark.parametrize(
    ("fault", "basis"), [("no-ticks", PRICE_LIST), ("ticks=-5", PRICE_LIST), ("no-usage", PARTIAL)]
)
async def test_without_a_bill_that_makes_sense_the_price_list_decides(
    house: House, fault: str, basis: int
) -> None:
    end = finished(await events(house.ask(f"[sandbox:{fault}]")))
    assert (end.status, end.charge.basis) == (COMPLETED, basis)
    assert end.charge.usd_ticks > 0


async def test_a_partial_estimate_grows_with_what_was_written(house: House) -> None:
    short = finished(await events(house.ask("[sandbox:eof-before-terminal] [sandbox:words=10]")))
    long = finished(await events(house.ask("[sandbox:eof-before-terminal] [sandbox:words=999]")))
    assert long.charge.usd_ticks > 4 * short.charge.usd_ticks > 0


@pytest.mark.parametrize("read", [0, 1, 10])
async def test_a_reader_that_leaves_pays_what_upstream_asks_at_the_end(
    house: House, read: int
) -> None:
    stream = house.ask("[sandbox:delay=0.002]")
    await begun(stream, read)
    await house.reached_upstream()
    stream.cancel()
    [row] = await house.usage()
    assert (row.status, row.charge.basis) == ("completed", PROVIDER)
    assert row.charge.usd_ticks == house.received.cost_usd_ticks
    assert house.received.outcome == "answered"


async def test_a_readers_deadline_ends_its_answer_and_not_the_paid_call(house: House) -> None:
    stream = house.text.StreamGenerate(
        StreamGenerateRequest(generation=house.generation("[sandbox:delay=0.01]")),
        metadata=house.key,
        timeout=0.25,
    )
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await messages(stream)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    [row] = await house.usage()
    assert row.charge.usd_ticks == house.received.cost_usd_ticks > 0


@pytest.mark.parametrize("limits", [{"drain_timeout_s": 0.05}, {"drain_limit": 0}])
async def test_a_drain_past_its_limits_is_a_partial_estimate(
    tmp_path: Path, limits: dict[str, Any]
) -> None:
    async with running_house(tmp_path, **limits) as house:
        stream = house.ask("[sandbox:stall=60]")
        await begun(stream)
        stream.cancel()
        [row] = await house.usage()
        assert (row.status, row.charge.basis) == ("incomplete", PARTIAL)
        assert row.charge.usd_ticks > 0


async def test_a_slow_reader_gets_everything(tmp_path: Path) -> None:
    async with running_house(tmp_path, wire=True) as house:
        stream = house.ask("[sandbox:words=5000]")
        said: list[GenerationEvent] = []
        async for message in stream:
            said += message.events
            await asyncio.sleep(0)
        assert finished(said).status == COMPLETED
        assert len(text_of(said).split()) == 5000


async def test_a_stop_lets_streams_end_within_its_grace(house: House) -> None:
    stream = house.ask("[sandbox:delay=0.005]")
    said = await begun(stream, 1)
    stopping = asyncio.create_task(house.room.stop(10))
    said += await events_left(stream)
    await stopping
    assert finished(said).status == COMPLETED
    [row] = await house.usage()
    assert row.charge == finished(said).charge


async def test_a_stream_cut_by_a_stop_says_so_and_what_it_costs(house: House) -> None:
    stream = house.ask("[sandbox:stall=60]")
    said = await begun(stream)
    await house.room.stop(0)
    said += await events_left(stream)
    end = finished(said)
    assert (end.status, end.failure.reason) == (FAILED, Reason.OVERLOADED)
    assert (end.charge.basis, end.charge.usd_ticks > 0) == (PARTIAL, True)
    [row] = await house.usage()
    assert (row.status, row.charge) == ("incomplete", end.charge)


async def test_a_stream_cut_before_upstreams_first_event_says_so_too(house: House) -> None:
    stream = house.ask("[sandbox:silent]")
    await house.reached_upstream()
    await house.room.stop(0)
    said = await events(stream)
    assert kinds(said) == ["started", "finished"]
    assert finished(said).failure.reason == Reason.OVERLOADED
    assert finished(said).charge.basis == PARTIAL


async def test_two_hundred_streams_side_by_side_stay_whole(tmp_path: Path) -> None:
    async with running_house(tmp_path, wire=True) as house:
        streams = [house.ask(f"Number {n} [sandbox:words={n % 20 + 1}]") for n in range(200)]
        answers = await asyncio.gather(*(events(stream) for stream in streams))
        assert [len(text_of(said).split()) for said in answers] == [n % 20 + 1 for n in range(200)]
        charges = [finished(said).charge.usd_ticks for said in answers]
        assert sum(charges) == sum(call.cost_usd_ticks for call in house.sandbox.requests)
        assert len({said[0].started.id for said in answers}) == 200
        assert len(await house.usage()) == 200


@pytest.mark.parametrize("limit", [64, 0], ids=["drained", "cut"])
async def test_wherever_a_call_is_cancelled_its_hold_ends(tmp_path: Path, limit: int) -> None:
    async with running_house(tmp_path, drain_limit=limit) as house:
        for step in range(60):
            stream = house.ask("[sandbox:words=3]")
            await begun(stream, step // 2)
            for _ in range(step * 3):
                await asyncio.sleep(0)
            stream.cancel()
        rows = await house.usage()
        endings = {(row.status, row.charge.basis) for row in rows}
        if limit:
            assert endings == {("completed", PROVIDER)}
            billed = sum(call.cost_usd_ticks for call in house.sandbox.requests)
            assert sum(row.charge.usd_ticks for row in rows) == billed
        else:
            assert ("incomplete", PARTIAL) in endings
            assert endings <= {("released", NONE), ("incomplete", PARTIAL), ("completed", PROVIDER)}


def streaming(*pieces: bytes) -> FakeTransport:
    response = httpx.Response(
        200, headers={"content-type": "text/event-stream"}, stream=Pieces(pieces)
    )
    return FakeTransport(response)


def sse(kind: str, **fields: object) -> bytes:
    return b"data: %b\n\n" % msgspec.json.encode({"type": kind, **fields})


def delta(text: str) -> bytes:
    return sse("response.output_text.delta", output_index=0, content_index=0, delta=text)


ANSWER = {
    "id": "up",
    "status": "completed",
    "output": [
        {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "Hello"}]}
    ],
    "usage": {"input_tokens": 3, "output_tokens": 2, "cost_in_usd_ticks": 12},
}


async def test_what_arrives_together_leaves_together(tmp_path: Path) -> None:
    pieces = (
        sse("response.created") + delta("He") + delta("l"),
        delta("lo"),
        sse("response.completed", response=ANSWER),
    )
    async with running_house(tmp_path, transport=streaming(*pieces)) as house:
        said = [kinds(list(message.events)) for message in await messages(house.ask())]
    assert said == [
        ["started", "item_started", "part_started", "delta", "delta"],
        ["delta"],
        ["item_done"],
        ["finished"],
    ]


async def test_an_upstream_that_does_not_stream_is_streamed_all_the_same(tmp_path: Path) -> None:
    transport = FakeTransport(httpx.Response(200, json=ANSWER))
    async with running_house(tmp_path, transport=transport) as house:
        said = await events(house.ask())
    assert text_of(said) == "Hello"
    assert finished(said).charge.usd_ticks == 12


async def test_an_answer_without_a_word_is_an_answer(tmp_path: Path) -> None:
    transport = FakeTransport(httpx.Response(200, json={**ANSWER, "output": []}))
    async with running_house(tmp_path, transport=transport) as house:
        said = await events(house.ask())
    assert kinds(said) == ["started", "finished"]
    assert finished(said).status == COMPLETED


@pytest.mark.parametrize("channel", ["in_process", "wire"])
async def test_a_reader_that_stalls_is_given_up_and_pays_what_upstream_asks(
    tmp_path: Path, channel: str
) -> None:
    transport = streaming(*[delta("x" * 100_000)] * 300, sse("response.completed", response=ANSWER))
    options: dict[str, Any] = {
        "transport": transport,
        "wire": channel == "wire",
        "stall_timeout_s": 0.1,
    }
    async with running_house(tmp_path, **options) as house:
        stream = house.ask()
        await begun(stream, 1)
        [row] = await house.usage()
        assert (row.status, row.charge.usd_ticks) == ("completed", 12)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await events_left(stream)
        error = from_rpc_error(caught.value)
        assert (error.reason, error.upstream_started) == (Reason.TIMEOUT, True)
