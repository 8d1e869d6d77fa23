"""Where a transcript is cut so that it can be read while it is heard."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grokgate.api.voice.v1.voice_pb2 import Channel, TranscribeResponse, Word

LINES_MAX = 2
LINE_MAX_CHARACTERS = 42
CUE_MAX_US = 7_000_000
PAUSE_US = 700_000

_SENTENCE_ENDS = tuple(".!?…。！？؟।")  # noqa: RUF001  # the ends of other scripts
_CLOSING = "\"'”’»)]」』"  # noqa: RUF001  # what may follow them


@dataclass(slots=True)
class Cue:
    """Words that are shown together, in lines; times are microseconds from the beginning."""

    start_us: int
    end_us: int
    lines: list[str]


def cut_into_cues(transcript: TranscribeResponse) -> list[Cue]:
    """The cues of a transcript, in order; a single one where the provider timed no words.

    A cue ends where a sentence does, at a pause, when another speaks, and before it would get too
    long. A word that is too long for a line has one to itself.
    """
    told: Iterable[TranscribeResponse | Channel] = transcript.channels or [transcript]
    cues = [cue for each in told for cue in _cut(each.words, word_space(each.text))]
    if not cues and transcript.text.strip():
        return [Cue(0, transcript.duration_us, [" ".join(transcript.text.split())])]
    return sorted(cues, key=lambda cue: cue.start_us)


def word_space(text: str) -> str:
    """What stands between words: nothing in a text of a language that is written so."""
    return "" if len(text.split()) == 1 else " "


def _cut(words: Iterable[Word], space: str) -> Iterator[Cue]:
    cue, before = Cue(0, 0, []), Word()
    for word in words:
        text = " ".join(word.text.split())
        if not text:
            continue
        if cue.lines and not _belongs(word, before, cue, len(space + text)):
            yield cue
            cue = Cue(0, 0, [])
        _append(word, text, cue, space)
        before = word
    if cue.lines:
        yield cue


def _belongs(word: Word, before: Word, cue: Cue, length: int) -> bool:
    """Whether a cue goes on with a word that makes its line longer by `length`."""
    return (
        not cue.lines[-1].rstrip(_CLOSING).endswith(_SENTENCE_ENDS)
        and word.start_us - before.end_us < PAUSE_US
        and word.speaker == before.speaker
        and word.end_us - cue.start_us <= CUE_MAX_US
        and (len(cue.lines) < LINES_MAX or len(cue.lines[-1]) + length <= LINE_MAX_CHARACTERS)
    )


def _append(word: Word, text: str, cue: Cue, space: str) -> None:
    if not cue.lines:
        cue.start_us = word.start_us
        cue.lines.append(text)
    elif len(cue.lines[-1]) + len(space + text) <= LINE_MAX_CHARACTERS:
        cue.lines[-1] += space + text
    else:
        cue.lines.append(text)
    cue.end_us = max(cue.end_us, word.end_us)
