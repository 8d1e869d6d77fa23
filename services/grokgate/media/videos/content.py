"""Passes a finished video through from the provider, which is never told any key."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

import httpx

from grokgate.api.media.v1.media_pb2 import StreamVideoContentResponse, VideoContentInfo, VideoState
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.patience import Patience
from grokgate.chassis.rpc_types import Context
from grokgate.media.videos.answers import PUBLIC_STATES
from grokgate.media.videos.job import Job
from grokgate.xai.videos import can_be_fetched

_OK, _PART, _NOT_SATISFIABLE = 200, 206, 416
_GONE = frozenset({403, 404, 410})
_PIECE_BYTES = 64 * 1024
# One range of bytes. For whatever else is asked all is sent (RFC 9110, 14.2).
_RANGE = re.compile(r"bytes=(?:\d{1,18}-\d{0,18}|-\d{1,18})", re.ASCII | re.IGNORECASE)
_CONTENT_RANGE = re.compile(r"bytes \d{1,18}-\d{1,18}/(?:\d{1,18}|\*)", re.ASCII)
_LENGTH_ALONE = re.compile(r"bytes \*/(\d{1,18})", re.ASCII)
_MEDIA_TYPE = re.compile(r"video/[A-Za-z0-9.+-]{1,60}")
_UNKNOWN_TYPE = "application/octet-stream"
_ASK_AGAIN_AFTER_MS = 5000


class VideoContent:
    """Fetches videos. No redirect is followed, and nothing that claims to be a page passes."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport, *, idle_timeout_s: float, stall_timeout_s: float
    ) -> None:
        self._transport = transport
        self._idle_timeout_s = idle_timeout_s
        self._stall_timeout_s = stall_timeout_s

    async def stream(self, job: Job, asked_range: str, context: Context) -> None:
        """Write what the video is, then its bytes, as fast as the reader takes them.

        Raises NOT_FOUND, RANGE_NOT_SATISFIABLE, CONTENT_EXPIRED, PROVIDER_ERROR, TIMEOUT.
        """
        if not can_be_fetched(job.url):
            raise _without_content(job)
        if not _RANGE.fullmatch(asked_range):
            asked_range = ""
        async with (
            self._opened(job.url, asked_range) as response,
            aclosing(self._pieces(response)) as pieces,
        ):
            with Patience(self._stall_timeout_s) as patience:
                try:
                    info = StreamVideoContentResponse(info=_info(response))
                    await patience.wait_for(context.write(info))
                    async for piece in pieces:
                        data = StreamVideoContentResponse(data=piece)
                        await patience.wait_for(context.write(data))
                except TimeoutError as exc:
                    raise GrokgateError(
                        Reason.TIMEOUT, "The video was not read for too long."
                    ) from exc

    @asynccontextmanager
    async def _opened(self, url: str, asked_range: str) -> AsyncIterator[httpx.Response]:
        headers = {"accept": "*/*", "accept-encoding": "identity"}
        if asked_range:
            headers["range"] = asked_range
        request = httpx.Request("GET", url, headers=headers)
        with Patience(self._idle_timeout_s) as patience:
            try:
                response = await patience.wait_for(self._transport.handle_async_request(request))
            except (TimeoutError, httpx.TransportError) as exc:
                raise _broken() from exc
        try:
            _check(response, asked_range)
            yield response
        finally:
            await response.stream.aclose()  # type: ignore[union-attr]  # an async transport's stream

    async def _pieces(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        arriving = response.stream.__aiter__()  # type: ignore[union-attr]  # an async transport's stream
        with Patience(self._idle_timeout_s) as patience:
            while True:
                try:
                    chunk = await patience.wait_for(anext(arriving, None))
                except (TimeoutError, httpx.TransportError) as exc:
                    raise _broken() from exc
                if chunk is None:
                    return
                for piece in _cut(chunk):
                    yield piece


def _check(response: httpx.Response, asked_range: str) -> None:
    status = response.status_code
    if status == _OK or (status == _PART and asked_range and _content_range(response)):
        return
    if status in _GONE:
        raise GrokgateError(
            Reason.CONTENT_EXPIRED, "The provider has the video no more: it is kept for a while."
        )
    if status == _NOT_SATISFIABLE and asked_range:
        raise _not_satisfiable(response)
    raise _broken()


def _info(response: httpx.Response) -> VideoContentInfo:
    content_type = response.headers.get("content-type", "").partition(";")[0].strip()
    info = VideoContentInfo(
        content_type=content_type if _MEDIA_TYPE.fullmatch(content_type) else _UNKNOWN_TYPE,
        content_range=_content_range(response) if response.status_code == _PART else "",
    )
    length = response.headers.get("content-length", "")
    if length.isdecimal():
        info.length = int(length)
    return info


def _content_range(response: httpx.Response) -> str:
    """The part that follows; empty when it is not said."""
    content_range = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    return content_range[0] if content_range else ""


def _cut(chunk: bytes) -> Iterator[bytes]:
    return (chunk[at : at + _PIECE_BYTES] for at in range(0, len(chunk), _PIECE_BYTES))


def _without_content(job: Job) -> GrokgateError:
    """Why there is nothing to see; with a time to ask again while there may be some day."""
    status = VideoState.Name(PUBLIC_STATES[job.state]).removeprefix("VIDEO_STATE_").lower()
    if job.has_verdict:
        return GrokgateError(Reason.NOT_FOUND, f"The video {status}: it has no content.")
    return GrokgateError(
        Reason.NOT_FOUND,
        f"The video is still {status}: it has no content yet. Ask again later.",
        retry_after_ms=_ASK_AGAIN_AFTER_MS,
    )


def _not_satisfiable(response: httpx.Response) -> GrokgateError:
    length = _LENGTH_ALONE.fullmatch(response.headers.get("content-range", ""))
    return GrokgateError(
        Reason.RANGE_NOT_SATISFIABLE,
        "The video has no such bytes. Ask for others, or for all without `Range`.",
        param="range",
        details={} if length is None else {"length": int(length[1])},
    )


def _broken() -> GrokgateError:
    return GrokgateError(
        Reason.PROVIDER_ERROR, "The provider did not hand the video over. Try again."
    )
