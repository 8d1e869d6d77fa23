"""The client's streams: as they arrive, within their time, and never asked for twice."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from grokgate.chassis.errors import Reason
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from tests.xai.fake_transport import FakeTransport, Pieces
from tests.xai.test_client import Progress, answer, client

SSE = {"content-type": "text/event-stream; charset=utf-8"}


def streaming(*pieces: bytes | Exception | None) -> tuple[httpx.Response, Pieces]:
    body = Pieces(pieces)
    return httpx.Response(200, headers=SSE, stream=body), body


async def batches(subject: XaiClient, ceiling: int = 100) -> list[list[bytes]]:
    """At most so many batches; the rest is left."""
    got: list[list[bytes]] = []
    async with subject.stream("/responses", b"{}", Progress()) as arriving:
        async for batch in arriving:
            got.append(batch)
            if len(got) == ceiling:
                break
    return got


async def refused(*steps: Any, **options: Any) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await batches(client(FakeTransport(*steps), **options))
    return caught.value


async def test_events_come_as_they_arrive_and_stay_together() -> None:
    response, body = streaming(b"data: 1\n\ndata: 2\n\nda", b"ta: 3\n", b"\n", b"data: [DONE]\n\n")
    transport = FakeTransport(response)
    assert await batches(client(transport)) == [[b"1", b"2"], [b"3"]]
    assert transport.requests[0].headers["accept"] == "text/event-stream"
    assert body.closed


async def test_an_answer_that_is_no_stream_is_one_event() -> None:
    assert await batches(client(FakeTransport(answer(200, {"id": "1"})))) == [[b'{"id":"1"}']]


async def test_a_rate_limit_before_the_first_byte_is_asked_again_and_nothing_later_is() -> None:
    limited = answer(429, {"error": "Too many"}, **{"retry-after": "0"})
    response, _ = streaming(b"data: 1\n\n", httpx.ReadError("reset"))
    transport = FakeTransport(limited, response)
    with pytest.raises(UpstreamError) as caught:
        await batches(client(transport))
    assert caught.value.error.reason is Reason.PROVIDER_ERROR
    assert caught.value.error.upstream_started
    assert len(transport.requests) == 2


async def test_a_refusal_before_the_stream_is_read_as_any_refusal() -> None:
    error = await refused(answer(400, {"error": "Incorrect API key provided."}))
    assert error.error.reason is Reason.PROVIDER_UNAVAILABLE
    assert not error.error.upstream_started


@pytest.mark.parametrize(
    ("timeouts", "word"), [({"idle_s": 0.01}, "idle"), ({"total_s": 0.01}, "total")]
)
async def test_a_stream_that_falls_silent_is_cut_and_its_body_closed(
    timeouts: dict[str, float], word: str
) -> None:
    response, body = streaming(b"data: 1\n\n", None)
    error = await refused(response, **timeouts)
    assert error.error.reason is Reason.TIMEOUT
    assert word in error.alarm
    assert body.closed


async def test_silence_before_the_head_is_cut_by_the_header_timeout() -> None:
    error = await refused(None, header_s=0.01)
    assert (error.error.reason, error.alarm) == (
        Reason.TIMEOUT,
        "upstream exceeded the header timeout",
    )


async def test_a_slow_reader_is_not_upstreams_silence() -> None:
    response, _ = streaming(b"data: 1\n\n", b"data: 2\n\n")
    subject = client(FakeTransport(response), idle_s=0.02)
    got = []
    async with subject.stream("/responses", b"{}", Progress()) as arriving:
        async for batch in arriving:
            got.append(batch)
            await asyncio.sleep(0.05)  # the reader's slowness is the subject
    assert got == [[b"1"], [b"2"]]


async def test_leaving_after_the_last_event_reads_the_end_so_that_the_connection_lives() -> None:
    read = []

    def pieces() -> Iterable[bytes]:
        for piece in (b"data: 1\n\n", b"data: [DONE]\n\n"):
            read.append(piece)
            yield piece
        read.append(b"end")

    body = Pieces(pieces())
    transport = FakeTransport(httpx.Response(200, headers=SSE, stream=body))
    assert await batches(client(transport), ceiling=1) == [[b"1"]]
    assert read[-1] == b"end"
    assert body.closed


async def test_an_upstream_that_does_not_end_after_its_last_event_is_left() -> None:
    response, body = streaming(b"data: 1\n\n", None)
    assert await batches(client(FakeTransport(response)), ceiling=1) == [[b"1"]]
    assert body.closed


async def test_a_failure_of_upstream_is_an_alarm_for_the_operator(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response, _ = streaming(b"data: 1\n\n", httpx.ReadError("reset"))
    await refused(response)
    assert [record.message for record in caplog.records] == ["upstream's answer broke off"]
    assert caplog.records[0].levelno == logging.ERROR
