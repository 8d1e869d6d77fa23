"""Upstream's `/v1/responses`: at once and always alike.

A request with `"stream":true` gets as many text deltas as its `max_output_tokens`.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.bench.answers import STREAM_END, chunk, whole

# What each answer costs; it stands in its usage, as xAI's own cost does.
COST_USD_TICKS = 1_000_000

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
_PLACE = {"item_id": _MESSAGE["id"], "output_index": 0, "content_index": 0}
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
ANSWER = whole(json.dumps(_RESPONSE).encode())


def is_streamed(body: bytes) -> bool:
    """Whether a request asks for a stream."""
    return _STREAMED.search(body) is not None


def streamed(body: bytes) -> Iterator[bytes]:
    """The pieces of an answer: the first events come with a delta, the last with the last one."""
    asked = _DELTAS.search(body)
    deltas = int(asked[1]) if asked else 1
    before = _STREAM_HEAD + _first_events()
    for number in range(1, deltas):
        yield before + _delta(number)
        before = b""
    yield before + _delta(deltas) + _last_events(deltas)


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
    return events + chunk(b"data: [DONE]\n\n") + STREAM_END


def _events(first_number: int, *events: dict[str, Any]) -> bytes:
    numbered = (
        event | {"sequence_number": number} for number, event in enumerate(events, first_number)
    )
    return chunk("".join(f"data: {json.dumps(event)}\n\n" for event in numbered).encode())
