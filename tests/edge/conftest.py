"""The edge on a real socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio

from grokgate.chassis.ids import IdSource
from grokgate.chassis.metrics import Metrics
from grokgate.edge.app import build_app
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.server import EdgeServer
from tests.edge.fake_catalog import FakeCatalogService
from tests.edge.fake_media import FakeMediaService
from tests.edge.fake_voice import FakeVoiceService
from tests.edge.fakes import GOOD_KEY, FakeAccountService, FakeServices, FakeTextService
from tests.support.clock import FakeClock

HELLO = {"model": "xai/grok-4.3", "input": "Hello."}


class OpenStream:
    """A streamed answer, read as it comes."""

    def __init__(self, response: httpx.Response) -> None:
        self.received = b""
        self._chunks = response.aiter_bytes()

    async def until(self, words: bytes) -> None:
        while words not in self.received:
            self.received += await anext(self._chunks)

    async def rest(self) -> bytes:
        async for chunk in self._chunks:
            self.received += chunk
        return self.received


@dataclass
class RunningEdge:
    """The edge on a real socket, with real gRPC servers behind it."""

    services: FakeServices
    server: EdgeServer
    clock: FakeClock
    http: httpx.AsyncClient
    url: str
    headers: dict[str, str] = field(default_factory=lambda: {"authorization": f"Bearer {GOOD_KEY}"})

    @property
    def text(self) -> FakeTextService:
        return self.services.text

    @property
    def accounts(self) -> FakeAccountService:
        return self.services.accounts

    @property
    def catalog(self) -> FakeCatalogService:
        return self.services.catalog

    @property
    def media(self) -> FakeMediaService:
        return self.services.media

    @property
    def voice(self) -> FakeVoiceService:
        return self.services.voice

    async def respond(self, body: Any, **headers: str) -> httpx.Response:
        return await self.http.post("/v1/responses", json=body, headers=self.headers | headers)

    async def chat(self, body: Any) -> httpx.Response:
        return await self.http.post("/v1/chat/completions", json=body, headers=self.headers)

    @asynccontextmanager
    async def stream(self, body: Any) -> AsyncIterator[OpenStream]:
        asking = self.http.stream("POST", "/v1/responses", json=body, headers=self.headers)
        async with asking as response:
            yield OpenStream(response)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.http.post(path, json=body, headers=self.headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.http.get(path, headers=self.headers, **options)

    async def send(self, raw: bytes, *, end: bool = False) -> bytes:
        """What a raw socket gets back until the server closes it."""
        reader, writer = await self.open()
        writer.write(raw)
        if end:
            writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = httpx.URL(self.url)
        return await asyncio.open_connection(address.host, address.port)


RunEdge = Callable[..., AbstractAsyncContextManager[RunningEdge]]


@asynccontextmanager
async def run_edge(**limits: Any) -> AsyncIterator[RunningEdge]:
    services, clock, ids = FakeServices(), FakeClock(), IdSource()
    channel = await services.start()
    chosen = EdgeLimits(**limits)
    app = build_app(
        text=channel,
        media=channel,
        voice=channel,
        billing=channel,
        limits=chosen,
        clock=clock,
        ids=ids,
        metrics=Metrics(),
    )
    server = EdgeServer(app, host="127.0.0.1", port=0, limits=chosen, ids=ids)
    url = await server.start()
    try:
        async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http:
            yield RunningEdge(services, server, clock, http, url)
    finally:
        await server.stop(grace_s=1)
        await channel.close()
        await services.stop()


@pytest_asyncio.fixture
async def edge() -> AsyncIterator[RunningEdge]:
    async with run_edge() as running:
        yield running


@pytest.fixture
def run() -> RunEdge:
    """Runs an edge with limits of the test's own."""
    return run_edge
