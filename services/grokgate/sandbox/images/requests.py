"""The bodies of POST /v1/images/generations and /v1/images/edits."""

from typing import Any, Literal

import msgspec

from grokgate.sandbox.studio.sources import ImageInput

Ratio = Literal[
    "1:1",
    "3:4",
    "4:3",
    "9:16",
    "16:9",
    "2:3",
    "3:2",
    "9:19.5",
    "19.5:9",
    "9:20",
    "20:9",
    "1:2",
    "2:1",
    "21:9",
    "5:2",
    "auto",
]


class GenerationRequest(msgspec.Struct, kw_only=True):
    """A request; fields that it does not name are ignored, `image` among them.

    The fields typed `Any` are known and refused.
    """

    model: str
    prompt: str
    aspect_ratio: Ratio | None = None
    n: int | None = None
    quality: Literal["low", "medium", "high", "auto"] | None = None
    resolution: Literal["1k", "1.5k", "2k"] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    user: str | None = None
    deferred: bool | None = None
    output: Any = None
    size: Any = None
    storage_options: Any = None


class EditRequest(GenerationRequest, kw_only=True):
    """The same with a picture, or with several."""

    image: ImageInput | None = None
    images: list[ImageInput] | None = None

    @property
    def inputs(self) -> list[ImageInput]:
        """The pictures to work upon."""
        return [self.image] if self.image is not None else self.images or []
