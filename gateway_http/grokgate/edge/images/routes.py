"""`POST /v1/images/generations` and `POST /v1/images/edits`."""

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grokgate.api.media.v1.media_pb2 import EditImagesRequest
from grokgate.api.media.v1.media_pb2_grpc import MediaServiceStub
from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_IMAGES_EDITS, ENDPOINT_IMAGES_GENERATIONS
from grokgate.edge.auth import KeyFilter
from grokgate.edge.bodies import read_media_json_object
from grokgate.edge.departure import while_client_waits
from grokgate.edge.forms import is_form, read_form
from grokgate.edge.images.answer import images_answer
from grokgate.edge.images.request import read_edit, read_edit_form, read_generation
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.middleware import call_of
from grokgate.edge.rpcs import ask


def image_routes(keys: KeyFilter, media: grpc.aio.Channel, limits: EdgeLimits) -> list[Route]:
    """The routes that make images."""
    makers = ImageMakers(keys, media, limits)
    return [
        Route("/v1/images/generations", makers.generate, methods=["POST"]),
        Route("/v1/images/edits", makers.edit, methods=["POST"]),
    ]


class ImageMakers:
    """Serves images: admit the key, read the body, ask the media service, answer."""

    def __init__(self, keys: KeyFilter, media: grpc.aio.Channel, limits: EdgeLimits) -> None:
        self._keys = keys
        self._media = MediaServiceStub(media)
        self._limits = limits

    async def generate(self, request: Request) -> Response:
        """`POST /v1/images/generations`."""
        call = call_of(request)
        await self._keys.admit(call, ENDPOINT_IMAGES_GENERATIONS)
        asked = read_generation(await read_media_json_object(request, self._limits))
        timeout_s = self._limits.answer_timeout_s
        asking = ask(self._media.GenerateImages, asked, call, timeout_s)
        answer = await while_client_waits(request, asking)
        return await images_answer(answer.images, call.request_id)

    async def edit(self, request: Request) -> Response:
        """`POST /v1/images/edits`, as JSON or as the OpenAI libraries' form."""
        call = call_of(request)
        await self._keys.admit(call, ENDPOINT_IMAGES_EDITS)
        asked = await self._read_edit(request)
        timeout_s = self._limits.answer_timeout_s
        asking = ask(self._media.EditImages, asked, call, timeout_s)
        answer = await while_client_waits(request, asking)
        return await images_answer(answer.images, call.request_id)

    async def _read_edit(self, request: Request) -> EditImagesRequest:
        if is_form(request.headers):
            return read_edit_form(await read_form(request, self._limits))
        return await read_edit(await read_media_json_object(request, self._limits))
