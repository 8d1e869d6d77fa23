"""What upstream wrote down, as the contract's messages: to the caller and to billing."""

import logging
from collections.abc import Iterable

from grokgate.api.billing.v1.billing_pb2 import SettleHoldRequest
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.voice.v1 import voice_pb2
from grokgate.api.voice.v1.voice_pb2 import TranscribeResponse
from grokgate.chassis.errors import GrokgateError
from grokgate.voice.transcription.asked import counted
from grokgate.xai.transcription import Transcript, Word

_LOG = logging.getLogger(__name__)


def settlement(transcript: Transcript, held_us: int, hold_id: str) -> SettleHoldRequest:
    """What billing is told of a transcript: the length that upstream measured.

    Without one it is a partial estimate by the length that was held for, and an alarm.
    """
    duration_us = transcript.duration_us
    if duration_us is None:
        _LOG.error("upstream told no believable duration", extra={"hold_id": hold_id})
        return SettleHoldRequest(counted=counted(held_us), partial=True, status="completed")
    return SettleHoldRequest(counted=counted(duration_us), status="completed")


def cut_settlement(held_us: int) -> SettleHoldRequest:
    """What billing is told of a call that was cut before its answer: all that was sent."""
    return SettleHoldRequest(counted=counted(held_us), partial=True, status="incomplete")


def complete(response: TranscribeResponse, transcript: Transcript, held_us: int) -> None:
    """Put a transcript into the response; its length is the one that is charged."""
    response.text = transcript.text
    response.language = transcript.language
    duration_us = transcript.duration_us
    response.duration_us = held_us if duration_us is None else duration_us
    response.words.extend(_words(transcript.words))
    for channel in transcript.channels:
        response.channels.add(
            index=channel.index,
            text=channel.text,
            language=channel.language,
            words=_words(channel.words),
        )


def fail(response: TranscribeResponse, error: GrokgateError) -> None:
    """Put a failure into the response."""
    failure = Failure(reason=error.reason, message=error.message, param=error.param)
    response.failure.CopyFrom(failure)


def _words(words: Iterable[Word]) -> list[voice_pb2.Word]:
    return [
        voice_pb2.Word(
            text=word.text,
            start_us=word.start_us,
            end_us=word.end_us,
            confidence=word.confidence,
            speaker=word.speaker,
        )
        for word in words
    ]
