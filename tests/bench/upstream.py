"""The cheapest upstream that can be had here: text, speech and videos, always alike.

`python -m tests.bench.upstream` serves on a free port of 127.0.0.1 and prints it.
"""

import asyncio

import httptools
import uvloop

from tests.bench.answers import Pieces
from tests.bench.upstream_speech import spoken
from tests.bench.upstream_text import ANSWER, is_streamed, streamed
from tests.bench.upstream_videos import VideoJobs


class _Answers(asyncio.Protocol):
    """One connection; a client sends its next request when it has the answer to the last."""

    def __init__(self, videos: VideoJobs) -> None:
        self._videos = videos
        self._path = b""
        self._body = b""
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvloop's is no subclass
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        path, body = self._path, self._body
        self._path = self._body = b""
        if path == b"/v1/tts":
            Pieces(self._transport, spoken(body)).write()
        elif path != b"/v1/responses":
            self._transport.write(self._videos.answer(path, body))
        elif is_streamed(body):
            Pieces(self._transport, streamed(body)).write()
        else:
            self._transport.write(ANSWER)


async def _serve() -> None:
    videos = VideoJobs()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answers(videos), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  # read by the starter
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
