"""The forms of sound that travel."""

from dataclasses import dataclass
from typing import Literal

CodecName = Literal["mp3", "wav", "pcm", "mulaw", "alaw"]

CONTENT_TYPES: dict[CodecName, str] = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mulaw": "audio/basic",
    "alaw": "audio/alaw",
}

MP3_SAMPLE_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


@dataclass(frozen=True, slots=True)
class Format:
    """A codec and its rates, in samples and in bits a second; only an MP3 has a bit rate."""

    codec: CodecName
    sample_rate: int
    bit_rate: int
