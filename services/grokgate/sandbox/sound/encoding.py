"""Encoding with PyAV. Imported only by a worker thread that has something to encode."""

import struct
from collections.abc import Iterable
from typing import Literal

import av

from grokgate.sandbox.sound.formats import CodecName, Format
from grokgate.sandbox.sound.samples import SAMPLE_BYTES, SAMPLE_RATE

_ENCODERS: dict[CodecName, Literal["libmp3lame", "pcm_s16le", "pcm_mulaw", "pcm_alaw"]] = {
    "mp3": "libmp3lame",
    "wav": "pcm_s16le",
    "pcm": "pcm_s16le",
    "mulaw": "pcm_mulaw",
    "alaw": "pcm_alaw",
}
_SAMPLE_FORMATS = {"mp3": "s16p"}
_LAYOUT = "mono"
_WAV_PCM = 1
_UNKNOWN_LENGTH = 0xFFFFFFFF


class Encoder:
    """Samples in, a file out, piece by piece."""

    def __init__(self, target: Format) -> None:
        context = av.AudioCodecContext.create(_ENCODERS[target.codec], "w")
        context.sample_rate = target.sample_rate
        context.layout = _LAYOUT
        context.format = _SAMPLE_FORMATS.get(target.codec, "s16")
        if target.codec == "mp3":
            context.bit_rate = target.bit_rate
        context.open()
        self._context = context
        self._resampler = av.AudioResampler(
            context.format, _LAYOUT, target.sample_rate, context.frame_size or None
        )
        self._head = wav_header(target.sample_rate) if target.codec == "wav" else b""

    def encode(self, samples: bytes) -> bytes:
        """What has become of the file; an encoder may hold some back."""
        frame = av.AudioFrame("s16", _LAYOUT, len(samples) // SAMPLE_BYTES)
        frame.sample_rate = SAMPLE_RATE
        frame.planes[0].update(samples)
        head, self._head = self._head, b""
        return head + self._encoded(self._resampler.resample(frame))

    def finish(self) -> bytes:
        """The end of the file."""
        return self._encoded([*self._resampler.resample(None), None])

    def _encoded(self, frames: Iterable[av.AudioFrame | None]) -> bytes:
        packets = (packet for frame in frames for packet in self._context.encode(frame))
        return b"".join(bytes(packet) for packet in packets)


def wav_header(sample_rate: int) -> bytes:
    """The head of a WAV file whose length is not known yet, as streams have it."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        _UNKNOWN_LENGTH,
        b"WAVE",
        b"fmt ",
        16,
        _WAV_PCM,
        1,
        sample_rate,
        SAMPLE_BYTES * sample_rate,
        SAMPLE_BYTES,
        8 * SAMPLE_BYTES,
        b"data",
        _UNKNOWN_LENGTH,
    )
