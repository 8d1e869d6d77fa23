"""The client: which key, how long, and when it asks again."""

from typing import Any

import httpx
import pytest

from grokgate.chassis.errors import Reason
from grokgate.chassis.secrets import Secret
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.timeouts import Timeouts
from tests.support.clock import FakeClock
from tests.xai.fake_transport import FakeTransport, Pieces, Step


class Progress:
    reached_upstream = False


def client(transport: FakeTransport, *, keys: int = 1, **timeouts: float) -> XaiClient:
    return XaiClient(
        transport=transport,
        base_url="https://upstream.test/v1/",
        api_keys=[Secret(f"xai-{number}") for number in range(keys)],
        timeouts=Timeouts(**timeouts),
        clock=FakeClock(),
        jitter=lambda: 0.0,
    )


def answer(status: int, body: Any, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


async def post(subject: XaiClient) -> bytes:
    return await subject.post("/responses", b"{}", Progress())


async def refused(*steps: Step, **options: Any) -> tuple[UpstreamError, FakeTransport]:
    transport = FakeTransport(*steps)
    with pytest.raises(UpstreamError) as caught:
        await post(client(transport, **options))
    return caught.value, transport


async def test_an_answer_is_returned_byte_for_byte() -> None:
    transport = FakeTransport(answer(200, {"id": "1"}))
    assert await post(client(transport)) == b'{"id":"1"}'
    [request] = transport.requests
    assert str(request.url) == "https://upstream.test/v1/responses"
    assert request.headers["authorization"] == "Bearer xai-0"
    assert request.headers["content-type"] == "application/json"


async def test_a_rate_limit_is_waited_for_and_asked_again() -> None:
    limited = answer(429, {"error": "Too many requests"}, **{"retry-after": "0"})
    transport = FakeTransport(limited, answer(200, {}))
    assert await post(client(transport)) == b"{}"
    assert len(transport.requests) == 2


async def test_a_rate_limit_that_asks_for_too_long_a_wait_is_told_to_the_caller() -> None:
    limited = answer(429, {"error": "Too many requests"}, **{"retry-after": "600"})
    error, transport = await refused(limited)
    assert error.error.reason is Reason.UPSTREAM_LIMITED
    assert error.error.retry_after_ms == 600_000
    assert len(transport.requests) == 1


async def test_a_retry_after_date_counts_from_our_clock() -> None:
    # The fake clock stands at 1 780 000 000 s, which is 2026-05-28 20:26:40.
    limited = answer(429, {"error": "x"}, **{"retry-after": "Fri, 29 May 2026 20:26:50 GMT"})
    error, _ = await refused(limited)
    assert error.error.retry_after_ms == 86_410_000


async def test_a_connection_that_never_stood_is_tried_again() -> None:
    transport = FakeTransport(httpx.ConnectError("refused"), answer(200, {}))
    assert await post(client(transport)) == b"{}"


async def test_a_connection_that_never_stands_is_given_up() -> None:
    error, transport = await refused(*[httpx.ConnectError("refused")] * 3)
    assert error.error.reason is Reason.PROVIDER_UNAVAILABLE
    assert not error.error.upstream_started
    assert len(transport.requests) == 3


@pytest.mark.parametrize("status", [400, 422, 500, 502, 503, 529])
async def test_nothing_that_may_have_started_is_asked_twice(status: int) -> None:
    _, transport = await refused(answer(status, {"error": "no"}))
    assert len(transport.requests) == 1


async def test_a_break_after_the_request_was_sent_is_not_retried() -> None:
    error, transport = await refused(httpx.ReadError("reset"))
    assert error.error.reason is Reason.PROVIDER_ERROR
    assert error.error.upstream_started
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "Incorrect API key provided. You can obtain an API key from https://console.x.ai."),
        (401, "no credentials"),
        (403, "Your team has used all available credits or reached its monthly spending limit."),
        (429, "Your team has used all available credits or reached its monthly spending limit."),
        (403, "permission-denied"),
    ],
)
async def test_another_key_is_tried_when_the_first_proves_that_nothing_started(
    status: int, text: str
) -> None:
    transport = FakeTransport(answer(status, {"error": text}), answer(200, {}))
    assert await post(client(transport, keys=2)) == b"{}"
    assert [r.headers["authorization"] for r in transport.requests] == [
        "Bearer xai-0",
        "Bearer xai-1",
    ]


async def test_with_no_other_key_the_caller_learns_nothing_of_the_gateways_account() -> None:
    text = "Your team has used all available credits."
    error, _ = await refused(answer(403, {"error": text}))
    assert error.error.reason is Reason.PROVIDER_UNAVAILABLE
    assert "credit" not in error.error.message
    assert "credit" in error.alarm


async def test_silence_before_the_head_is_cut_by_the_header_timeout() -> None:
    error, _ = await refused(None, header_s=0.01)
    assert error.error.reason is Reason.TIMEOUT
    assert "header" in error.alarm


async def test_silence_within_the_body_is_cut_by_the_idle_timeout_and_the_body_closed() -> None:
    body = Pieces([b"{", None])
    error, _ = await refused(httpx.Response(200, stream=body), idle_s=0.01)
    assert error.error.reason is Reason.TIMEOUT
    assert "idle" in error.alarm
    assert body.closed


async def test_an_answer_that_never_ends_is_cut_by_the_total_timeout() -> None:
    body = Pieces([b"{", None])
    error, _ = await refused(httpx.Response(200, stream=body), total_s=0.01)
    assert error.error.reason is Reason.TIMEOUT
    assert "total" in error.alarm
    assert body.closed


async def test_a_reset_within_the_body_is_a_provider_error() -> None:
    body = Pieces([b"{", httpx.ReadError("reset")])
    error, _ = await refused(httpx.Response(200, stream=body))
    assert error.error.reason is Reason.PROVIDER_ERROR
    assert error.error.upstream_started


async def test_an_endless_body_is_cut_at_the_ceiling() -> None:
    def endless() -> Any:
        while True:
            yield b"x" * 16 * 1024 * 1024

    error, _ = await refused(httpx.Response(200, stream=Pieces(endless())))
    assert error.error.reason is Reason.PROVIDER_ERROR


async def test_progress_tells_whether_upstream_may_have_started() -> None:
    progress = Progress()
    with pytest.raises(UpstreamError):
        await client(FakeTransport(answer(400, {"error": "bad"}))).post("/r", b"{}", progress)
    assert not progress.reached_upstream
    with pytest.raises(UpstreamError):
        await client(FakeTransport(answer(500, {"error": "bad"}))).post("/r", b"{}", progress)
    assert progress.reached_upstream
