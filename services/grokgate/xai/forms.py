"""A form with a file, on its way to upstream without ever being whole in memory."""

from collections.abc import AsyncIterator, Mapping
from typing import IO

import httpx

_PIECE_BYTES = 64 * 1024


class Form(httpx.AsyncByteStream):
    """A `multipart/form-data` body; each iteration sends it anew.

    The file is the last part, since xAI may ignore fields that follow it. It is read piece by
    piece, each by its place, so that an attempt that was given up disturbs no other. `fields`
    must be free of line breaks, and `boundary` in neither fields nor file.
    """

    def __init__(
        self, fields: Mapping[str, str], file: IO[bytes], file_bytes: int, *, boundary: str
    ) -> None:
        self.fields = dict(fields)
        self._file = file
        self._file_bytes = file_bytes
        self._boundary = boundary

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What tells the body's kind and length."""
        around = len(self._before()) + len(self._after())
        return [
            ("content-type", f"multipart/form-data; boundary={self._boundary}"),
            ("content-length", str(around + self._file_bytes)),
        ]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in pieces."""
        yield self._before()
        for place in range(0, self._file_bytes, _PIECE_BYTES):
            self._file.seek(place)
            yield self._file.read(_PIECE_BYTES)
        yield self._after()

    def _before(self) -> bytes:
        """All that comes before the file's bytes."""
        parts = [self._part(f'name="{name}"', value) for name, value in self.fields.items()]
        file = self._part(
            'name="file"; filename="audio"\r\nContent-Type: application/octet-stream', ""
        )
        return "".join([*parts, file]).removesuffix("\r\n").encode()

    def _part(self, disposition: str, value: str) -> str:
        head = f"--{self._boundary}\r\nContent-Disposition: form-data; {disposition}"
        return f"{head}\r\n\r\n{value}\r\n"

    def _after(self) -> bytes:
        return f"\r\n--{self._boundary}--\r\n".encode()
