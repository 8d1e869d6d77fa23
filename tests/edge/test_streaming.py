"""Streams on real sockets: what leaves when, and how it ends."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from grokgate.api.text.v1.text_pb2 import (
    GenerateRequest,
    GenerationEvent,
    Started,
    StreamGenerateResponse,
)
from grokgate.api.types.v1.rate_limits_pb2 import RateLimit, RateLimits
from grokgate.chassis.errors import GrokgateError, Reason
from tests.edge.conftest import HELLO, RunEdge, RunningEdge
from tests.edge.fakes import Pages, told_pages
from tests.edge.generations import (
    TEXT,
    begun,
    ended,
    failed,
    hello,
    item_begun,
    item_whole,
    page,
    part_begun,
    written,
)
from tests.edge.raw_http import HEAD
from tests.support.streams import read_events, said

STREAM = HELLO | {"stream": True}
CHAT_STREAM: dict[str, Any] = {
    "model": "xai/grok-4.3",
    "messages": [{"role": "user", "content": "Hello."}],
    "stream": True,
}
BODY = b'{"model":"xai/grok-4.3","input":"Hi.","stream":true}'
RAW_STREAM = HEAD + b"content-length: %d\r\n\r\n%b" % (len(BODY), BODY)
PIECE_BYTES = 40_000
# What the sockets between client and service may hold, with much to spare.
BUFFERED_BYTES_MAX = 20_000_000
SLOWLY_READ_BYTES = 1_000_000


def pages(*made: StreamGenerateResponse, then: GrokgateError | None = None) -> Pages:
    async def make(_: GenerateRequest) -> AsyncIterator[StreamGenerateResponse]:
        for each in made:
            yield each
        if then is not None:
            raise then

    return make


def silent(asked: asyncio.Event) -> Pages:
    async def make(_: GenerateRequest) -> AsyncIterator[StreamGenerateResponse]:
        asked.set()
        await asyncio.Event().wait()
        yield page()

    return make


async def test_a_stream_has_its_headers_and_no_cost_among_them(edge: RunningEdge) -> None:
    limits = RateLimits(requests=RateLimit(limit=60, remaining=59, reset_ms=1000))
    started = GenerationEvent(started=Started(id="resp_1", rate_limits=limits))
    edge.text.pages = pages(page(started), page(ended()))
    answer = await edge.respond(STREAM)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.headers["x-ratelimit-remaining-requests"] == "59"
    assert not [name for name in answer.headers if name.startswith("x-cost")]


async def test_an_answer_is_told_whole(edge: RunningEdge) -> None:
    answer = await edge.respond(STREAM)
    events = read_events(answer.text)
    assert said(events) == "Hello!"
    assert events[-1]["type"] == "response.completed"
    assert answer.text.endswith("data: [DONE]\n\n")
    assert edge.text.requests[0].input[0].message.content[0].text == "Hello."


async def test_a_chat_is_told_whole(edge: RunningEdge) -> None:
    answer = await edge.chat(CHAT_STREAM)
    chunks = read_events(answer.text)
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks) == "Hello!"
    assert answer.text.endswith("data: [DONE]\n\n")


async def test_the_first_event_leaves_before_the_second_is_made(edge: RunningEdge) -> None:
    told = asyncio.Event()
    first, *rest = hello()
    edge.text.pages = told_pages(told, page(first), page(*rest))
    async with edge.stream(STREAM) as stream:
        await stream.until(b"response.in_progress")
        assert b"output_item" not in stream.received
        told.set()
        assert said(read_events(await stream.rest())) == "Hello!"


async def test_what_came_together_leaves_in_one_write(edge: RunningEdge) -> None:
    edge.text.pages = pages(page(*hello()))
    reader, writer = await edge.open()
    writer.write(RAW_STREAM)
    await reader.readuntil(b"\r\n\r\n")
    size = int(await reader.readline(), 16)
    chunk = await reader.readexactly(size)
    assert chunk.startswith(b"event: response.created\n")
    assert chunk.endswith(b"data: [DONE]\n\n")
    assert await reader.readexactly(7) == b"\r\n0\r\n\r\n"
    writer.close()


async def test_silence_is_broken_by_comments(run: RunEdge) -> None:
    async with run(heartbeat_s=0.05) as edge:
        told = asyncio.Event()
        first, *rest = hello()
        edge.text.pages = told_pages(told, page(first), page(*rest))
        async with edge.stream(STREAM) as stream:
            await stream.until(b": still waiting\n\n: still waiting\n\n")
            told.set()
            assert said(read_events(await stream.rest())) == "Hello!"


async def test_long_silence_sends_the_status_and_a_failure_after_it_is_an_event(
    run: RunEdge,
) -> None:
    async with run(heartbeat_s=0.05, stream_timeout_s=0.3) as edge:
        edge.text.pages = silent(asyncio.Event())
        answer = await edge.respond(STREAM)
    assert answer.status_code == 200
    assert answer.text.startswith(": still waiting\n\n")
    [event] = read_events(answer.text)
    assert (event["type"], event["code"], event["sequence_number"]) == ("error", "timeout", 0)
    assert event["error"]["request_id"] == answer.headers["x-request-id"]
    assert "[DONE]" not in answer.text


@pytest.mark.parametrize("body", [STREAM, CHAT_STREAM], ids=["responses", "chat"])
async def test_a_refusal_before_the_first_event_is_a_plain_error(
    edge: RunningEdge, body: dict[str, Any]
) -> None:
    error = GrokgateError(Reason.REQUESTS_LIMITED, "Slow down.", retry_after_ms=2500)
    edge.text.pages = pages(then=error)
    answer = await (edge.chat(body) if body is CHAT_STREAM else edge.respond(body))
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "requests")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["retry-after"] == "3"


async def test_a_bad_request_for_a_stream_is_a_plain_error(edge: RunningEdge) -> None:
    answer = await edge.respond(STREAM | {"colour": "red"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_parameter")
    assert edge.text.requests == []


async def test_a_failure_that_nothing_came_before_is_a_plain_error_with_its_cost(
    edge: RunningEdge,
) -> None:
    edge.text.pages = pages(page(begun(), failed("CONTENT_VIOLATION", usd_ticks=500)))
    answer = await edge.respond(STREAM)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "content_violation")
    assert answer.json()["usage"]["cost_in_usd_ticks"] == 500
    assert answer.headers["x-cost-usd-ticks"] == "500"
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("body", [STREAM, CHAT_STREAM], ids=["responses", "chat"])
async def test_a_service_that_breaks_in_mid_stream_is_an_error_event(
    edge: RunningEdge, body: dict[str, Any]
) -> None:
    edge.text.pages = pages(page(begun()), then=GrokgateError(Reason.OVERLOADED, "Full."))
    answer = await (edge.chat(body) if body is CHAT_STREAM else edge.respond(body))
    assert answer.status_code == 200
    assert read_events(answer.text)[-1]["error"]["code"] == "overloaded"
    assert "[DONE]" not in answer.text


async def test_a_service_lost_in_mid_stream_is_an_error_event(edge: RunningEdge) -> None:
    edge.text.pages = told_pages(asyncio.Event(), page(begun()))
    async with edge.stream(STREAM) as stream:
        await stream.until(b"response.created")
        await edge.services.stop()
        last = read_events(await stream.rest())[-1]
    assert last["error"]["code"] in {"overloaded", "timeout"}


async def test_a_client_that_leaves_ends_the_call(edge: RunningEdge) -> None:
    edge.text.pages = told_pages(asyncio.Event(), page(begun()))
    async with edge.stream(STREAM) as stream:
        await stream.until(b"response.created")
    assert await edge.text.cancelled.wait()


async def test_a_client_that_leaves_before_the_first_event_ends_the_call(
    edge: RunningEdge,
) -> None:
    asked = asyncio.Event()
    edge.text.pages = silent(asked)
    request = asyncio.create_task(edge.respond(STREAM))
    await asked.wait()
    request.cancel()
    assert await edge.text.cancelled.wait()


def long_stream(made: list[int]) -> Pages:
    """40 MB of text in pieces that tell their number; `made` counts them."""
    piece = "x" * PIECE_BYTES

    async def make(_: GenerateRequest) -> AsyncIterator[StreamGenerateResponse]:
        yield page(begun(), item_begun(0, "message"), part_begun(0, 0, TEXT))
        for number in range(1_000):
            made.append(number)
            yield page(written(0, 0, TEXT, f"{number}.{piece}"))
        yield page(item_whole(0, "{}"), ended())

    return make


async def open_raw(edge: RunningEdge) -> socket.socket:
    """A stream whose client has not read anything yet."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    connection.setblocking(False)  # noqa: FBT003  # its one argument
    address = httpx.URL(edge.url)
    await asyncio.get_running_loop().sock_connect(connection, (address.host, address.port))
    await asyncio.get_running_loop().sock_sendall(connection, RAW_STREAM)
    return connection


async def test_a_slow_client_holds_the_writer_back_and_gets_everything(edge: RunningEdge) -> None:
    made: list[int] = []
    edge.text.pages = long_stream(made)
    received = bytearray()
    with await open_raw(edge) as connection:
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += await asyncio.get_running_loop().sock_recv(connection, 65_536)
            if len(received) < SLOWLY_READ_BYTES:
                # Time in which the writer would run ahead.
                for _ in range(500):
                    await asyncio.sleep(0)
                assert len(made) * PIECE_BYTES < BUFFERED_BYTES_MAX
    numbers = re.findall(rb'"delta":"(\d+)\.', received)
    assert [int(number) for number in numbers] == list(range(1_000))


async def test_a_client_that_takes_nothing_is_cut_off(run: RunEdge) -> None:
    async with run(stall_timeout_s=0.2) as edge:
        edge.text.pages = long_stream([])
        with await open_raw(edge):
            assert await edge.text.cancelled.wait()


async def test_streams_side_by_side_stay_whole_and_in_order(edge: RunningEdge) -> None:
    async def echo(request: GenerateRequest) -> AsyncIterator[StreamGenerateResponse]:
        name = request.input[0].message.content[0].text
        yield page(begun(), item_begun(0, "message"), part_begun(0, 0, TEXT))
        for number in range(20):
            yield page(written(0, 0, TEXT, f"{name}:{number} "))
        yield page(item_whole(0, "{}"), ended())

    async def ask(name: str) -> str:
        return said(read_events((await edge.respond(STREAM | {"input": name})).text))

    edge.text.pages = echo
    names = [f"s{number}" for number in range(200)]
    answers = await asyncio.gather(*map(ask, names))
    for name, answer in zip(names, answers, strict=True):
        assert answer.split() == [f"{name}:{number}" for number in range(20)]
