"""Images that callers send: fit to be passed on, or refused. None is ever fetched."""

import re
from collections.abc import Sequence

import msgspec

from grokgate.api.media.v1.media_pb2 import ImageContent, InputImage
from grokgate.catalog.models import Model
from grokgate.chassis.refusals import invalid, missing
from grokgate.media.images.options import image_options
from grokgate.xai.images import data_uri_json

# How each type that upstream takes begins.
_BEGINNINGS = {
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}


def check_inputs(images: Sequence[InputImage], model: Model) -> None:
    """Refuse what cannot be edited.

    Raises MISSING_PARAMETER, INVALID_VALUE.
    """
    ceiling = image_options(model).max_input_images
    if not images:
        raise missing("image", "send an image to edit")
    if len(images) > ceiling:
        raise invalid("images", f"it has {len(images)} images; {model.id} takes at most {ceiling}")
    for index, image in enumerate(images):
        check_input(image, "image.url" if len(images) == 1 else f"images[{index}].url")


def check_input(image: InputImage, param: str) -> None:
    """Refuse what is no image; `param` is the public field that holds its URL or data URI.

    Raises MISSING_PARAMETER, INVALID_VALUE.
    """
    match image.WhichOneof("source"):
        case "url":
            _check_url(image.url, param)
        case "content":
            _check_content(image.content, param)
        case _:
            raise missing(param, "send an https URL or a data URI")


async def upstream_json(image: InputImage) -> dict[str, str | msgspec.Raw]:
    """What upstream takes for an image: an object with its `url`, https or data URI."""
    if image.HasField("url"):
        return {"url": image.url}
    return {"url": await data_uri_json(image.content.mime_type, image.content.data)}


def _check_url(url: str, param: str) -> None:
    if not (url.startswith("https://") and len(url) > len("https://") and url.isprintable()):
        raise invalid(param, "use an https URL, or a base64 data URI of a jpeg, png or webp image")


def _check_content(content: ImageContent, param: str) -> None:
    beginning = _BEGINNINGS.get(content.mime_type)
    if beginning is None:
        raise invalid(param, f"use an image of the type {', '.join(_BEGINNINGS)}")
    if not beginning.match(content.data):
        raise invalid(param, f"its content is not of the type {content.mime_type}")
