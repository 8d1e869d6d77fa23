"""A stand-in for xAI's videos below the client, which answers as it is told."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

Answer = httpx.Response | Exception


def said(status: int, page: Any = None, **headers: str) -> httpx.Response:
    """An answer with a JSON page, or without a body."""
    body = b"" if page is None else json.dumps(page).encode()
    return httpx.Response(
        status, content=body, headers={"content-type": "application/json"} | headers
    )


def done(usd_ticks: int | None = 2_500_000_000, **video: Any) -> httpx.Response:
    """A finished video of 5 s."""
    page: dict[str, Any] = {"status": "done", "progress": 100, "model": "grok-imagine-video"}
    if usd_ticks is not None:
        page["usage"] = {"cost_in_usd_ticks": usd_ticks}
    told = {"url": "https://vidgen.test/1.mp4", "duration": 5, "respect_moderation": True}
    page["video"] = told | video
    return said(200, page)


PENDING = (202, {"status": "pending", "progress": 42})


class FakeVideos(httpx.AsyncBaseTransport):
    """`creation` answers creations, None never; by default each gets an id. `polled` answers
    questions about an id; by default each is pending. Both are kept."""

    def __init__(self) -> None:
        self.creations: list[dict[str, Any]] = []
        self.polls: list[str] = []
        self.keys: list[str] = []
        self.creation: Callable[[], Answer | None] = lambda: said(
            200, {"request_id": f"up-{len(self.creations)}"}
        )
        self.polled: Callable[[str], Answer | None] = lambda _: said(*PENDING)
        self.asked_at_once = 0
        self.most_at_once = 0
        self._changed = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers["authorization"])
        if request.method == "POST":
            self.creations.append(json.loads(request.content))
            answer = self.creation()
        else:
            upstream_id = request.url.path.rpartition("/")[2]
            self.polls.append(upstream_id)
            answer = self.polled(upstream_id)
        self._announce()
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer

    async def until(self, predicate: Callable[[], object]) -> None:
        """Return once the predicate holds after some request."""
        async with asyncio.timeout(10):
            while not predicate():
                await self._changed.wait()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
