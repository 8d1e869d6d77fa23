"""The sockets under the client: pyreqwest behind httpx's transport interface.

Chosen by measurement: a fraction of the CPU of httpx's default transport per request. Everything
above knows only `httpx.AsyncBaseTransport`, so tests put another one underneath.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import TypeVar

import httpx
from pyreqwest import exceptions
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

T = TypeVar("T")

# The class alone does not tell a connection that never stood from one that was reset after the
# request was sent: pyreqwest 0.15 calls both ConnectError. Only this cause proves the former.
_NEVER_CONNECTED = "client error (Connect)"

# In order: the first class that fits an exception decides.
_EXCEPTIONS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (exceptions.PoolTimeoutError, httpx.PoolTimeout),
    (exceptions.WriteTimeoutError, httpx.WriteTimeout),
    (exceptions.RequestTimeoutError, httpx.ReadTimeout),
    (exceptions.WriteError, httpx.WriteError),
    (exceptions.PyreqwestError, httpx.ReadError),
)


class PyreqwestTransport(httpx.AsyncBaseTransport):
    """Connections to upstream, kept alive; redirects are not followed.

    A connection on which nothing comes for `silence_timeout_s`, before the head or within the
    body, is closed. pyreqwest 0.15 goes on waiting for the head of a request that was cancelled,
    and only this ends that wait.
    """

    def __init__(self, *, connect_timeout_s: float, silence_timeout_s: float) -> None:
        self._client: Client = (
            ClientBuilder()
            .connect_timeout(timedelta(seconds=connect_timeout_s))
            .read_timeout(timedelta(seconds=silence_timeout_s))
            .follow_redirects(enable=False)
            .referer(enable=False)
            .tcp_nodelay(enabled=True)
            .build()
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and answer with its head; raises httpx.TransportError."""
        builder = (
            self._client.request(request.method, str(request.url))
            .headers(request.headers.multi_items())
            .streamed_read_buffer_limit(0)  # an event leaves as soon as it arrives
        )
        if isinstance(request.stream, httpx.ByteStream):
            builder = builder.body_bytes(request.content)
        else:
            builder = builder.body_stream(aiter(request.stream))  # type: ignore[arg-type]  # it is async, as this is
        stream_request = builder.build_streamed()
        try:
            response = await _cancellable(stream_request.__aenter__())
        except exceptions.PyreqwestError as exc:
            raise _translated(exc) from exc
        return httpx.Response(
            response.status,
            headers=list(response.headers.items()),
            stream=_Body(stream_request, response),
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, request: StreamRequest, response: Response) -> None:
        self._request = request
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        reader = self._response.body_reader
        try:
            while (chunk := await _cancellable(reader.read_chunk())) is not None:
                yield bytes(chunk)
        except exceptions.PyreqwestError as exc:
            raise _translated(exc) from exc

    async def aclose(self) -> None:
        await _cancellable(self._request.__aexit__(None, None, None))


async def _cancellable(awaitable: Awaitable[T]) -> T:
    """What pyreqwest gives; a cancellation is not lost on the way.

    pyreqwest 0.15 gives the result instead of raising CancelledError when the result is there as
    the cancellation comes. The caller would go on as if nobody had cancelled it.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine runs in a task
    cancelling = task.cancelling()
    result = await awaitable
    if task.cancelling() > cancelling:
        raise asyncio.CancelledError
    return result


def _translated(exc: exceptions.PyreqwestError) -> httpx.TransportError:
    causes = exc.details["causes"] or () if isinstance(exc, exceptions.RequestError) else ()
    if any(cause["message"] == _NEVER_CONNECTED for cause in causes):
        return httpx.ConnectError(exc.message)
    target = next(theirs for ours, theirs in _EXCEPTIONS if isinstance(exc, ours))
    return target(exc.message)
