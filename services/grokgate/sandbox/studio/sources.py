"""A picture that comes with a call: in the call itself, or by an address that is never fetched."""

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from grokgate.sandbox.errors import invalid_argument

_DATA_URI = re.compile(r"data:image/(?:jpeg|png|webp);base64,", re.IGNORECASE)


class ImageInput(msgspec.Struct):
    """Where a picture is; `image_url` is an alias of `url`. A bare string is a wrong type."""

    url: str | None = None
    image_url: str | None = None
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A picture's bytes, or the host that is said to have them."""

    data: bytes = b""
    host: str = ""


def read_source(image: ImageInput) -> Source:
    """The picture, not decoded yet."""
    if image.file_id is not None:
        raise invalid_argument("The sandbox keeps no files.")
    url = image.url or image.image_url or ""
    match = _DATA_URI.match(url)
    if match:
        return Source(data=_decoded(url[match.end() :]))
    host = _host(url)
    if not host:
        raise invalid_argument(
            "An image's `url` must be https, or a data URI of type image/jpeg, image/png or "
            "image/webp in base64."
        )
    return Source(host=host)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid_argument(f"The data URI of an image is not base64: {error}") from error


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme == "https" else ""
