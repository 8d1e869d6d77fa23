"""Audio to transcribe that may be held for."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.usage_pb2 import Quantities, TranscriptionQuantities
from grokgate.api.voice.v1.voice_pb2 import TranscribeConfig
from grokgate.catalog.models import Model
from grokgate.chassis.calls import Call
from grokgate.voice.transcription.hold_length import hold_us, raw_us
from grokgate.voice.transcription.options import AskedOptions, transcription_options
from grokgate.voice.transcription.recording import Recording, in_thread
from grokgate.voice.transcription.stated_length import stated_us
from grokgate.xai.forms import Form
from grokgate.xai.observing import ObservedCall, UpstreamCall
from grokgate.xai.transcription import PATH


@dataclass(frozen=True, slots=True)
class AskedTranscription:
    """What a caller asks, of which model; `held_us` is the audio's length as held for."""

    call: Call
    model: Model
    config: TranscribeConfig
    options: AskedOptions
    recording: Recording
    held_us: int

    def hold_request(self) -> PlaceHoldRequest:
        """The likely case, for billing; a longer recording is charged in full all the same."""
        return PlaceHoldRequest(
            api_key=self.call.api_key.reveal(),
            endpoint=Endpoint.ENDPOINT_AUDIO_TRANSCRIPTIONS,
            model=self.model.id,
            worst_case=counted(self.held_us),
            request_id=self.call.request_id,
            client_request_id=self.call.client_request_id,
            user=self.config.user,
        )

    def observed(self, call: ObservedCall) -> AbstractContextManager[UpstreamCall]:
        """The length of asking upstream."""
        return call.upstream(
            PATH,
            operation="transcription",
            model=self.model.upstream_model,
            traceparent=self.call.traceparent,
        )

    def upstream_form(self, boundary: str) -> Form:
        """The request, for upstream, which finds out what is not said."""
        options = self.options
        fields = {"model": self.model.upstream_model}
        if options.raw is not None:
            fields["audio_format"] = options.raw.codec
            fields["sample_rate"] = str(options.raw.sample_rate)
        if options.language:
            fields["language"] = options.language
        for name in ("format", "diarize", "multichannel"):
            if getattr(self.config, name):
                fields[name] = "true"
        recording = self.recording
        return Form(fields, recording.file, recording.size_bytes, boundary=boundary)


def counted(duration_us: int) -> Quantities:
    """What so much audio uses."""
    return Quantities(transcription=TranscriptionQuantities(duration_us=duration_us))


async def length_to_hold_us(recording: Recording, model: Model, options: AskedOptions) -> int:
    """Microseconds of a recording that is complete."""
    if options.raw is not None:
        return raw_us(recording.size_bytes, options.raw.bytes_per_second)
    return hold_us(
        stated_us=await in_thread(stated_us, recording.file),
        claimed_us=options.claimed_us,
        default_s=transcription_options(model).hold_seconds,
        size_bytes=recording.size_bytes,
        audio_format=options.container,
    )
