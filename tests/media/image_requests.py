"""Requests and images to begin from."""

import io
from pathlib import Path
from typing import Any

from PIL import Image

from grokgate.api.media.v1.media_pb2 import (
    GenerateImagesRequest,
    ImageContent,
    InputImage,
)
from grokgate.catalog.models import Model, parse_catalog

MODELS_TOML = Path(__file__).parents[2] / "services/grokgate/catalog/models.toml"
CATALOG = parse_catalog(MODELS_TOML.read_text())

URL = "https://example.com/source.jpg"
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def model(name: str = "xai/grok-imagine-image") -> Model:
    found = CATALOG.find(name)
    assert found is not None
    return found


def generation(prompt: str = "A copper lamp", **fields: Any) -> GenerateImagesRequest:
    return GenerateImagesRequest(**{"model": "xai/grok-imagine-image", "prompt": prompt} | fields)


def picture(mime_type: str = "image/png") -> bytes:
    """A real image of a type."""
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(file, FORMATS[mime_type])
    return file.getvalue()


def by_url(url: str = URL) -> InputImage:
    return InputImage(url=url)


def by_content(mime_type: str = "image/png", data: bytes | None = None) -> InputImage:
    content = picture(mime_type) if data is None else data
    return InputImage(content=ImageContent(data=content, mime_type=mime_type))
