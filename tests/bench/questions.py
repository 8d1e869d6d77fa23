"""What is asked: one request of each kind, and how its answer is recognised."""

import json
from typing import Any

import msgspec

from tests.bench.upstream_speech import BEGIN, END
from tests.bench.upstream_text import COST_USD_TICKS
from tests.bench.upstream_videos import VIDEO_COST_USD_TICKS

_PROMPT = "Simplify a TypeScript service function. Name what you changed, in one sentence each."
_SENTENCE = "One idea a file, one story a function. "
# The price list's: upstream tells no cost of speech.
_CHARACTER_USD_TICKS = 150_000


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is sent again and again; a gateway charges `cost_usd_ticks` for each.

    `pieces` above 0 says that the answer is a stream of as many. `first` is in the first of them
    and not before it, `last` ends the last.
    """

    path: str
    body: str
    cost_usd_ticks: int
    pieces: int = 0
    first: str = ""
    last: str = ""


def text() -> Question:
    """A short answer, whole."""
    body = _json(model="grok-4.3", input=_PROMPT)
    return Question(path="/v1/responses", body=body, cost_usd_ticks=COST_USD_TICKS)


def streamed_text(deltas: int) -> Question:
    """An answer in as many deltas."""
    return Question(
        path="/v1/responses",
        body=_json(model="grok-4.3", input=_PROMPT, stream=True, max_output_tokens=deltas),
        cost_usd_ticks=COST_USD_TICKS,
        pieces=deltas,
        first="response.output_text.delta",
        last="data: [DONE]\n\n",
    )


def speech(sentences: int) -> Question:
    """Audio in as many chunks, asked of a gateway."""
    said = _SENTENCE * sentences
    return Question(
        path="/v1/audio/speech",
        body=_json(model="xai/grok-voice-tts", input=said),
        cost_usd_ticks=len(said) * _CHARACTER_USD_TICKS,
        pieces=sentences,
        first=BEGIN,
        last=END,
    )


def upstream_speech(sentences: int) -> Question:
    """The same, asked of upstream."""
    body = _json(text=_SENTENCE * sentences, language="auto", voice_id="eve")
    return msgspec.structs.replace(speech(sentences), path="/v1/tts", body=body)


def video() -> Question:
    """A video that nobody waits for."""
    body = _json(model="xai/grok-imagine-video", prompt=_PROMPT, max_wait_seconds=0)
    cost = VIDEO_COST_USD_TICKS
    return Question(path="/v1/video/generations", body=body, cost_usd_ticks=cost)


def _json(**fields: Any) -> str:
    return json.dumps(fields)
