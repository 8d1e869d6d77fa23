"""Audio as a listener finds it: decoded, and measured."""

import io
import wave
from dataclasses import dataclass

import av


@dataclass(frozen=True, slots=True)
class Heard:
    """`loudness` is the root mean square of the samples; 1 is as loud as can be."""

    codec: str
    sample_rate: int
    seconds: float
    loudness: float


def hear(audio: bytes) -> Heard:
    """What a player makes of a file."""
    samples, squares = 0, 0.0
    to_floats = av.AudioResampler(format="flt", layout="mono")
    with av.open(io.BytesIO(audio), "r") as file:
        stream = file.streams.audio[0]
        for frame in file.decode(stream):
            for part in to_floats.resample(frame):
                values = memoryview(bytes(part.planes[0])).cast("f")[: part.samples]
                samples += part.samples
                squares += sum(value * value for value in values)
        rate = stream.rate
        return Heard(stream.codec_context.name, rate, samples / rate, (squares / samples) ** 0.5)


def silence(seconds: float, rate: int = 8_000) -> bytes:
    """A wav in which nothing is said."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(2 * int(seconds * rate)))
    return file.getvalue()
