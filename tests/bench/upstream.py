"""The cheapest upstream that can be had here: it answers `/v1/responses` at once, always alike.

`python -m tests.bench.upstream` serves on a free port of 127.0.0.1 and prints it. A request whose
body has `"stream":true` gets as many text deltas as its `max_output_tokens`, one every 20 ms.
"""

import asyncio
import json
import re
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
    """The events of one answer, each in a write of its own but for the first and last ones."""

    def __init__(self, transport: asyncio.Transport, deltas: int) -> None:
        self._transport = transport
        self._left = deltas
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time()

    def start(self) -> None:
        self._send(_STREAM_HEAD + _FIRST_EVENTS)

    def _send(self, events: bytes) -> None:
        """These events and a delta; the last ones behind the last delta."""
        if self._transport.is_closing():
            return
        self._left -= 1
        self._transport.write(events + _DELTA + (b"" if self._left else _LAST_EVENTS))
        if self._left:
            self._due_s += DELTA_INTERVAL_S
            self._loop.call_at(self._due_s, self._send, b"")


def _chunk(*events: dict[str, Any]) -> bytes:
    lines = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    return b"%x\r\n%b\r\n" % (len(lines), lines)


def _first_events() -> bytes:
    begun = _RESPONSE | {"status": "in_progress", "output": [], "usage": None}
    item = _MESSAGE | {"status": "in_progress", "content": []}
    part = {"type": "output_text", "text": "", "logprobs": [], "annotations": []}
    return _chunk(
        {"type": "response.created", "sequence_number": 0, "response": begun},
        {"type": "response.in_progress", "sequence_number": 1, "response": begun},
        {
            "type": "response.output_item.added",
            "sequence_number": 2,
            "output_index": 0,
            "item": item,
        },
        {
            "type": "response.content_part.added",
            "sequence_number": 3,
            "item_id": _MESSAGE["id"],
            "output_index": 0,
            "content_index": 0,
            "part": part,
        },
    )


def _last_events() -> bytes:
    place = {"item_id": _MESSAGE["id"], "output_index": 0, "content_index": 0}
    part = _MESSAGE["content"][0]
    text_done = {"type": "response.output_text.done", "sequence_number": 5, "text": _TEXT}
    part_done = {"type": "response.content_part.done", "sequence_number": 6, "part": part}
    item_done = {
        "type": "response.output_item.done",
        "sequence_number": 7,
        "output_index": 0,
        "item": _MESSAGE,
    }
    completed = {"type": "response.completed", "sequence_number": 8, "response": _RESPONSE}
    events = _chunk(text_done | place, part_done | place, item_done, completed)
    done = b"data: [DONE]\n\n"
    return events + b"%x\r\n%b\r\n0\r\n\r\n" % (len(done), done)


_FIRST_EVENTS = _first_events()
_LAST_EVENTS = _last_events()
_DELTA = _chunk(
    {
        "type": "response.output_text.delta",
        "sequence_number": 4,
        "item_id": _MESSAGE["id"],
        "output_index": 0,
        "content_index": 0,
        "delta": " function",
        "logprobs": [],
    }
)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  # read by the starter
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
