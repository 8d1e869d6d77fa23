"""The program of a child process: speaks with espeak-ng.

Reads a JSON object from standard input, `{text, voices, pitch, words_per_minute}`, and writes
16-bit mono samples of 22,050 Hz to standard output while they are made; the first of the voices
that there is speaks. espeak-ng is not thread safe, may crash, and is under the GPL: all three stay
in here, and nothing imports this file.
"""

import ctypes
import json
import os
import sys
from typing import Any

_SYNCHRONOUS = 2
_RATE = 1
_PITCH = 3
_UTF8 = 1
_STOP = 1
_UNKNOWN_VOICE = 4
_NOT_INSTALLED = 3

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def main() -> int:
    """Speak; the exit status says what was missing."""
    try:
        library = _library()
    except ImportError:
        return _NOT_INSTALLED
    order = json.load(sys.stdin)
    if all(library.espeak_SetVoiceByName(voice.encode()) for voice in order["voices"]):
        return _UNKNOWN_VOICE
    library.espeak_SetParameter(_RATE, order["words_per_minute"], 0)
    library.espeak_SetParameter(_PITCH, order["pitch"], 0)
    callback = _Callback(_written)
    library.espeak_SetSynthCallback(callback)
    text = order["text"].encode()
    library.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF8, None, None)
    return 0


def _library() -> Any:
    import espeakng_loader  # type: ignore[import-untyped]  # noqa: PLC0415  # may be missing

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        *[ctypes.c_uint] * 4,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    return library


def _written(samples: int | None, count: int, _: int | None) -> int:
    """What espeak-ng calls with every piece of sound; nothing can be raised through it."""
    if samples and count:
        try:
            os.write(1, ctypes.string_at(samples, 2 * count))
        except OSError:
            return _STOP
    return 0


if __name__ == "__main__":
    sys.exit(main())
