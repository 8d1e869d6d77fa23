"""A transport that plays a script."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import httpx

Step = httpx.Response | Exception | None


class FakeTransport(httpx.AsyncBaseTransport):
    """Answers the n-th request with the n-th step, None never; keeps the requests."""

    def __init__(self, *steps: Step) -> None:
        self.requests: list[httpx.Request] = []
        self._steps = iter(steps)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = next(self._steps)
        if step is None:
            await asyncio.Event().wait()
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, httpx.Response)
        return step


class Pieces(httpx.AsyncByteStream):
    """A body that arrives in pieces; an exception among them is raised, None never ends."""

    def __init__(self, pieces: Iterable[bytes | Exception | None]) -> None:
        self._pieces = pieces
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if piece is None:
                await asyncio.Event().wait()
            elif isinstance(piece, Exception):
                raise piece
            else:
                yield piece

    async def aclose(self) -> None:
        self.closed = True
