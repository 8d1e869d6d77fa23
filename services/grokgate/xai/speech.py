"""Upstream's `/tts`: how speech is asked for, and its audio as it arrives.

Facts of November 2026 (docs.x.ai): the answer is the audio alone and names neither usage nor
cost; `language` is required.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from grokgate.xai.client import Download, Progress, XaiClient
from grokgate.xai.errors import broke_off

# Where speech is asked for, under the base URL.
PATH = "/tts"
MP3 = "mp3"

_MEDIA_TYPES = {
    MP3: "audio/mpeg",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mulaw": "audio/basic",
    "alaw": "audio/alaw",
}


@dataclass(frozen=True, slots=True)
class SpeechQuestion:
    """What is to be said and how; rates in Hz and bits per second, the latter of an MP3 only."""

    text: str
    language: str
    voice: str
    codec: str
    sample_rate: int
    bit_rate: int
    speed: float | None

    def body(self) -> bytes:
        """As upstream reads it."""
        output: dict[str, Any] = {"codec": self.codec, "sample_rate": self.sample_rate}
        if self.codec == MP3:
            output["bit_rate"] = self.bit_rate
        body: dict[str, Any] = {
            "text": self.text,
            "language": self.language,
            "voice_id": self.voice,
            "output_format": output,
        }
        if self.speed is not None:
            body["speed"] = self.speed
        return msgspec.json.encode(body)


@asynccontextmanager
async def speak(
    upstream: XaiClient, question: SpeechQuestion, progress: Progress, traceparent: str = ""
) -> AsyncIterator[Download]:
    """The audio while it arrives. Raises UpstreamError, also when there is none at all."""
    body = question.body()
    async with upstream.download(PATH, body, progress, traceparent) as answer:
        named = answer.media_type
        media_type = named if named.startswith("audio/") else _MEDIA_TYPES.get(question.codec, "")
        async with aclosing(_audible(answer.pieces)) as pieces:
            yield Download(media_type, pieces)


async def _audible(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    heard = False
    async for piece in pieces:
        if piece:
            heard = True
            yield piece
    if not heard:
        raise broke_off("upstream answered without audio")
