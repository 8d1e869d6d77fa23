"""When each word of a known text was said."""

from grokgate.sandbox.sound.listening import Word
from grokgate.sandbox.sound.loudness import Loudness
from grokgate.sandbox.sound.samples import WINDOW_MS

_CONFIDENCE = 0.99


def spread(text: str, loudness: Loudness) -> list[Word]:
    """The words over the time that is not silent, each as long as its letters are many."""
    voiced, words = loudness.voiced(), text.split()
    letters = sum(map(len, words))
    timed, position = [], 0
    for word in words if voiced else ():
        first = voiced[position * len(voiced) // letters]
        position += len(word)
        last = max(voiced[max(position * len(voiced) // letters - 1, 0)], first)
        timed.append(Word(word, first * WINDOW_MS, (last + 1) * WINDOW_MS, _CONFIDENCE))
    return timed
