"""Audio to begin from."""

import io
import math
import wave
from array import array
from fractions import Fraction
from typing import Any

import av

RATE = 48_000
# How each container that is read here is made: ffmpeg's format and codec.
CONTAINERS = {
    "mp3": ("mp3", "libmp3lame"),
    "ogg": ("ogg", "libopus"),
    "flac": ("flac", "flac"),
    "m4a": ("ipod", "aac"),
    "mp4": ("mp4", "aac"),
    "aac": ("adts", "aac"),
    "mkv": ("matroska", "libopus"),
}


def wav(seconds: float = 3, rate: int = 8000) -> bytes:
    """Silence, 16 bits a sample."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(bytes(2 * int(seconds * rate)))
    return file.getvalue()


def recorded(container: str, seconds: int = 3) -> bytes:
    """A tone in a container."""
    format_name, codec = CONTAINERS[container]
    file = io.BytesIO()
    with av.open(file, "w", format=format_name) as output:
        stream: Any = output.add_stream(codec, rate=RATE, layout="mono")
        for position in range(0, seconds * RATE, 960):
            output.mux(stream.encode(_frame(position)))
        output.mux(stream.encode(None))
    return file.getvalue()


def _frame(position: int) -> av.AudioFrame:
    samples = array(
        "h", (int(8000 * math.sin(at / RATE * 2765)) for at in range(position, position + 960))
    )
    frame = av.AudioFrame(format="s16", layout="mono", samples=960)
    [plane] = frame.planes
    plane.update(samples.tobytes().ljust(plane.buffer_size, b"\0"))
    frame.sample_rate, frame.pts, frame.time_base = RATE, position, Fraction(1, RATE)
    return frame
