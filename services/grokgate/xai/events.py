"""Server-sent events, read from bytes that arrive in any pieces (WHATWG HTML, section 9.2)."""

from grokgate.xai.errors import broke_off

# An event may repeat the whole request and the whole answer.
EVENT_CEILING_BYTES = 16 * 1024 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Says after the last event that there is no more, which the last event says too.
_DONE = b"[DONE]"


class EventParser:
    """Turns pieces of a stream into the data of its events; other fields are left out."""

    def __init__(self, ceiling_bytes: int = EVENT_CEILING_BYTES) -> None:
        self._ceiling_bytes = ceiling_bytes
        self._event_bytes = 0
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._ended_in_cr = False
        self._began = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of each event that ends in this piece.

        Raises UpstreamError when an event grows above the ceiling. An event without its empty
        line at the end of the stream is lost, as the standard wants it.
        """
        if self._ended_in_cr and piece.startswith(b"\n"):
            piece = piece[1:]
            self._ended_in_cr = False
        if not piece:
            return []
        self._ended_in_cr = piece.endswith(b"\r")
        self._event_bytes += len(piece)
        lines = piece.splitlines()
        rest = b"" if piece.endswith((b"\n", b"\r")) else lines.pop()
        events = [data for line in lines if (data := self._take(line))]
        if rest:
            self._line.append(rest)
        if self._event_bytes > self._ceiling_bytes:
            raise broke_off("upstream sent an event above the ceiling")
        return events

    def _take(self, line: bytes) -> bytes | None:
        """The data of the event that a line ends, if it ends one that is worth reading."""
        if self._line:
            line = b"".join((*self._line, line))
            self._line.clear()
        if not self._began:
            self._began = True
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if line:
            field, _, value = line.partition(b":")
            if field == b"data":
                self._data.append(value.removeprefix(b" "))
            return None
        data = b"\n".join(self._data)
        self._data.clear()
        self._event_bytes = 0
        return None if data == _DONE else data
