"""Transcripts as files of subtitles: SubRip and WebVTT (W3C)."""

from collections.abc import Callable

from grokgate.api.voice.v1.voice_pb2 import TranscribeResponse
from grokgate.edge.voice.cues import Cue, cut_into_cues

_US_PER_MS = 1_000

# Which also hides `-->`, the mark of a cue's times.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def subrip(transcript: TranscribeResponse) -> str:
    """A transcript as `.srt`."""
    cues = enumerate(cut_into_cues(transcript), 1)
    return "".join(f"{number}\n{_cue(cue, ',', str)}" for number, cue in cues)


def web_vtt(transcript: TranscribeResponse) -> str:
    """A transcript as `.vtt`."""
    cues = (_cue(cue, ".", _escape) for cue in cut_into_cues(transcript))
    return "WEBVTT\n\n" + "".join(cues)


def _cue(cue: Cue, point: str, write: Callable[[str], str]) -> str:
    times = f"{_time(cue.start_us, point)} --> {_time(cue.end_us, point)}"
    return "\n".join([times, *map(write, cue.lines), "", ""])


def _escape(line: str) -> str:
    return line.translate(_ESCAPES)


def _time(microseconds: int, point: str) -> str:
    seconds, milliseconds = divmod(microseconds // _US_PER_MS, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{milliseconds:03d}"
