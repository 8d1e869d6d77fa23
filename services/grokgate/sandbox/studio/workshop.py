"""Heavy work in threads, so that streams flow on, and heavy imports only where they are needed."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from grokgate.sandbox.errors import refusal
from grokgate.sandbox.studio.sizes import Size
from grokgate.sandbox.studio.sources import Source
from grokgate.sandbox.studio.works import Picture, Work

_AT_ONCE = 2
_NOT_INSTALLED = "The sandbox's images and videos need `pip install 'grokgate[sandbox]'`."
_T = TypeVar("_T")


class Workshop:
    """Two benches; whoever comes third waits."""

    def __init__(self) -> None:
        self._benches = asyncio.Semaphore(_AT_ONCE)

    async def measure(self, source: Source) -> Size:
        """A source's size; refuses with 400 what cannot be decoded."""
        return await self._run(lambda: _measure(source))

    async def make(self, work: Work) -> bytes:
        """A JPEG or an MP4."""
        return await self._run(lambda: _make(work))

    async def _run(self, task: Callable[[], _T]) -> _T:
        async with self._benches:
            try:
                return await asyncio.to_thread(task)
            except ImportError as error:
                raise refusal(501, "not-installed", f"{_NOT_INSTALLED} ({error})") from error


def _measure(source: Source) -> Size:
    from grokgate.sandbox.studio.drawing import measure  # noqa: PLC0415  # Pillow, if needed

    return measure(source)


def _make(work: Work) -> bytes:
    if isinstance(work, Picture):
        from grokgate.sandbox.studio.drawing import jpeg  # noqa: PLC0415  # Pillow, if needed

        return jpeg(work)
    from grokgate.sandbox.studio.filming import mp4  # noqa: PLC0415  # PyAV, if needed

    return mp4(work)
