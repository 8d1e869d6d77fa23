"""The program of a child process: understands English with pocketsphinx and its own model.

Reads 16-bit mono samples of 22,050 Hz from standard input and writes a JSON array to standard
output, `[[word, start_ms, end_ms, confidence], …]`. It takes a second of a whole processor for a
second of speech, and 110 MB: that is why nothing imports this file.
"""

import json
import sys

_SAMPLE_RATE = 22_050
_FRAME_MS = 10
_NOT_INSTALLED = 3


def main() -> int:
    """Listen; the exit status says what was missing."""
    try:
        from pocketsphinx import Decoder  # type: ignore[import-untyped]  # noqa: PLC0415  # may be missing
    except ImportError:
        return _NOT_INSTALLED
    decoder = Decoder(loglevel="FATAL", samprate=_SAMPLE_RATE)
    decoder.start_utt()
    decoder.process_raw(sys.stdin.buffer.read(), full_utt=True)
    decoder.end_utt()
    logarithms = decoder.get_logmath()
    words = [
        (
            # A second way to say a word is marked: the(2).
            segment.word.partition("(")[0],
            segment.start_frame * _FRAME_MS,
            (segment.end_frame + 1) * _FRAME_MS,
            min(round(logarithms.exp(segment.prob), 3), 1.0),
        )
        for segment in decoder.seg() or ()
        # Silence and noise are marked too: <sil>, [NOISE].
        if segment.word[0] not in "<["
    ]
    json.dump(words, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
