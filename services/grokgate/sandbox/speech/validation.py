"""What xAI refuses of a speech request although every type is right."""

import re
from collections.abc import Iterator

from grokgate.sandbox.errors import RefusalError
from grokgate.sandbox.sound.formats import MP3_SAMPLE_RATES, Format
from grokgate.sandbox.speech.refusals import wrong
from grokgate.sandbox.speech.requests import SpeechRequest

# Whatever else espeak-ng would take for the name of a file, or of a variant.
_LANGUAGE = re.compile(r"auto|[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*", re.IGNORECASE)
_MAX_CHARACTERS = 15_000
_MIN_SPEED, _MAX_SPEED = 0.7, 1.5
_MIN_SAMPLE_RATE, _MAX_SAMPLE_RATE = 8_000, 48_000
_MIN_BIT_RATE, _MAX_BIT_RATE = 32_000, 192_000


def check_request(request: SpeechRequest) -> None:
    """Raise what is wrong with a request."""
    for problem in _problems(request):
        raise problem


def _problems(request: SpeechRequest) -> Iterator[RefusalError]:
    if not request.language:
        yield wrong("language is required")
    elif not _LANGUAGE.fullmatch(request.language):
        yield wrong(f"language not supported: {request.language}")
    if not request.text.strip():
        yield wrong("text must not be empty")
    if len(request.text) > _MAX_CHARACTERS:
        yield wrong(f"text must have at most {_MAX_CHARACTERS} characters")
    if not _MIN_SPEED <= request.speed <= _MAX_SPEED:
        yield wrong(f"speed must be between {_MIN_SPEED} and {_MAX_SPEED}")
    yield from _format_problems(request.target)
    if request.with_timestamps or request.replace:
        yield wrong("the sandbox knows neither with_timestamps nor replace")


def _format_problems(target: Format) -> Iterator[RefusalError]:
    if not _MIN_SAMPLE_RATE <= target.sample_rate <= _MAX_SAMPLE_RATE:
        yield wrong(f"sample_rate must be between {_MIN_SAMPLE_RATE} and {_MAX_SAMPLE_RATE}")
    if target.codec != "mp3":
        return
    if target.sample_rate not in MP3_SAMPLE_RATES:
        rates = ", ".join(map(str, MP3_SAMPLE_RATES))
        yield wrong(f"sample_rate of an mp3 must be one of {rates}")
    if not _MIN_BIT_RATE <= target.bit_rate <= _MAX_BIT_RATE:
        yield wrong(f"bit_rate must be between {_MIN_BIT_RATE} and {_MAX_BIT_RATE}")
