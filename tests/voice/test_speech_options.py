"""What may be asked of a voice, and how anything else is refused."""

from typing import Any

import pytest

from grokgate.catalog.models import Model, parse_catalog
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.voice.speech.options import read_question
from grokgate.xai.speech import SpeechQuestion
from tests.voice.running import MODELS_TOML, speech


def the_model() -> Model:
    model = parse_catalog(MODELS_TOML.read_text()).find("grok-voice-tts")
    assert model is not None
    return model


MODEL = the_model()


def read(max_characters: int = 15_000, **fields: Any) -> SpeechQuestion:
    return read_question(speech(**{"text": "Hi", **fields}), MODEL, max_characters)


def refusal(max_characters: int = 15_000, **fields: Any) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        read(max_characters, **fields)
    return caught.value


def test_what_is_not_asked_for_is_the_catalogues_default() -> None:
    assert read() == SpeechQuestion("Hi", "auto", "eve", "mp3", 24_000, 128_000, None)


def test_what_is_asked_for_is_kept() -> None:
    asked = read(
        voice="REX",
        language="pt-BR",
        audio_format="wav",
        speed=0.7,
        sample_rate=8000,
    )
    assert asked == SpeechQuestion("Hi", "pt-BR", "rex", "wav", 8000, 128_000, 0.7)
    assert read(bit_rate=192_000, speed=1.5).bit_rate == 192_000


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"voice": "alloy"}, "voice", "`alloy`. Use one of altair, ara, "),
        ({"voice": ""}, "voice", "zagan, zenith."),
        ({"audio_format": "opus"}, "response_format", "mp3, wav, pcm, mulaw, alaw"),
        ({"audio_format": ""}, "response_format", "mp3"),
        ({"language": "englisch!"}, "language", "BCP-47"),
        ({"language": ""}, "language", "auto"),
        ({"language": "en\r\nx"}, "language", "BCP-47"),
        ({"speed": 0.69}, "speed", "from 0.7 to 1.5"),
        ({"speed": 1.51}, "speed", "from 0.7 to 1.5"),
        ({"speed": float("nan")}, "speed", "from 0.7 to 1.5"),
        ({"sample_rate": 44_000}, "sample_rate", "8000, 16000, 22050, 24000, 44100, 48000"),
        ({"bit_rate": 1}, "bit_rate", "32000, 64000, 96000, 128000, 192000"),
        ({"user": "x" * 513}, "user", "512"),
        ({"user": "\0"}, "user", "NUL"),
    ],
)
def test_what_cannot_be_had_is_refused_with_what_can(
    fields: dict[str, Any], param: str, words: str
) -> None:
    error = refusal(**fields)
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, param)
    assert words in error.message


@pytest.mark.parametrize("codec", ["wav", "pcm", "mulaw", "alaw"])
def test_only_an_mp3_has_a_bit_rate(codec: str) -> None:
    error = refusal(audio_format=codec, bit_rate=128_000)
    assert (error.reason, error.param) == (Reason.UNSUPPORTED_PARAMETER, "bit_rate")


@pytest.mark.parametrize("text", ["", " ", "\n\u2003\t"])
def test_there_must_be_something_to_say(text: str) -> None:
    error = refusal(text=text)
    assert (error.reason, error.param) == (Reason.MISSING_PARAMETER, "input")


def test_the_ceiling_is_in_code_points() -> None:
    assert len(read(4, text="👩‍👩x").text) == 4
    error = refusal(4, text="👩‍👩‍👧")
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "input")
    assert "5 characters; use at most 4" in error.message
    assert read(0, text="x" * 100_000).text


def test_half_a_character_cannot_even_be_sent() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        speech("\ud83d")
