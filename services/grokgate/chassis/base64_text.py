"""Base64 both ways, without keeping other requests waiting.

`binascii` holds the interpreter's lock, so a thread would not let the event loop run either:
the work is done in slices of well under a millisecond, between which other requests are served.
"""

import asyncio
import binascii

# Multiples of what base64 takes together: 4 characters, which are 3 bytes.
_SLICE_CHARACTERS = 64 * 1024
_SLICE_BYTES = _SLICE_CHARACTERS // 4 * 3


async def decode_base64(text: str, start: int = 0) -> bytes:
    """The bytes that `text` means from `start` on; raises ValueError if it is not base64.

    Neither white space nor missing padding is let pass.
    """
    return b"".join(await decode_base64_in_pieces(text, start))


async def decode_base64_in_pieces(text: str, start: int = 0) -> list[bytes]:
    """The same in pieces of less than 50 KB, for what need not be held in one."""
    pieces: list[bytes] = []
    for begin in range(start, len(text), _SLICE_CHARACTERS):
        decoded = binascii.a2b_base64(text[begin : begin + _SLICE_CHARACTERS], strict_mode=True)
        if pieces and len(pieces[-1]) < _SLICE_BYTES:
            raise ValueError("padding within base64")
        pieces.append(decoded)
        await asyncio.sleep(0)
    return pieces


async def encode_base64(data: bytes) -> str:
    """Bytes as base64 text with padding."""
    return b"".join(await encode_base64_in_pieces(data)).decode("ascii")


async def encode_base64_in_pieces(data: bytes) -> list[bytes]:
    """The same in pieces, in ASCII."""
    pieces: list[bytes] = []
    view = memoryview(data)
    for begin in range(0, len(view), _SLICE_BYTES):
        pieces.append(binascii.b2a_base64(view[begin : begin + _SLICE_BYTES], newline=False))
        await asyncio.sleep(0)
    return pieces
