"""How a caller wants audio transcribed, checked against what the model can do."""

from dataclasses import dataclass

from grokgate.api.voice.v1.voice_pb2 import TranscribeConfig
from grokgate.catalog.models import Model
from grokgate.catalog.options import TranscriptionOptions
from grokgate.chassis.refusals import (
    check_user,
    invalid,
    missing,
    not_one_of,
    unsupported,
)
from grokgate.voice.languages import AUTO, checked_language
from grokgate.xai.transcription import LONGEST_US

# Bytes per sample of audio without a container, which is taken as one channel.
_RAW = {"pcm": 2, "mulaw": 1, "alaw": 1}
_MIN_SAMPLE_RATE, _MAX_SAMPLE_RATE = 8_000, 48_000


@dataclass(frozen=True, slots=True)
class RawFormat:
    """Audio without a container."""

    codec: str
    sample_rate: int

    @property
    def bytes_per_second(self) -> int:
        """Of its one channel."""
        return _RAW[self.codec] * self.sample_rate


@dataclass(frozen=True, slots=True)
class AskedOptions:
    """What is in force.

    `container` and `language` are empty when they are to be found out; `raw` is None for audio
    in a container.
    """

    container: str
    raw: RawFormat | None
    language: str
    claimed_us: int | None


def read_options(config: TranscribeConfig, model: Model) -> AskedOptions:
    """The options of a request; upstream would refuse any other.

    Raises MISSING_PARAMETER, INVALID_VALUE, UNSUPPORTED_PARAMETER.
    """
    check_user(config.user)
    raw = _raw(config, transcription_options(model))
    language = checked_language(config.language) if config.HasField("language") else AUTO
    if config.format and language == AUTO:
        raise missing("language", "`format` writes numbers as a language does, so name it")
    return AskedOptions(
        container="" if raw else config.audio_format.lower(),
        raw=raw,
        language="" if language == AUTO else language,
        claimed_us=_claimed_us(config),
    )


def transcription_options(model: Model) -> TranscriptionOptions:
    """What a model has that transcribes."""
    assert model.transcription is not None  # noqa: S101  # the catalogue refuses such an entry
    return model.transcription


def _raw(config: TranscribeConfig, has: TranscriptionOptions) -> RawFormat | None:
    codec = config.audio_format.lower()
    if codec not in _RAW:
        if codec and codec not in has.audio_formats:
            raise not_one_of("audio_format", codec, [*has.audio_formats, *_RAW])
        if config.HasField("sample_rate"):
            raw = ", ".join(_RAW)
            raise unsupported("sample_rate", f"it goes with an `audio_format` of {raw} only")
        return None
    if not config.HasField("sample_rate"):
        raise missing("sample_rate", f"{codec} has no header to tell it")
    if not _MIN_SAMPLE_RATE <= config.sample_rate <= _MAX_SAMPLE_RATE:
        fix = f"use a whole number from {_MIN_SAMPLE_RATE} to {_MAX_SAMPLE_RATE}"
        raise invalid("sample_rate", fix)
    if config.multichannel:
        raise unsupported("multichannel", f"{codec} is taken as one channel; send a wav")
    return RawFormat(codec, config.sample_rate)


def _claimed_us(config: TranscribeConfig) -> int | None:
    if not config.HasField("claimed_duration_us"):
        return None
    if not 0 < config.claimed_duration_us <= LONGEST_US:
        longest_s = LONGEST_US // 1_000_000
        raise invalid("duration_seconds", f"use a number above 0, of at most {longest_s}")
    return config.claimed_duration_us
