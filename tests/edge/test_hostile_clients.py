"""Slow, large, broken and sly requests, on raw sockets where it matters."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from tests.edge.conftest import HELLO, RunEdge, RunningEdge
from tests.edge.fakes import GOOD_KEY

AUTHORIZATION = f"authorization: Bearer {GOOD_KEY}\r\n".encode()
HEAD = (
    b"POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" + AUTHORIZATION
)


async def drip(edge: RunningEdge, raw: bytes, *, first: bytes = b"") -> bytes:
    """Sends a byte at a time, after what is sent at once, until the server has had enough."""
    reader, writer = await edge.open()
    writer.write(first)

    async def send() -> None:
        for byte in raw:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.01)

    sending = asyncio.create_task(send())
    answer = await reader.read()
    sending.cancel()
    writer.close()
    return answer


def error_of(answer: bytes) -> dict[str, str]:
    body: dict[str, dict[str, str]] = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
    return body["error"]


async def test_headers_that_drip_are_cut_off(run: RunEdge) -> None:
    async with run(header_timeout_s=0.1) as edge:
        answer = await drip(edge, HEAD + b"x-long: " + b"a" * 1000)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer
    assert error_of(answer)["code"] == "request_timeout"
    assert error_of(answer)["request_id"].startswith("req_")


async def test_a_body_that_drips_is_cut_off(run: RunEdge) -> None:
    async with run(body_timeout_s=0.1) as edge:
        answer = await drip(edge, b" " * 1000, first=HEAD + b"content-length: 1000\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert error_of(answer)["type"] == "invalid_request_error"
        assert edge.text.requests == []


async def test_a_second_request_on_a_connection_has_its_deadline_too(run: RunEdge) -> None:
    async with run(header_timeout_s=0.1) as edge:
        answer = await drip(
            edge, b"GET /h" * 200, first=b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
        )
    first, second = answer.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200 ")
    assert second.startswith(b"408 ")


@pytest.mark.parametrize("dust", [b"", b"\r\n\r\n\r\n"])
async def test_a_connection_that_says_nothing_is_closed(run: RunEdge, dust: bytes) -> None:
    async with run(header_timeout_s=0.1) as edge:
        answer = await edge.send(dust)
    assert answer.startswith(b"HTTP/1.1 408 " if dust else b"")
    assert bool(answer) == bool(dust)


async def test_an_idle_connection_is_closed(run: RunEdge) -> None:
    async with run(keep_alive_timeout_s=1, header_timeout_s=0.1) as edge:
        answer = await edge.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_long_answer_is_not_a_slow_request(run: RunEdge) -> None:
    async with run(header_timeout_s=0.05, body_timeout_s=0.05) as edge:
        whole = edge.text.answer

        async def slowly(_: object) -> object:
            await asyncio.sleep(0.3)
            return whole

        edge.text.behaviour = slowly  # type: ignore[assignment]  # the answer is one
        assert (await edge.respond(HELLO)).status_code == 200


async def test_endless_headers_are_refused(run: RunEdge) -> None:
    async with run(header_limit_bytes=1000) as edge:
        reader, writer = await edge.open()
        writer.write(HEAD)
        for number in range(100):
            writer.write(b"x-%d: %s\r\n" % (number, b"a" * 100))
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert error_of(answer)["code"] == "body_too_large"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELLO\r\n\r\n",
        b"GET \xff/ HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhost x\r\n\r\n",
        HEAD + b"content-length: x\r\n\r\n",
        HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n{}",
        HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_not_http_gets_an_error_in_our_shape(edge: RunningEdge, raw: bytes) -> None:
    answer = await edge.send(raw)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert error_of(answer)["code"] == "invalid_value"
    assert edge.text.requests == []


async def test_a_body_over_the_limit_is_refused(run: RunEdge) -> None:
    async with run(text_body_limit_bytes=200, linger_timeout_s=0.05) as edge:
        padded = b'{"model":"m","input":"hi"}'.ljust(200)
        headers = edge.headers | {"content-type": "application/json"}
        fits = await edge.http.post("/v1/responses", content=padded, headers=headers)
        assert fits.status_code == 200
        over = await edge.http.post("/v1/responses", content=padded + b" ", headers=headers)
        assert over.status_code == 413
        assert over.json()["error"]["details"] == {"limit": 200}

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b" " * 100

        streamed = await edge.http.post("/v1/responses", content=chunks(), headers=headers)
        assert streamed.status_code == 413
        assert len(edge.text.requests) == 1


async def test_a_body_told_too_large_is_refused_unread(run: RunEdge) -> None:
    async with run(linger_timeout_s=0.05) as edge:
        answer = await edge.send(
            HEAD + b"expect: 100-continue\r\ncontent-length: 99999999999999999999\r\n\r\n"
        )
        huge = await edge.send(
            HEAD + b"expect: 100-continue\r\ncontent-length: 999999999999\r\n\r\n"
        )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert huge.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": ""},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json", "content-encoding": "br"},
    ],
)
async def test_other_media_types_and_compressed_bombs_are_refused(
    edge: RunningEdge, headers: dict[str, str]
) -> None:
    bomb = gzip.compress(b" " * 1_000_000)
    answer = await edge.http.post("/v1/responses", content=bomb, headers=edge.headers | headers)
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=UTF-8", "application/json ;"]
)
async def test_the_ways_to_say_json_are_understood(edge: RunningEdge, content_type: str) -> None:
    headers = edge.headers | {"content-type": content_type}
    body = b'{"model":"m","input":"hi"}'
    answer = await edge.http.post("/v1/responses", content=body, headers=headers)
    assert answer.status_code == (415 if content_type.endswith(";") else 200)


async def test_100_000_levels_of_json_are_refused(edge: RunningEdge) -> None:
    headers = edge.headers | {"content-type": "application/json"}
    body = b'{"input":' + b"[" * 100_000
    answer = await edge.http.post("/v1/responses", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")


SLY_PATHS = [
    b"//v1/responses",
    b"/v1//responses",
    b"/v1/responses/",
    b"/v1/responses//",
    b"/v1/./responses",
    b"/v1/x/../responses",
    b"/v1%2fresponses",
    b"/%76%31/responses",
    b"/v1/responses%2f",
    b"/v1/responses;x=1",
    b"/v1/responses?key=1",
    b"/V1/Responses",
    b"http://other.example/v1/responses",
]


@pytest.mark.parametrize("path", SLY_PATHS)
@pytest.mark.parametrize("host", [b"x", b"127.0.0.1:1", b"evil.example", b"/v1/healthz", b""])
async def test_no_spelling_of_a_path_gets_around_the_key(
    edge: RunningEdge, path: bytes, host: bytes
) -> None:
    request = b"POST " + path + b" HTTP/1.1\r\nhost: " + host + b"\r\nconnection: close\r\n"
    request += (
        b"x-forwarded-for: 127.0.0.1\r\nx-original-url: /healthz\r\ncontent-length: 0\r\n\r\n"
    )
    answer = await edge.send(request)
    assert answer.split(b" ")[1] in {b"401", b"404"}
    assert b"location" not in answer.lower()
    assert edge.text.requests == []


async def test_unknown_paths_and_methods_are_told_in_our_shape(edge: RunningEdge) -> None:
    missing = await edge.get("/v1/nothing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    wrong = await edge.get("/v1/responses")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/responses/resp_1"),
        ("DELETE", "/v1/responses/resp_1"),
        ("GET", "/v1/responses/resp_1/input_items"),
        ("POST", "/v1/responses/compact"),
        ("GET", "/v1/files"),
        ("POST", "/v1/files"),
        ("GET", "/v1/files/f/content"),
        ("GET", "/v1/collections"),
        ("POST", "/v1/vector_stores/v/files"),
        ("POST", "/v1/batches"),
        ("GET", "/v1/realtime"),
        ("POST", "/v1/realtime/client_secrets"),
    ],
)
async def test_what_is_not_public_says_so(edge: RunningEdge, method: str, path: str) -> None:
    answer = await edge.http.request(method, path, headers=edge.headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported_operation"
    without_key = await edge.http.request(method, path)
    assert without_key.status_code == 401


HANDSHAKE = (
    b" HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize("path", [b"/v1/realtime?model=grok-voice", b"/v1/responses", b"/other"])
async def test_a_websocket_handshake_gets_a_plain_400(edge: RunningEdge, path: bytes) -> None:
    answer = await edge.send(b"GET " + path + HANDSHAKE)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert error_of(answer)["code"] == "unsupported_operation"


async def test_an_offer_of_http_2_is_passed_over(edge: RunningEdge) -> None:
    body = b'{"model":"m","input":"hi"}'
    answer = await edge.send(
        HEAD
        + b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n"
        b"content-length: %d\r\n\r\n" % len(body) + body
    )
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_pipelined_requests_are_answered_in_order(edge: RunningEdge) -> None:
    body = b'{"model":"m","input":"hi"}'
    post = HEAD + b"content-length: %d\r\n\r\n" % len(body) + body
    last = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await edge.send(post + post + last)
    assert answer.count(b'"object":"response"') == 2
    assert answer.endswith(b'{"status":"ok"}')


async def test_nagle_is_off(edge: RunningEdge) -> None:
    """A hundred small answers on one connection take no forty-millisecond pauses."""
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=edge.url, limits=limits, trust_env=False) as http:
        for _ in range(3):
            assert (await http.get("/healthz")).status_code == 200
