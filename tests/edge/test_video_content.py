"""`GET /v1/video/generations/{id}/content`: the bytes, no faster than the client takes them."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from grokgate.api.media.v1.media_pb2 import (
    StreamVideoContentRequest,
    StreamVideoContentResponse,
    VideoContentInfo,
)
from grokgate.chassis.errors import GrokgateError, Reason
from tests.edge.conftest import RunEdge, RunningEdge
from tests.edge.raw_http import HEAD

PATH = "/v1/video/generations/videogen_1/content"
MEGABYTE = bytes(1024 * 1024)

Pieces = AsyncIterator[StreamVideoContentResponse]


def info(**fields: object) -> StreamVideoContentResponse:
    return StreamVideoContentResponse(info=VideoContentInfo(**fields))  # type: ignore[arg-type]  # of its fields


async def test_a_video_comes_with_what_it_is(edge: RunningEdge) -> None:
    answer = await edge.get(PATH)
    assert (answer.status_code, answer.content) == (200, b"0123456789")
    told = {name: answer.headers[name] for name in ("content-type", "accept-ranges")}
    assert told == {"content-type": "video/mp4", "accept-ranges": "bytes"}
    assert answer.headers["content-length"] == "10"
    asked = edge.media.only(StreamVideoContentRequest)
    assert asked == StreamVideoContentRequest(id="videogen_1")


async def test_a_part_comes_as_a_part(edge: RunningEdge) -> None:
    answer = await edge.http.get(PATH, headers=edge.headers | {"range": "bytes=1-2"})
    assert (answer.status_code, answer.content) == (206, b"12")
    assert answer.headers["content-range"] == "bytes 1-2/10"
    assert edge.media.only(StreamVideoContentRequest).range == "bytes=1-2"


async def test_the_headers_come_without_the_video(edge: RunningEdge) -> None:
    answer = await edge.http.head(PATH, headers=edge.headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "10"
    assert (await edge.get("/healthz")).status_code == 200


async def test_a_video_of_unknown_length_comes_in_chunks(edge: RunningEdge) -> None:
    async def contents(_: StreamVideoContentRequest) -> Pieces:
        yield info(content_type="video/webm")
        yield StreamVideoContentResponse(data=b"abc")

    edge.media.contents = contents
    answer = await edge.get(PATH)
    assert (answer.content, answer.headers["content-type"]) == (b"abc", "video/webm")
    assert answer.headers["transfer-encoding"] == "chunked"


async def test_what_a_browser_might_run_is_only_bytes(edge: RunningEdge) -> None:
    async def contents(_: StreamVideoContentRequest) -> Pieces:
        yield info(content_type="text/html", length=0)

    edge.media.contents = contents
    answer = await edge.get(PATH)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.NOT_FOUND, 404),
        (Reason.CONTENT_EXPIRED, 410),
        (Reason.RANGE_NOT_SATISFIABLE, 416),
        (Reason.PROVIDER_ERROR, 502),
    ],
)
async def test_what_has_no_content_is_an_error(
    edge: RunningEdge, reason: Reason, status: int
) -> None:
    edge.media.error = GrokgateError(reason, "There is none.")
    answer = await edge.get(PATH)
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, "There is none.")


async def test_a_video_that_is_not_done_says_when_to_ask_again(edge: RunningEdge) -> None:
    edge.media.error = GrokgateError(Reason.NOT_FOUND, "Not yet.", retry_after_ms=5000)
    answer = await edge.get(PATH)
    assert (answer.status_code, answer.headers["retry-after"]) == (404, "5")


async def test_a_range_outside_of_a_video_says_how_long_it_is(edge: RunningEdge) -> None:
    edge.media.error = GrokgateError(
        Reason.RANGE_NOT_SATISFIABLE, "It is shorter.", param="range", details={"length": 10}
    )
    answer = await edge.http.get(PATH, headers=edge.headers | {"range": "bytes=10-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")
    assert answer.json()["error"]["code"] == "range_not_satisfiable"


async def test_a_video_that_breaks_off_is_not_taken_for_whole(edge: RunningEdge) -> None:
    async def contents(_: StreamVideoContentRequest) -> Pieces:
        yield info(content_type="video/mp4")
        yield StreamVideoContentResponse(data=b"abc")
        raise GrokgateError(Reason.PROVIDER_ERROR, "It broke off.")

    edge.media.contents = contents
    with pytest.raises(httpx.RemoteProtocolError):
        await edge.get(PATH)
    assert (await edge.get("/healthz")).status_code == 200


async def test_a_client_that_leaves_ends_the_reading(edge: RunningEdge) -> None:
    async def contents(_: StreamVideoContentRequest) -> Pieces:
        yield info(content_type="video/mp4")
        yield StreamVideoContentResponse(data=b"abc")
        await asyncio.Event().wait()

    edge.media.contents = contents
    async with edge.http.stream("GET", PATH, headers=edge.headers) as answer:
        assert await anext(answer.aiter_bytes()) == b"abc"
    await edge.media.cancelled.wait()


async def test_a_client_that_takes_nothing_holds_the_reading_up_and_is_cut_off(
    run: RunEdge,
) -> None:
    pieces = 0

    async def contents(_: StreamVideoContentRequest) -> Pieces:
        nonlocal pieces
        yield info(content_type="video/mp4")
        while True:
            pieces += 1
            yield StreamVideoContentResponse(data=MEGABYTE)

    async with run(stall_timeout_s=0.3) as edge:
        edge.media.contents = contents
        _, writer = await edge.open()
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport
        request = HEAD.replace(b"POST /v1/responses", f"GET {PATH}".encode())
        writer.write(request + b"\r\n")
        await edge.media.cancelled.wait()
        writer.close()
    assert 1 <= pieces < 100
