"""The body of POST /v1/videos/generations."""

from typing import Any, Literal

import msgspec

from grokgate.sandbox.errors import unreadable
from grokgate.sandbox.studio.sources import ImageInput

_DEFAULT_SECONDS = 8


class VideoRequest(msgspec.Struct, kw_only=True):
    """A request; fields that it does not name are ignored, a top-level `image_url` among them.

    The fields typed `Any` are known and refused.
    """

    model: str
    prompt: str = ""
    duration: int | str | None = None
    seconds: int | str | None = None
    aspect_ratio: (
        Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9", "5:2"] | None
    ) = None
    resolution: Literal["480p", "720p", "1080p"] | None = None
    image: ImageInput | None = None
    generate_audio: bool | None = None
    user: str | None = None
    keyframes: Any = None
    last_frame: Any = None
    output: Any = None
    reference_audios: Any = None
    reference_images: Any = None
    storage_options: Any = None

    @property
    def length_s(self) -> int:
        """The duration as a number, which may come as text and under another name."""
        asked = self.seconds if self.duration is None else self.duration
        try:
            return _DEFAULT_SECONDS if asked is None else int(asked)
        except ValueError as error:
            raise unreadable(f"invalid duration {asked!r}") from error
