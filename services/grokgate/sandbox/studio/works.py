"""What can be made: a picture or a film, told so fully that it is always made the same."""

from dataclasses import dataclass
from hashlib import shake_128

from grokgate.sandbox.studio.sizes import Size
from grokgate.sandbox.studio.sources import Source

IMAGE_TYPE = "image/jpeg"
FILM_TYPE = "video/mp4"

_SEED_BYTES = 16


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG with words on it, in the seed's colours or upon its sources."""

    words: str
    small_print: str
    seed: bytes
    size: Size
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Film:
    """An MP4 that begins with a picture."""

    picture: Picture
    seconds: int


Work = Picture | Film


def seed_of(body: bytes, *marks: int) -> bytes:
    """16 bytes that the same request always gives; `marks` tell its works apart."""
    return shake_128(repr(marks).encode() + body).digest(_SEED_BYTES)


def source_bytes(work: Work) -> int:
    """How much memory a work's sources hold until it is made."""
    picture = work.picture if isinstance(work, Film) else work
    return sum(len(source.data) for source in picture.sources)
