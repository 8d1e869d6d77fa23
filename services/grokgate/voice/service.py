"""The voice room, wired: settings in, registered servicer out."""

from pathlib import Path

import grpc

from grokgate.api.voice.v1 import voice_pb2
from grokgate.api.voice.v1.voice_pb2_grpc import add_VoiceServiceServicer_to_server
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.ids import IdSource
from grokgate.metering.paid_work import PaidWork
from grokgate.voice.servicer import VoiceServicer
from grokgate.voice.speech.speech import Speech
from grokgate.voice.transcription.transcriptions import Transcriptions
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import Observer

_AUDIO_CEILING_BYTES = 48 * 1024 * 1024


class VoiceRoom:
    """Serves VoiceService.

    Audio above 1 MiB waits in `spool_folder`, which must exist, while it is received and sent on;
    above `audio_ceiling_bytes` it is refused. `max_speech_characters`, in code points, takes the
    place of the catalogue's `max_prompt_length` for all models that speak.
    """

    name = "voice"
    service_names = (voice_pb2.DESCRIPTOR.services_by_name["VoiceService"].full_name,)

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        paid_work: PaidWork,
        upstream: XaiClient,
        observer: Observer,
        ids: IdSource,
        spool_folder: Path,
        audio_ceiling_bytes: int = _AUDIO_CEILING_BYTES,
        max_speech_characters: int | None = None,
    ) -> None:
        self._paid_work = paid_work
        self._upstream = upstream
        speech = Speech(
            catalog=catalog,
            paid_work=paid_work,
            upstream=upstream,
            observer=observer,
            ids=ids,
            max_characters=max_speech_characters,
        )
        transcriptions = Transcriptions(
            catalog=catalog,
            paid_work=paid_work,
            upstream=upstream,
            observer=observer,
            ids=ids,
            spool_folder=spool_folder,
            audio_ceiling_bytes=audio_ceiling_bytes,
        )
        self._servicer = VoiceServicer(
            speech=speech, transcriptions=transcriptions, catalog=catalog, ids=ids
        )

    def register(self, server: grpc.aio.Server) -> None:
        """Add the servicer."""
        add_VoiceServiceServicer_to_server(self._servicer, server)

    async def start(self) -> None:
        """Connect to billing, in the background."""
        await self._paid_work.start()

    async def stop(self, grace_s: float) -> None:
        """Finish paid calls within the grace, deliver their endings, hang up."""
        await self._paid_work.stop(grace_s)
        await self._upstream.aclose()
