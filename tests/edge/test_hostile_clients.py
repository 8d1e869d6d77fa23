"""Slow, large, broken and sly requests, on raw sockets where it matters."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.edge.conftest import HELLO, RunEdge, RunningEdge
from tests.edge.raw_http import HEAD, error_of


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
            edge, b"GET /" + b"h" * 1000, first=b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
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


NOT_HTTP = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"HELLO\r\n\r\n",
    b"GET \xff/ HTTP/1.1\r\nhost: x\r\n\r\n",
    b"CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nhost x\r\n\r\n",
    HEAD + b"content-length: x\r\n\r\n",
    HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n{}",
    HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
]


async def test_what_is_not_http_gets_an_error_in_our_shape(edge: RunningEdge) -> None:
    for raw in NOT_HTTP:
        answer = await edge.send(raw)
        assert answer.startswith(b"HTTP/1.1 400 "), raw
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


NOT_JSON = [
    {"content-type": "text/plain"},
    {"content-type": ""},
    {"content-type": "application/x-www-form-urlencoded"},
    {"content-type": "multipart/form-data; boundary=x"},
    {"content-type": "application/json; charset=utf-16"},
    {"content-type": "application/json", "content-encoding": "gzip"},
    {"content-type": "application/json", "content-encoding": "br"},
]


async def test_other_media_types_and_compressed_bombs_are_refused(edge: RunningEdge) -> None:
    bomb = gzip.compress(b" " * 1_000_000)
    for headers in NOT_JSON:
        answer = await edge.http.post("/v1/responses", content=bomb, headers=edge.headers | headers)
        assert answer.status_code == 415, headers
        assert answer.json()["error"]["code"] == "unsupported_media_type"


async def test_the_ways_to_say_json_are_understood(edge: RunningEdge) -> None:
    for content_type in ("application/json", 'Application/JSON;charset="UTF-8"'):
        headers = edge.headers | {"content-type": content_type}
        body = b'{"model":"m","input":"hi"}'
        answer = await edge.http.post("/v1/responses", content=body, headers=headers)
        assert answer.status_code == 200, content_type


async def test_100_000_levels_of_json_are_refused(edge: RunningEdge) -> None:
    headers = edge.headers | {"content-type": "application/json"}
    body = b'{"input":' + b"[" * 100_000
    answer = await edge.http.post("/v1/responses", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")


async def test_pipelined_requests_are_answered_in_order(edge: RunningEdge) -> None:
    body = b'{"model":"m","input":"hi"}'
    post = HEAD + b"content-length: %d\r\n\r\n" % len(body) + body
    last = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await edge.send(post + post + last)
    assert answer.count(b'"object":"response"') == 2
    assert answer.endswith(b'{"status":"ok"}')


async def test_small_answers_are_sent_at_once(edge: RunningEdge) -> None:
    _, writer = await edge.open()
    answer = await edge.http.get("/healthz")
    assert answer.status_code == 200
    connections = edge.server._server.server_state.connections
    sockets = [each.transport.get_extra_info("socket") for each in connections]
    assert sockets
    assert all(each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in sockets)
    writer.close()


async def test_a_trailer_is_no_header(edge: RunningEdge) -> None:
    head, _, key = HEAD.partition(b"authorization: ")
    chunked = b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    hello = msgspec.json.encode(HELLO)
    body = b"%x\r\n%s\r\n0\r\n" % (len(hello), hello)
    reader, writer = await edge.open()
    writer.write(head + chunked + body + b"authorization: " + key + b"\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert edge.text.requests == []
