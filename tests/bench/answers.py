"""How upstream answers: at once, or piece by piece."""

import asyncio
from collections.abc import Iterator

PIECE_INTERVAL_S = 0.02
STREAM_END = b"0\r\n\r\n"


def whole(document: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole answer in JSON."""
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(document)) + document


def chunk(data: bytes) -> bytes:
    """Data as one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Pieces:
    """Writes the first piece at once, and one more every interval."""

    def __init__(self, transport: asyncio.Transport, pieces: Iterator[bytes]) -> None:
        self._transport = transport
        self._pieces = pieces
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time()

    def write(self) -> None:
        """Write the next one, and plan the one after it."""
        piece = next(self._pieces, None)
        if piece is None or self._transport.is_closing():
            return
        self._transport.write(piece)
        self._due_s += PIECE_INTERVAL_S
        self._loop.call_at(self._due_s, self.write)
