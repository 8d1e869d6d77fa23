"""The transcription call: receive, hold, ask, answer, settle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from grokgate.api.voice.v1.voice_pb2 import TranscribeConfig, TranscribeRequest, TranscribeResponse
from grokgate.catalog.models import LiveCatalog
from grokgate.catalog.selection import select_model_without_suffix
from grokgate.chassis.calls import read_call
from grokgate.chassis.errors import GrokgateError
from grokgate.chassis.ids import IdSource
from grokgate.chassis.refusals import invalid, missing
from grokgate.chassis.rpc_types import Context
from grokgate.metering.holds import Hold
from grokgate.metering.paid_work import PaidWork
from grokgate.voice.billed_failures import billed_failure
from grokgate.voice.transcription import transcripts
from grokgate.voice.transcription.asked import AskedTranscription, length_to_hold_us
from grokgate.voice.transcription.options import read_options
from grokgate.voice.transcription.recording import Recording
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.observing import ObservedCall, Observer
from grokgate.xai.transcription import PATH, Transcript, read_transcript

ENDPOINT = "audio_transcriptions"
# How long a refused caller may take to finish its question.
_HEAR_OUT_S = 5

_Pieces = AsyncIterator[TranscribeRequest]


class Transcriptions:
    """Transcribes; see Transcribe in the contract for the errors.

    Audio above 1 MiB waits in `spool_folder`; above `audio_ceiling_bytes` it is refused.
    """

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        paid_work: PaidWork,
        upstream: XaiClient,
        observer: Observer,
        ids: IdSource,
        spool_folder: Path,
        audio_ceiling_bytes: int,
    ) -> None:
        self._catalog = catalog
        self._holds = paid_work.holds
        self._paid_calls = paid_work.calls
        self._upstream = upstream
        self._observer = observer
        self._ids = ids
        self._spool_folder = spool_folder
        self._audio_ceiling_bytes = audio_ceiling_bytes

    async def transcribe(self, pieces: _Pieces, context: Context) -> TranscribeResponse:
        """Receive, and refuse or hold and answer; once held, the call outlives its caller."""
        recording = Recording(self._spool_folder, ceiling_bytes=self._audio_ceiling_bytes)
        try:
            asked = await self._received(pieces, context, recording)
        except GrokgateError:
            recording.close()
            await self._hear_out(pieces)
            raise
        except BaseException:
            recording.close()
            raise
        with self._observer.call("voice") as call:
            owner = asked.call.api_key.digest()
            return await self._paid_calls.run(self._transcribe(asked, call), owner)

    async def _hear_out(self, pieces: _Pieces) -> None:
        """Throw away the rest of what a refused caller sends, within limits.

        gRPC loses a refusal that arrives while its receiver is still writing: it says INTERNAL.
        """
        left_bytes = self._audio_ceiling_bytes
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEAR_OUT_S):
                async for piece in pieces:
                    left_bytes -= len(piece.audio)
                    if left_bytes < 0:
                        return

    async def _received(
        self, pieces: _Pieces, context: Context, recording: Recording
    ) -> AskedTranscription:
        call = read_call(context.invocation_metadata(), self._ids)
        call.require_key()
        config = await _config(pieces)
        model = select_model_without_suffix(self._catalog.current, config.model, ENDPOINT)
        options = read_options(config, model)
        async for piece in pieces:
            if not piece.HasField("audio"):
                raise invalid("config", "send it once, before the audio")
            await recording.add(piece.audio)
        if not recording.size_bytes:
            raise missing("file", "send some audio")
        held_us = await length_to_hold_us(recording, model, options)
        return AskedTranscription(call, model, config, options, recording, held_us)

    async def _transcribe(
        self, asked: AskedTranscription, call: ObservedCall
    ) -> TranscribeResponse:
        try:
            async with self._holds.place(asked.hold_request()) as hold:
                return await self._answered(asked, call, hold)
        finally:
            asked.recording.close()

    async def _answered(
        self, asked: AskedTranscription, call: ObservedCall, hold: Hold
    ) -> TranscribeResponse:
        response = TranscribeResponse(
            id=self._ids.prefixed("transcript"), model=asked.model.id, rate_limits=hold.rate_limits
        )
        try:
            transcript = await self._ask(asked, call, hold)
        except UpstreamError as error:
            settlement = billed_failure(error, hold.hold_id)
            transcripts.fail(response, error.error)
        except asyncio.CancelledError:
            if hold.reached_upstream:
                await hold.settle(transcripts.cut_settlement(asked.held_us))
            raise
        else:
            settlement = transcripts.settlement(transcript, asked.held_us, hold.hold_id)
            transcripts.complete(response, transcript, asked.held_us)
        charge = await hold.settle(settlement)
        if charge is not None:
            response.charge.CopyFrom(charge)
        return response

    async def _ask(self, asked: AskedTranscription, call: ObservedCall, hold: Hold) -> Transcript:
        form = asked.upstream_form(boundary=self._ids.prefixed("form"))
        with asked.observed(call) as upstream:
            body = await self._upstream.upload(PATH, form, hold, upstream.traceparent)
            return read_transcript(body)


async def _config(pieces: _Pieces) -> TranscribeConfig:
    """The first piece, which must be the config."""
    async for piece in pieces:
        if not piece.HasField("config"):
            break
        return piece.config
    raise missing("config", "send it before the audio")
