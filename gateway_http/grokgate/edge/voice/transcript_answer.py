"""From a transcript to the answers of `POST /v1/audio/transcriptions`."""

from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from grokgate.api.voice.v1.voice_pb2 import TranscribeResponse, Word
from grokgate.edge.answers import json_answer
from grokgate.edge.durations import seconds
from grokgate.edge.paid_endings import charged_usd_ticks, cost_headers, failure_answer
from grokgate.edge.rate_limits import rate_limit_headers
from grokgate.edge.voice.cues import cut_into_cues, word_space
from grokgate.edge.voice.subtitles import subrip, web_vtt


class TranscriptUsage(msgspec.Struct, kw_only=True):
    """Seconds heard, and the charge in ticks; null until billing has taken it."""

    type: Literal["duration"] = "duration"
    seconds: float
    cost_in_usd_ticks: int | None


class TranscriptWord(msgspec.Struct):
    """A word; times are seconds from the beginning, confidence is 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float | UnsetType = UNSET
    speaker: str | UnsetType = UNSET


class VerboseWord(msgspec.Struct):
    """The same with the name that the OpenAI API gives to a word's text."""

    word: str
    start: float
    end: float
    confidence: float | UnsetType = UNSET
    speaker: str | UnsetType = UNSET


AnyWord = TypeVar("AnyWord", TranscriptWord, VerboseWord)


class TranscriptChannel(msgspec.Struct):
    """What is said in one channel, counted from 0."""

    index: int
    text: str
    language: str | None
    words: list[TranscriptWord]


class TranscriptObject(msgspec.Struct, kw_only=True):
    """What is said; the language is null if the provider did not tell, the duration in seconds."""

    text: str
    language: str | None
    duration: float
    words: list[TranscriptWord]
    channels: list[TranscriptChannel] | UnsetType = UNSET
    usage: TranscriptUsage


class TranscriptSegment(msgspec.Struct):
    """Words that belong together, as subtitles would show them; times are seconds."""

    id: int
    start: float
    end: float
    text: str


class VerboseTranscript(msgspec.Struct, kw_only=True):
    """What is said, in the shape of the OpenAI API's `verbose_json`."""

    task: Literal["transcribe"] = "transcribe"
    language: str | None
    duration: float
    text: str
    words: list[VerboseWord]
    segments: list[TranscriptSegment]
    usage: TranscriptUsage


_TEXTS: dict[str, Callable[[TranscribeResponse], str]] = {
    "text": lambda transcript: f"{transcript.text}\n",
    "srt": subrip,
    "vtt": web_vtt,
}

TRANSCRIPT_FORMATS = ("json", "verbose_json", *_TEXTS)


def transcript_answer(
    transcript: TranscribeResponse, response_format: str, request_id: str
) -> Response:
    """The HTTP answer to a transcription."""
    headers = rate_limit_headers(transcript.rate_limits)
    usage = TranscriptUsage(
        seconds=seconds(transcript.duration_us), cost_in_usd_ticks=charged_usd_ticks(transcript)
    )
    if transcript.HasField("failure"):
        return failure_answer(transcript, usage, request_id, headers)
    headers |= cost_headers(transcript)
    if response_format in _TEXTS:
        written = _TEXTS[response_format](transcript)
        return Response(written, headers=headers, media_type="text/plain")
    show = _verbose if response_format == "verbose_json" else _plain
    return json_answer(show(transcript, usage), headers=headers)


def _plain(transcript: TranscribeResponse, usage: TranscriptUsage) -> TranscriptObject:
    shown = TranscriptObject(
        text=transcript.text,
        language=transcript.language or None,
        duration=usage.seconds,
        words=_words(TranscriptWord, transcript.words),
        usage=usage,
    )
    if transcript.channels:
        shown.channels = [
            TranscriptChannel(
                each.index, each.text, each.language or None, _words(TranscriptWord, each.words)
            )
            for each in transcript.channels
        ]
    return shown


def _verbose(transcript: TranscribeResponse, usage: TranscriptUsage) -> VerboseTranscript:
    space = word_space(transcript.text)
    return VerboseTranscript(
        language=transcript.language or None,
        duration=usage.seconds,
        text=transcript.text,
        words=_words(VerboseWord, transcript.words),
        segments=[
            TranscriptSegment(
                number, seconds(cue.start_us), seconds(cue.end_us), space.join(cue.lines)
            )
            for number, cue in enumerate(cut_into_cues(transcript))
        ],
        usage=usage,
    )


def _words(kind: type[AnyWord], words: Iterable[Word]) -> list[AnyWord]:
    return [
        kind(
            word.text,
            seconds(word.start_us),
            seconds(word.end_us),
            word.confidence if word.HasField("confidence") else UNSET,
            word.speaker if word.HasField("speaker") else UNSET,
        )
        for word in words
    ]
