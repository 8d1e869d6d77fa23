"""POST /v1/stt."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from grokgate.sandbox.answers import Answer, Ask, json_answer
from grokgate.sandbox.directives import Directive, find
from grokgate.sandbox.keys import check_may_spend
from grokgate.sandbox.prices import TRANSCRIPT_HOUR_TICKS
from grokgate.sandbox.sound.coding import Decoder
from grokgate.sandbox.sound.listening import Word
from grokgate.sandbox.sound.recordings import Recording, TooLongError, UndecodableError
from grokgate.sandbox.sound.spoken import Spoken
from grokgate.sandbox.transcripts.hearing import Heard, Hearing
from grokgate.sandbox.transcripts.refusals import too_large, wrong
from grokgate.sandbox.transcripts.requests import Fields, read_form
from grokgate.sandbox.transcripts.validation import check_form

_HOUR_MS = 3_600_000


class Transcripts:
    """Answers transcription calls."""

    def __init__(self, spoken: Spoken) -> None:
        self._decoder = Decoder()
        self._hearing = Hearing(spoken)

    async def create(self, ask: Ask) -> Answer:
        """The words of a sound. It is charged by its true duration, whatever is reported."""
        check_may_spend(ask.api_key)
        fields, file = await read_form(ask)
        recording = await self._decoded(fields, check_form(fields, file))
        heard = [
            await self._hearing.hear(channel, fields.language) for channel in recording.channels
        ]
        page = _page(fields, recording, heard)
        _forge_duration(page, ask.directives)
        return replace(json_answer(page), cost_usd_ticks=cost_ticks(recording.duration_ms))

    async def _decoded(self, fields: Fields, file: bytes) -> Recording:
        try:
            return await self._decoder.decode(file, fields.raw, split=fields.multichannel)
        except UndecodableError as error:
            raise wrong("The audio could not be decoded.") from error
        except TooLongError as error:
            raise too_large("The audio is longer than 8 hours.") from error


def cost_ticks(duration_ms: int) -> int:
    """What a sound costs, rounded half up."""
    return (2 * duration_ms * TRANSCRIPT_HOUR_TICKS + _HOUR_MS) // (2 * _HOUR_MS)


def _page(fields: Fields, recording: Recording, heard: Sequence[Heard]) -> dict[str, Any]:
    page: dict[str, Any] = {
        "text": " ".join(channel.text for channel in heard),
        "language": fields.language or heard[0].language,
        "duration": recording.duration_ms / 1000,
        "words": [_word(word, fields) for channel in heard for word in channel.words],
    }
    page["words"].sort(key=lambda word: word["start"])
    if fields.multichannel:
        page["channels"] = [
            {
                "index": index,
                "text": channel.text,
                "language": channel.language,
                "words": [_word(word, fields) for word in channel.words],
            }
            for index, channel in enumerate(heard)
        ]
    return page


def _word(word: Word, fields: Fields) -> dict[str, Any]:
    page: dict[str, Any] = {
        "text": word.text,
        "start": word.start_ms / 1000,
        "end": word.end_ms / 1000,
        "confidence": word.confidence,
    }
    return {**page, "speaker": 0} if fields.diarize else page


def _forge_duration(page: dict[str, Any], directives: Sequence[Directive]) -> None:
    """Change a transcript's duration as directives say."""
    duration = find(directives, "duration")
    if duration:
        page["duration"] = duration.seconds
    if find(directives, "no-duration"):
        del page["duration"]
