"""One spoken answer under its hold: ask, pass the audio on as it comes, settle."""

import asyncio

from grokgate.api.billing.v1.billing_pb2 import SettleHoldRequest
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.api.voice.v1.voice_pb2 import SpeakResponse, SpeechFinished, SpeechStarted
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.metering.holds import Hold
from grokgate.metering.paid_streams import Reader
from grokgate.voice.billed_failures import billed_failure
from grokgate.voice.speech.asked import AskedSpeech
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.observing import ObservedCall
from grokgate.xai.speech import speak


class SpokenAnswer:
    """Charged is the price of the text, which the first message tells, once there is audio.

    It is due however the audio then ends: upstream bills the text, not the sound. Before the first
    audio a failure of upstream's is free unless upstream bills it, and what was cut (the gateway
    stops, or a drain meets its limits) is charged as a partial estimate, since upstream speaks on.
    """

    def __init__(self, asked: AskedSpeech, hold: Hold, reader: Reader, answer_id: str) -> None:
        self._asked = asked
        self._hold = hold
        self._reader = reader
        self._answer_id = answer_id
        self._begun = False

    async def run(self, upstream: XaiClient, call: ObservedCall) -> None:
        """Answer and end the hold; raises GrokgateError for a failure before the first audio."""
        try:
            await self._relay(upstream, call)
        except UpstreamError as error:
            await self._end_failed(error)
        except asyncio.CancelledError:
            if self._hold.reached_upstream:
                await self._end_cut()
            raise
        else:
            await self._settle("completed")
            await self._finish(SpeechFinished())

    async def _relay(self, upstream: XaiClient, call: ObservedCall) -> None:
        question, hold = self._asked.question, self._hold
        with self._asked.observed(call) as asked:
            async with speak(upstream, question, hold, asked.traceparent) as speech:
                async for piece in speech.pieces:
                    if not self._begun:
                        await self._begin(speech.media_type)
                    await self._reader.take(SpeakResponse(audio=piece))

    async def _begin(self, media_type: str) -> None:
        self._begun = True
        started = SpeechStarted(
            id=self._answer_id,
            model=self._asked.model.id,
            content_type=media_type,
            charge=Charge(
                usd_ticks=self._hold.held_usd_ticks, basis=ChargeBasis.CHARGE_BASIS_PRICE_LIST
            ),
            rate_limits=self._hold.rate_limits,
        )
        await self._reader.take(SpeakResponse(started=started))

    async def _end_failed(self, error: UpstreamError) -> None:
        if not self._begun:
            await self._hold.settle(billed_failure(error, self._hold.hold_id))
            raise error.error from error
        await self._settle("incomplete")
        await self._finish(_failed(error.error))

    async def _end_cut(self) -> None:
        await self._settle("incomplete", partial=not self._begun)
        if self._begun:
            stopped = "The gateway stopped before the audio was complete."
            await self._finish(_failed(GrokgateError(Reason.OVERLOADED, stopped)))

    async def _settle(self, status: str, *, partial: bool = False) -> None:
        counted = self._asked.counted()
        await self._hold.settle(SettleHoldRequest(counted=counted, partial=partial, status=status))

    async def _finish(self, finished: SpeechFinished) -> None:
        await self._reader.take_last(SpeakResponse(finished=finished))


def _failed(error: GrokgateError) -> SpeechFinished:
    failure = Failure(reason=error.reason, message=error.message, param=error.param)
    return SpeechFinished(failure=failure)
