"""An image that a client sends: its address, or the image itself."""

from typing import Any

from grokgate.api.media.v1.media_pb2 import ImageContent, InputImage
from grokgate.chassis.base64_text import decode_base64
from grokgate.edge.fields import invalid, missing
from grokgate.edge.image_urls import IMAGE_DATA, image_url
from grokgate.edge.images.fields import IMAGE
from grokgate.edge.objects import RequestObject

_WEBP_NAME_AT = 8


async def read_image(value: Any, path: str) -> InputImage:
    """An object with a `url`; fails with `param` naming it, such as `images[2].url`."""
    if type(value) is not dict:
        raise invalid(path, 'an object such as {"url": "https://…"}')
    given = RequestObject(value, IMAGE, path)
    if given.value("url") is not None and given.value("image_url") is not None:
        raise invalid(given.path("image_url"), "absent when `url` is given")
    name = "url" if given.value("image_url") is None else "image_url"
    if given.value(name) is None:
        raise missing(given.path("url"))
    return await _read_address(given.value(name), given.path(name))


def image_content(data: bytes, path: str) -> InputImage:
    """An image's bytes; they say themselves what type they are of, whatever a client says."""
    mime_type = _mime_type(data)
    if mime_type is None:
        raise invalid(path, "a JPEG, PNG or WebP image")
    return InputImage(content=ImageContent(data=data, mime_type=mime_type))


async def _read_address(value: Any, path: str) -> InputImage:
    url = image_url(value, path)
    head = IMAGE_DATA.match(url)
    if head is None:
        return InputImage(url=url)
    try:
        data = await decode_base64(url, head.end())
    except ValueError as exc:
        raise invalid(path, "a data URI in base64, padded and without white space") from exc
    return image_content(data, path)


def _mime_type(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"RIFF") and data.startswith(b"WEBP", _WEBP_NAME_AT):
        return "image/webp"
    return None
