"""How long audio is by its own statement: what its container says."""

from math import ceil, isfinite
from typing import IO, BinaryIO, cast

from tinytag import ParseError, TinyTag, TinyTagException

from grokgate.xai.transcription import LONGEST_US

# What reading a container may take. The headers of 48 MiB of audio need far less.
_OPERATIONS_CEILING = 20_000
_READ_CEILING_BYTES = 8 * 1024 * 1024

_ADTS_MASK, _ADTS = 0xFFF6, 0xFFF0
_SECOND_US = 1_000_000


def stated_us(file: IO[bytes]) -> int | None:
    """Microseconds; None when nothing is stated, or nothing that can be. Blocks, reading the file.

    A float is good enough here: the statement sizes a hold, never a charge.
    """
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    if _is_adts(start):
        return None
    # Tags are of no interest, but only after them an Ogg's pages are skipped rather than read.
    with_tags = start == b"OggS"
    try:
        tag = TinyTag.get(file_obj=cast(BinaryIO, _BoundedReader(file)), tags=with_tags)
    except (TinyTagException, OSError, ValueError):
        return None
    seconds = tag.duration or 0
    if tag.bitrate and start == b"RIFF":
        # A WAV that was written as a stream states the longest length that its header can.
        seconds = min(seconds, tag.filesize * 8 / (tag.bitrate * 1000))
    if not isfinite(seconds) or not 0 < seconds * _SECOND_US <= LONGEST_US:
        return None
    return ceil(seconds * _SECOND_US)


def _is_adts(start: bytes) -> bool:
    """Whether bare AAC begins so, which tinytag takes for an MP3 (ISO 13818-7, 6.2.1)."""
    return int.from_bytes(start[:2], "big") & _ADTS_MASK == _ADTS


class _BoundedReader:
    """A file for a parser that believes what it reads: of so many steps and bytes, and no more."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._operations_left = _OPERATIONS_CEILING
        self._bytes_left = _READ_CEILING_BYTES

    def read(self, size: int) -> bytes:
        self._count(size)
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._count(0)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def _count(self, size: int) -> None:
        self._operations_left -= 1
        self._bytes_left -= size
        if size < 0 or self._operations_left < 0 or self._bytes_left < 0:
            raise ParseError("the container takes too much to read")
