"""The cheapest upstream that can be had here: it answers `/v1/responses` at once, always alike.

`python -m tests.bench.upstream` serves on a free port of 127.0.0.1 and prints it. A request whose
body has `"stream":true` gets as many text deltas as its `max_output_tokens`, one every 20 ms.
"""

import asyncio
import json
import re
from functools import cache
from typing import Any

import httptools
import uvloop

# What each answer costs; it stands in its usage, as xAI's own cost does.
COST_USD_TICKS = 1_000_000
DELTA_INTERVAL_S = 0.02

_STREAMED = re.compile(rb'"stream":\s*true')
_DELTAS = re.compile(rb'"max_output_tokens":\s*(\d+)')
_TEXT = "A service function should take what it needs, say what it returns, and do one thing."
_MESSAGE: dict[str, Any] = {
    "id": "msg_dc98d031-6185-9dc1-b827-f16e5875d2e7",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": _TEXT, "logprobs": [], "annotations": []}],
}
# The shape of a live answer of xAI (published capture, 2026).
_RESPONSE: dict[str, Any] = {
    "created_at": 1783643291,
    "completed_at": 1783643291,
    "id": "dc98d031-6185-9dc1-b827-f16e5875d2e7",
    "object": "response",
    "model": "grok-4.3",
    "status": "completed",
    "store": False,
    "max_output_tokens": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": "low", "summary": "detailed"},
    "temperature": 0.7,
    "top_p": 0.95,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "incomplete_details": None,
    "output": [_MESSAGE],
    "usage": {
        "input_tokens": 208,
        "input_tokens_details": {"cached_tokens": 128},
        "output_tokens": 42,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 250,
        "num_sources_used": 0,
        "num_server_side_tools_used": 0,
        "cost_in_usd_ticks": COST_USD_TICKS,
        "context_details": {"input_tokens": 208, "output_tokens": 42},
    },
    "metadata": {"system_fingerprint": "fp_grok_4_3"},
    "service_tier": "default",
    "error": None,
    "instructions": None,
}
_JSON = json.dumps(_RESPONSE).encode()
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(_JSON),
    _JSON,
)
_PLACE = {"item_id": _MESSAGE["id"], "output_index": 0, "content_index": 0}
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


class _Answers(asyncio.Protocol):
    """One connection; a client sends its next request when it has the answer to the last."""

    def __init__(self) -> None:
        self._body = b""
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvloop's is no subclass
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        body, self._body = self._body, b""
        if not _STREAMED.search(body):
            self._transport.write(_ANSWER)
            return
        asked = _DELTAS.search(body)
        _Stream(self._transport, int(asked[1]) if asked else 1).start()


class _Stream:
    """The events of one answer: the first ones with a delta at once, then a delta at a time."""

    def __init__(self, transport: asyncio.Transport, deltas: int) -> None:
        self._transport = transport
        self._deltas = deltas
        self._sent = 0
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time()

    def start(self) -> None:
        self._send(_STREAM_HEAD + _first_events())

    def _send(self, before: bytes) -> None:
        """The next delta; the last events leave with the last one."""
        if self._transport.is_closing():
            return
        self._sent += 1
        if self._sent < self._deltas:
            self._transport.write(before + _delta(self._sent))
            self._due_s += DELTA_INTERVAL_S
            self._loop.call_at(self._due_s, self._send, b"")
        else:
            self._transport.write(before + _delta(self._sent) + _last_events(self._sent))


@cache
def _first_events() -> bytes:
    begun = _RESPONSE | {"status": "in_progress", "output": [], "usage": None}
    item = _MESSAGE | {"status": "in_progress", "content": []}
    part = {"type": "output_text", "text": "", "logprobs": [], "annotations": []}
    return _events(
        0,
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", "part": part} | _PLACE,
    )


@cache
def _delta(number: int) -> bytes:
    delta = {"type": "response.output_text.delta", "delta": " function", "logprobs": []}
    return _events(3 + number, delta | _PLACE)


@cache
def _last_events(deltas: int) -> bytes:
    events = _events(
        4 + deltas,
        {"type": "response.output_text.done", "text": _TEXT} | _PLACE,
        {"type": "response.content_part.done", "part": _MESSAGE["content"][0]} | _PLACE,
        {"type": "response.output_item.done", "output_index": 0, "item": _MESSAGE},
        {"type": "response.completed", "response": _RESPONSE},
    )
    return events + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def _events(first_number: int, *events: dict[str, Any]) -> bytes:
    numbered = (
        event | {"sequence_number": number} for number, event in enumerate(events, first_number)
    )
    return _chunk("".join(f"data: {json.dumps(event)}\n\n" for event in numbered).encode())


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  # read by the starter
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
