"""`/v1/audio/speech`, `/v1/audio/transcriptions` and `/v1/audio/voices`."""

import asyncio

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grokgate.api.types.v1.endpoint_pb2 import (
    ENDPOINT_AUDIO_SPEECH,
    ENDPOINT_AUDIO_TRANSCRIPTIONS,
)
from grokgate.api.voice.v1.voice_pb2 import ListVoicesRequest
from grokgate.api.voice.v1.voice_pb2_grpc import VoiceServiceStub
from grokgate.edge.answers import json_answer
from grokgate.edge.auth import KeyFilter
from grokgate.edge.bodies import read_json_object, read_media_json_object
from grokgate.edge.departure import while_client_waits
from grokgate.edge.forms import is_form, read_form
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.middleware import call_of
from grokgate.edge.rpcs import ask_about, ask_by_stream, ask_in_stream
from grokgate.edge.voice.speech_audio import SpeechAudio
from grokgate.edge.voice.speech_request import read_speech
from grokgate.edge.voice.transcript_answer import transcript_answer
from grokgate.edge.voice.transcription_request import (
    Transcription,
    read_transcription,
    read_transcription_form,
)
from grokgate.edge.voice.voices import voice_list


def voice_routes(keys: KeyFilter, voice: grpc.aio.Channel, limits: EdgeLimits) -> list[Route]:
    """The routes that speak and write down what is said."""
    audio = Audio(keys, voice, limits)
    return [
        Route("/v1/audio/speech", audio.speak, methods=["POST"]),
        Route("/v1/audio/transcriptions", audio.transcribe, methods=["POST"]),
        Route("/v1/audio/voices", audio.voices),
    ]


class Audio:
    """Serves voice: admit the key, read the body, ask the voice service, answer."""

    def __init__(self, keys: KeyFilter, voice: grpc.aio.Channel, limits: EdgeLimits) -> None:
        self._keys = keys
        self._voice = VoiceServiceStub(voice)
        self._limits = limits

    async def speak(self, request: Request) -> SpeechAudio:
        """`POST /v1/audio/speech`."""
        call = call_of(request)
        await self._keys.admit(call, ENDPOINT_AUDIO_SPEECH)
        body = await read_json_object(
            request,
            max_bytes=self._limits.text_body_limit_bytes,
            max_depth=self._limits.json_max_depth,
        )
        timeout_s = self._limits.stream_timeout_s
        pieces = ask_in_stream(self._voice.Speak, read_speech(body), call, timeout_s)
        return SpeechAudio(request, pieces)

    async def transcribe(self, request: Request) -> Response:
        """`POST /v1/audio/transcriptions`, as JSON or as the OpenAI libraries' form."""
        call = call_of(request)
        await self._keys.admit(call, ENDPOINT_AUDIO_TRANSCRIPTIONS)
        asked = await self._read_transcription(request)
        timeout_s = self._limits.answer_timeout_s
        asking = ask_by_stream(self._voice.Transcribe, asked.requests(), call, timeout_s)
        transcript = await while_client_waits(request, asking)
        # A day's worth of words takes a second to write; others are served meanwhile.
        return await asyncio.to_thread(
            transcript_answer, transcript, asked.response_format, call.request_id
        )

    async def voices(self, request: Request) -> Response:
        """`GET /v1/audio/voices`."""
        call = call_of(request)
        await self._keys.admit(call)
        timeout_s = self._limits.media_timeout_s
        asking = ask_about(self._voice.ListVoices, ListVoicesRequest(), call, timeout_s)
        return json_answer(voice_list(await asking))

    async def _read_transcription(self, request: Request) -> Transcription:
        if is_form(request.headers):
            return read_transcription_form(await read_form(request, self._limits))
        return await read_transcription(await read_media_json_object(request, self._limits))
