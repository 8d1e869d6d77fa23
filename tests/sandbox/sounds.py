"""Sounds: asked for, taken apart and put together again."""

import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import pi, sin, sqrt
from typing import Any

import av
import httpx

ENGLISH = "The weather is nice today, and we are going for a walk."
TURKISH = "Merhaba dünya, bugün hava çok güzel, bahçede yürüyoruz."


async def say(client: httpx.AsyncClient, text: str, **fields: Any) -> httpx.Response:
    return await client.post("/v1/tts", json={"text": text, "language": "en", **fields})


async def transcribe(client: httpx.AsyncClient, sound: bytes, **fields: str) -> httpx.Response:
    return await client.post("/v1/stt", data=fields, files={"file": ("sound", sound)})


@dataclass
class Decoded:
    sample_rate: int
    duration_s: float
    loudness: float
    """Root mean square of samples from -32768 to 32767."""


def decoded(sound: bytes) -> Decoded:
    resampler = av.AudioResampler("s16", "mono")
    samples = array("h")
    with av.open(BytesIO(sound), "r") as container:
        rate = container.streams.audio[0].sample_rate
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                samples.frombytes(bytes(piece.planes[0])[: 2 * piece.samples])
    return Decoded(rate, len(samples) / rate, loudness(samples))


def loudness(samples: Sequence[int]) -> float:
    return sqrt(sum(sample * sample for sample in samples) / len(samples))


def wav(samples: Sequence[int], *, rate: int = 8_000, channels: int = 1) -> bytes:
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", samples).tobytes())
    return buffer.getvalue()


def hum(count: int) -> list[int]:
    """A tone that nobody speaks."""
    return [round(9_000 * sin(2 * pi * 440 * number / 8_000)) for number in range(count)]


def interleaved(one: bytes, other: bytes) -> list[int]:
    """Two sounds of 16-bit samples as the two channels of one; the shorter ends in silence."""
    left, right = array("h", one), array("h", other)
    length = max(len(left), len(right))
    both = [0] * (2 * length)
    both[0 : 2 * len(left) : 2] = left
    both[1 : 2 * len(right) : 2] = right
    return both


def converted(sound: bytes, container_name: str, codec: str, rate: int) -> bytes:
    """The same sound in another codec."""
    buffer = BytesIO()
    with av.open(BytesIO(sound), "r") as source, av.open(buffer, "w", container_name) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        context = stream.codec_context
        context.open()
        resampler = av.AudioResampler(context.format, "mono", rate, context.frame_size or None)
        for frame in [*source.decode(audio=0), None]:
            for piece in resampler.resample(frame):
                piece.pts = None
                target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return buffer.getvalue()
