"""From the body of `POST /v1/audio/speech` to what the voice service is asked."""

from typing import Any

from grokgate.api.voice.v1.voice_pb2 import SpeakRequest
from grokgate.edge.objects import NAME_MAX, USER_MAX, RequestObject
from grokgate.edge.voice.fields import SPEECH

AUDIO_FORMATS = ("mp3", "wav", "pcm", "mulaw", "alaw")
SPEED_MIN = 0.7
SPEED_MAX = 1.5
RATE_MAX = 1_000_000


def read_speech(value: dict[str, Any]) -> SpeakRequest:
    """Translate a body.

    Fails with MISSING_PARAMETER, UNKNOWN_PARAMETER, UNSUPPORTED_PARAMETER or INVALID_VALUE, and
    `param` is the field. What a value means for its model is the service's to judge.
    """
    body = RequestObject(value, SPEECH)
    return SpeakRequest(
        model=body.required_text("model", NAME_MAX),
        input=body.required_text("input"),
        voice=body.text("voice", NAME_MAX),
        language=body.text("language", NAME_MAX),
        audio_format=body.choice("response_format", AUDIO_FORMATS),
        speed=body.number("speed", SPEED_MIN, SPEED_MAX),
        sample_rate=body.integer("sample_rate", 1, RATE_MAX),
        bit_rate=body.integer("bit_rate", 1, RATE_MAX),
        user=body.text("user", USER_MAX) or "",
    )
