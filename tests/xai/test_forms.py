"""Forms with a file: the same bytes at every attempt, and never whole in memory."""

import asyncio
import io
import tempfile
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

from grokgate.chassis.secrets import Secret
from grokgate.xai.client import XaiClient
from grokgate.xai.forms import Form
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.transport import PyreqwestTransport
from tests.support.clock import FakeClock

MIB = 1024 * 1024
REFUSED = b"HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\n{}"
ANSWERED = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Progress:
    reached_upstream = False


class Upstream:
    """Answers each upload as the script says, None never; keeps the bodies that it read."""

    def __init__(self, *script: bytes | None) -> None:
        self.bodies: list[bytes] = []
        self.begun = asyncio.Event()
        self._script = iter(script)
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=64 * MIB)
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            self.begun.set()
            answer = next(self._script)
            if answer is None:
                await reader.read()
                return
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            self.bodies.append(await reader.readexactly(length))
            writer.write(answer)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def client_of(upstream: Upstream) -> AsyncIterator[XaiClient]:
    client = XaiClient(
        transport=PyreqwestTransport(connect_timeout_s=5, silence_timeout_s=5),
        base_url=await upstream.start(),
        api_keys=[Secret("xai-0"), Secret("xai-1")],
        timeouts=Timeouts(),
        clock=FakeClock(),
    )
    yield client
    await client.aclose()
    await upstream.stop()


def form(file: IO[bytes], size: int) -> Form:
    return Form({"model": "m", "language": "tr"}, file, size, boundary="b0undary")


async def test_the_file_comes_last() -> None:
    upstream = Upstream(ANSWERED)
    async with client_of(upstream) as client:
        assert await client.upload("/stt", form(io.BytesIO(b"audio"), 5), Progress()) == b"{}"
    [body] = upstream.bodies
    assert body == (
        b'--b0undary\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n'
        b'--b0undary\r\nContent-Disposition: form-data; name="language"\r\n\r\ntr\r\n'
        b'--b0undary\r\nContent-Disposition: form-data; name="file"; filename="audio"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\naudio\r\n--b0undary--\r\n"
    )


async def test_every_attempt_sends_all_of_it() -> None:
    upstream = Upstream(REFUSED, ANSWERED)
    audio = bytes(range(256)) * 4 * 1024 + b"the end"
    async with client_of(upstream) as client:
        assert await client.upload("/stt", form(io.BytesIO(audio), len(audio)), Progress()) == b"{}"
    first, second = upstream.bodies
    assert first == second
    assert audio in first


async def test_an_upload_that_was_cut_may_lose_its_file() -> None:
    upstream = Upstream(None)
    with tempfile.TemporaryFile() as file:
        file.write(bytes(16 * MIB))
        async with client_of(upstream) as client:
            upload = asyncio.ensure_future(client.upload("/stt", form(file, 16 * MIB), Progress()))
            await upstream.begun.wait()
            upload.cancel()
            await asyncio.wait([upload])
            assert upload.cancelled()
            file.close()


async def test_a_large_file_is_never_whole_in_memory() -> None:
    with tempfile.TemporaryFile() as file:
        for _ in range(32):
            file.write(bytes(MIB))
        tracemalloc.start()
        try:
            largest = 0
            async for piece in form(file, 32 * MIB):
                largest = max(largest, len(piece))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert largest <= MIB
    assert peak < MIB
