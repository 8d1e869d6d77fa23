"""A request for images that may be held for, with what was worked out about it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import msgspec

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest
from grokgate.api.media.v1.media_pb2 import Delivery, GenerateImagesRequest, InputImage
from grokgate.api.types.v1.usage_pb2 import ImageQuantities, Quantities
from grokgate.catalog.models import Channel, Model
from grokgate.chassis.calls import Call
from grokgate.chassis.endpoints import NUMBERS
from grokgate.media.images.inputs import upstream_json
from grokgate.media.images.options import AskedOptions, image_options
from grokgate.xai.observing import ObservedCall, UpstreamCall
from grokgate.xai.usage import ProviderCost

# Where upstream is asked, under its base URL, by the endpoint that is served.
_PATHS = {"images_generations": "/images/generations", "images_edits": "/images/edits"}


@dataclass(frozen=True, slots=True)
class AskedImages:
    """What a caller asks, of which model; `inputs` are what is to be edited."""

    call: Call
    endpoint: str
    model: Model
    request: GenerateImagesRequest
    options: AskedOptions
    inputs: Sequence[InputImage]

    @property
    def path(self) -> str:
        """Where upstream is asked."""
        return _PATHS[self.endpoint]

    def hold_request(self) -> PlaceHoldRequest:
        """The worst case, for billing."""
        return PlaceHoldRequest(
            api_key=self.call.api_key.reveal(),
            endpoint=NUMBERS[self.endpoint],
            model=self.model.id,
            worst_case=self.counted(self.options.count),
            request_id=self.call.request_id,
            client_request_id=self.call.client_request_id,
            user=self.request.user,
        )

    def counted(self, images_out: int) -> Quantities:
        """What the call uses if so many images are returned."""
        quality = image_options(self.model).quality_in_force(self.options.quality, self.endpoint)
        return Quantities(
            images=ImageQuantities(
                images_in=len(self.inputs),
                images_out=images_out,
                quality=quality,
                resolution=self.options.resolution,
            )
        )

    def observed(self, call: ObservedCall) -> AbstractContextManager[UpstreamCall]:
        """The length of asking upstream."""
        return call.upstream(
            self.path,
            operation="image_generation",
            model=self.model.upstream_model,
            traceparent=self.call.traceparent,
        )

    def believed(self, cost: ProviderCost) -> ProviderCost:
        """The provider's bill; a compatible channel's own figures count for nothing."""
        return cost if self.model.channel is Channel.XAI else ProviderCost()

    async def upstream_body(self) -> bytes:
        """The request, for upstream.

        The resolution is always sent, so that what is drawn is what was held for. A compatible
        channel gets only what is known to be safe there.
        """
        as_content = self.request.delivery == Delivery.DELIVERY_CONTENT
        body: dict[str, Any] = {
            "model": self.model.upstream_model,
            "prompt": self.request.prompt,
            "n": self.options.count,
            "resolution": self.options.resolution,
            "response_format": "b64_json" if as_content else "url",
        }
        if self.options.aspect_ratio:
            body["aspect_ratio"] = self.options.aspect_ratio
        if self.options.quality:
            body["quality"] = self.options.quality
        if self.request.user and self.model.channel is Channel.XAI:
            body["user"] = self.request.user
        inputs = [await upstream_json(image) for image in self.inputs]
        if len(inputs) == 1:
            body["image"] = inputs[0]
        elif inputs:
            body["images"] = inputs
        return msgspec.json.encode(body)
