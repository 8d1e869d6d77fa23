"""Finished videos, passed through over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from grokgate.api.media.v1.media_pb2 import StreamVideoContentRequest, StreamVideoContentResponse
from grokgate.chassis.errors import Reason
from grokgate.xai.transport import PyreqwestTransport
from tests.media.fake_videos import FakeVideos, done
from tests.media.running import House, expect_refusal, running_house

MOVIE = bytes(range(256)) * 1024


class Shelf:
    """A server of one answer; `heads` are the requests that it got.

    `cut` is set when a client hangs up before the end. One that `hangs` never ends its answer.
    """

    def __init__(self, answer: bytes, body: bytes, *, hangs: bool) -> None:
        self.heads: list[str] = []
        self.sent_bytes = 0
        self.cut = asyncio.Event()
        self._answer = answer
        self._body = body
        self._hangs = hangs

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
            writer.write(self._answer + b"\r\n\r\n")
            for at in range(0, len(self._body), 100_000):
                piece = self._body[at : at + 100_000]
                writer.write(piece)
                await writer.drain()
                self.sent_bytes += len(piece)
            if self._hangs:
                await reader.read()
        except ConnectionError:
            self.cut.set()
        finally:
            writer.close()


@asynccontextmanager
async def shelf(
    answer: str, body: bytes = b"", *, hangs: bool = False
) -> AsyncIterator[tuple[Shelf, str]]:
    """A server with an answer to everything, and its address."""
    served = Shelf(f"HTTP/1.1 {answer}".encode(), body, hangs=hangs)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield served, f"http://127.0.0.1:{port}/1.mp4"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path) as house:
        yield house


async def finished(house: House, url: str, **limits: Any) -> str:
    """The id of a finished video that lies somewhere."""
    upstream = FakeVideos()
    upstream.polled = lambda _: done(url=url)
    content = PyreqwestTransport(connect_timeout_s=1, silence_timeout_s=60)
    await house.add_room(upstream, content=content, **limits)
    return (await house.ended((await house.start_video()).id)).id


def stream(house: House, video_id: str, asked_range: str = "") -> Any:
    request = StreamVideoContentRequest(id=video_id, range=asked_range)
    return house.one.media.StreamVideoContent(request, metadata=house.key)


async def pieces(call: Any) -> list[StreamVideoContentResponse]:
    return [piece async for piece in call]


def ok(body: bytes, content_type: str = "video/mp4") -> str:
    return f"200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}"


async def test_a_video_is_passed_through_whole_in_small_pieces_without_a_key(house: House) -> None:
    async with shelf(ok(MOVIE), MOVIE) as (served, url):
        video_id = await finished(house, url)
        info, *rest = await pieces(stream(house, video_id))
    assert info.info.content_type == "video/mp4"
    assert info.info.length == len(MOVIE)
    assert info.info.content_range == ""
    assert b"".join(piece.data for piece in rest) == MOVIE
    assert max(len(piece.data) for piece in rest) <= 64 * 1024
    assert "authorization" not in served.heads[0]
    assert "llmtr-" not in served.heads[0]
    assert "range:" not in served.heads[0]


async def test_a_range_is_passed_on(house: House) -> None:
    part = (
        "206 Partial\r\ncontent-type: video/mp4\r\ncontent-length: 3\r\ncontent-range: bytes 1-3/9"
    )
    async with shelf(part, b"abc") as (served, url):
        info, data = await pieces(stream(house, await finished(house, url), "bytes=1-3"))
    assert info.info.content_range == "bytes 1-3/9"
    assert data.data == b"abc"
    assert "range: bytes=1-3\r\n" in served.heads[0]


@pytest.mark.parametrize("content_type", ["text/html", "video/mp4<script>", "", ";"])
async def test_nothing_that_could_be_a_page_passes_as_one(house: House, content_type: str) -> None:
    async with shelf(ok(b"x", content_type), b"x") as (_, url):
        [info, _] = await pieces(stream(house, await finished(house, url)))
    assert info.info.content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("answer", "reason", "param"),
    [
        ("404 Not Found\r\ncontent-length: 0", Reason.CONTENT_EXPIRED, ""),
        ("403 Forbidden\r\ncontent-length: 0", Reason.CONTENT_EXPIRED, ""),
        ("410 Gone\r\ncontent-length: 0", Reason.CONTENT_EXPIRED, ""),
        ("416 Range\r\ncontent-length: 0", Reason.PROVIDER_ERROR, ""),
        (
            "302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0",
            Reason.PROVIDER_ERROR,
            "",
        ),
        ("500 Oops\r\ncontent-length: 0", Reason.PROVIDER_ERROR, ""),
        ("200 OK\r\ncontent-length: 9", Reason.PROVIDER_ERROR, ""),
        ("206 Part\r\ncontent-length: 0", Reason.PROVIDER_ERROR, ""),
    ],
)
async def test_what_the_provider_does_not_hand_over_has_a_reason(
    house: House, answer: str, reason: Reason, param: str
) -> None:
    async with shelf(answer) as (served, url):
        await expect_refusal(reason, pieces(stream(house, await finished(house, url))), param)
    assert len(served.heads) == 1


@pytest.mark.parametrize(
    ("told", "length"), [("bytes */9", 9), ("bytes */*", None), ("bytes 0-1/9", None), ("", None)]
)
async def test_a_range_outside_of_the_video_tells_its_length(
    house: House, told: str, length: int | None
) -> None:
    answer = f"416 Range\r\ncontent-range: {told}\r\ncontent-length: 0"
    async with shelf(answer) as (_, url):
        call = pieces(stream(house, await finished(house, url), "bytes=9-"))
        error = await expect_refusal(Reason.RANGE_NOT_SATISFIABLE, call, "range")
    assert error.details.get("length") == length


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "pages=1", "bytes=-", "bytes=\u0661-", "bytes=0-1\r\nx: y"]
)
async def test_a_range_that_is_not_served_gets_all(house: House, asked: str) -> None:
    async with shelf(ok(b"x"), b"x") as (served, url):
        info, data = await pieces(stream(house, await finished(house, url), asked))
    assert (info.info.content_range, data.data) == ("", b"x")
    assert "range:" not in served.heads[0]


async def test_a_video_that_is_not_done_has_no_content_yet(house: House) -> None:
    await house.add_room(FakeVideos())
    video = await house.start_video()
    error = await expect_refusal(Reason.NOT_FOUND, pieces(stream(house, video.id)))
    assert "still processing" in error.message
    assert error.retry_after_ms == 5000


async def test_a_video_that_failed_never_has_content(house: House) -> None:
    upstream = FakeVideos()
    upstream.polled = lambda _: httpx.Response(200, json={"status": "failed"})
    await house.add_room(upstream)
    video = await house.ended((await house.start_video()).id)
    error = await expect_refusal(Reason.NOT_FOUND, pieces(stream(house, video.id)))
    assert (error.message, error.retry_after_ms) == ("The video failed: it has no content.", None)


async def test_a_video_of_another_account_is_not_there(house: House) -> None:
    async with shelf(ok(b"x"), b"x") as (served, url):
        video_id = await finished(house, url)
        await house.open_account(name="stranger")
        await expect_refusal(Reason.NOT_FOUND, pieces(stream(house, video_id)), "id")
    assert served.heads == []


async def test_a_provider_that_falls_silent_is_given_up(house: House) -> None:
    async with shelf("200 OK\r\ncontent-length: 9", b"abc", hangs=True) as (_, url):
        video_id = await finished(house, url, content_idle_s=0.1)
        await expect_refusal(Reason.PROVIDER_ERROR, pieces(stream(house, video_id)))


async def test_a_reader_that_takes_nothing_holds_the_provider_back_and_is_given_up(
    house: House,
) -> None:
    body = bytes(64 * 1024 * 1024)
    async with shelf(ok(body), body) as (served, url):
        call = stream(house, await finished(house, url, content_stall_s=0.2))
        assert (await call.read()).info.length == len(body)
        async with asyncio.timeout(10):
            await served.cut.wait()
        assert served.sent_bytes < len(body) // 2
        await expect_refusal(Reason.TIMEOUT, _the_rest(call))


async def _the_rest(call: Any) -> None:
    while await call.read():
        pass
