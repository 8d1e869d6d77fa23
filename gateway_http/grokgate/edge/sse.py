"""Server-sent events: how they are written, and how they leave."""

import asyncio
from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec
from starlette.types import Send

EVENT_STREAM_TYPE = "text/event-stream"
DONE = b"data: [DONE]\n\n"
HEARTBEAT = b": still waiting\n\n"

_HEADERS = [
    (b"content-type", EVENT_STREAM_TYPE.encode()),
    (b"cache-control", b"no-cache"),
    # nginx would collect the events otherwise.
    (b"x-accel-buffering", b"no"),
]
_END_OF_BUFFER = -1
_ENCODER = msgspec.json.Encoder()


def append_event(page: bytearray, data: Any, name: str = "") -> None:
    """Add an event whose data is JSON."""
    if name:
        page += f"event: {name}\n".encode()
    page += b"data: "
    _ENCODER.encode_into(data, page, _END_OF_BUFFER)
    page += b"\n\n"


class EventSink:
    """Where a stream leaves: its status with the first bytes, what came together in one write."""

    def __init__(self, send: Send, heartbeat_s: float) -> None:
        self.started = False
        self._send = send
        self._heartbeat_s = heartbeat_s
        self._loop = asyncio.get_running_loop()
        self._written_at_s = self._loop.time()

    async def write(self, page: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send some events; waits while the client takes none. Headers go with the first."""
        self._written_at_s = self._loop.time()
        if not self.started:
            self.started = True
            more = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
            start = {"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *more]}
            await self._send(start)
        await self._send({"type": "http.response.body", "body": page, "more_body": True})

    async def end(self) -> None:
        """Nothing follows."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def beat(self) -> NoReturn:
        """Send a comment whenever nothing has been sent for a while; cancel it to stop it."""
        while True:
            silent_s = self._loop.time() - self._written_at_s
            if silent_s < self._heartbeat_s:
                await asyncio.sleep(self._heartbeat_s - silent_s)
            else:
                await self.write(HEARTBEAT)
