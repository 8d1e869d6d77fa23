"""The speech call: refuse, hold, answer."""

from functools import partial

from grokgate.api.voice.v1.voice_pb2 import SpeakRequest
from grokgate.catalog.models import LiveCatalog
from grokgate.catalog.selection import select_model_without_suffix
from grokgate.chassis.calls import read_call
from grokgate.chassis.ids import IdSource
from grokgate.chassis.rpc_types import Context
from grokgate.metering.paid_streams import Reader
from grokgate.metering.paid_work import PaidWork
from grokgate.voice.speech.answer import SpokenAnswer
from grokgate.voice.speech.asked import AskedSpeech
from grokgate.voice.speech.options import read_question
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import ObservedCall, Observer

ENDPOINT = "audio_speech"


class Speech:
    """Speaks; see Speak in the contract for the errors.

    `max_characters` is in code points and takes the place of the catalogue's ceiling.
    """

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        paid_work: PaidWork,
        upstream: XaiClient,
        observer: Observer,
        ids: IdSource,
        max_characters: int | None,
    ) -> None:
        self._catalog = catalog
        self._holds = paid_work.holds
        self._paid_streams = paid_work.streams
        self._upstream = upstream
        self._observer = observer
        self._ids = ids
        self._max_characters = max_characters

    async def speak(self, request: SpeakRequest, context: Context) -> None:
        """Refuse, or hold and answer in pieces; once held, the call outlives its reader."""
        with self._observer.call("voice") as call:
            asked = self._admissible(request, context)
            work = partial(self._speak, asked, call)
            await self._paid_streams.run(context.write, work, asked.call.api_key.digest())

    def _admissible(self, request: SpeakRequest, context: Context) -> AskedSpeech:
        call = read_call(context.invocation_metadata(), self._ids)
        call.require_key()
        model = select_model_without_suffix(self._catalog.current, request.model, ENDPOINT)
        ceiling = self._max_characters
        question = read_question(
            request, model, model.max_prompt_length if ceiling is None else ceiling
        )
        return AskedSpeech(call, model, question, request.user)

    async def _speak(self, asked: AskedSpeech, call: ObservedCall, reader: Reader) -> None:
        async with self._holds.place(asked.hold_request()) as hold:
            answer = SpokenAnswer(asked, hold, reader, self._ids.prefixed("speech"))
            await answer.run(self._upstream, call)
