"""A text to speak that may be held for."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.usage_pb2 import Quantities, SpeechQuantities
from grokgate.catalog.models import Model
from grokgate.chassis.calls import Call
from grokgate.xai.observing import ObservedCall, UpstreamCall
from grokgate.xai.speech import PATH, SpeechQuestion


@dataclass(frozen=True, slots=True)
class AskedSpeech:
    """What a caller asks, of which model; `user` is the caller's own end user, or empty."""

    call: Call
    model: Model
    question: SpeechQuestion
    user: str

    def hold_request(self) -> PlaceHoldRequest:
        """The worst case, which is also the charge, for billing."""
        return PlaceHoldRequest(
            api_key=self.call.api_key.reveal(),
            endpoint=Endpoint.ENDPOINT_AUDIO_SPEECH,
            model=self.model.id,
            worst_case=self.counted(),
            request_id=self.call.request_id,
            client_request_id=self.call.client_request_id,
            user=self.user,
        )

    def counted(self) -> Quantities:
        """The code points to be spoken, by which xAI bills (its counting rule is not published)."""
        return Quantities(speech=SpeechQuantities(characters=len(self.question.text)))

    def observed(self, call: ObservedCall) -> AbstractContextManager[UpstreamCall]:
        """The length of asking upstream."""
        return call.upstream(
            PATH,
            operation="speech",
            model=self.model.upstream_model,
            traceparent=self.call.traceparent,
        )
