"""From Images to the JSON of the image routes."""

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from grokgate.api.media.v1.media_pb2 import Image, Images
from grokgate.chassis.base64_text import encode_base64
from grokgate.edge.answers import json_answer
from grokgate.edge.paid_endings import charged_usd_ticks, cost_headers, failure_answer
from grokgate.edge.rate_limits import rate_limit_headers


class ImagesUsage(msgspec.Struct):
    """Images sent and made, and the charge in ticks; null until billing has taken it."""

    cost_in_usd_ticks: int | None
    images_in: int
    images_out: int


class ImageObject(msgspec.Struct, kw_only=True):
    """An image: its address, good for a while, or itself in base64."""

    url: str | UnsetType = UNSET
    b64_json: str | UnsetType = UNSET
    mime_type: str | None
    revised_prompt: str | UnsetType = UNSET


class ImagesObject(msgspec.Struct):
    """The images of a call, perhaps fewer than were asked for; `created` is in Unix seconds."""

    created: int
    data: list[ImageObject]
    usage: ImagesUsage


async def images_answer(images: Images, request_id: str) -> Response:
    """The HTTP answer to an image call."""
    headers = rate_limit_headers(images.rate_limits)
    usage = ImagesUsage(charged_usd_ticks(images), images.images_in, len(images.images))
    if images.HasField("failure"):
        return failure_answer(images, usage, request_id, headers)
    data = [await _image(image) for image in images.images]
    return json_answer(
        ImagesObject(images.created_at, data, usage), headers=headers | cost_headers(images)
    )


async def _image(image: Image) -> ImageObject:
    shown = ImageObject(mime_type=image.mime_type or None)
    if image.HasField("revised_prompt"):
        shown.revised_prompt = image.revised_prompt
    if image.WhichOneof("result") == "data":
        shown.b64_json = await encode_base64(image.data)
    else:
        shown.url = image.url
    return shown
