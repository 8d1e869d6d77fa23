"""What the sandbox has said, so that it understands its own voice without a model."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grokgate.sandbox.sound.loudness import Loudness, likeness
from grokgate.sandbox.sound.samples import WINDOW_MS

_KEPT = 1_000
_COMPARED_WINDOWS = 30_000 // WINDOW_MS
_SHIFTS_WINDOWS = range(-2, 10)  # an MP3 of 8 kHz begins 0.14 s late
_MAX_DIFFERENCE_MS = 300
_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Said:
    """A text, and how loud it was at its beginning."""

    text: str
    language: str
    end_ms: int
    windows: Sequence[int]


class Spoken:
    """The latest thousand texts, found by the sound of their first half minute and their length."""

    def __init__(self) -> None:
        self._said: OrderedDict[bytes, Said] = OrderedDict()

    def remember(self, text: str, language: str, loudness: Loudness) -> None:
        """Keep what was said."""
        windows = loudness.windows[:_COMPARED_WINDOWS]
        self._said[windows.tobytes()] = Said(text, language, loudness.end_ms, windows)
        if len(self._said) > _KEPT:
            self._said.popitem(last=False)

    def near(self, loudness: Loudness) -> list[Said]:
        """What is as long as a sound, nearly; the silence after either does not count."""
        end_ms = loudness.end_ms
        return [
            said for said in self._said.values() if abs(said.end_ms - end_ms) <= _MAX_DIFFERENCE_MS
        ]

    def reset(self) -> None:
        """Forget everything."""
        self._said.clear()


def likest(near: Iterable[Said], loudness: Loudness) -> Said | None:
    """What a sound says, if it is one of those, in whatever codec it has come back."""
    windows = loudness.windows[:_COMPARED_WINDOWS]
    best, alike = None, _ALIKE
    for said in near:
        likeness_now = _best_likeness(said.windows, windows)
        if likeness_now > alike:
            best, alike = said, likeness_now
    return best


def _best_likeness(one: Sequence[int], other: Sequence[int]) -> float:
    return max(likeness(one, other, shift) for shift in _SHIFTS_WINDOWS)
