"""A voice service that does what a test told it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc.aio

from grokgate.api.types.v1 import money_pb2
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.rate_limits_pb2 import RateLimit, RateLimits
from grokgate.api.voice.v1 import voice_pb2_grpc
from grokgate.api.voice.v1.voice_pb2 import (
    ListVoicesRequest,
    ListVoicesResponse,
    SpeakRequest,
    SpeakResponse,
    SpeechFinished,
    SpeechStarted,
    TranscribeConfig,
    TranscribeRequest,
    TranscribeResponse,
    Voice,
    Word,
)
from grokgate.chassis.errors import GrokgateError
from tests.edge.aborting import abort

LIMITS = RateLimits(requests=RateLimit(limit=60, remaining=59, reset_ms=1000))
BROKEN = Failure(reason="PROVIDER_ERROR", message="The provider's audio broke off.")

Pieces = AsyncIterator[SpeakResponse]
Speech = Callable[[SpeakRequest], Pieces]


def started(**fields: Any) -> SpeakResponse:
    known: dict[str, Any] = {
        "id": "speech_1",
        "model": "xai/grok-voice-tts",
        "content_type": "audio/mpeg",
        "charge": Charge(usd_ticks=900_000, basis=money_pb2.CHARGE_BASIS_PRICE_LIST),
        "rate_limits": LIMITS,
    }
    return SpeakResponse(started=SpeechStarted(**known | fields))


def audio(data: bytes) -> SpeakResponse:
    return SpeakResponse(audio=data)


def finished(failure: Failure | None = None) -> SpeakResponse:
    return SpeakResponse(finished=SpeechFinished(failure=failure))


async def short_speech(_: SpeakRequest) -> Pieces:
    """Six bytes in two pieces."""
    for piece in (started(), audio(b"ID3"), audio(b"abc"), finished()):
        yield piece


def word(text: str, start_ms: int, end_ms: int, **fields: Any) -> Word:
    return Word(text=text, start_us=start_ms * 1000, end_us=end_ms * 1000, **fields)


def transcript(**fields: Any) -> TranscribeResponse:
    """Two sentences in three and a half seconds."""
    known: dict[str, Any] = {
        "id": "transcript_1",
        "model": "xai/grok-voice-stt",
        "text": "Hello there. It works.",
        "language": "en",
        "duration_us": 3_500_000,
        "words": [
            word("Hello", 0, 480, confidence=0.5),
            word("there.", 480, 960),
            word("It", 1_100, 1_234),
            word("works.", 1_300, 2_000),
        ],
        "charge": Charge(usd_ticks=972_222, basis=money_pb2.CHARGE_BASIS_PRICE_LIST),
        "rate_limits": LIMITS,
    }
    return TranscribeResponse(**known | fields)


class FakeVoiceService(voice_pb2_grpc.VoiceServiceServicer):
    """Speaks what `speech` makes, and writes `transcript` down of whatever it hears.

    With `error` every call fails. `spoken`, `configs` and `heard` have what it was asked; with
    `keep_audio` off, only how long the audio was.
    """

    def __init__(self) -> None:
        self.speech: Speech = short_speech
        self.transcript = transcript()
        self.voices = ListVoicesResponse(
            voices=[
                Voice(id="ara", model="xai/grok-voice-tts"),
                Voice(id="eve", model="xai/grok-voice-tts", default=True),
            ]
        )
        self.error: GrokgateError | None = None
        self.answers: asyncio.Event | None = None
        self.keep_audio = True
        self.spoken: list[SpeakRequest] = []
        self.configs: list[TranscribeConfig] = []
        self.pieces: list[bytes] = []
        self.heard_bytes = 0
        self.has_heard = asyncio.Event()
        self.cancelled = asyncio.Event()

    @property
    def heard(self) -> bytes:
        return b"".join(self.pieces)

    async def Speak(self, request: SpeakRequest, context: Any) -> None:  # type: ignore[override]  # noqa: N802  # gRPC's name; written by hand
        self.spoken.append(request)
        if self.error is not None:
            await abort(context, self.error)
        try:
            async for piece in self.speech(request):
                await context.write(piece)
        except GrokgateError as error:
            await abort(context, error)
        except (asyncio.CancelledError, grpc.aio.BaseError):  # the latter for a write
            self.cancelled.set()
            raise

    async def Transcribe(  # noqa: N802  # gRPC's name
        self, requests: AsyncIterator[TranscribeRequest], context: Any
    ) -> TranscribeResponse:
        try:
            async for request in requests:
                if request.WhichOneof("piece") == "config":
                    self.configs.append(request.config)
                    continue
                self.heard_bytes += len(request.audio)
                if self.keep_audio:
                    self.pieces.append(request.audio)
            self.has_heard.set()
            if self.answers is not None:
                await self.answers.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.error is not None:
            await abort(context, self.error)
        return self.transcript

    async def ListVoices(self, _: ListVoicesRequest, context: Any) -> ListVoicesResponse:  # noqa: N802  # gRPC's name
        if self.error is not None:
            await abort(context, self.error)
        return self.voices
