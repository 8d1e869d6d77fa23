"""The real transport on real sockets."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from grokgate.chassis.errors import Reason
from grokgate.chassis.secrets import Secret
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.transport import PyreqwestTransport
from tests.support.clock import FakeClock

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Progress:
    reached_upstream = False


@asynccontextmanager
async def server(script: Script) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await script(reader, writer)
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/v1/responses"


@asynccontextmanager
async def transport(*, silence_timeout_s: float = 10) -> AsyncIterator[PyreqwestTransport]:
    subject = PyreqwestTransport(connect_timeout_s=5, silence_timeout_s=silence_timeout_s)
    try:
        yield subject
    finally:
        await subject.aclose()


async def test_each_piece_of_a_body_arrives_before_the_next_is_sent() -> None:
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in (b"one", b"two", b"three"):
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            assert await arrived.get() == piece
        writer.write(b"0\r\n\r\n")

    async with server(script) as url, transport() as subject:
        response = await subject.handle_async_request(httpx.Request("POST", url, content=b"{}"))
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for piece in response.stream:
            arrived.put_nowait(piece)
        await response.stream.aclose()
    assert arrived.empty()


async def test_a_redirect_is_an_answer_not_a_journey() -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
        )

    async with server(script) as url, transport() as subject:
        response = await subject.handle_async_request(httpx.Request("POST", url, content=b"{}"))
        assert response.status_code == 307


async def test_a_connection_that_never_stood_is_a_connect_error() -> None:
    async with transport() as subject:
        with pytest.raises(httpx.ConnectError):
            await subject.handle_async_request(httpx.Request("POST", "http://127.0.0.1:1/"))


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n", b"garbage\r\n\r\n"])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_connection_lost_after_the_request_is_never_a_connect_error(
    head: bytes, *, reset: bool
) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        if reset:
            linger = struct.pack("ii", 1, 0)  # close() sends RST instead of FIN
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    async with server(script) as url, transport() as subject:
        with pytest.raises(httpx.ReadError):
            await subject.handle_async_request(httpx.Request("POST", url, content=b"{}"))


async def test_a_body_that_breaks_off_is_an_error() -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")

    async with server(script) as url, transport() as subject:
        response = await subject.handle_async_request(httpx.Request("POST", url, content=b"{}"))
        assert isinstance(response.stream, httpx.AsyncByteStream)
        with pytest.raises(httpx.ReadError):
            async for _ in response.stream:
                pass
        await response.stream.aclose()


async def test_a_cancellation_is_not_lost_when_the_answer_comes_at_the_same_moment() -> None:
    """Once as the head comes, once as a piece of the body does."""
    reading = asyncio.Event()

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", b"piece"):
            await reading.wait()
            reading.clear()
            writer.write(part)
            if task is not None:
                time.sleep(0.05)  # noqa: ASYNC251  # it arrives before the loop runs again
                await asyncio.sleep(0)  # the task is told, and has not run yet
                task.cancel()
                return

    task: asyncio.Task[object] | None
    async with server(script) as url, transport() as subject:

        async def ask() -> httpx.Response:
            reading.set()
            return await subject.handle_async_request(httpx.Request("POST", url, content=b"{}"))

        task = asyncio.create_task(ask())
        with pytest.raises(asyncio.CancelledError):
            await task
        task = None
        stream = (await ask()).stream
        assert isinstance(stream, httpx.AsyncByteStream)

        async def read() -> bytes:
            reading.set()
            return await anext(aiter(stream))

        task = asyncio.create_task(read())
        with pytest.raises(asyncio.CancelledError):
            await task
        await stream.aclose()


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npiece"])
async def test_a_silent_connection_is_closed_although_its_request_was_cancelled(
    head: bytes,
) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        asked.set()
        while await reader.read(1024):  # what is left of the request, and then its end
            pass
        left.set()

    async with server(script) as url, transport(silence_timeout_s=0.2) as subject:

        async def ask() -> None:
            request = httpx.Request("POST", url, content=b"{}")
            await (await subject.handle_async_request(request)).aread()

        asking = asyncio.create_task(ask())
        await asked.wait()
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        await left.wait()


async def test_a_call_past_the_header_timeout_leaves_no_connection_behind() -> None:
    left = asyncio.Event()

    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        left.set()

    async with server(script) as url, transport(silence_timeout_s=0.2) as subject:
        upstream = XaiClient(
            transport=subject,
            base_url=url,
            api_keys=[Secret("xai-1")],
            timeouts=Timeouts(header_s=0.05),
            clock=FakeClock(),
        )
        with pytest.raises(UpstreamError) as caught:
            await upstream.post("/responses", b"{}", Progress())
        assert caught.value.error.reason is Reason.TIMEOUT
        await left.wait()


def test_a_socket_outwaits_the_headers_and_the_pieces_of_a_body() -> None:
    assert Timeouts(header_s=300, idle_s=120).silence_s > 300
    assert Timeouts(header_s=10, idle_s=120).silence_s > 120


async def test_silence_before_the_head_is_no_connect_error() -> None:
    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass

    async with server(script) as url, transport(silence_timeout_s=0.05) as subject:
        with pytest.raises(httpx.TimeoutException) as caught:
            await subject.handle_async_request(httpx.Request("POST", url, content=b"{}"))
    assert not isinstance(caught.value, httpx.ConnectTimeout)
