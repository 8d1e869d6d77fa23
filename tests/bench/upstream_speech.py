"""Upstream's `/v1/tts`: for each sentence of the text a chunk of what could be an MP3."""

from collections.abc import Iterator

from tests.bench.answers import STREAM_END, chunk

# What the audio begins and ends with: the tags of an MP3.
BEGIN, END = "ID3", "TAG"

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n"
# A quarter of a second at 128 kbit/s.
_AUDIO = b"\0" * 4000


def spoken(body: bytes) -> Iterator[bytes]:
    """The pieces of an answer."""
    sentences = body.count(b". ")
    before, opening = _HEAD, BEGIN.encode()
    for _ in range(sentences - 1):
        yield before + chunk(opening + _AUDIO)
        before = opening = b""
    yield before + chunk(opening + _AUDIO + END.encode()) + STREAM_END
