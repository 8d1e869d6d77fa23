"""The form of sound inside the sandbox: 16-bit mono samples in the machine's byte order."""

SAMPLE_RATE = 22_050
"""Samples a second, as espeak-ng makes them."""

SAMPLE_BYTES = 2

WINDOW_MS = 20
WINDOW_BYTES = SAMPLE_RATE * SAMPLE_BYTES * WINDOW_MS // 1000


def silence(milliseconds: int) -> bytes:
    """So much of nothing."""
    return bytes(SAMPLE_BYTES * (SAMPLE_RATE * milliseconds // 1000))
