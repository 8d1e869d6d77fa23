"""The image calls: hold, ask, answer, settle."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import grpc

from grokgate.api.media.v1 import media_pb2
from grokgate.api.media.v1.media_pb2 import (
    EditImagesRequest,
    EditImagesResponse,
    GenerateImagesRequest,
    GenerateImagesResponse,
    InputImage,
)
from grokgate.catalog.models import LiveCatalog
from grokgate.catalog.options import EDITS
from grokgate.catalog.selection import select_model_without_suffix
from grokgate.chassis.calls import read_call
from grokgate.chassis.clock import Clock
from grokgate.chassis.ids import IdSource
from grokgate.media.images import answers as image_answers
from grokgate.media.images.asked import AskedImages
from grokgate.media.images.inputs import check_inputs
from grokgate.media.images.options import read_options
from grokgate.metering.holds import Hold
from grokgate.metering.paid_work import PaidWork
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.images import ImagesAnswer, read_images
from grokgate.xai.observing import ObservedCall, Observer

GENERATIONS = "images_generations"

Context = grpc.aio.ServicerContext[Any, Any]


class Images:
    """Makes images; see GenerateImages and EditImages in the contract for the errors.

    `upstreams` are by the catalogue's word for a channel.
    """

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        paid_work: PaidWork,
        upstreams: Mapping[str, XaiClient],
        observer: Observer,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._catalog = catalog
        self._holds = paid_work.holds
        self._paid_calls = paid_work.calls
        self._upstreams = upstreams
        self._observer = observer
        self._clock = clock
        self._ids = ids

    async def generate(
        self, request: GenerateImagesRequest, context: Context
    ) -> GenerateImagesResponse:
        """Draw from a prompt."""
        images = await self._run(GENERATIONS, request, (), context)
        return GenerateImagesResponse(images=images)

    async def edit(self, request: EditImagesRequest, context: Context) -> EditImagesResponse:
        """Draw upon images."""
        images = await self._run(EDITS, request.generation, request.images, context)
        return EditImagesResponse(images=images)

    async def _run(
        self,
        endpoint: str,
        request: GenerateImagesRequest,
        images: Sequence[InputImage],
        context: Context,
    ) -> media_pb2.Images:
        """Refuse, or hold and answer; once held, the call outlives its caller."""
        with self._observer.call("media") as call:
            asked = self._admissible(endpoint, request, images, context)
            return await self._paid_calls.run(self._make(asked, call), asked.call.api_key.digest())

    def _admissible(
        self,
        endpoint: str,
        request: GenerateImagesRequest,
        images: Sequence[InputImage],
        context: Context,
    ) -> AskedImages:
        call = read_call(context.invocation_metadata(), self._ids)
        call.require_key()
        model = select_model_without_suffix(self._catalog.current, request.model, endpoint)
        options = read_options(request, model)
        if endpoint == EDITS:
            check_inputs(images, model)
        return AskedImages(call, endpoint, model, request, options, images)

    async def _make(self, asked: AskedImages, call: ObservedCall) -> media_pb2.Images:
        async with self._holds.place(asked.hold_request()) as hold:
            images = media_pb2.Images(
                model=asked.model.id, images_in=len(asked.inputs), rate_limits=hold.rate_limits
            )
            try:
                answer = await self._answer(asked, call, hold)
            except UpstreamError as error:
                settlement = image_answers.billed_failure(asked, error, hold.hold_id)
                image_answers.fail(images, error.error)
            except asyncio.CancelledError:
                if hold.reached_upstream:
                    await hold.settle(image_answers.cut_settlement(asked))
                raise
            else:
                settlement = image_answers.settlement(asked, answer, hold.hold_id)
                image_answers.complete(images, answer)
            charge = await hold.settle(settlement)
            image_answers.close(images, charge, self._clock.now_ms())
            return images

    async def _answer(self, asked: AskedImages, call: ObservedCall, hold: Hold) -> ImagesAnswer:
        body = await asked.upstream_body()
        client = self._upstreams[asked.model.channel]
        with asked.observed(call) as upstream:
            answered = await client.post(asked.path, body, hold, upstream.traceparent)
            return (await read_images(answered)).first(asked.options.count)
