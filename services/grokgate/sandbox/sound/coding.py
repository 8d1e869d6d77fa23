"""Encoding and decoding in threads, so that streams flow on; PyAV is imported only there."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from grokgate.sandbox.sound.children import not_installed
from grokgate.sandbox.sound.formats import Format
from grokgate.sandbox.sound.recordings import RawFormat, Recording

if TYPE_CHECKING:
    from grokgate.sandbox.sound.encoding import Encoder

_DECODED_AT_ONCE = 2
_T = TypeVar("_T")


async def encode(
    blocks: AsyncGenerator[bytes, None], target: Format
) -> AsyncGenerator[bytes, None]:
    """The pieces of a file, as far as they can be known from the samples so far."""
    async with aclosing(blocks):
        encoder = await _in_thread(lambda: _encoder(target))
        async for samples in blocks:
            piece = await asyncio.to_thread(encoder.encode, samples)
            if piece:
                yield piece
        yield await asyncio.to_thread(encoder.finish)


class Decoder:
    """Two benches; whoever comes third waits."""

    def __init__(self) -> None:
        self._benches = asyncio.Semaphore(_DECODED_AT_ONCE)

    async def decode(self, data: bytes, raw: RawFormat | None, *, split: bool) -> Recording:
        """A recording, as `grokgate.sandbox.sound.decoding.decode` makes it."""
        async with self._benches:
            return await _in_thread(lambda: _decode(data, raw, split=split))


async def _in_thread(task: Callable[[], _T]) -> _T:
    try:
        return await asyncio.to_thread(task)
    except ImportError as error:
        raise not_installed("voice") from error


def _encoder(target: Format) -> "Encoder":
    from grokgate.sandbox.sound.encoding import Encoder  # noqa: PLC0415  # PyAV, if needed

    return Encoder(target)


def _decode(data: bytes, raw: RawFormat | None, *, split: bool) -> Recording:
    from grokgate.sandbox.sound.decoding import decode  # noqa: PLC0415  # PyAV, if needed

    return decode(data, raw, split=split)
