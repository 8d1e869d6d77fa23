"""From the bodies of `POST /v1/audio/transcriptions` to what the voice service is asked."""

import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from grokgate.api.voice.v1.voice_pb2 import TranscribeConfig, TranscribeRequest
from grokgate.chassis.base64_text import decode_base64_in_pieces
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.fields import invalid, missing
from grokgate.edge.forms import Form
from grokgate.edge.objects import NAME_MAX, USER_MAX, RequestObject
from grokgate.edge.voice.fields import TRANSCRIPTION, TRANSCRIPTION_FORM
from grokgate.edge.voice.speech_request import RATE_MAX
from grokgate.edge.voice.transcript_answer import TRANSCRIPT_FORMATS

DURATION_MAX_S = 1_000_000
DURATION_PATTERN = r"[0-9]{1,7}(\.[0-9]{1,20})?"
GRANULARITIES = ("word", "segment")

_AUDIO = "audio_base64"
_FILE = "file"
_PIECE_BYTES = 256 * 1024
_US_PER_S = 1_000_000

_FLAGS = ("format", "diarize", "multichannel", "stream")
_FORM_FLAGS = {"true": True, "false": False}
_DIGITS = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(DURATION_PATTERN)


@dataclass(frozen=True, slots=True)
class Transcription:
    """What a client wants written down, and how; the audio can be sent once."""

    config: TranscribeConfig
    response_format: str
    audio: deque[bytes]

    async def requests(self) -> AsyncIterator[TranscribeRequest]:
        """What to send; audio that was sent is not kept."""
        yield TranscribeRequest(config=self.config)
        while self.audio:
            part = self.audio.popleft()
            for begin in range(0, len(part), _PIECE_BYTES):
                yield TranscribeRequest(audio=part[begin : begin + _PIECE_BYTES])


async def read_transcription(value: Mapping[str, Any]) -> Transcription:
    """Translate a JSON body.

    Fails with MISSING_PARAMETER, UNKNOWN_PARAMETER, UNSUPPORTED_PARAMETER, UNSUPPORTED_OPERATION
    or INVALID_VALUE, and `param` is the path of the field. What a value means for its model is the
    service's to judge.
    """
    _refuse_streaming(value)
    body = RequestObject(value, TRANSCRIPTION)
    for path, each in body.items("timestamp_granularities"):
        _require_granularity(each, path)
    config = _config(body)
    text = body.required_text(_AUDIO)
    try:
        audio = await decode_base64_in_pieces(text)
    except ValueError as exc:
        raise invalid(_AUDIO, "base64, padded and without white space") from exc
    return Transcription(config, _response_format(body), deque(audio))


def read_transcription_form(form: Form) -> Transcription:
    """Translate a form; fails as `read_transcription` does."""
    value = {name: _form_value(name, text) for name, text in form.texts.items()}
    _refuse_streaming(value)
    body = RequestObject(value | {file.field: "" for file in form.files}, TRANSCRIPTION_FORM)
    if _FILE in value:
        raise invalid(_FILE, "a file: a part with a filename")
    for file in form.files:
        if file.field != _FILE:
            raise invalid(file.field, "a text: a part without a filename")
    granularity = body.value("timestamp_granularities[]")
    if granularity is not None:
        _require_granularity(granularity, "timestamp_granularities[]")
    config = _config(body)
    if not form.files:
        raise missing(_FILE)
    if len(form.files) > 1 or not form.files[0].data:
        raise invalid(_FILE, "one file that is not empty")
    return Transcription(config, _response_format(body), deque([form.files[0].data]))


def _config(body: RequestObject) -> TranscribeConfig:
    return TranscribeConfig(
        model=body.required_text("model", NAME_MAX),
        audio_format=body.text("audio_format", NAME_MAX) or "",
        sample_rate=body.integer("sample_rate", 1, RATE_MAX),
        language=body.text("language", NAME_MAX),
        format=body.flag("format") or False,
        diarize=body.flag("diarize") or False,
        multichannel=body.flag("multichannel") or False,
        claimed_duration_us=_read_duration(body),
        user=body.text("user", USER_MAX) or "",
    )


def _response_format(body: RequestObject) -> str:
    return body.choice("response_format", TRANSCRIPT_FORMATS) or "json"


def _read_duration(body: RequestObject) -> int | None:
    """The claimed length in microseconds, rounded up; a JSON fraction was never a float."""
    value = body.value("duration_seconds")
    if value is None:
        return None
    if type(value) is str and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if type(value) not in {int, Decimal} or not 0 <= value <= DURATION_MAX_S:
        fix = f"a number, or a decimal string, from 0 to {DURATION_MAX_S}"
        raise invalid("duration_seconds", fix)
    return int((Decimal(value) * _US_PER_S).to_integral_value(ROUND_CEILING))


def _require_granularity(value: Any, path: str) -> None:
    if value not in GRANULARITIES:
        raise invalid(path, f"one of {', '.join(GRANULARITIES)}")


def _refuse_streaming(value: Mapping[str, Any]) -> None:
    if value.get("stream") is True:
        raise GrokgateError(
            Reason.UNSUPPORTED_OPERATION,
            "Streaming transcription is not served. Leave `stream` out.",
            param="stream",
        )


def _form_value(name: str, text: str) -> Any:
    """What JSON would have in place of a form's text."""
    if name in _FLAGS:
        return _FORM_FLAGS.get(text, text)
    if name == "sample_rate" and _DIGITS.fullmatch(text):
        return int(text)
    if name == "temperature" and _DECIMAL.fullmatch(text):
        return Decimal(text)
    return text
