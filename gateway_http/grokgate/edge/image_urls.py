"""Addresses of images: https and data URIs; the gateway fetches neither."""

import re
from typing import Any
from urllib.parse import urlsplit

from grokgate.chassis.errors import GrokgateError
from grokgate.edge.fields import invalid

# What comes before the base64 text of an image.
IMAGE_DATA = re.compile(r"data:image/(jpeg|png|webp);base64,(?=.)")


def image_url(value: Any, path: str) -> str:
    """An address that only the provider will fetch; fails with INVALID_VALUE."""
    if type(value) is not str:
        raise invalid(path, "a string")
    if IMAGE_DATA.match(value):
        return value
    try:
        parsed = urlsplit(value)
    except ValueError as exc:
        raise _bad_url(path) from exc
    if (
        not value.startswith("https://")
        or not parsed.hostname
        or not value.isprintable()
        or " " in value
    ):
        raise _bad_url(path)
    return value


def _bad_url(path: str) -> GrokgateError:
    return invalid(path, "an https URL, or a base64 data URI of a JPEG, PNG or WebP image")
