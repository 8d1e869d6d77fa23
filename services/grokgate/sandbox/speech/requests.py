"""The body of POST /v1/tts."""

from typing import Any

import msgspec

from grokgate.sandbox.sound.formats import CodecName, Format

_DEFAULT_SAMPLE_RATE = 24_000
_DEFAULT_BIT_RATE = 128_000


class OutputFormat(msgspec.Struct, frozen=True):
    """The codec of the answer."""

    codec: CodecName = "mp3"
    sample_rate: int = _DEFAULT_SAMPLE_RATE
    bit_rate: int = _DEFAULT_BIT_RATE


class SpeechRequest(msgspec.Struct, kw_only=True):
    """A request; fields that it does not name are ignored.

    The fields typed `Any` are known and refused.
    """

    text: str
    language: str | None = None
    voice_id: str = "eve"
    output_format: OutputFormat = OutputFormat()
    speed: float = 1.0
    replace: Any = None
    with_timestamps: Any = None

    @property
    def target(self) -> Format:
        """The form of the answer."""
        asked = self.output_format
        return Format(asked.codec, asked.sample_rate, asked.bit_rate)
