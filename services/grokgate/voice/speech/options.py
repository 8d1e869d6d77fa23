"""What a caller wants said, checked against what the model has."""

from collections.abc import Sequence

from grokgate.api.voice.v1.voice_pb2 import SpeakRequest
from grokgate.catalog.models import Model
from grokgate.catalog.options import SpeechOptions
from grokgate.chassis.refusals import check_user, invalid, missing, not_one_of, unsupported
from grokgate.voice.languages import AUTO, checked_language
from grokgate.xai.speech import MP3, SpeechQuestion


def read_question(request: SpeakRequest, model: Model, max_characters: int) -> SpeechQuestion:
    """The request in upstream's words; `max_characters` is in code points, 0 for no limit.

    Raises MISSING_PARAMETER, INVALID_VALUE, UNSUPPORTED_PARAMETER.
    """
    has = speech_options(model)
    _check_input(request.input, max_characters)
    check_user(request.user)
    codec = _audio_format(request, has)
    return SpeechQuestion(
        text=request.input,
        language=checked_language(request.language) if request.HasField("language") else AUTO,
        voice=_voice(request, has),
        codec=codec,
        sample_rate=_sample_rate(request, has),
        bit_rate=_bit_rate(request, has, codec),
        speed=_speed(request, has),
    )


def speech_options(model: Model) -> SpeechOptions:
    """What a model has that speaks."""
    assert model.speech is not None  # noqa: S101  # the catalogue refuses such an entry
    return model.speech


def _check_input(text: str, max_characters: int) -> None:
    if not text.strip():
        raise missing("input", "say what to speak")
    if max_characters and len(text) > max_characters:
        raise invalid("input", f"it has {len(text)} characters; use at most {max_characters}")


def _voice(request: SpeakRequest, has: SpeechOptions) -> str:
    if not request.HasField("voice"):
        return has.default_voice
    voices = {voice.lower(): voice for voice in has.voices}
    voice = voices.get(request.voice.lower())
    if voice is None:
        raise not_one_of("voice", request.voice, has.voices)
    return voice


def _audio_format(request: SpeakRequest, has: SpeechOptions) -> str:
    if not request.HasField("audio_format"):
        return has.audio_formats[0]
    if request.audio_format not in has.audio_formats:
        raise not_one_of("response_format", request.audio_format, has.audio_formats)
    return request.audio_format


def _speed(request: SpeakRequest, has: SpeechOptions) -> float | None:
    if not request.HasField("speed"):
        return None
    if not has.min_speed <= request.speed <= has.max_speed:
        raise invalid("speed", f"use a number from {has.min_speed} to {has.max_speed}")
    return request.speed


def _sample_rate(request: SpeakRequest, has: SpeechOptions) -> int:
    if not request.HasField("sample_rate"):
        return has.default_sample_rate
    return _listed("sample_rate", request.sample_rate, has.sample_rates)


def _bit_rate(request: SpeakRequest, has: SpeechOptions, codec: str) -> int:
    if not request.HasField("bit_rate"):
        return has.default_bit_rate
    if codec != MP3:
        raise unsupported("bit_rate", f"only an mp3 has one, and `response_format` is {codec}")
    return _listed("bit_rate", request.bit_rate, has.bit_rates)


def _listed(param: str, value: int, choices: Sequence[int]) -> int:
    if value not in choices:
        raise not_one_of(param, value, choices)
    return value
