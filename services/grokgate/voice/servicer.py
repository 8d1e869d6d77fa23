"""The voice RPCs: speech, transcription, and the voices."""
# ruff: noqa: N802  # the contract names the RPCs

from collections.abc import AsyncIterator

from grokgate.api.voice.v1.voice_pb2 import (
    ListVoicesRequest,
    ListVoicesResponse,
    SpeakRequest,
    TranscribeRequest,
    TranscribeResponse,
)
from grokgate.api.voice.v1.voice_pb2_grpc import VoiceServiceServicer
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.calls import read_call
from grokgate.chassis.ids import IdSource
from grokgate.chassis.rpc_types import Context
from grokgate.voice.speech.speech import Speech
from grokgate.voice.transcription.transcriptions import Transcriptions
from grokgate.voice.voices import voices


class VoiceServicer(VoiceServiceServicer):
    """Implements VoiceService; see the contract for each RPC's errors."""

    def __init__(
        self,
        *,
        speech: Speech,
        transcriptions: Transcriptions,
        catalog: LiveCatalog,
        ids: IdSource,
    ) -> None:
        self._speech = speech
        self._transcriptions = transcriptions
        self._catalog = catalog
        self._ids = ids

    async def Speak(  # type: ignore[override]  # writes by itself
        self, request: SpeakRequest, context: Context
    ) -> None:
        """Say a text."""
        await self._speech.speak(request, context)

    async def Transcribe(
        self, request_iterator: AsyncIterator[TranscribeRequest], context: Context
    ) -> TranscribeResponse:
        """Write down what is said."""
        return await self._transcriptions.transcribe(request_iterator, context)

    async def ListVoices(self, _request: ListVoicesRequest, context: Context) -> ListVoicesResponse:
        """List who may speak, to anybody with a key."""
        read_call(context.invocation_metadata(), self._ids).require_key()
        return ListVoicesResponse(voices=voices(self._catalog.current))
