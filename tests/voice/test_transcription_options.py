"""How transcription may be asked for, and how anything else is refused."""

from typing import Any

import pytest

from grokgate.catalog.models import Model, parse_catalog
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.voice.transcription.options import AskedOptions, RawFormat, read_options
from tests.voice.running import MODELS_TOML, config


def the_model() -> Model:
    model = parse_catalog(MODELS_TOML.read_text()).find("grok-voice-stt")
    assert model is not None
    return model


MODEL = the_model()


def read(**fields: Any) -> AskedOptions:
    return read_options(config(**fields), MODEL)


def refusal(**fields: Any) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        read(**fields)
    return caught.value


def test_nothing_needs_to_be_said_of_audio_in_a_container() -> None:
    assert read() == AskedOptions(container="", raw=None, language="", claimed_us=None)
    assert read(language="auto").language == ""


def test_what_is_said_is_kept() -> None:
    asked = read(audio_format="MP3", language="tr", format=True, claimed_duration_us=5)
    assert asked == AskedOptions(container="mp3", raw=None, language="tr", claimed_us=5)


@pytest.mark.parametrize(("codec", "rate"), [("pcm", 32_000), ("mulaw", 16_000), ("alaw", 16_000)])
def test_raw_audio_has_a_rate_in_bytes(codec: str, rate: int) -> None:
    asked = read(audio_format=codec, sample_rate=16_000, claimed_duration_us=1)
    assert (asked.container, asked.raw) == ("", RawFormat(codec, 16_000))
    assert asked.raw is not None
    assert asked.raw.bytes_per_second == rate


@pytest.mark.parametrize(
    ("fields", "reason", "param", "words"),
    [
        ({"audio_format": "doc"}, Reason.INVALID_VALUE, "audio_format", "mp3, wav, ogg"),
        ({"audio_format": "doc"}, Reason.INVALID_VALUE, "audio_format", "mkv, pcm, mulaw, alaw"),
        ({"audio_format": "pcm"}, Reason.MISSING_PARAMETER, "sample_rate", "pcm"),
        (
            {"audio_format": "pcm", "sample_rate": 7999},
            Reason.INVALID_VALUE,
            "sample_rate",
            "8000 to 48000",
        ),
        (
            {"audio_format": "mp3", "sample_rate": 8000},
            Reason.UNSUPPORTED_PARAMETER,
            "sample_rate",
            "pcm, mulaw, alaw",
        ),
        (
            {"audio_format": "alaw", "sample_rate": 8000, "multichannel": True},
            Reason.UNSUPPORTED_PARAMETER,
            "multichannel",
            "wav",
        ),
        ({"language": "Klingon!"}, Reason.INVALID_VALUE, "language", "BCP-47"),
        ({"format": True}, Reason.MISSING_PARAMETER, "language", "`format`"),
        ({"format": True, "language": "auto"}, Reason.MISSING_PARAMETER, "language", "`format`"),
        ({"claimed_duration_us": 0}, Reason.INVALID_VALUE, "duration_seconds", "above 0"),
        ({"claimed_duration_us": -1}, Reason.INVALID_VALUE, "duration_seconds", "86400"),
        ({"claimed_duration_us": 2**62}, Reason.INVALID_VALUE, "duration_seconds", "86400"),
        ({"user": "\0"}, Reason.INVALID_VALUE, "user", "NUL"),
    ],
)
def test_what_cannot_be_had_is_refused_with_what_can(
    fields: dict[str, Any], reason: Reason, param: str, words: str
) -> None:
    error = refusal(**fields)
    assert (error.reason, error.param) == (reason, param)
    assert words in error.message
