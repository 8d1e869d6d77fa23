"""Upstream's `/stt`: what its answer says.

Facts of November 2026 (docs.x.ai): the form has the file last, and the answer names the length of
the audio, by which it is billed, but neither usage nor cost.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from grokgate.chassis.json_text import UNREADABLE
from grokgate.xai.errors import UpstreamError, broke_off, read_refusal, to_upstream_error

# Where audio is transcribed, under the base URL.
PATH = "/stt"
# No audio is believed to be longer: a day, which 25 MB could hold at some 2 kbit/s.
LONGEST_US = 24 * 3600 * 1_000_000

_SECOND_US = 1_000_000


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One word; times from the beginning, in microseconds."""

    text: str
    start_us: int
    end_us: int
    confidence: float | None
    speaker: str | None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """What is said in one channel."""

    index: int
    text: str
    language: str
    words: tuple[Word, ...]


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """What is said; `duration_us` is None when upstream told no length that makes sense."""

    text: str
    language: str
    duration_us: int | None
    words: tuple[Word, ...]
    channels: tuple[Channel, ...]


class _Word(msgspec.Struct):
    text: str
    start: Decimal | int
    end: Decimal | int
    confidence: float | None = None
    speaker: str | int | None = None


class _Channel(msgspec.Struct):
    index: int
    text: str
    language: str | None = None
    words: list[_Word] | None = None


class _Answer(msgspec.Struct):
    text: str
    language: str | None = None
    duration: Any = None
    words: list[_Word] | None = None
    channels: list[_Channel] | None = None


_DECODER = msgspec.json.Decoder(_Answer, float_hook=Decimal)


def read_transcript(body: bytes) -> Transcript:
    """What a body with status 200 says; raises UpstreamError when there is no transcript in it."""
    try:
        answer = _DECODER.decode(body)
    except UNREADABLE as exc:
        raise to_upstream_error(read_refusal(200, body, None)) from exc
    return Transcript(
        text=answer.text,
        language=answer.language or "",
        duration_us=_microseconds(answer.duration),
        words=_words(answer.words),
        channels=tuple(map(_channel, answer.channels or ())),
    )


def _channel(channel: _Channel) -> Channel:
    if not 0 <= channel.index < 2**31:
        raise _senseless()
    return Channel(
        index=channel.index,
        text=channel.text,
        language=channel.language or "",
        words=_words(channel.words),
    )


def _words(words: list[_Word] | None) -> tuple[Word, ...]:
    return tuple(map(_word, words or ()))


def _word(word: _Word) -> Word:
    start_us, end_us = _microseconds(word.start), _microseconds(word.end)
    if start_us is None or end_us is None:
        raise _senseless()
    return Word(
        text=word.text,
        start_us=start_us,
        end_us=end_us,
        confidence=word.confidence,
        speaker=None if word.speaker is None else str(word.speaker),
    )


def _microseconds(seconds: Any) -> int | None:
    """The microseconds of a JSON number of seconds; None for what is no length of audio."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | Decimal):
        return None
    exact = Decimal(seconds)
    if not exact.is_finite() or not 0 <= exact <= LONGEST_US // _SECOND_US:
        return None
    return int((exact * _SECOND_US).to_integral_value(ROUND_HALF_UP))


def _senseless() -> UpstreamError:
    return broke_off("upstream's transcript makes no sense")
