"""A request that may be held for, with what was worked out about it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest
from grokgate.api.text.v1.text_pb2 import GenerateRequest
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.usage_pb2 import Quantities, TextQuantities
from grokgate.chassis.calls import Call
from grokgate.text.estimate import Estimate
from grokgate.text.selection import Selection
from grokgate.text.upstream_request import upstream_body
from grokgate.xai.observing import ObservedCall, UpstreamCall

# Where upstream is asked, under its base URL.
PATH = "/responses"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks, of which model, and how much it may take."""

    call: Call
    request: GenerateRequest
    selection: Selection
    size: Estimate

    @property
    def owner(self) -> str:
        """Who asks: the caller's key, unreadable."""
        return self.call.api_key.digest()

    def hold_request(self) -> PlaceHoldRequest:
        """The worst case, for billing."""
        worst_case = TextQuantities(
            input_tokens=self.size.input_tokens_bound,
            output_tokens=self.size.output_tokens,
            tokens_estimate=self.size.input_tokens + self.size.output_tokens,
        )
        return PlaceHoldRequest(
            api_key=self.call.api_key.reveal(),
            endpoint=endpoint_of(self.request),
            model=self.selection.model.id,
            worst_case=Quantities(text=worst_case),
            request_id=self.call.request_id,
            client_request_id=self.call.client_request_id,
            user=self.request.user,
        )

    def observed(self, call: ObservedCall) -> AbstractContextManager[UpstreamCall]:
        """The length of asking upstream."""
        return call.upstream(
            PATH,
            operation="chat",
            model=self.selection.model.upstream_model,
            traceparent=self.call.traceparent,
        )

    def upstream_body(self, *, stream: bool) -> bytes:
        """The request, for upstream."""
        return upstream_body(self.request, self.selection, stream=stream)


def endpoint_of(request: GenerateRequest) -> Endpoint.ValueType:
    """The public operation that a request serves."""
    return request.endpoint or Endpoint.ENDPOINT_RESPONSES
