"""The schemas of the requests for voice."""

from grokgate.edge.objects import NAME_MAX, USER_MAX
from grokgate.edge.reference.schemas import FLAG, TEXT, Schema, any_of, array, short, words
from grokgate.edge.reference.shapes import Shape
from grokgate.edge.voice.fields import SPEECH, TRANSCRIPTION, TRANSCRIPTION_FORM
from grokgate.edge.voice.speech_request import AUDIO_FORMATS, RATE_MAX, SPEED_MAX, SPEED_MIN
from grokgate.edge.voice.transcript_answer import TRANSCRIPT_FORMATS
from grokgate.edge.voice.transcription_request import (
    DURATION_MAX_S,
    DURATION_PATTERN,
    GRANULARITIES,
)

_RATE: Schema = {"type": "integer", "minimum": 1, "maximum": RATE_MAX}
_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

_HEARING: dict[str, Schema] = {
    "model": short(NAME_MAX, 1),
    "audio_format": short(NAME_MAX),
    "sample_rate": _RATE,
    "language": short(NAME_MAX),
    "format": FLAG,
    "duration_seconds": any_of(
        {"type": "number", "minimum": 0, "maximum": DURATION_MAX_S},
        {"type": "string", "pattern": f"^{DURATION_PATTERN}$"},
    ),
    "diarize": FLAG,
    "multichannel": FLAG,
    "response_format": words(*TRANSCRIPT_FORMATS),
    "user": short(USER_MAX),
}

VOICE_SHAPES: dict[str, Shape] = {
    "SpeechRequest": Shape(
        SPEECH,
        {
            "model": short(NAME_MAX, 1),
            "input": TEXT | {"minLength": 1},
            "voice": short(NAME_MAX),
            "language": short(NAME_MAX),
            "response_format": words(*AUDIO_FORMATS),
            "speed": {"type": "number", "minimum": SPEED_MIN, "maximum": SPEED_MAX},
            "sample_rate": _RATE,
            "bit_rate": _RATE,
            "user": short(USER_MAX),
        },
    ),
    "TranscriptionRequest": Shape(
        TRANSCRIPTION,
        _HEARING
        | {
            "audio_base64": {
                "type": "string",
                "contentEncoding": "base64",
                "minLength": 4,
                "pattern": _BASE64,
            },
            "timestamp_granularities": array(words(*GRANULARITIES)),
        },
    ),
    "TranscriptionForm": Shape(
        TRANSCRIPTION_FORM,
        _HEARING
        | {
            "file": {"type": "string", "format": "binary"},
            "timestamp_granularities[]": words(*GRANULARITIES),
        },
    ),
}
